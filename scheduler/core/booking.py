"""When a party may ask for seats, change, move or leave, and what it is told: the rules of one gathering."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from scheduler.core import teams
from scheduler.core.capacity import people
from scheduler.core.refusal import Refusal, Sentence, count, say
from scheduler.core.times import clock_text, day_text, to_wall

HOLD = timedelta(minutes=60)
"""How long seats are held for an address that is not confirmed yet (registration rule 1)."""
APPROVAL_DAYS = 3
"""School days after which an approval that nobody gave expires."""
MOST_AHEAD = 3
"""Bookings that one address may have ahead of it."""


class Standing(StrEnum):
    """How a party that has seats stands."""

    UNVERIFIED = "unverified"
    PENDING = "pending"
    CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Terms:
    """What a gathering asks of those who book it. Instants are UTC; `zone` is the host's."""

    is_published: bool
    is_cancelled: bool
    paused: bool
    opens_at: datetime | None
    closes_at: datetime
    starts_at: datetime
    zone: ZoneInfo
    party_most: int
    school_most: int | None = None
    needs_approval: bool = False
    party_least: int = 1
    is_for_teams: bool = False
    """A meetup: what a party is elsewhere is the team of a school there"""


def may_book(terms: Terms, party_size: int, *, from_school: int = 0, now: datetime) -> None:
    """Refuse a party that cannot book here, with the reason. `from_school`: people of its school who have seats already.

    >>> from datetime import UTC
    >>> zone, open_until = ZoneInfo("America/New_York"), datetime(2026, 11, 30, 20, tzinfo=UTC)
    >>> terms = Terms(True, False, False, None, open_until, datetime(2026, 12, 2, 14, tzinfo=UTC), zone, 6, 6)
    >>> may_book(terms, 7, now=datetime(2026, 11, 20, tzinfo=UTC))
    Traceback (most recent call last):
    ...
    scheduler.core.refusal.Refusal: A party here has up to 6 people. A larger group can write to the host.
    >>> may_book(terms, 3, from_school=4, now=datetime(2026, 11, 20, tzinfo=UTC))
    Traceback (most recent call last):
    ...
    scheduler.core.refusal.Refusal: Up to 6 people of one school can come, and 4 of yours are booked. A party of 2 fits, or another date.
    >>> may_book(terms, 1, now=open_until)
    Traceback (most recent call last):
    ...
    scheduler.core.refusal.Refusal: Booking ended on Monday, November 30 at 3:00 pm. Another date may have seats.
    """
    _may_ask(terms, now)
    within_limits(terms, party_size, from_school=from_school)


def _may_ask(terms: Terms, now: datetime) -> None:
    if terms.is_cancelled:
        raise Refusal(say("This was cancelled. Another date may have seats."))
    if not terms.is_published:
        raise Refusal(say("This is not open for booking yet."))
    if now >= terms.starts_at:
        raise Refusal(say("This has begun; seats can no longer be booked. Another date may have some."))
    if now >= terms.closes_at:
        raise Refusal(_ended(terms))
    if terms.opens_at and now < terms.opens_at:
        raise Refusal(say("Booking opens on %(when)s. Come back then.", when=moment_text(terms.opens_at, terms.zone)))
    if terms.paused:
        raise Refusal(say("The host has paused booking for now. Try again later, or choose another date."))


def _ended(terms: Terms) -> Sentence:
    when = moment_text(terms.closes_at, terms.zone)
    if terms.is_for_teams:
        said = "Registration ended on %(when)s. A team that is registered can still send somebody else instead, by the link in its mail."
        return say(said, when=when)
    return say("Booking ended on %(when)s. Another date may have seats.", when=when)


def within_limits(terms: Terms, party_size: int, *, from_school: int) -> None:
    """Refuse a party that is larger than a party, or a school, may be here; or a team that is too small."""
    if terms.is_for_teams:
        teams.may_be(party_size, terms.party_least, terms.party_most)
    if party_size > terms.party_most:
        raise Refusal(say("A party here has up to %(most)s. A larger group can write to the host.", most=people(terms.party_most)))
    if terms.school_most is None or from_school + party_size <= terms.school_most:
        return
    facts = {"most": people(terms.school_most), "booked": from_school}
    if (room := terms.school_most - from_school) > 0:
        said = "Up to %(most)s of one school can come, and %(booked)d of yours are booked. A party of %(room)d fits, or another date."
        raise Refusal(say(said, room=room, **facts))
    raise Refusal(say("Up to %(most)s of one school can come, and %(booked)d of yours are booked. Another date may have seats.", **facts))


def moment_text(instant: datetime, zone: ZoneInfo) -> str:
    """A day and a time of day by the clock on the wall.

    >>> from datetime import UTC
    >>> moment_text(datetime(2026, 11, 30, 20, tzinfo=UTC), ZoneInfo("America/New_York"))
    'Monday, November 30 at 3:00 pm'
    """
    wall = to_wall(instant, zone)
    return f"{day_text(wall)} at {clock_text(wall)}"


