"""What is said before and after solving."""

import pytest

from scheduler.core.pairing.diagnose import diagnose, explain
from scheduler.core.pairing.problem import Participant, Pin, Problem, Together
from scheduler.core.pairing.seating import BySize, ByTables, TableSpec, TwoLines
from scheduler.core.pairing.solve import solve
from scheduler.core.refusal import Refusal
from tests.core.pairing.problems import letters, plan_of, room

PAIRS, FOURS = BySize(2), BySize(4)
STAIRS = ByTables((TableSpec("T1", 2, 4, step_free=False), TableSpec("T2", 1, 1)))
HOSTED = ByTables((TableSpec("T1", 1, 2), TableSpec("T2", 1, 2)))


def asked(text, seating, people=(), **wishes) -> Problem:
    return Problem((*people, *letters(text)), 1, seating, **wishes)


LEADERS = [Participant(id, role="leader") for id in "ab"]
AB = ("a", "b")
APART = {"keep_apart": frozenset({AB})}
CLASHES = [
    (asked("a", PAIRS), "A plan needs at least 2 people."),
    (asked("abc", FOURS), "Tables need at least 4 people, and there are 3. Plan pairs instead, or wait for more."),
    (asked("abc", BySize(8)), "Tables need at least 4 people, and there are 3. Plan pairs instead, or wait for more."),
    (
        asked("abcd", PAIRS, keep_together=(Together(AB),), **APART),
        "a and b are both kept apart and kept together. Take one of the two wishes away.",
    ),
    (
        asked("bcde", PAIRS, [Participant("a", present=frozenset())], keep_together=(Together(AB),)),
        "a and b are to share a table but never can. Take the wish away.",
    ),
    (
        asked("bcde", PAIRS, [Participant("a", present=frozenset())], keep_together=(Together(AB, 0),)),
        "Round 1: a and b are to share a table, but one of them is away. Choose another round.",
    ),
    (
        asked("cd", HOSTED, [Participant("a", station="T1"), Participant("b", station="T2")], keep_together=(Together(AB),)),
        "a and b are to share a table but never can. Take the wish away.",
    ),
    (
        asked("abcd", ByTables((TableSpec("T1", 3, 4), TableSpec("T2", 3, 4)))),
        "Round 1: There are 4 people for tables that need at least 6. Close a table.",
    ),
    (asked("abcd", ByTables((TableSpec("T1", 3, 4, closed=frozenset({0})),))), "Round 1: All tables are closed. Open one."),
    (
        asked("abcd", PAIRS, pins=tuple(Pin(id, 0, "T1") for id in "abcd")),
        "Round 1: a, b, c, d are placed at table 1, which seats 2. Move one of them.",
    ),
    (
        asked("abcd", PAIRS, pins=tuple(Pin(id, 0, "T1") for id in "ab"), **APART),
        "Round 1: a and b are kept apart but placed at the same table. Move one of them.",
    ),
    (
        asked("cd", TwoLines("student"), LEADERS, keep_together=(Together(AB),)),
        "a and b are to share a table but stand in one line. Take the wish away.",
    ),
    (
        asked("cd", TwoLines("leader"), LEADERS, pins=tuple(Pin(id, 0, "T1") for id in "ab")),
        "Round 1: a and b stand in one line but are placed at the same table. Move one of them.",
    ),
    (asked("abcd", PAIRS, pins=(Pin("a", 0, "T9"),)), "Round 1: a is placed at table 9, which is not there. Choose another table."),
    (
        asked("bcde", PAIRS, [Participant("a", present=frozenset())], pins=(Pin("a", 0, "T1"),)),
        "Round 1: a is placed at table 1 but away. Take the pin away.",
    ),
    (
        asked("bcd", PAIRS, [Participant("a", station="T1")], pins=(Pin("a", 0, "T2"),)),
        "Round 1: a stays at table 1 and is placed at table 2. Choose one.",
    ),
    (
        asked("cde", STAIRS, [Participant(id, step_free=True) for id in AB]),
        "Round 1: The step-free tables have 1 seat, and 2 people need one. Open another.",
    ),
    (
        asked("abcd", PAIRS, keep_together=(Together(AB, 0), Together(("b", "c"), 0))),
        "Round 1: a, b, c are to share one table, and no table is that large. Take one wish away.",
    ),
    (
        asked("abcd", PAIRS, keep_together=(Together(AB, 0),), pins=(Pin("a", 0, "T1"), Pin("b", 0, "T2"))),
        "Round 1: a, b are to share one table but are placed at different ones. Take one wish away.",
    ),
    (
        asked("abcdef", BySize(3), keep_together=(Together(("a", "c"), 0), Together(("b", "c"), 0)), **APART),
        "Round 1: a and b are kept apart, but other wishes bring them to one table.",
    ),
    (
        asked("abcdef", BySize(3), keep_apart=frozenset({AB, ("a", "c"), ("b", "c")})),
        "Round 1: a, b, c are all kept apart, and there are only 2 tables. Take one wish away.",
    ),
    (
        asked("bcde", FOURS, [Participant("a", role="student", school="own")], students_have_company=True),
        "Round 1: a is a student and has neither a second student nor an adult of the same school to sit with. "
        "Invite one, or switch off that students have company.",
    ),
]


