"""What if some do not come, or there is a round more: who stays away, and what a quick trial of the same engine reaches."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from scheduler.core.pairing.problem import Problem
from scheduler.core.pairing.solve import Result, solve

STEPS_A_SEAT = 200
"""Changes that a trial tries for each seat of each round: 0.7 s for 164 people and 6 rounds; with half as many it often found no
plan that gives students company. A plan that is kept gets a hundred times as many."""
MOST_SEATS = 1_500
"""People times rounds that a trial takes on; beyond, only the bounds are told"""
LOT = 17


def who_stays_away(ids: Sequence[str], missing: int) -> frozenset[str]:
    """Some people by a fair lot, the same one every time; who is away when eight are missing is away when nine are.

    Nobody knows who will not come. The lot gives everybody the same chance, so the counts are those of an ordinary day and
    not of the worst: that would be a different one for each count.

    >>> people = [f"p{n}" for n in range(20)]
    >>> len(who_stays_away(people, 8)), who_stays_away(people, 3) < who_stays_away(people, 4)
    (8, True)
    """
    shuffled = sorted(ids)
    Random(LOT).shuffle(shuffled)
    return frozenset(shuffled[:missing])


def seats_of(problem: Problem) -> int:
    """Seats to fill in all rounds together."""
    return sum(len(people) for people in problem.roster.values())


def trial(problem: Problem) -> Result | None:
    """A quick plan, the same one for the same problem; None where the problem is too large for one.

    Refuses where `solve` refuses.

    >>> from scheduler.core.pairing.problem import Participant
    >>> from scheduler.core.pairing.seating import BySize
    >>> people = tuple(Participant(f"p{n}") for n in range(9))
    >>> quick = trial(Problem(people, rounds=4, seating=BySize(3)))
    >>> quick.metrics.repeat_meetings if quick else None
    0
    """
    seats = seats_of(problem)
    return solve(problem, iterations=STEPS_A_SEAT * seats) if seats <= MOST_SEATS else None
