"""Words that several pages share: why a gathering cannot be booked just now, roles of people and what they need."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from scheduler.core.times import clock_text, day_text, to_wall
from scheduler.foundation import clock
from scheduler.registration.models import Gathering, PriorVisits

ROLE_LABELS = {
    "leader": _l("leader"), "teacher": _l("teacher"), "counselor": _l("counselor"), "student": _l("student"),
    "district": _l("district"), "partner": _l("partner"),
}  # fmt: skip
NEED_LABELS = {
    "step_free": _l("Step-free way in"), "seating": _l("A seat throughout"), "large_print": _l("Large print"),
    "captioning": _l("Captions"), "sign_language": _l("Sign language"), "quiet_space": _l("A quiet room nearby"),
    "dietary": _l("Something about food"),
}  # fmt: skip
PRIOR_LABELS = {
    PriorVisits.FIRST: _l("This is our first visit"), PriorVisits.HERE: _l("We have been at this school"),
    PriorVisits.ELSEWHERE: _l("We have been at other schools of the network"),
}  # fmt: skip


def closed_words(gathering: Gathering) -> str | None:
    """Said instead of the seats that are left: why nobody can book now; None while one can."""
    now = clock.now()
    if gathering.is_cancelled:
        return str(_("Cancelled"))
    if gathering.has_started(now):
        return str(_("Begun")) if not gathering.is_over(now) else str(_("Over"))
    return not_open_words(gathering.opens_at, gathering.closes_at, gathering.time_zone, paused=gathering.paused, now=now)


def not_open_words(opens_at: datetime | None, closes_at: datetime, zone: str, *, paused: bool, now: datetime) -> str | None:
    """The same of what is sure to come and to take place."""
    if now >= closes_at:
        return str(_("Booking has ended"))
    if opens_at and now < opens_at:
        opens = to_wall(opens_at, ZoneInfo(zone))
        return str(_("Booking opens %(month)s %(day)s", month=opens.strftime("%B"), day=opens.day))
    return str(_("Booking is paused")) if paused else None


def closed_sentence(gathering: Gathering) -> str:
    """The same as a sentence with its moment, for the page of the gathering."""
    now = clock.now()
    if gathering.opens_at and gathering.opens_later(now):
        return str(_("Booking opens on %(day)s.", day=day_text(to_wall(gathering.opens_at, gathering.zone))))
    if gathering.is_closed(now):
        closed = to_wall(gathering.closes_at, gathering.zone)
        return str(_("Booking ended on %(day)s at %(time)s.", day=day_text(closed), time=clock_text(closed)))
    return str(_("The host has paused booking for now."))
