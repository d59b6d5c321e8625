"""After a visit: who is asked when, until when one may answer, and how few replies stay hidden (visits rule 18)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

Answer = TypeVar("Answer", int, str)

AFTER = timedelta(hours=3)
"""So long after the end people are asked"""
ASKED_FOR = timedelta(days=7)
"""So long after the end whoever is marked as arrived is still asked"""
OPEN_FOR = timedelta(days=14)
"""So long after the end one may write and change a reply"""
LEAST = 3
"""With fewer replies nothing is said about them but their number: nobody's own can be worked out"""
VALUES = (4, 3, 2, 1)


def is_asking(ends_at: datetime, now: datetime) -> bool:
    """Whether those who were there are asked now.

    >>> from datetime import UTC
    >>> end = datetime(2026, 12, 2, 16, 30, tzinfo=UTC)
    >>> [is_asking(end, end + wait) for wait in (timedelta(hours=2), AFTER, timedelta(days=6), ASKED_FOR)]
    [False, True, True, False]
    """
    return ends_at + AFTER <= now < ends_at + ASKED_FOR


def may_write(ends_at: datetime, now: datetime) -> bool:
    """Whether a reply can be written or changed."""
    return ends_at <= now < ends_at + OPEN_FOR


@dataclass(frozen=True)
class Counted(Generic[Answer]):
    """Replies in numbers; `by` stays empty below three."""

    replies: int
    by: Mapping[Answer, int]

    @property
    def is_shown(self) -> bool:
        return self.replies >= LEAST


def counted(answers: Iterable[Answer]) -> Counted[Answer]:
    """How often each answer was given, from three on.

    >>> counted([4, 3]), counted([4, 3, 3]).by
    (Counted(replies=2, by={}), Counter({3: 2, 4: 1}))
    """
    found = Counter(answers)
    replies = sum(found.values())
    return Counted(replies, found if replies >= LEAST else {})


def average(values: Counted[int]) -> str:
    """The mean of some values, with one figure behind the point; empty while it is not shown.

    >>> average(counted([4, 3, 3])), average(counted([4, 4]))
    ('3.3', '')
    """
    if not values.is_shown:
        return ""
    return f"{sum(value * number for value, number in values.by.items()) / values.replies:.1f}"