def standing(terms: Terms, *, is_verified: bool, is_member: bool) -> Standing:
    """How a party stands that just got seats: outsiders wait for the host where the host wants to be asked (registration rule 1).

    >>> from datetime import UTC
    >>> noon = datetime(2026, 12, 2, 12, tzinfo=UTC)
    >>> asked = Terms(True, False, False, None, noon, noon, ZoneInfo("UTC"), 6, needs_approval=True)
    >>> [str(standing(asked, is_verified=v, is_member=m)) for v, m in ((False, True), (True, True), (True, False))]
    ['unverified', 'confirmed', 'pending']
    """
    if not is_verified:
        return Standing.UNVERIFIED
    return Standing.PENDING if terms.needs_approval and not is_member else Standing.CONFIRMED


def may_resize(terms: Terms, current: int, wanted: int, *, from_school: int, passes_cutoff: bool, reason: str, now: datetime) -> None:
    """Refuse a change of size (rule 7): growing ends at the cutoff, shrinking at the start and after the cutoff with a reason.

    `from_school` counts the others of its school; `passes_cutoff` is for hosts and organizers.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 12, 2, 12, tzinfo=UTC)
    >>> terms = Terms(True, False, False, None, noon - timedelta(days=2), noon, ZoneInfo("UTC"), 6)
    >>> may_resize(terms, 4, 5, from_school=0, passes_cutoff=False, reason="", now=noon - timedelta(days=1))
    Traceback (most recent call last):
    ...
    scheduler.core.refusal.Refusal: Booking ended on Monday, November 30 at 12:00 pm, so a party can only get smaller. Write to ...
    >>> may_resize(terms, 4, 3, from_school=0, passes_cutoff=False, reason="", now=noon - timedelta(days=1))
    Traceback (most recent call last):
    ...
    scheduler.core.refusal.Refusal: Booking ended on Monday, November 30 at 12:00 pm. Tell your host in a word why, then it is done.
    """
    _before_start(terms.starts_at, now)
    if wanted == current:
        raise Refusal(say("Your party has %(people)s already. Choose another number.", people=people(current)))
    late = now >= terms.closes_at and not passes_cutoff
    if wanted < current:
        _with_reason(terms, late, reason)
        return
    if late:
        when = moment_text(terms.closes_at, terms.zone)
        raise Refusal(say("Booking ended on %(when)s, so a party can only get smaller. Write to your host to bring more.", when=when))
    within_limits(terms, wanted, from_school=from_school)


def may_cancel(terms: Terms, *, passes_cutoff: bool, reason: str, now: datetime) -> None:
    """Refuse to cancel what has begun, or after the cutoff without a reason (rule 7)."""
    _before_start(terms.starts_at, now)
    _with_reason(terms, now >= terms.closes_at and not passes_cutoff, reason)


def may_move(starts_at: datetime, *, now: datetime) -> None:
    """Refuse to move away from what has begun."""
    _before_start(starts_at, now)


def _with_reason(terms: Terms, late: bool, reason: str) -> None:
    if late and not reason.strip():
        when = moment_text(terms.closes_at, terms.zone)
        raise Refusal(say("Booking ended on %(when)s. Tell your host in a word why, then it is done.", when=when))


def _before_start(starts_at: datetime, now: datetime) -> None:
    if now >= starts_at:
        raise Refusal(say("This has begun, so nothing can be changed here. Write to your host."))


def too_many_ahead() -> Sentence:
    """Said to somebody who would take seats with as many bookings ahead as one address may have.

    >>> print(too_many_ahead())
    You have 3 bookings ahead, which is the most. Cancel one of them, then take these seats.
    """
    bookings = count(MOST_AHEAD, "%(n)d booking", "%(n)d bookings")
    return say("You have %(bookings)s ahead, which is the most. Cancel one of them, then take these seats.", bookings=bookings)


def reserved_refusal(capacity: int, reserved: int) -> Sentence | None:
    """Why seats cannot be reserved like this, or None.

    >>> print(reserved_refusal(12, 14))
    14 seats are reserved and there are 12. Reserve fewer, or take more people.
    """
    if reserved <= capacity:
        return None
    seats = count(reserved, "%(n)d seat is", "%(n)d seats are")
    return say("%(seats)s reserved and there are %(capacity)d. Reserve fewer, or take more people.", seats=seats, capacity=capacity)


def in_window(day: date, first: date | None, last: date | None) -> bool:
    """Whether a day lies in a window of days, both ends included; no window holds nothing."""
    return first is not None and last is not None and first <= day <= last


def is_listed(address: str, domains: str) -> bool:
    """Whether a mail address belongs to a listed domain; `domains` stand apart by spaces.

    >>> is_listed("ana@schools.nyc.gov", "schools.nyc.gov nycischool.org"), is_listed("ana@x.schools.nyc.gov", "schools.nyc.gov")
    (True, False)
    """
    return address.rpartition("@")[2].lower() in domains.lower().split()
