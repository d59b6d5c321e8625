"""A host's school year at a glance: every date with its seats and what it needs, closed days between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

import sqlalchemy as sa

from scheduler.core.access import Actor
from scheduler.core.capacity import Seats
from scheduler.core.school_days import days_of as days_of
from scheduler.core.school_days import school_year as school_year
from scheduler.foundation.db import db
from scheduler.foundation.pages import Page, page_of
from scheduler.registration import queries as registration
from scheduler.registration.models import LONGEST, Gathering, MoveRequest, MoveState, Registration, RegistrationState
from scheduler.schools import closures_queries as closures
from scheduler.visits import queries
from scheduler.visits.models import Visit
from scheduler.visits.standing import Standing, standing

COMING, ASKING, ALL = "coming", "asking", "all"
"""What a list can be narrowed to beside how its visits stand"""
MOST_AT_ONCE = 200
"""Visits of a school year that are shown at once and counted by how they stand; of more a page is shown"""


@dataclass(frozen=True)
class SeasonRow:
    """One date of a season."""

    visit: Visit
    seats: Seats
    asking: int
    """People who wait for the host's answer"""
    waiting: int
    standing: Standing

    @property
    def gathering(self) -> Gathering:
        return self.visit.gathering

    @property
    def day(self) -> date:
        return self.gathering.starts_wall.date()

    @property
    def told(self) -> int:
        """People who hear of it when it is cancelled."""
        return self.seats.taken + self.waiting

    def is_in(self, chosen: str) -> bool:
        """Whether it belongs to a narrowed list."""
        if chosen == COMING:
            return self.standing != Standing.OVER
        if chosen == ASKING:
            return self.asking > 0 and self.standing != Standing.OVER
        return chosen in (ALL, self.standing.value)


@dataclass(frozen=True)
class Closed:
    """Days in a row that the same thing closes."""

    day: date
    last: date
    title: str


@dataclass(frozen=True)
class Month:
    """The dates and closed days of one month, in order."""

    first: date
    entries: Sequence[SeasonRow | Closed]


def years_of(actor: Actor, *, now: datetime) -> list[int]:
    """The school years in which a host's schools have visits, and the one that it is now."""
    theirs = sa.select(Gathering.starts_wall).join(Visit).where(_theirs(actor))
    first = db.session.scalar(theirs.order_by(Gathering.starts_wall).limit(1))
    last = db.session.scalar(theirs.order_by(Gathering.starts_wall.desc()).limit(1))
    years = [school_year(day.date()) for day in (first or now, last or now)] + [school_year(now.date())]
    return list(range(min(years), max(years) + 1))


def season_of(actor: Actor, year: int, *, now: datetime, school_id: int | None = None) -> list[SeasonRow]:
    """The visits of a school year at a host's schools, or at one of them, in order; drafts and cancelled ones too."""
    chosen = queries.visits().where(_of_season(actor, year, school_id))
    return rows(db.session.scalars(chosen.order_by(Gathering.starts_wall, Visit.id)).all(), now=now)


def is_long(actor: Actor, year: int, *, school_id: int | None = None) -> bool:
    """Whether there are more visits than stand on one page; a school's never are."""
    if school_id is not None:
        return False
    some = sa.select(Gathering.id).join(Visit).where(_of_season(actor, year, None)).limit(MOST_AT_ONCE + 1).subquery()
    return (db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0) > MOST_AT_ONCE


def page_of_season(actor: Actor, year: int, chosen: str, asked: Mapping[str, str], *, now: datetime) -> Page[SeasonRow]:
    """A page of a season of many schools: of those still to come, of those that ask, or of all."""
    found = queries.visits().where(_of_season(actor, year, None))
    if chosen != ALL:
        found = found.where(Gathering.ends_at > now, Gathering.starts_wall > (now - LONGEST).replace(tzinfo=None))
    if chosen == ASKING:
        found = found.where(Gathering.id.in_(_asked_for()))
    page: Page[Visit] = page_of(found, [Gathering.starts_wall, Gathering.public_id], Gathering.public_id, asked)
    return page.of(rows(page.rows, now=now))


