"""Each rule that is never broken is seen when it is."""

import pytest

from scheduler.core.pairing.check import check
from scheduler.core.pairing.plan import Plan
from scheduler.core.pairing.problem import Participant, Pin, Problem, Together
from scheduler.core.pairing.seating import BySize, ByTables, TableSpec
from tests.core.pairing.problems import letters, plan_of


def problem(text="abcd", rounds=1, seating=None, **wishes) -> Problem:
    return Problem(letters(text), rounds, seating or BySize(2), **wishes)


@pytest.mark.parametrize(
    ("plan", "sentences"),
    [
        (plan_of("ab cd"), []),
        (plan_of(), ["Round 1 is missing."]),
        (plan_of("ab cd", "ac bd"), ["Round 2 does not exist."]),
        (Plan(plan_of("ab cd").rounds * 2), ["Round 1 appears twice."]),
        (plan_of("ab ca"), ["Round 1: d has no seat.", "Round 1: a is seated twice."]),
        (plan_of("ab cz"), ["Round 1: d has no seat.", "Round 1: z is not on the list."]),
        (plan_of("abc d"), ["Round 1: Tables of 3, 1 people, expected tables of 2, 2."]),
    ],
)
def test_a_broken_rule_is_named(plan, sentences):
    assert [str(violation) for violation in check(problem(), plan)] == sentences


def test_people_who_are_away_may_not_be_seated():
    away = Problem((*letters("abc"), Participant("d", present=frozenset())), 1, BySize(2))

    assert "Round 1: d is away." in [str(violation) for violation in check(away, plan_of("ab cd"))]


def test_sitting_out_takes_the_number_the_odd_rule_gives():
    found = check(problem("abc", seating=BySize(2, odd="sits_out")), plan_of("abc"))

    assert [violation.rule for violation in found] == ["sizes", "sits_out"]


def test_a_table_keeps_its_own_limits_and_its_own_name():
    room = ByTables((TableSpec("T1", 2, 2), TableSpec("X", 2, 2)))

    found = check(problem(seating=room), plan_of("ab cd"))

    assert [str(violation) for violation in found] == [
        "Round 1: There is no table T2.",
        "Round 1: Table X seats 0, allowed are 2 to 2.",
    ]


@pytest.mark.parametrize(
    ("wishes", "rule", "people"),
    [
        ({"keep_apart": frozenset({("a", "b")})}, "keep_apart", ("a", "b")),
        ({"keep_together": (Together(("a", "c")),)}, "keep_together", ("a", "c")),
        ({"keep_together": (Together(("a", "c"), 0),)}, "keep_together", ("a", "c")),
        ({"pins": (Pin("a", 0, "T2"),)}, "place", ("a",)),
        ({"frozen": plan_of("ac bd").rounds}, "frozen", ()),
    ],
)
def test_a_wish_that_does_not_hold_is_named_with_its_people(wishes, rule, people):
    found = check(problem(**wishes), plan_of("ab cd"))

    assert [(violation.rule, violation.people) for violation in found] == [(rule, people)]


def test_a_host_stays_and_an_access_need_gets_a_step_free_table():
    host, guest = Participant("a", station="T2"), Participant("b", step_free=True)
    tables = ByTables((TableSpec("T1", 2, 2, step_free=False), TableSpec("T2", 2, 2)))

    found = check(Problem((host, guest, *letters("cd")), 1, tables), plan_of("ab cd"))

    assert [str(violation) for violation in found] == ["Round 1: a must sit at T2.", "Round 1: b must sit at T2."]


@pytest.mark.parametrize(
    ("others", "lonely"),
    [
        ([("t", "other", "teacher")], ["s"]),
        ([("t", None, "teacher")], ["s"]),
        ([("t", "own", "teacher")], []),
        ([("t", "other", "student")], []),
    ],
)
def test_a_student_needs_a_second_student_or_an_adult_of_their_own_school(others, lonely):
    student = Participant("s", school="own", role="student")
    company = tuple(Participant(id, school=school, role=role) for id, school, role in others)
    asked = Problem((student, *company, Participant("u", school="third")), 1, BySize(4), students_have_company=True)

    found = check(asked, plan_of("stu"))

    assert [id for violation in found if violation.rule == "company" for id in violation.people] == lonely
