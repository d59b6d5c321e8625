"""Formats and wishes beyond plain tables: two lines, stations with topics, announced seats, spare cards, closed tables."""

from collections import Counter
from dataclasses import replace
from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.core.pairing.bounds import bounds
from scheduler.core.pairing.check import check
from scheduler.core.pairing.instance import read_problem, write_problem
from scheduler.core.pairing.plan import Plan, read_plan, write_plan
from scheduler.core.pairing.problem import Participant, Problem
from scheduler.core.pairing.score import score
from scheduler.core.pairing.seating import BySize, ByTables, TableSpec, TwoLines
from scheduler.core.pairing.solve import solve
from scheduler.core.pairing.spares import with_spares
from scheduler.core.refusal import Refusal
from tests.core.pairing.problems import people, plan_of, room
from tests.core.pairing.test_bounds import every_plan


def lines(students: int, adults: int, rounds: int) -> Problem:
    young = tuple(Participant(f"s{n}", school=f"school {n % 4}", role="student") for n in range(students))
    grown = tuple(Participant(f"a{n}", school=f"school {n % 5}", role="teacher") for n in range(adults))
    return Problem((*young, *grown), rounds, TwoLines("student"))


@given(st.integers(2, 9), st.integers(2, 9), st.integers(1, 4))
def test_two_lines_pair_one_of_each_and_the_longer_line_sits_out_in_turn(students, adults, rounds):
    problem = lines(students, adults, rounds)

    result = solve(problem, iterations=20_000)

    assert check(problem, result.plan) == []
    out = Counter(id for round in result.plan.rounds for id in round.sits_out)
    longer = [id for id in problem.ids if problem.line(id) is (students > adults)]
    turns = [out[id] for id in longer] if students != adults else [0]
    assert set(out) <= set(longer)
    assert max(turns) - min(turns) <= 1


def test_who_stays_in_two_lines_keeps_the_table_and_nobody_meets_twice():
    problem = lines(8, 8, 8)

    result = solve(problem, iterations=200_000)

    assert result.metrics.repeat_meetings == 0
    stays = [id for id in problem.ids if problem.line(id)]
    assert {len({stop.table for stop in result.plan.route(id)}) for id in stays} == {1}


def test_bounds_of_two_lines_know_that_one_line_never_meets_itself():
    problem = lines(2, 2, 3)

    assert bounds(problem).repeat_meetings_min == 2


def test_a_pair_of_one_line_is_a_broken_rule():
    problem = Problem(tuple(Participant(id, role="student" if id in "ab" else None) for id in "abcd"), 1, TwoLines("student"))

    assert [violation.rule for violation in check(problem, plan_of("ab cd"))] == ["lines", "lines"]
    assert check(problem, plan_of("ac bd")) == []


def test_two_lines_with_nobody_in_one_of_them_are_refused():
    with pytest.raises(Refusal, match="Two lines need people in both"):
        solve(lines(0, 4, 1))


def test_rotators_come_to_every_station_once_and_hear_what_they_want():
    tables = ByTables(tuple(TableSpec(f"T{t}", 2, 3, topics=frozenset({f"topic {t}"})) for t in range(4)))
    hosts = tuple(Participant(f"h{t}", station=f"T{t}") for t in range(4))
    guests = tuple(Participant(f"g{n}", wants=frozenset({f"topic {n % 4}"})) for n in range(8))
    problem = Problem((*hosts, *guests), 3, tables, distinct_tables=True)

    result = solve(problem, iterations=300_000)

    assert check(problem, result.plan) == []
    assert (result.metrics.repeat_meetings, result.metrics.table_revisits, result.metrics.station_topics) == (0, 0, 8)


def test_stations_without_hosts_are_visited_once_each():
    tables = ByTables(tuple(TableSpec(f"T{t}", 2, 2) for t in range(4)))
    problem = Problem(people(8), 3, tables, distinct_tables=True)

    assert solve(problem, iterations=200_000).metrics.table_revisits == 0


def test_a_closed_table_stays_empty_and_a_step_free_one_takes_who_needs_it():
    tables = ByTables((TableSpec("A", 2, 6, step_free=False), TableSpec("B", 2, 6), TableSpec("C", 2, 6, closed=frozenset({1}))))
    problem = Problem((Participant("w", step_free=True), *people(9)), 2, tables)

    plan = solve(problem, iterations=5_000).plan

    assert check(problem, plan) == []
    assert "C" not in {table.id for table in plan.by_number[1].tables}


def missing_one(problem: Problem, plan: Plan, gone: str) -> Problem:
    """The same meetup when one person does not come: the first round is played, the others are known."""
    left = tuple(person for person in problem.participants if person.id != gone)
    played = replace(
        plan.rounds[0], tables=tuple(replace(t, members=tuple(m for m in t.members if m != gone)) for t in plan.rounds[0].tables)
    )
    return replace(problem, participants=left, frozen=(played,), announced=plan.rounds[1:])


