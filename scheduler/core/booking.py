"""When a party may ask for seats, change, or leave: the rules of one gathering."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.core.capacity import people
from scheduler.core.refusal import Refusal, count, say

PHOTO_RULE = "2026-1"
"""Version of the photo rule's text that parties accept today."""


@dataclass(frozen=True)
class Terms:
    """What a gathering asks of those who book it."""

    is_published: bool
    is_cancelled: bool
    starts_at: datetime
    party_most: int


def may_book(terms: Terms, party_size: int, *, now: datetime) -> None:
    """Refuse a party that cannot book here, with the reason.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 12, 2, 12, tzinfo=UTC)
    >>> may_book(Terms(True, False, noon, 6), 7, now=datetime(2026, 12, 1, tzinfo=UTC))
    Traceback (most recent call last):
    ...
    scheduler.core.refusal.Refusal: A party here has up to 6 people. A larger group can write to the host.
    >>> may_book(Terms(True, False, noon, 6), 6, now=noon)
    Traceback (most recent call last):
    ...
    scheduler.core.refusal.Refusal: This has begun; seats can no longer be booked. Another date may have some.
    """
    if terms.is_cancelled:
        raise Refusal(say("This was cancelled. Another date may have seats."))
    if not terms.is_published:
        raise Refusal(say("This is not open for booking yet."))
    if now >= terms.starts_at:
        raise Refusal(say("This has begun; seats can no longer be booked. Another date may have some."))
    if party_size > terms.party_most:
        raise Refusal(say("A party here has up to %(most)s. A larger group can write to the host.", most=people(terms.party_most)))


def may_shrink(current: int, wanted: int, starts_at: datetime, *, now: datetime) -> None:
    """Refuse a change of size that is no shrinking, or comes after the start (rule 7: shrinking is always allowed until then).

    >>> from datetime import UTC
    >>> may_shrink(4, 4, datetime(2026, 12, 2, tzinfo=UTC), now=datetime(2026, 12, 1, tzinfo=UTC))
    Traceback (most recent call last):
    ...
    scheduler.core.refusal.Refusal: Your party has 4 people already. Choose a smaller number.
    """
    _before_start(starts_at, now)
    if wanted >= current:
        has = count(current, "%(n)d person", "%(n)d people")
        raise Refusal(say("Your party has %(people)s already. Choose a smaller number.", people=has))


def may_cancel(starts_at: datetime, *, now: datetime) -> None:
    """Refuse to cancel what has begun."""
    _before_start(starts_at, now)


def _before_start(starts_at: datetime, now: datetime) -> None:
    if now >= starts_at:
        raise Refusal(say("This has begun, so nothing can be changed here. Write to your host."))
