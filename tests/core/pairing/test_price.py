"""The price of every move by hand in small rooms, against the score and the check of the whole plan."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import assume, given, settings

from scheduler.core.pairing.bounds import bounds
from scheduler.core.pairing.check import check
from scheduler.core.pairing.moves import Move, moved, refusals
from scheduler.core.pairing.plan import Plan, Round, Table
from scheduler.core.pairing.price import price
from scheduler.core.pairing.problem import Participant, Pin, Problem, Together
from scheduler.core.pairing.score import score
from scheduler.core.pairing.seating import BySize, ByTables, TableSpec, TwoLines
from scheduler.core.pairing.solve import solve
from scheduler.core.refusal import Refusal
from tests.core.pairing.problems import letters, people, plan_of, room, small_rooms, stations


def all_moves(problem: Problem, plan: Plan) -> list[Move]:
    """Every person to every table, and with everybody else, in every round."""
    found = []
    for round in plan.rounds:
        here = [*round.table_of, *round.sits_out]
        found += [Move(round.number, person, table=table.id) for person, table in product(here, problem.shape[round.number].tables)]
        found += [Move(round.number, one, other=other) for one, other in product(here, here) if one != other]
    return found


def differ(problem: Problem, plan: Plan) -> list[Move]:
    """The moves whose price is not what the whole plan says; those that may not be made are compared with the check."""
    limits = bounds(problem)
    before = score(problem, plan, limits)
    return [move for move in all_moves(problem, plan) if not _agrees(problem, plan, move, limits, before)]


def seats(plan: Plan) -> set[tuple[int, str, frozenset[str]]]:
    return {(round.number, table.id, frozenset(table.members)) for round in plan.rounds for table in round.tables}


def _agrees(problem, plan, move, limits, before) -> bool:
    found, later = price(problem, plan, move, limits.share), moved(plan, move)
    if seats(plan) == seats(later):  # no move at all: refused although it breaks nothing
        return found.refused != ()
    if found.refused:
        return len(check(problem, later)) > 0
    after = score(problem, later, limits)
    differences = {name: found.after[name] - found.before[name] for name in found.after}
    expected = {name: (getattr(after, name) or 0) - (getattr(before, name) or 0) for name in differences}
    return (
        check(problem, later) == [] and differences == pytest.approx(expected) and found.after["worst_new_share"] == after.worst_new_share
    )


PROBLEMS = [
    room(11, 3, BySize(4, fit="at_least_three"), schools=4, roles=True, students_have_company=True),
    room(7, 3, BySize(2), schools=2, met_before={("p0", "p1"): 1, ("p2", "p5"): 2}, keep_apart=frozenset({("p3", "p4")})),
    room(5, 3, BySize(2, odd="sits_out"), roles=True),
    room(8, 2, BySize(4), schools=2, pins=(Pin("p0", 1, "T2"),), keep_together=(Together(("p1", "p2"), 0), Together(("p3", "p4"), None))),
    Problem(people(8, schools=4, roles=True), 2, ByTables((TableSpec("T1", 2, 4), TableSpec("T2", 2, 4), TableSpec("T3", 0, 3)))),
    Problem((*letters("ab", step_free=True), *letters("cdef", mobility=True)), 3, ByTables((TableSpec("T1", 2, 4, step_free=False),
            TableSpec("T2", 2, 4), TableSpec("T3", 2, 4, closed=frozenset({1}))))),
    stations(2, 5, 3),
    Problem((*letters("abc", role="student"), *letters("defg", role="leader")), 3, TwoLines("student")),
    Problem(tuple(Participant(f"p{n}", offers=frozenset("x" if n % 2 else "y"), wants=frozenset("x")) for n in range(8)), 2, BySize(4),
            announced=plan_of("ab cd").rounds),
]  # fmt: skip


@pytest.mark.parametrize("problem", PROBLEMS)
def test_price_of_every_move_is_what_the_whole_plan_says(problem):
    """Rules 3 and 4: a move is refused where the checker would object, and its counts are those of the plan after it."""
    plan = solve(problem, iterations=5_000).plan

    assert differ(problem, plan) == []


@settings(max_examples=12, deadline=None)
@given(small_rooms(wishes=True))
def test_price_of_every_move_in_rooms_by_chance(problem):
    try:
        plan = solve(problem, iterations=100).plan
    except Refusal:
        assume(False)

    assert differ(problem, plan) == []


def test_price_names_who_meets_again_when_and_who_is_of_one_school():
    schools = {"a": "MS 1", "b": "MS 1"}
    problem = Problem(tuple(Participant(id, school=schools.get(id), name=id.upper()) for id in "abcdef"), 3, BySize(3))
    plan = plan_of("acd bef", "aef bcd", "abf cde")

    def said(move: Move) -> list[str]:
        return [str(sentence) for sentence in price(problem, plan, move, bounds(problem).share).sentences]

    assert said(Move(1, "b", other="e")) == [
        "3 repeats more (4 come, 1 go): B and A meet in round 3, too; B and F have met in round 1; E and C meet in round 3, too; "
        "and 1 more pair.",
        "Repeats fall less evenly.",
        "1 conversation within one school more: B and A.",
    ]


def test_moves_in_played_rounds_of_those_who_are_away_and_to_closed_tables_are_refused():
    tables = ByTables((TableSpec("T1", 2, 4), TableSpec("T2", 2, 4), TableSpec("T3", 0, 4, closed=frozenset({1}))))
    problem = Problem((*letters("abcd"), Participant("e", present=frozenset({0}))), 2, tables, frozen=plan_of("ab cde").rounds)
    plan = Plan((*plan_of("ab cde").rounds, Round(1, (Table("T1", ("a", "b")), Table("T2", ("c", "d"))))))
    moves = [Move(0, "a", "T2"), Move(1, "e", "T2"), Move(1, "a", "T3"), Move(1, "a", "T1"), Move(1, "a", other="b")]

    assert [str(refusals(problem, plan, move)[0]) for move in moves] == [
        "Round 1 was played already, or is not there, so nobody moves in it.",
        "e is away in round 2.",
        "Table 3 is closed or not there in round 2. Choose another.",
        "a sits at table 1 already.",
        "a and b have the same place already. Choose somebody of another table.",
    ]
