"""Mails that go at a time of their own: when, and what still makes sense when nobody sent them in time (rule 15)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from scheduler.core.times import settle, to_wall


class ReminderKind(StrEnum):
    """What such a mail is about."""

    WEEK = "week"
    DAY_BEFORE = "day_before"
    TRIED = "tried"
    """Long after: did you try it?"""
    DIGEST_EARLY = "digest_early"
    DIGEST = "digest"


AT = time(16)
"""By the clock on the wall of the school"""
DAYS = {
    ReminderKind.WEEK: -7,
    ReminderKind.DIGEST_EARLY: -3,
    ReminderKind.DAY_BEFORE: -1,
    ReminderKind.DIGEST: -1,
    ReminderKind.TRIED: 60,
}
"""So many days from the day of the visit"""
TO_PARTIES = (ReminderKind.WEEK, ReminderKind.DAY_BEFORE, ReminderKind.TRIED)
TO_HOSTS = (ReminderKind.DIGEST_EARLY, ReminderKind.DIGEST)
STILL_ASKED = timedelta(days=14)
"""So late a mail after the visit still goes; one before it goes until the visit begins"""


@dataclass(frozen=True)
class Planned:
    """One mail: `at` is its instant, `wall` what the clock shows then, and from `until` on it makes no sense any more."""

    kind: ReminderKind
    wall: datetime
    at: datetime
    until: datetime


def plan(starts_wall: datetime, zone: ZoneInfo, kinds: Iterable[ReminderKind], *, at: time = AT) -> list[Planned]:
    """When the mails of some kinds go, in their order. An hour that the clocks skip moves on (rule 15); `at` is naive.

    >>> new_york = ZoneInfo("America/New_York")
    >>> [(str(mail.kind), str(mail.at)) for mail in plan(datetime(2026, 11, 5, 9), new_york, TO_PARTIES)]   # clocks go back on the 1st
    [('week', '2026-10-29 20:00:00+00:00'), ('day_before', '2026-11-04 21:00:00+00:00'), ('tried', '2027-01-04 21:00:00+00:00')]
    >>> [str(mail.wall) for mail in plan(datetime(2027, 3, 15, 9), new_york, [ReminderKind.DAY_BEFORE], at=time(2, 30))]
    ['2027-03-14 03:30:00']
    """
    planned = [_planned(kind, starts_wall, zone, at) for kind in kinds]
    return sorted(planned, key=lambda mail: mail.at)


def _planned(kind: ReminderKind, starts_wall: datetime, zone: ZoneInfo, at: time) -> Planned:
    days = DAYS[kind]
    moment = settle(datetime.combine(starts_wall.date() + timedelta(days=days), at), zone)
    until = settle(starts_wall, zone) if days < 0 else moment + STILL_ASKED
    return Planned(kind, to_wall(moment, zone), moment, until)


def due(planned: Iterable[Planned], *, told_at: datetime, sent: Collection[ReminderKind], now: datetime) -> list[Planned]:
    """The mails that are due now. Of several only the last one goes, and says what the others would have said.

    Whoever was told everything at `told_at`, by a confirmation or a change, gets none that was due by then.

    >>> new_york, booked = ZoneInfo("America/New_York"), datetime(2026, 11, 20, tzinfo=ZoneInfo("UTC"))
    >>> planned = plan(datetime(2026, 12, 2, 9), new_york, TO_PARTIES)
    >>> [str(mail.kind) for mail in due(planned, told_at=booked, sent=[], now=planned[0].at)]
    ['week']
    >>> [str(mail.kind) for mail in due(planned, told_at=booked, sent=[], now=planned[1].at)]      # nobody was there to send the first
    ['week', 'day_before']
    >>> due(planned, told_at=planned[1].at, sent=[], now=planned[1].at)                            # booked the evening before
    []
    """
    return [mail for mail in planned if mail.at <= now < mail.until and told_at < mail.at and mail.kind not in sent]
