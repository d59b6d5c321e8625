"""Bounds are safe: no plan, however good, does better."""

from itertools import combinations, product

import pytest
from hypothesis import given

from scheduler.core.pairing.bounds import bounds, fewest_pairings
from scheduler.core.pairing.plan import Plan, Round, Table
from scheduler.core.pairing.problem import Problem, Together
from scheduler.core.pairing.score import Metrics, score
from scheduler.core.pairing.seating import BySize
from scheduler.core.pairing.solve import solve
from tests.core.pairing.problems import room, small_rooms


def seatings_of(people, sizes):
    """Every way to seat these people at tables of these sizes; equal tables may come in any order."""
    if not sizes:
        yield ()
        return
    first, *others = people
    for size in sorted(set(sizes)):
        left = list(sizes)
        left.remove(size)
        for mates in combinations(others, size - 1):
            table = (first, *mates)
            for rest in seatings_of([person for person in others if person not in mates], left):
                yield (table, *rest)


def every_plan(problem: Problem):
    for rounds in product(*([*every_round(problem, number)] for number in problem.free_rounds)):
        yield Plan(rounds)


def every_round(problem: Problem, number: int):
    people, shape = problem.roster[number], problem.shape[number]
    for out in combinations(people, shape.sits_out):
        for tables in seatings_of([person for person in people if person not in out], shape.sizes):
            yield Round(number, tuple(Table(f"T{t}", members) for t, members in enumerate(tables, 1)), out)


TINY = [
    room(4, 2, BySize(2), schools=2),
    room(4, 3, BySize(2), schools=3),
    room(5, 2, BySize(2), schools=2),
    room(6, 2, BySize(2), schools=2),
    room(6, 2, BySize(3), schools=2, roles=True),
    room(6, 3, BySize(3), schools=3),
    room(4, 2, BySize(2), met_before={("p0", "p1"): 1, ("p2", "p3"): 1}),
    room(4, 2, BySize(2), met_before={("p0", "p1"): 1}, keep_together=(Together(("p0", "p1")),)),
]


@pytest.mark.parametrize("problem", TINY)
def test_bounds_never_exceed_the_best_of_all_plans(problem):
    counts = valid_counts(problem)

    assert counts
    assert [metrics for metrics in counts if passed(metrics)] == []


@given(small_rooms(wishes=True, most_people=6, most_rounds=2))
def test_bounds_never_exceed_the_best_of_all_plans_with_absences_memory_and_wishes(problem):
    assert [metrics for metrics in valid_counts(problem) if passed(metrics)] == []


def valid_counts(problem: Problem) -> list[Metrics]:
    limits = bounds(problem)
    counts = [score(problem, plan, limits) for plan in every_plan(problem)]
    return [metrics for metrics in counts if not metrics.violations]


def passed(metrics: Metrics) -> list[str]:
    """What is better than its bound allows."""
    better = {
        "repeats": metrics.repeat_meetings < metrics.repeat_meetings_min,
        "schools": metrics.same_school_meetings < metrics.same_school_min,
        "roles": metrics.same_role_meetings < metrics.same_role_min,
        "new people": metrics.new_meetings > metrics.new_meetings_max,
        "topics": (metrics.topic_matches or 0) > (metrics.topic_matches_max or 0),
    }
    return [what for what, is_better in better.items() if is_better]


@pytest.mark.parametrize("problem", TINY)
def test_solve_finds_the_best_of_all_plans_in_tiny_rooms(problem):
    best = min(score(problem, plan).key for plan in every_plan(problem))

    assert solve(problem, iterations=20_000).metrics.key == best


@given(small_rooms())
def test_no_plan_found_beats_its_bounds(problem):
    assert passed(solve(problem, iterations=2_000).metrics) == []


@pytest.mark.parametrize(
    ("problem", "repeats"),
    [
        (room(12, 6, BySize(3)), 7),
        (room(36, 4, BySize(6)), 2),
        (room(36, 7, BySize(6)), 5),
        (room(36, 3, BySize(6)), 0),
        (room(7, 9, BySize(2)), 24),
        (room(120, 6, BySize(4)), 0),
    ],
)
def test_the_fewest_repeats_are_known_for_bare_rooms(problem, repeats):
    assert bounds(problem).repeat_meetings_min == repeats


def test_a_school_larger_than_the_number_of_tables_must_meet_itself():
    assert [fewest_pairings(people, 30) for people in (30, 32, 61)] == [0, 2, 32]
