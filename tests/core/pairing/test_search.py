"""The searches around the kernel: what they count is what their plans hold, they keep their holds, and they stop when told."""

from itertools import combinations, count
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.core.pairing.anneal import COOL, PLAIN, REHEATED, RELABELLED, RISING, SOFT, Run
from scheduler.core.pairing.board import by_chance, from_design
from scheduler.core.pairing.bounds import bounds
from scheduler.core.pairing.check import check
from scheduler.core.pairing.costs import Costs
from scheduler.core.pairing.effort import Effort
from scheduler.core.pairing.plan import pair
from scheduler.core.pairing.portfolio import FromHosts, Hunt, with_hosts
from scheduler.core.pairing.problem import Participant, Problem
from scheduler.core.pairing.rotation import rotation
from scheduler.core.pairing.score import score
from scheduler.core.pairing.seating import BySize, ByTables, TableSpec
from tests.core.pairing.problems import people, room, small_rooms


def go(run: Run, phases, steps: int):
    run.go(phases, steps, Effort(10 * steps), lambda counts: False)
    return run.seated()


@given(small_rooms(), st.sampled_from([PLAIN, COOL, RISING, REHEATED, SOFT, RELABELLED]), st.integers(0, 1000))
def test_what_a_search_counts_is_what_its_plan_holds(problem, phases, seed):
    run = Run(Costs(problem), by_chance(problem, Random(seed)), seed)

    metrics = score(problem, go(run, phases, 3_000).plan())

    got = run.counts
    assert (got.repeats, got.spread, got.same_school) == (metrics.repeat_meetings, metrics.repeat_spread, metrics.same_school_meetings)


@given(st.integers(3, 8), st.integers(2, 4), st.integers(2, 6), st.integers(0, 1000))
def test_relabelling_people_of_equal_presence_never_changes_repeats(tables, seats, rounds, seed):
    problem = room(tables * seats, rounds, BySize(seats, fit="smaller"), schools=3, roles=True)
    board = by_chance(problem, Random(seed))
    before = Run(Costs(problem), board, seed).counts

    trades = (RELABELLED[0],)
    run = Run(Costs(problem), board, seed)
    after = score(problem, go(run, trades, 4_000).plan())

    assert (after.repeat_meetings, after.repeat_spread) == (before.repeats, before.spread)
    assert after.same_school_meetings <= before.same_school


def test_a_hot_search_keeps_the_best_seats_it_saw():
    problem = room(16, 4, BySize(4), schools=4)
    board = from_design(problem, rotation(16, 4, 4), range(16))
    run = Run(Costs(problem), board, 1)
    best = run.counts

    go(run, PLAIN, 60_000)

    assert run.counts <= best
    assert score(problem, run.seated().plan()).repeat_meetings == run.counts.repeats


def test_a_search_never_seats_anybody_at_a_table_they_may_not_use():
    tables = ByTables(tuple(TableSpec(f"T{t}", 3, 4, step_free=t % 2 == 0) for t in range(6)))
    wheels = tuple(Participant(f"w{i}", school="own", step_free=True) for i in range(5))
    problem = Problem((*wheels, *people(16, schools=5)), 4, tables)

    board = go(Run(Costs(problem), by_chance(problem, Random(2)), 2), REHEATED, 30_000)

    assert [violation for violation in check(problem, board.plan()) if violation.rule == "place"] == []


def test_hosts_of_the_largest_school_stay_apart_and_empty_chairs_are_no_people():
    problem = room(23, 4, BySize(4), schools=5)
    hunt = Hunt(problem, bounds(problem), Effort(10**9), 3, quick=10**6)

    FromHosts(hunt, with_hosts(problem, hunt.costs)).turn(200_000)

    plan, metrics = hunt.best
    assert check(problem, plan) == []
    assert (hunt.method, metrics.repeat_meetings) == ("hosts", 0)
    hosts = [f"p{n}" for n in range(0, 23, 5)]
    met = sum(1 for number in range(4) for two in combinations(hosts, 2) if plan.table_of(two[0], number) is plan.table_of(two[1], number))
    assert met <= metrics.same_school_meetings


def test_no_hosts_where_somebody_is_tied_to_a_table_or_the_school_is_too_large():
    assert with_hosts(room(12, 3, BySize(4), schools=2), Costs(room(12, 3, BySize(4), schools=2))) is None
    tied = Problem((*people(11, schools=3), Participant("p11", station="T1")), 3, BySize(4))
    assert with_hosts(tied, Costs(tied)) is None


def test_a_hunt_stops_at_the_first_plan_that_is_proven():
    problem = room(49, 8, BySize(7))
    hunt = Hunt(problem, bounds(problem), effort := Effort(10**9), 1, quick=10**6)

    hunt.go(None)

    assert (hunt.method, hunt.best[1].repeat_meetings, effort.done) == ("rotation", 0, 0)


@pytest.mark.parametrize("seed", range(3))
def test_wishes_of_a_must_pair_are_kept_by_every_line(seed):
    apart = frozenset(pair(f"p{a}", f"p{b}") for a, b in [(0, 1), (2, 3), (4, 5)])
    problem = room(24, 4, BySize(4), schools=6, keep_apart=apart)
    hunt = Hunt(problem, bounds(problem), Effort(400_000), seed, quick=10**6)

    hunt.go(None)

    assert check(problem, hunt.best[0]) == []


def test_who_cancels_gets_no_further_step():
    looks = count()
    effort = Effort(limit=10_000, cancel=lambda: next(looks) >= 1)

    taken = [effort.take(100) for _ in range(3)]

    assert (taken, effort.stopped_early, effort.done) == ([100, 0, 0], True, 100)


def test_the_clock_stops_a_search():
    effort = Effort(limit=10_000, time_limit=0)

    assert (effort.take(100), effort.over) == (0, True)
