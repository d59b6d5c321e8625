"""What visitors look for: the visits that fit filters, page by page, and other dates when one is full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from scheduler.foundation.db import db
from scheduler.registration.models import (
    HOLDING,
    EntryState,
    Gathering,
    GatheringKind,
    GatheringState,
    MoveRequest,
    MoveState,
    Offer,
    OfferState,
    Registration,
    ReservedSeats,
    WaitlistEntry,
)
from scheduler.schools import queries as schools
from scheduler.schools.models import FocusArea, School, Tier
from scheduler.visits.models import Visit, visit_focus_areas
from scheduler.visits.queries import VisitRow, rows, visits

PAGE = 40
"""Visits on one page of the list"""
MOST_COUNTED = 100
"""Whoever finds more narrows the list; they are not counted"""


@dataclass(frozen=True)
class Filters:
    """What a visitor looks for; empty fields mean everything. Both days are included and are days by the clock on the school's wall.

    >>> wanted = Filters(borough="Bronx", party=4)
    >>> wanted.active, wanted.without("party")
    (['borough', 'party'], Filters(from_day=None, until_day=None, borough='Bronx', focus='', tier='', school='', party=0))
    """

    from_day: date | None = None
    until_day: date | None = None
    borough: str = ""
    focus: str = ""
    tier: str = ""
    school: str = ""
    party: int = 0
    """People in the party: only visits that would seat all of them now"""

    @property
    def active(self) -> list[str]:
        return [field.name for field in fields(self) if getattr(self, field.name)]

    def without(self, name: str) -> Filters:
        empty: dict[str, Any] = {field.name: field.default for field in fields(self) if field.name == name}
        return replace(self, **empty)


@dataclass(frozen=True)
class Place:
    """Where a page of the list ended. It stands in addresses, so it names the last visit by what never leads to another page's visit.

    >>> Place.read("2026-12-02T09:00:00~bcdfghjkmn")
    Place(starts_wall=datetime.datetime(2026, 12, 2, 9, 0), public_id='bcdfghjkmn')
    >>> Place.read("tomorrow~b") is None
    True
    """

    starts_wall: datetime
    public_id: str

    @staticmethod
    def read(text: str) -> Place | None:
        starts, _, public_id = text.partition("~")
        try:
            wall = datetime.fromisoformat(starts)
        except ValueError:
            return None
        return Place(wall, public_id) if wall.tzinfo is None and public_id.isascii() and public_id.isalpha() else None

    def __str__(self) -> str:
        return f"{self.starts_wall.isoformat()}~{self.public_id}"


@dataclass(frozen=True)
class Found:
    """One page of the visits that fit."""

    rows: list[VisitRow]
    total: int
    """On all pages together; one more than are counted where there are more"""
    later: Place | None
    """Where the next page begins; None on the last one"""


def find(filters: Filters, *, now: datetime, after: Place | None = None) -> Found:
    """The coming visits that fit, soonest first: the statements are the same for one visit and for forty."""
    chosen = visits().where(*_fitting(filters, now))
    if after is not None:
        chosen = chosen.where(sa.tuple_(Gathering.starts_wall, Gathering.public_id) > sa.tuple_(after.starts_wall, after.public_id))
    ordered = chosen.order_by(Gathering.starts_wall, Gathering.public_id).limit(PAGE + 1)
    listed = list(db.session.scalars(ordered))
    shown = rows(listed[:PAGE])
    later = Place(shown[-1].gathering.starts_wall, shown[-1].gathering.public_id) if len(listed) > PAGE else None
    return Found(shown, _count([filters], now)[0], later)


def relaxed(filters: Filters, *, now: datetime) -> list[tuple[str, int]]:
    """For each active filter how many visits there would be without it, in one statement; those that do not help are left out."""
    names = filters.active
    counts = _count([filters.without(name) for name in names], now) if names else []
    return [(name, number) for name, number in zip(names, counts, strict=True) if number]


def _count(wanted: Sequence[Filters], now: datetime) -> list[int]:
    base = sa.select(Visit.id).join(Visit.gathering).join(Visit.school).limit(MOST_COUNTED + 1)
    some = [base.where(*_fitting(filters, now)).subquery() for filters in wanted]
    counts = [sa.select(sa.func.count()).select_from(fitting).scalar_subquery() for fitting in some]
    return [int(number) for number in db.session.execute(sa.select(*counts)).one()]


def _fitting(filters: Filters, now: datetime) -> list[sa.ColumnElement[bool]]:
    chosen = [_coming(now)]
    if filters.from_day:
        chosen.append(Gathering.starts_wall >= datetime.combine(filters.from_day, time.min))
    if filters.until_day:
        chosen.append(Gathering.starts_wall < datetime.combine(filters.until_day + timedelta(days=1), time.min))
    if filters.borough:
        chosen.append(School.borough == filters.borough)
    if filters.tier:
        chosen.append(School.tier == Tier(filters.tier))
    if filters.school:
        chosen.append(School.slug == filters.school)
    if filters.focus:
        chosen.append(Visit.focus_areas.any(FocusArea.slug == filters.focus))
    if filters.party:
        chosen.append(_takes(filters.party, now))
    return chosen


def _coming(now: datetime) -> sa.ColumnElement[bool]:
    # No wall is more than a day away from UTC: so the index by the clock on the wall begins today, not with the first visit ever.
    today = Gathering.starts_wall > now.replace(tzinfo=None) - timedelta(days=1)
    return sa.and_(Gathering.state == GatheringState.PUBLISHED, today, Gathering.starts_at > now)


def _takes(party_size: int, now: datetime) -> sa.ColumnElement[bool]:
    """A party of this size from anywhere would be seated at once (rules 1, 2, 6 and 10)."""
    is_open = sa.and_(Gathering.closes_at > now, sa.or_(Gathering.opens_at.is_(None), Gathering.opens_at <= now), ~Gathering.paused)
    free = Gathering.capacity - _people_with_seats() - _kept_for_tiers()
    return sa.and_(is_open, Gathering.party_most >= party_size, free >= party_size, ~_somebody_waits())


def _people_with_seats(tier: sa.ColumnElement[str] | None = None) -> sa.ColumnElement[int]:
    """Everything that holds seats of the gathering at hand: parties, moves that wait for the host, offers; of one tier or of all."""
    here = (
        (Registration.party_size, Registration.tier, Registration.gathering_id, Registration.state.in_(HOLDING)),
        (Registration.party_size, Registration.tier, MoveRequest.gathering_id,
         sa.and_(MoveRequest.state == MoveState.WAITING, MoveRequest.registration_id == Registration.id)),
        (Offer.size, WaitlistEntry.tier, Offer.gathering_id, sa.and_(Offer.state == OfferState.OPEN, Offer.entry_id == WaitlistEntry.id)),
    )  # fmt: skip
    held: sa.ColumnElement[int] = sa.literal(0)
    for people, its_tier, gathering_id, holds in here:
        chosen = sa.select(sa.func.coalesce(sa.func.sum(people), 0)).where(gathering_id == Gathering.id, holds)
        chosen = chosen if tier is None else chosen.where(its_tier == tier)
        held = held + chosen.correlate(Gathering, ReservedSeats).scalar_subquery()
    return held


def _kept_for_tiers() -> sa.ColumnElement[int]:
    """Seats that only schools of some tier can have now."""
    unused = ReservedSeats.seats - _people_with_seats(sa.type_coerce(ReservedSeats.tier, sa.String))
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


def takes_parties(row: VisitRow, *, now: datetime) -> bool:
    """Whether somebody could book this visit now; if not, its page shows other dates."""
    gathering = row.gathering
    is_open = gathering.state == GatheringState.PUBLISHED and not (
        gathering.is_closed(now) or gathering.opens_later(now) or gathering.paused
    )
    return is_open and bool(row.seats.left) and not (gathering.strict_line and row.waiting)


def other_dates(visit: Visit, *, now: datetime, most: int = 3) -> list[VisitRow]:
    """The next dates with seats: first at the same school, then about the same focus areas at other schools."""
    chosen = visits().where(_coming(now), _takes(1, now), Visit.id != visit.id).order_by(Gathering.starts_wall, Gathering.public_id)
    here = db.session.scalars(chosen.where(Gathering.school_id == visit.school_id).limit(most)).all()
    if len(here) == most or not visit.focus_areas:
        return rows(here)
    same_focus = Visit.focus_areas.any(FocusArea.id.in_([area.id for area in visit.focus_areas]))
    elsewhere = chosen.where(Visit.school_id != visit.school_id, same_focus).limit(most - len(here))
    return rows([*here, *db.session.scalars(elsewhere)])


@dataclass(frozen=True)
class Offered:
    """What coming visits offer to choose from: no choice leads to an empty page by itself."""

    schools: Sequence[schools.Choice]
    areas: Sequence[FocusArea]

    @property
    def named(self) -> tuple[object, ...]:
        """All that the form of the filters shows while nothing is chosen."""
        schools = ((school.slug, school.short_name, school.borough, school.tier) for school in self.schools)
        return *schools, *((area.slug, area.name) for area in self.areas)

    @property
    def boroughs(self) -> list[str]:
        return sorted({school.borough for school in self.schools if school.borough})

    @property
    def tiers(self) -> list[Tier]:
        there = {school.tier for school in self.schools}
        return [tier for tier in Tier if tier in there]


def offered(*, now: datetime) -> Offered:
    """Schools and focus areas of coming visits, by name."""
    there = sa.select(Gathering.id).where(Gathering.kind == GatheringKind.VISIT, _coming(now))
    about = there.join(Visit).join(visit_focus_areas, visit_focus_areas.c.visit_id == Visit.id)
    areas = sa.select(FocusArea).where(about.where(visit_focus_areas.c.focus_area_id == FocusArea.id).exists())
    hosts = there.where(Gathering.school_id == School.id).exists()
    return Offered(schools.choices(hosts), db.session.scalars(areas.order_by(FocusArea.name)).all())