def test_planning_anew_keeps_most_announced_seats():
    problem = room(48, 5, BySize(4), schools=14)
    plan = solve(problem, seed=1, iterations=200_000).plan
    anew = missing_one(problem, plan, "p7")

    result = solve(anew, seed=1, iterations=2_000_000)

    assert check(anew, result.plan) == []
    assert (result.metrics.repeat_meetings, result.metrics.same_school_meetings) == (0, 0)
    assert result.metrics.changed_seats <= 40  # of 188


@pytest.mark.parametrize("iterations", [1_000, 100_000])
def test_one_more_person_at_full_tables_opens_a_table_that_others_join(iterations):
    """Two of three rounds are announced with everybody at tables of four; the one who comes must not sit at a fifth place, nor alone."""
    problem = room(48, 3, BySize(4), schools=14)
    plan = solve(problem, seed=1, iterations=100_000).plan
    more = (*problem.participants, Participant("newcomer", school="school 1"))
    anew = replace(problem, participants=more, frozen=plan.rounds[:1], announced=plan.rounds[1:])

    result = solve(anew, seed=1, iterations=iterations)

    assert check(anew, result.plan) == []
    assert sorted({len(table.members) for round in result.plan.rounds[1:] for table in round.tables}) == [3, 4]


@pytest.mark.parametrize("seed", range(4))
def test_two_who_leave_one_table_leave_nobody_at_a_table_that_is_too_small(seed):
    problem = room(40, 4, BySize(4), schools=14)
    plan = solve(problem, seed=seed, iterations=100_000).plan
    gone = plan.rounds[1].tables[0].members[:2]
    left = tuple(person for person in problem.participants if person.id not in gone)
    anew = replace(problem, participants=left, announced=plan.rounds)

    result = solve(anew, seed=seed, iterations=20_000)

    assert check(anew, result.plan) == []


@pytest.mark.parametrize("seed", range(3))
def test_the_fewest_seats_change_where_all_plans_can_be_tried(seed):
    problem = room(8, 2, BySize(2), schools=3)
    plan = solve(problem, seed=seed, iterations=20_000).plan
    away = tuple(replace(person, present=frozenset({0}) if person.id in ("p1", "p4") else None) for person in problem.participants)
    anew = replace(problem, participants=away, frozen=plan.rounds[:1], announced=plan.rounds[1:])

    best = min(
        score(anew, replace(every, rounds=(*plan.rounds[:1], *named))).key[:5] for every in every_plan(anew) for named in names(every)
    )

    assert solve(anew, seed=seed, iterations=40_000).metrics.key[:5] == best


def names(plan: Plan):
    """The rounds of a plan of one free round under every naming of its tables."""
    (round,) = plan.rounds
    for order in permutations(table.id for table in round.tables):
        yield (replace(round, number=1, tables=tuple(replace(table, id=id) for table, id in zip(round.tables, order, strict=True))),)


@given(st.integers(8, 24), st.integers(1, 4), st.integers(0, 4))
def test_spare_cards_have_a_chair_in_every_round_and_move_nobody(n, rounds, spares):
    problem = room(n, rounds, BySize(4), spares=spares)

    result = solve(problem, iterations=2_000)
    bare = Plan(tuple(replace(r, tables=tuple(replace(t, spare=None) for t in r.tables)) for r in result.plan.rounds), result.plan.name)

    assert check(problem, result.plan) == []
    assert check(replace(problem, spares=0), bare) == []
    assert with_spares(problem, bare) == result.plan


def test_a_spare_card_meets_new_people_where_there_are_tables_for_it():
    plan = solve(room(120, 6, BySize(4), spares=6), iterations=100_000).plan

    for card in range(1, 7):
        met = Counter(id for round in plan.rounds for table in round.tables if table.spare == card for id in table.members)
        assert set(met.values()) == {1}


def test_every_extension_is_written_and_read_back():
    tables = ByTables((TableSpec("A", 2, 4, topics=frozenset({"grading"})), TableSpec("B", 2, 4, closed=frozenset({1}))))
    first = solve(Problem(people(6), 1, BySize(3), spares=1), iterations=100).plan
    for problem in (Problem(people(6), 2, tables, announced=first.rounds, spares=2, distinct_tables=True), lines(3, 4, 2)):
        assert read_problem(write_problem(problem)) == problem
    assert read_plan(write_plan(first)) == first


def test_more_spare_cards_than_anybody_prints_are_refused():
    with pytest.raises(Refusal, match="from 0 to 200 spare cards"):
        room(8, 1, BySize(2), spares=201)


def test_pairs_of_a_line_are_never_made_even_when_all_else_fails():
    problem = lines(5, 5, 12)

    plan = solve(problem, iterations=50_000).plan

    assert not [1 for round in plan.rounds for table in round.tables for a, b in combinations(table.members, 2) if a[0] == b[0]]