@pytest.mark.parametrize(("problem", "sentence"), CLASHES)
def test_wishes_that_cannot_all_hold_are_named_before_solving(problem, sentence):
    diagnosis = diagnose(problem)

    assert not diagnosis.feasible
    assert sentence in [str(clash) for clash in diagnosis.clashes]
    with pytest.raises(Refusal):
        solve(problem)


def test_sentences_call_people_by_their_names():
    ana, ben = Participant("a", name="Ana"), Participant("b", name="Ben")
    problem = asked("cd", PAIRS, [ana, ben], keep_together=(Together(AB),), **APART)

    assert str(diagnose(problem).clashes[0]).startswith("Ana and Ben are both kept apart")


@pytest.mark.parametrize(
    ("problem", "sentences"),
    [
        (
            room(120, 6, FOURS, schools=41),
            ["Nobody needs to meet anyone twice.", "Nothing forces people of one school to the same table."],
        ),
        (room(12, 6, BySize(3)), ["At least 7 conversations are repeats."]),
        (room(15, 7, BySize(3)), ["Nothing rules out a plan in which nobody meets anyone twice."]),
        (
            room(12, 1, FOURS, schools=2),
            ["Nobody needs to meet anyone twice.", "At least 6 conversations within one school: one school brings 6 people to 3 tables."],
        ),
        (room(25, 25, BySize(2, odd="sits_out")), ["Nobody needs to meet anyone twice.", "1 person sits out in a round."]),
        (
            room(31, 1, PAIRS),
            ["Nobody needs to meet anyone twice.", "One table of a round has three people, because the number of people is odd."],
        ),
    ],
)
def test_what_is_possible_is_said_before_solving(problem, sentences):
    assert [str(sentence) for sentence in diagnose(problem).possible] == sentences


def test_a_promise_of_no_repeats_is_kept():
    for problem in (room(120, 6, FOURS), room(24, 5, FOURS), room(27, 13, BySize(3)), room(24, 23, PAIRS)):
        assert str(diagnose(problem).possible[0]) == "Nobody needs to meet anyone twice."
        assert solve(problem).metrics.repeat_meetings == 0


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (room(9, 4, BySize(3)), "Nobody meets anyone twice. No conversation is within one school."),
        (room(4, 4, PAIRS), "2 conversations are repeats; nobody can do better. No conversation is within one school."),
        (room(4, 1, FOURS, schools=2), "Nobody meets anyone twice. 2 conversations are within one school; nobody can do better."),
    ],
)
def test_how_far_a_plan_came_is_said_after_solving(problem, sentence):
    assert str(solve(problem, effort="quick").explanation).startswith(sentence)


def test_one_person_reads_their_own_plan():
    plan = plan_of("abc de", "ab cd | e", "ab ce")

    assert str(explain(plan, "a")) == "2 people in 3 rounds, 1 of them more than once."
    assert str(explain(plan, "e")) == "2 people in 2 rounds, nobody twice. Sits out in round 2."
