"""Reads of series: those of a host, and the visits that each has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import contains_eager

from scheduler.core.access import Actor
from scheduler.core.recurrence import Rule
from scheduler.foundation.db import db
from scheduler.registration.models import Gathering, GatheringState
from scheduler.schools.models import School
from scheduler.visits import queries
from scheduler.visits.models import Visit, VisitSeries
from scheduler.visits.queries import VisitRow


@dataclass(frozen=True)
class SeriesRow:
    """A series in a list: how many of its dates are still ahead, and the first of them."""

    series: VisitSeries
    coming: int
    next_on: datetime | None


def rule_of(series: VisitSeries) -> Rule:
    """The rule of a series as the core wants it."""
    slots = tuple((time.fromisoformat(starts), time.fromisoformat(ends)) for starts, ends in series.slots)
    return Rule(series.first_day, series.last_day, frozenset(series.weekdays), series.every, slots)


def series_for_host_or_404(public_id: str, actor: Actor) -> VisitSeries:
    """A series of a school that this person runs visits for; everything else is not there."""
    chosen = sa.select(VisitSeries).join(VisitSeries.school).options(contains_eager(VisitSeries.school))
    found: VisitSeries | None = db.session.scalar(chosen.where(VisitSeries.public_id == public_id))
    if found is None or not actor.may_host(found.school_id):
        abort(404)
    return found


def series_for_host(actor: Actor, *, now: datetime) -> list[SeriesRow]:
    """The series of a host's schools, those with the latest last day first; two statements."""
    chosen = sa.select(VisitSeries).join(VisitSeries.school).options(contains_eager(VisitSeries.school))
    if not actor.sees_every_school:
        chosen = chosen.where(VisitSeries.school_id.in_(actor.hosted_school_ids))
    listed = db.session.scalars(chosen.order_by(VisitSeries.last_day.desc(), VisitSeries.id.desc()).limit(100)).all()
    coming = sa.and_(Gathering.state != GatheringState.CANCELLED, Gathering.starts_at > now)
    counted = sa.select(Visit.series_id, sa.func.count(Visit.id), sa.func.min(Gathering.starts_wall)).join(Visit.gathering)
    counted = counted.where(coming, Visit.series_id.in_([series.id for series in listed])).group_by(Visit.series_id)
    ahead = {series_id: (number, first) for series_id, number, first in db.session.execute(counted)}
    return [SeriesRow(series, *ahead.get(series.id, (0, None))) for series in listed]


def visits_of(series_id: int) -> Sequence[Visit]:
    """The visits of a series in order of time, cancelled ones too."""
    return db.session.scalars(queries.visits().where(Visit.series_id == series_id).order_by(Gathering.starts_wall, Visit.id)).all()


def pattern_of(visits: Iterable[Visit]) -> Visit | None:
    """The visit that new dates of a series are made after: the latest that nobody has changed by hand, else the latest; None of none."""
    return max(visits, key=lambda visit: (not visit.is_changed_by_hand, visit.gathering.starts_wall), default=None)


def in_the_way(school: School, first: date, last: date, *, series_id: int | None) -> list[VisitRow]:
    """What a rule may meet from its first to its last day: visits of the school that take place, and all of the series itself."""
    begins, ends = datetime.combine(first, time()), datetime.combine(last + timedelta(days=1), time())
    there = sa.and_(Gathering.state != GatheringState.CANCELLED, Gathering.starts_wall < ends, Gathering.ends_wall > begins)
    meant = there if series_id is None else sa.or_(there, Visit.series_id == series_id)
    chosen = queries.visits().where(Visit.school_id == school.id, meant).order_by(Gathering.starts_wall, Visit.id)
    return queries.rows(db.session.scalars(chosen).all())
