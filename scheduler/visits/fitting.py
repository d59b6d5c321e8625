"""Which visits fit, as parts of statements: each is written once and filled with what somebody looks for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from scheduler.foundation.db import UTCDateTime
from scheduler.registration.models import EntryState, Gathering, GatheringState, ReservedSeats, WaitlistEntry
from scheduler.registration.seats import taken_at
from scheduler.schools.models import FocusArea, School
from scheduler.visits.filters import Filters
from scheduler.visits.models import Visit, visit_focus_areas

NOW, TODAY = sa.bindparam("now", type_=UTCDateTime()), sa.bindparam("today", type_=sa.DateTime())
PARTY = sa.bindparam("party", type_=sa.Integer)


def given(filters: Filters, now: datetime) -> dict[str, Any]:
    """What the statements below are filled with."""
    asked: dict[str, Any] = {name: getattr(filters, name) for name in filters.active}
    if filters.from_day:
        asked["from_day"] = datetime.combine(filters.from_day, time.min)
    if filters.until_day:
        asked["until_day"] = datetime.combine(filters.until_day + timedelta(days=1), time.min)
    return asked | at(now)


def at(now: datetime) -> dict[str, datetime]:
    """What `COMING` is filled with."""
    # No wall is more than a day away from UTC: so the index by the clock on the wall begins today, not with the first visit ever.
    return {"now": now, "today": now.replace(tzinfo=None) - timedelta(days=1)}


def fitting(active: Collection[str]) -> list[sa.ColumnElement[bool]]:
    """The coming visits that these filters leave."""
    conditions = {name: _FITS[name]() for name in active if name != "party"}
    if "party" in active:
        conditions["party"] = takes_party(*([_is_about()] if "focus" in conditions else []))
    return [COMING, *conditions.values()]


def _is_about() -> sa.ColumnElement[bool]:
    """The focus once more, asked of gatherings: else the seats of all that is coming are counted before their visits are known."""
    own, areas = aliased(Visit), visit_focus_areas.c
    area = sa.select(FocusArea.id).where(FocusArea.slug == sa.bindparam("focus")).scalar_subquery()
    about = sa.select(own.id).join(visit_focus_areas, areas.visit_id == own.id).where(own.gathering_id == Gathering.id)
    first = about.where(areas.focus_area_id == area).limit(1).correlate(Gathering).scalar_subquery()
    return first.is_not(None)  # asked whether there is any, PostgreSQL gathers all visits that ever were about it


def _when(first: sa.ColumnElement[bool], then: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Both, the second asked only where the first is true; PostgreSQL takes it for a coin.

    Of conditions that nearly always hold together it believes that next to nothing is left, and reads all that is to come before it sorts
    out the first page.
    """
    return sa.case((first, then), else_=sa.false())


COMING = sa.and_(
    Gathering.state == GatheringState.PUBLISHED, Gathering.starts_wall > TODAY, _when(Gathering.starts_at > NOW, sa.true())
)  # fmt: skip
_FITS: Mapping[str, Callable[[], sa.ColumnElement[bool]]] = {
    "from_day": lambda: Gathering.starts_wall >= sa.bindparam("from_day", type_=sa.DateTime()),
    "until_day": lambda: Gathering.starts_wall < sa.bindparam("until_day", type_=sa.DateTime()),
    "borough": lambda: School.borough == sa.bindparam("borough"),
    "tier": lambda: School.tier == sa.bindparam("tier"),
    "school": lambda: School.slug == sa.bindparam("school"),
    "focus": lambda: Visit.focus_areas.any(FocusArea.slug == sa.bindparam("focus")),
}
"""Each filter but the party's as a part of a statement, which is written once for each set of filters and filled with what is looked for"""


def takes_party(*before: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """A party of this size from anywhere would be seated at once (rules 1, 2, 6 and 10); `before` is asked before seats are counted."""
    is_open = sa.and_(Gathering.closes_at > NOW, sa.or_(Gathering.opens_at.is_(None), Gathering.opens_at <= NOW), ~Gathering.paused)
    free = Gathering.capacity - taken_at(Gathering.id) - _kept_for_tiers()
    return _when(
        sa.and_(is_open, Gathering.party_most >= PARTY, *before), sa.and_(free >= PARTY, ~_somebody_waits())
    )  # seats are counted last


def _kept_for_tiers() -> sa.ColumnElement[int]:
    """Seats that only schools of some tier can have now."""
    unused = ReservedSeats.seats - taken_at(Gathering.id, sa.type_coerce(ReservedSeats.tier, sa.String))
    kept = sa.select(sa.func.coalesce(sa.func.sum(sa.case((unused > 0, unused), else_=0)), 0))
    return kept.where(ReservedSeats.gathering_id == Gathering.id, ~ReservedSeats.released).correlate(Gathering).scalar_subquery()


def _somebody_waits() -> sa.ColumnElement[bool]:
    """In a strict line nobody new is seated while somebody waits: for this visit, or for any of its school in days that hold it."""
    day = sa.func.date(Gathering.starts_wall)
    window = sa.and_(
        WaitlistEntry.window_school_id == Gathering.school_id, WaitlistEntry.window_first <= day, WaitlistEntry.window_last >= day
    )
    meant = sa.or_(WaitlistEntry.gathering_id == Gathering.id, window)
    waits = sa.select(WaitlistEntry.id).where(meant, WaitlistEntry.state == EntryState.WAITING).correlate(Gathering).exists()
    return sa.and_(Gathering.strict_line, waits)
