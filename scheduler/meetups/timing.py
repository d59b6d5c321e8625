"""How long a round takes and when each begins (rule 11 of docs/rules/rounds.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from scheduler.core.rounds_clock import MOVE

TALK_MINUTES = 6
MOST_MINUTES = 60


@dataclass(frozen=True)
class Talk:
    """What one round is about, and how long people talk."""

    minutes: int = TALK_MINUTES
    prompt: str = ""

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)


Talks = Sequence[Talk]
"""Of the rounds from the first on; rounds beyond them are ordinary"""


def talk_of(talks: Talks, number: int) -> Talk:
    """What is known of round `number` (from 1).

    >>> talk_of([Talk(8, "What did you try?")], 1).minutes, talk_of([], 1).minutes
    (8, 6)
    """
    return talks[number - 1] if number <= len(talks) else Talk()


def round_span(starts_at: datetime, number: int, talks: Talks = ()) -> tuple[datetime, datetime]:
    """When the talk of round `number` (from 1) begins and ends, if the first begins at `starts_at`.

    >>> [f"{moment:%H:%M:%S}" for moment in round_span(datetime(2026, 12, 2, 16, 0), 3)]
    ['16:15:00', '16:21:00']
    >>> [f"{moment:%H:%M:%S}" for moment in round_span(datetime(2026, 12, 2, 16, 0), 2, [Talk(10), Talk(4)])]
    ['16:11:30', '16:15:30']
    """
    begins = starts_at + sum((talk_of(talks, earlier).length + MOVE for earlier in range(1, number)), timedelta())
    return begins, begins + talk_of(talks, number).length


def rounds_that_fit(length: timedelta, talks: Talks = ()) -> int:
    """How many rounds end within a length of time; nobody moves after the last.

    >>> rounds_that_fit(timedelta(minutes=60)), rounds_that_fit(timedelta(minutes=6)), rounds_that_fit(timedelta(minutes=5))
    (8, 1, 0)
    >>> rounds_that_fit(timedelta(minutes=20), [Talk(10)])
    2
    """
    start = datetime(2000, 1, 1)  # noqa: DTZ001 - only the length counts
    return next(number - 1 for number in count(1) if round_span(start, number, talks)[1] - start > length)


def minutes_of(rounds: int, talks: Talks = ()) -> int:
    """How long some rounds take, in whole minutes, rounded up.

    >>> minutes_of(6), minutes_of(1), minutes_of(2, [Talk(10)])
    (44, 6, 18)
    """
    start = datetime(2000, 1, 1)  # noqa: DTZ001 - only the length counts
    return -(-(round_span(start, rounds, talks)[1] - start) // timedelta(minutes=1))
