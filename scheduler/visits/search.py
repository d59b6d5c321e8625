"""What visitors look for: the visits that fit filters, page by page, and other dates when one is full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from scheduler.core.capacity import Seats
from scheduler.foundation.db import apart, columns, db
from scheduler.registration.models import Gathering, GatheringState
from scheduler.registration.seats import taken_at
from scheduler.registration.wording import not_open_words
from scheduler.schools.models import FocusArea, School
from scheduler.visits.filters import Filters, Place
from scheduler.visits.fitting import COMING, at, fitting, given, takes_party
from scheduler.visits.models import Visit
from scheduler.visits.queries import VisitRow, areas_of, rows, visits

PAGE = 40
"""Visits on one page of the list"""
MOST_COUNTED = 100
"""Whoever finds more narrows the list; they are not counted"""


class Listed(NamedTuple):
    """A visit as the list shows it: read as it stands in the tables, with no object made of it."""

    public_id: str
    title: str
    starts_wall: datetime
    ends_wall: datetime
    time_zone: str
    opens_at: datetime | None
    closes_at: datetime
    paused: bool
    waitlist_open: bool
    capacity: int
    taken: int
    named_areas: str | None
    school: str
    borough: str

    @property
    def left(self) -> int:
        return Seats(self.capacity, {"": self.taken}).left

    @property
    def areas(self) -> list[str]:
        return apart(self.named_areas)

    def closed_words(self, now: datetime) -> str | None:
        """Said instead of the seats that are left."""
        return not_open_words(self.opens_at, self.closes_at, self.time_zone, paused=self.paused, now=now)


@dataclass(frozen=True)
class Found:
    """One page of the visits that fit."""

    rows: list[Listed]
    total: int | None
    """On all pages together; one more than are counted where there are more; None where nothing was looked for and there are some"""
    later: Place | None
    """Where the next page begins; None on the last one"""


def find(filters: Filters, *, now: datetime, after: Place | None = None) -> Found:
    """The coming visits that fit, soonest first: one statement, and one more that counts them where something was looked for."""
    asked = given(filters, now) | {"size": PAGE + 1}
    if after is not None:
        asked |= {"after_wall": after.starts_wall, "after_id": after.public_id}
    listed = [Listed(*row) for row in columns(_page(tuple(filters.active), after is not None), **asked)]
    total = _count([filters], now)[0] if filters.active or not listed else None
    later = Place(listed[PAGE - 1].starts_wall, listed[PAGE - 1].public_id) if len(listed) > PAGE else None
    return Found(listed[:PAGE], total, later)


def relaxed(filters: Filters, *, now: datetime) -> list[tuple[str, int]]:
    """For each active filter how many visits there would be without it, in one statement; those that do not help are left out."""
    names = filters.active
    counts = _count([filters.without(name) for name in names], now) if names else []
    return [(name, number) for name, number in zip(names, counts, strict=True) if number]


_OF_GATHERING: tuple[Any, ...] = (
    Gathering.public_id, Gathering.title, Gathering.starts_wall, Gathering.ends_wall, Gathering.time_zone, Gathering.opens_at,
    Gathering.closes_at, Gathering.paused, Gathering.waitlist_open, Gathering.capacity,
)  # fmt: skip


@cache
def _page(active: tuple[str, ...], is_later: bool) -> sa.Select[Any]:
    """A page of the visits that these filters leave; seats and areas are asked for those alone that stand on it."""
    chosen = sa.select(Visit.id, Visit.gathering_id, Visit.school_id).join(Visit.gathering).join(Visit.school).where(*fitting(active))
    order = Gathering.starts_wall, Gathering.public_id
    if is_later:
        place = sa.bindparam("after_wall", type_=sa.DateTime()), sa.bindparam("after_id", type_=sa.String)
        chosen = chosen.where(sa.tuple_(*order) > sa.tuple_(*place))
    page = chosen.order_by(*order).limit(sa.bindparam("size", type_=sa.Integer)).subquery()
    shown = sa.select(*_OF_GATHERING, taken_at(Gathering.id), areas_of(page.c.id), School.name, School.borough)
    return (
        shown.select_from(page)
        .join(Gathering, Gathering.id == page.c.gathering_id)
        .join(School, School.id == page.c.school_id)
        .order_by(*order)
    )  # fmt: skip


def _count(wanted: Sequence[Filters], now: datetime) -> list[int]:
    asked = {name: value for filters in wanted for name, value in given(filters, now).items()}
    return list(db.session.execute(_counts(tuple(tuple(filters.active) for filters in wanted)), asked).one())


@cache
def _counts(wanted: tuple[tuple[str, ...], ...]) -> sa.Select[Any]:
    # In the order of the page, along whose index both databases stop when they have counted enough.
    order = Gathering.starts_wall, Gathering.public_id
    base = sa.select(Visit.id).join(Visit.gathering).join(Visit.school).order_by(*order).limit(MOST_COUNTED + 1)
    some = [base.where(*fitting(active)).subquery() for active in wanted]
    return sa.select(*(sa.select(sa.func.count()).select_from(those).scalar_subquery() for those in some))


def takes_parties(row: VisitRow, *, now: datetime) -> bool:
    """Whether somebody could book this visit now; if not, its page shows other dates."""
    gathering = row.gathering
    is_open = gathering.state == GatheringState.PUBLISHED and not (
        gathering.is_closed(now) or gathering.opens_later(now) or gathering.paused
    )
    return is_open and bool(row.seats.left) and not (gathering.strict_line and row.waiting)


def other_dates(visit: Visit, *, now: datetime, most: int = 3) -> list[VisitRow]:
    """The next dates with seats: first at the same school, then about the same focus areas at other schools."""
    asked = at(now) | {"party": 1}
    chosen = visits().where(COMING, takes_party(), Visit.id != visit.id).order_by(Gathering.starts_wall, Gathering.public_id)
    here = db.session.scalars(chosen.where(Gathering.school_id == visit.school_id).limit(most), asked).all()
    if len(here) == most or not visit.focus_areas:
        return rows(here)
    same_focus = Visit.focus_areas.any(FocusArea.id.in_([area.id for area in visit.focus_areas]))
    elsewhere = chosen.where(Visit.school_id != visit.school_id, same_focus).limit(most - len(here))
    return rows([*here, *db.session.scalars(elsewhere, asked)])