def _of_season(actor: Actor, year: int, school_id: int | None) -> sa.ColumnElement[bool]:
    first, last = (datetime.combine(day, datetime.min.time()) for day in days_of(year))
    this_year = sa.and_(Gathering.starts_wall >= first, Gathering.starts_wall < last + timedelta(days=1))
    return sa.and_(this_year, _theirs(actor), sa.true() if school_id is None else Gathering.school_id == school_id)


def _asked_for() -> sa.CompoundSelect[int]:
    pending = sa.select(Registration.gathering_id).where(Registration.state == RegistrationState.PENDING)
    return sa.union(pending, sa.select(MoveRequest.gathering_id).where(MoveRequest.state == MoveState.WAITING))


def chosen_rows(actor: Actor, public_ids: Collection[str], *, now: datetime) -> list[SeasonRow]:
    """Some visits of a host's schools by their names in addresses, in order; whatever is not theirs is not there."""
    chosen = queries.visits().where(_theirs(actor), Gathering.public_id.in_(public_ids))
    return rows(db.session.scalars(chosen.order_by(Gathering.starts_wall, Visit.id)).all(), now=now)


def _theirs(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.true() if actor.sees_every_school else Gathering.school_id.in_(actor.hosted_school_ids)


def rows(listed: Sequence[Visit], *, now: datetime) -> list[SeasonRow]:
    """Visits with their seats and who asks or waits: four more statements, however many there are."""
    ids = [visit.gathering_id for visit in listed]
    seats, waiting, asking = registration.seats_by([visit.gathering for visit in listed]), registration.waiting_of(ids), _asking(ids)
    return [
        SeasonRow(
            visit, seats[visit.gathering_id], asking[visit.gathering_id], waiting.get(visit.gathering_id, 0),
            standing(visit.gathering, seats[visit.gathering_id], now),
        )
        for visit in listed
    ]  # fmt: skip


def _asking(gathering_ids: Collection[int]) -> Counter[int]:
    pending = sa.select(Registration.gathering_id, Registration.party_size).where(
        Registration.gathering_id.in_(gathering_ids), Registration.state == RegistrationState.PENDING
    )
    moves = sa.select(MoveRequest.gathering_id, Registration.party_size).join(MoveRequest.registration)
    moves = moves.where(MoveRequest.gathering_id.in_(gathering_ids), MoveRequest.state == MoveState.WAITING)
    people: Counter[int] = Counter()
    for gathering_id, size in db.session.execute(sa.union_all(pending, moves)):
        people[gathering_id] += size
    return people


def counts(listed: Iterable[SeasonRow]) -> Counter[str]:
    """How many visits each narrowed list would have."""
    narrowed = (COMING, ASKING, ALL, *(word.value for word in Standing))
    return Counter(chosen for row in listed for chosen in narrowed if row.is_in(chosen))


def closed_in(school_id: int | None, first: date, last: date) -> list[Closed]:
    """What closes a school from a day to another, or the network where several schools are shown; weekends aside."""
    days = closures.network_days(first, last) if school_id is None else closures.closed_days(school_id, first, last)
    found: list[Closed] = []
    for day, title in sorted((day, title) for day, title in days.items() if first <= day <= last and day.weekday() < 5):
        before = found[-1] if found else None
        goes_on = before is not None and before.title == title and day - before.last <= timedelta(days=3) and day.month == before.day.month
        if before is not None and goes_on:
            found[-1] = Closed(before.day, day, title)
        else:
            found.append(Closed(day, day, title))
    return found


def by_month(listed: Iterable[SeasonRow], closed: Iterable[Closed]) -> list[Month]:
    """Visits and closed days month by month; on one day the closure comes first."""
    entries: list[SeasonRow | Closed] = [*closed, *listed]
    entries.sort(key=lambda entry: (entry.day, isinstance(entry, SeasonRow)))
    return [Month(first, list(found)) for first, found in groupby(entries, lambda entry: entry.day.replace(day=1))]
