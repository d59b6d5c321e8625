"""What a problem refuses, and its JSON."""

import pytest
from hypothesis import given

from scheduler.core.pairing.instance import read_problem, write_problem
from scheduler.core.pairing.problem import Participant, Pin, Problem, Together
from scheduler.core.pairing.seating import ByCount, BySize, ByTables, TableSpec
from scheduler.core.refusal import Refusal
from tests.core.pairing.problems import letters, people, plan_of, room, small_rooms

TWO = ByTables((TableSpec("A", 2, 4), TableSpec("A", 2, 4)))
UPSIDE_DOWN = ByTables((TableSpec("A", 4, 2),))


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"rounds": 0}, "A plan needs at least 1 round. Choose a number from 1 to 40."),
        ({"rounds": 60}, "60 rounds are more than one meetup can hold. Choose a number from 1 to 40."),
        ({"seating": BySize(1)}, "A table needs at least 2 people. Choose 2 for pairs, or 3 and more for tables."),
        ({"seating": ByCount(0)}, "A plan needs at least 1 table."),
        ({"seating": ByTables(())}, "A plan needs at least 1 table."),
        ({"seating": TWO}, "Two tables are called A. Give each table its own name."),
        ({"seating": UPSIDE_DOWN}, "Table A cannot seat at least 4 and at most 2 people. Make the second number the larger one."),
        ({"participants": letters("abca")}, "a is on the list twice. Keep one of the two entries."),
        ({"keep_apart": frozenset({("a", "z")})}, "A wish names z, who is not on the list. Add this person or take the wish away."),
        ({"keep_together": (Together(("a", "z")),)}, "A wish names z, who is not on the list. Add this person or take the wish away."),
        ({"pins": (Pin("z", 0, "T1"),)}, "A wish names z, who is not on the list. Add this person or take the wish away."),
        ({"pins": (Pin("a", 0, "T1"), Pin("a", 0, "T2"))}, "a is pinned twice in round 1. Keep one of the two pins."),
        ({"keep_together": (Together(("a", "b"), 2),)}, "Something is asked of round 3, but there are only 2 rounds."),
    ],
)
def test_a_problem_nobody_could_plan_is_refused_with_what_would_work(asked, sentence):
    with pytest.raises(Refusal) as refused:
        Problem(**{"participants": letters("abcdef"), "rounds": 2, "seating": BySize(2), **asked})

    assert str(refused.value) == sentence


@given(small_rooms(wishes=True))
def test_a_problem_written_as_json_reads_back_the_same(problem):
    assert read_problem(write_problem(problem)) == problem


def test_tables_frozen_rounds_and_access_needs_survive_the_json():
    tables = ByTables((TableSpec("T1", 1, 3, step_free=False, closed=frozenset({1})), TableSpec("T2", 2, 4)))
    ana = Participant("a", school="MS 442", role="student", station="T2", step_free=True, sat_out=2, present=frozenset({0}))
    problem = Problem((ana, *letters("bcd")), 2, tables, frozen=plan_of("ab cd").rounds)

    assert read_problem(write_problem(problem)) == problem


def test_names_of_people_stay_out_of_the_json():
    problem = Problem((Participant("a", name="Ana Díaz"), Participant("b")), 1, BySize(2))

    assert "Ana" not in str(write_problem(problem))


@pytest.mark.parametrize("data", [{}, {"rounds": 1}, {"rounds": 1, "seating": {"mode": "size", "size": 2, "fit": "?"}, "participants": []}])
def test_json_of_something_else_is_refused(data):
    with pytest.raises(Refusal, match="This file is not a list of people to pair"):
        read_problem(data)


@pytest.mark.parametrize(
    "wrong", [{"id": 7}, {"id": "b", "school": ["MS 442"]}, {"id": "b", "present": [0.5]}, {"id": "b", "wants": "x"}, {}, "b"]
)
def test_a_person_of_the_wrong_kind_is_named_by_number(wrong):
    with pytest.raises(Refusal, match="Participant 2 cannot be read"):
        read_problem({"rounds": 1, "seating": {"mode": "size", "size": 2}, "participants": [{"id": "a"}, wrong]})


@pytest.mark.parametrize("wrong", [{"rounds": 1.5}, {"rounds": True}, {"never_together": [["a", 1]]}, {"met_before": [["a", "b", 0.5]]}])
def test_numbers_and_names_of_the_wrong_kind_are_refused(wrong):
    data = {"rounds": 1, "seating": {"mode": "size", "size": 2}, "participants": [{"id": "a"}, {"id": "b"}]}

    with pytest.raises(Refusal, match="This file is not a list of people to pair"):
        read_problem({**data, **wrong})


def test_frozen_rounds_and_memory_count_as_met_before():
    problem = room(4, 2, BySize(2), met_before={("p1", "p0"): 2}, frozen=())
    played = Problem(letters("abcd"), 2, BySize(2), frozen=plan_of("ab cd").rounds)

    assert problem.prior == {("p0", "p1"): 2}
    assert played.prior == {("a", "b"): 1, ("c", "d"): 1}
    assert played.free_rounds == (1,)


def test_who_belongs_to_no_school_shares_it_with_nobody():
    problem = Problem(people(2), 1, BySize(2))

    assert not problem.same_school("p0", "p1")
