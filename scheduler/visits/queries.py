"""Reads of visits: what visitors look through, and what hosts see of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple, Protocol, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import contains_eager, selectinload

from scheduler.core.access import Actor
from scheduler.core.capacity import Seats
from scheduler.foundation.db import columns, db, in_one
from scheduler.registration import queries as registration
from scheduler.registration.at_once import GATHERING
from scheduler.registration.models import LONGEST, Gathering, GatheringKind
from scheduler.schools.models import FocusArea, School
from scheduler.visits.models import Visit, visit_focus_areas


@dataclass(frozen=True)
class VisitRow:
    """One visit in a list, with its seats."""

    visit: Visit
    seats: Seats
    waiting: int = 0

    @property
    def gathering(self) -> Gathering:
        return self.visit.gathering

    @property
    def starts_wall(self) -> datetime:
        return self.gathering.starts_wall

    @property
    def school(self) -> School:
        return self.visit.school

    @property
    def areas(self) -> tuple[str, ...]:
        return tuple(area.name for area in self.visit.focus_areas)


def visits() -> sa.Select[Any]:
    """Visits with all that their rows show; more conditions follow."""
    return (
        sa.select(Visit)
        .join(Visit.gathering)
        .join(Visit.school)
        .options(contains_eager(Visit.gathering), contains_eager(Visit.school), selectinload(Visit.focus_areas))
    )


def visit_or_404(public_id: str) -> Visit:
    """A visit that everybody may see: published, or cancelled after it was."""
    visit: Visit | None = db.session.scalars(_SHOWN, {"public_id": public_id}).unique().one_or_none()
    if visit is None or not visit.gathering.is_public:
        abort(404)
    return visit


class Bookable(NamedTuple):
    """All that a form to book asks of a visit's gathering: no object is made of it, because the booking itself reads it anew."""

    id: int
    party_most: int
    time_zone: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def bookable_or_404(public_id: str) -> Bookable:
    """The same visit where its page is not shown."""
    found = columns(_BOOKABLE, public_id=public_id).one_or_none()
    return Bookable(*found) if found else abort(404)


_BOOKABLE = sa.select(Gathering.id, Gathering.party_most, Gathering.time_zone).where(
    Gathering.public_id == sa.bindparam("public_id"), Gathering.kind == GatheringKind.VISIT, Gathering.is_public
)


def visit_for_host_or_404(public_id: str, actor: Actor) -> Visit:
    """A visit of a school that this person runs visits for; everything else is not there."""
    visit = _find(public_id)
    if visit is None or not actor.may_host(visit.school_id):
        abort(404)
    return visit


def _find(public_id: str) -> Visit | None:
    found: Visit | None = db.session.scalars(_BY_NAME, {"public_id": public_id}).unique().one_or_none()
    return found


_NAMED = (
    sa.select(Visit)
    .join(Visit.gathering)
    .join(Visit.school)
    .options(contains_eager(Visit.gathering).joinedload(Gathering.reserved), contains_eager(Visit.school))
    .where(Gathering.public_id == sa.bindparam("public_id"))
)
# Focus areas in a statement of their own: joined here, SQLite would read those of all visits before it looks for this one.
_BY_NAME = _NAMED.options(selectinload(Visit.focus_areas))
_SHOWN = _NAMED.options(contains_eager(Visit.school).options(registration.NAMED))


def areas_of(visit_id: sa.ColumnElement[int]) -> sa.ScalarSelect[str]:
    """The names of a visit's focus areas, in one value as a part of another statement (`apart` of foundation/db.py)."""
    areas = sa.select(in_one(FocusArea.name)).join_from(visit_focus_areas, FocusArea)
    return areas.where(visit_focus_areas.c.visit_id == visit_id).scalar_subquery()


AREAS_HERE = areas_of(sa.select(Visit.id).where(Visit.gathering_id == GATHERING).scalar_subquery())
"""Those of the visit whose page it is: asked together with all else about it"""


def schools_of(actor: Actor) -> Sequence[School]:
    """The schools whose visits this person runs."""
    chosen = sa.select(School).order_by(School.name)
    if not actor.sees_every_school:
        chosen = chosen.where(School.id.in_(actor.hosted_school_ids))
    return db.session.scalars(chosen).all()


def next_for_host(actor: Actor, *, now: datetime, most: int) -> list[VisitRow]:
    """The next visits of a host's schools; drafts and cancelled ones too."""
    lately = Gathering.starts_wall > (now - LONGEST).replace(tzinfo=None) - timedelta(days=1)
    chosen = visits().where(Gathering.ends_at > now, lately).order_by(Gathering.starts_wall, Visit.id).limit(most)
    if not actor.sees_every_school:
        chosen = chosen.where(Visit.school_id.in_(actor.hosted_school_ids))
    return rows(db.session.scalars(chosen).all())


def rows(found: Iterable[Visit]) -> list[VisitRow]:
    """Visits with their seats: two more statements, however many there are."""
    listed = list(found)
    ids = [visit.gathering_id for visit in listed]
    taken, waiting = registration.taken_of(ids), registration.waiting_of(ids)
    return [
        VisitRow(visit, Seats(visit.gathering.capacity, {"": taken.get(visit.gathering_id, 0)}), waiting.get(visit.gathering_id, 0))
        for visit in listed
    ]


class Dated(Protocol):
    """A row that stands under a day."""

    @property
    def starts_wall(self) -> datetime: ...


Row = TypeVar("Row", bound=Dated)


def by_day(listed: Iterable[Row]) -> list[tuple[date, tuple[Row, ...]]]:
    """Visits under the day on which they happen by their own clock."""
    ordered = sorted(listed, key=lambda row: row.starts_wall)
    return [(day, tuple(found)) for day, found in groupby(ordered, lambda row: row.starts_wall.date())]
