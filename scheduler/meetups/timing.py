"""How long a round takes and when each begins (rule 11 of docs/rules/rounds.md)."""

from __future__ import annotations

from datetime import datetime, timedelta

TALK = timedelta(minutes=6)
MOVE = timedelta(seconds=90)
ROUND = TALK + MOVE
"""From the beginning of one round to the beginning of the next"""


def round_span(starts_at: datetime, number: int) -> tuple[datetime, datetime]:
    """When the talk of round `number` (from 1) begins and ends, if the first begins at `starts_at`.

    >>> [f"{moment:%H:%M:%S}" for moment in round_span(datetime(2026, 12, 2, 16, 0), 3)]
    ['16:15:00', '16:21:00']
    """
    begins = starts_at + (number - 1) * ROUND
    return begins, begins + TALK


def rounds_that_fit(length: timedelta) -> int:
    """How many rounds end within a length of time; nobody moves after the last.

    >>> rounds_that_fit(timedelta(minutes=60)), rounds_that_fit(timedelta(minutes=6)), rounds_that_fit(timedelta(minutes=5))
    (8, 1, 0)
    """
    return max(0, (length + MOVE) // ROUND)


def minutes_of(rounds: int) -> int:
    """How long some rounds take, in whole minutes, rounded up.

    >>> minutes_of(6), minutes_of(1)
    (44, 6)
    """
    return -(-(rounds * ROUND - MOVE) // timedelta(minutes=1))
