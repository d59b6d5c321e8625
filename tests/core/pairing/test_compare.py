"""Two plans side by side: the first count that differs decides."""

from dataclasses import asdict

from hypothesis import given, settings

from scheduler.core.pairing.compare import first_difference, side_by_side
from scheduler.core.pairing.problem import Problem
from scheduler.core.pairing.score import Metrics, score
from scheduler.core.pairing.seating import BySize
from scheduler.core.pairing.solve import solve
from tests.core.pairing.problems import letters, plan_of, small_rooms


@settings(max_examples=20, deadline=None)
@given(small_rooms())
def test_better_is_whose_key_is_smaller(problem):
    """Rule 4: the order in which the engine compares is the one that is told."""
    plans = [solve(problem, seed=seed, iterations=30 + seed) for seed in range(2)]
    kept: list[Metrics] = [result.metrics for result in plans]

    which, what = first_difference(*map(asdict, kept))

    assert which == (kept[1].key < kept[0].key)
    assert (what is None) == (kept[0].key == kept[1].key)


def test_counts_stand_side_by_side_in_the_order_of_rule_4_with_evenness_and_the_smallest_share():
    problem = Problem(letters("abcd"), 3, BySize(2))
    plans = plan_of("ab cd", "ac bd", "ad bc"), plan_of("ab cd", "ab cd", "ab cd")

    rows = side_by_side(*(asdict(score(problem, plan)) for plan in plans))

    assert [(str(row.what), row.one.reached, row.other.reached) for row in rows] == [
        ("Conversations that repeat", 0, 4),
        ("How unevenly they fall, a third time counted double", 0, 6),
        ("Conversations within one school", 0, 0),
        ("The smallest share of new people that somebody meets, in 100", 100, 33.3),
        ("Seats with nobody from another school", 0, 0),
        ("Conversations within one role", 0, 0),
    ]
    assert str(rows[1].other.bound) == "as even as was found"
