"""Visits that lie on closed days: which they are, and what their host may choose (rule 4). Nothing is cancelled by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from scheduler.core import times
from scheduler.core.access import Actor
from scheduler.core.capacity import people
from scheduler.core.refusal import Refusal, Sentence, count, say
from scheduler.foundation import audit
from scheduler.foundation.db import db, row_by_row, transaction
from scheduler.registration import queries as registration
from scheduler.registration.models import Gathering, GatheringState
from scheduler.schools import closures_queries as closures
from scheduler.schools.models import Closure
from scheduler.visits import queries
from scheduler.visits.models import Visit
from scheduler.visits.queries import VisitRow
from scheduler.visits.service import VisitDetails, details_of

MOST_COUNTED = 50
"""A host who has more of them is not told how many, nor how many people: every page of theirs would count those anew"""


@dataclass(frozen=True)
class Hit:
    """A coming visit on a closed day."""

    row: VisitRow
    closure: str
    """The title of what closes the day"""

    @property
    def visit(self) -> Visit:
        return self.row.visit

    @property
    def gathering(self) -> Gathering:
        return self.row.gathering

    @property
    def booked(self) -> int:
        return self.row.seats.taken

    @property
    def people(self) -> int:
        """Who booked and who waits."""
        return self.booked + self.row.waiting

    @property
    def is_kept(self) -> bool:
        return self.visit.kept_on == day_of(self.visit)


def day_of(visit: Visit) -> date:
    """The day of a visit by the school's own clock."""
    return visit.gathering.starts_wall.date()


@dataclass(frozen=True)
class Mark:
    """Such a visit by its ids: what counting needs of it, so that of many only one page is read whole."""

    visit_id: int
    gathering_id: int
    public_id: str
    is_kept: bool


def marks_for_host(actor: Actor, *, now: datetime, only_open: bool = False) -> list[Mark]:
    """The coming visits of a host's schools that lie on closed days, soonest first, kept ones and drafts too; `only_open`: those about
    which nobody has chosen yet, and no more of them than are counted."""
    kept = sa.func.coalesce(Visit.kept_on == sa.func.date(Gathering.starts_wall), sa.false())
    chosen = sa.select(Visit.id, Gathering.id, Gathering.public_id, kept).join(Visit.gathering)
    chosen = chosen.where(Gathering.id.in_(_touched(actor, now)))
    if not actor.sees_every_school:
        chosen = chosen.where(Visit.school_id.in_(actor.hosted_school_ids))
    if only_open:
        chosen = chosen.where(~kept).limit(MOST_COUNTED + 1)
    found = db.session.execute(chosen.order_by(Gathering.starts_at, Visit.id))
    return [Mark(visit_id, gathering_id, public_id, bool(is_kept)) for visit_id, gathering_id, public_id, is_kept in found]


def hits_of(marks: Sequence[Mark]) -> list[Hit]:
    """All of these visits, with what closes their days; the same number of statements however many there are."""
    if not marks:
        return []
    chosen = queries.visits().where(Visit.id.in_([mark.visit_id for mark in marks])).order_by(Gathering.starts_at, Visit.id)
    listed = db.session.scalars(chosen).all()
    days = [day_of(visit) for visit in listed]
    closed = closures.closed_days_of({visit.school_id for visit in listed}, min(days), max(days))
    return [Hit(row, closed[row.visit.school_id][day_of(row.visit)]) for row in queries.rows(listed)]


def _touched(actor: Actor, now: datetime) -> sa.Select[int]:
    """Coming gatherings in whose days a closure of their school or of the network lies: few, however many are coming."""
    alive = sa.and_(Gathering.state.in_([GatheringState.DRAFT, GatheringState.PUBLISHED]), Gathering.starts_at > now)
    hosted = sa.true() if actor.sees_every_school else Gathering.school_id.in_(actor.hosted_school_ids)
    today, wall = now.date() - timedelta(days=1), Gathering.starts_wall
    own = sa.and_(Closure.school_id == Gathering.school_id, Closure.first_day <= wall, Closure.last_day >= sa.func.date(wall))
    # Few closures are left of a year, and many visits are coming.
    of_schools = sa.select(Gathering.id).join(Closure, own).where(Closure.last_day >= today, row_by_row(alive), hosted)
    network = closures.closures_of(None, from_day=today)
    days = [(_midnight(each.first_day), _midnight(each.last_day + timedelta(days=1))) for each in network]
    of_network = sa.or_(sa.false(), *(sa.and_(wall >= first, wall < end) for first, end in days))
    chosen = sa.union(of_schools, sa.select(Gathering.id).where(alive, hosted, of_network)).subquery()
    return sa.select(chosen.c.id)


def _midnight(day: date) -> datetime:
    """When a day begins, by any clock on a wall."""
    return datetime.combine(day, time())


def counted(marks: Sequence[Mark]) -> Sentence | None:
    """The visits about which nobody has chosen yet, in one sentence; None when there are none."""
    open_ones = [mark.gathering_id for mark in marks if not mark.is_kept]
    if not open_ones:
        return None
    if len(open_ones) > MOST_COUNTED:
        return say("More than %(n)d visits lie on closed days.", n=MOST_COUNTED)
    told = sum(registration.taken_of(open_ones).values()) + sum(registration.waiting_of(open_ones).values())
    if not told:
        return count(
            len(open_ones), "%(n)d visit without bookings lies on a closed day.", "%(n)d visits without bookings lie on closed days."
        )
    return count(
        len(open_ones), "%(n)d visit with %(people)s lies on a closed day.", "%(n)d visits with %(people)s lie on closed days.",
        people=people(told),
    )  # fmt: skip


def closed_on(school_id: int, day: date, *, visit: Visit | None = None) -> Sentence | None:
    """What to say at the day of a form: None on open days, and for a visit that is on that day already (it has its own choice)."""
    if visit is not None and day_of(visit) == day:
        return None
    title = closures.closed_days(school_id, day, day).get(day)
    return say("The school is closed on %(day)s: %(title)s. Choose another day.", day=times.date_text(day), title=title) if title else None


def keep(visit_id: int, seen: str, *, actor: str, now: datetime) -> None:
    """Receive people on a closed day all the same; `seen` is the day, in ISO 8601, on which the host saw the visit.
    It holds for this day only, and nobody is mailed."""
    with transaction():
        visit = db.session.get_one(Visit, visit_id)
        gathering = registration.lock_gathering(visit.gathering_id)
        day = day_of(visit)
        if gathering.is_cancelled or gathering.has_started(now) or day.isoformat() != seen:
            raise Refusal(say("This visit changed meanwhile. Look at it again."))
        before, visit.kept_on = visit.kept_on, day
        audit.record(
            "visit kept on a closed day", f"visit:{visit.id}", actor=actor, now=now, school_id=visit.school_id,
            before={"kept_on": before and before.isoformat()}, after={"kept_on": day.isoformat()},
        )  # fmt: skip


def moved(visit: Visit, day: date, *, now: datetime) -> VisitDetails:
    """The visit as it would be on another day, at the same times. Refuses a closed day, one that is past or taken, and the same."""
    gathering = visit.gathering
    if day == day_of(visit):
        raise Refusal(say("This is the day it is on. Choose another day."))
    if closed := closed_on(visit.school_id, day):
        raise Refusal(closed)
    later = day - day_of(visit)
    starts, ends = gathering.starts_wall + later, gathering.ends_wall + later
    if times.from_wall(starts, gathering.zone) <= now:
        raise Refusal(say("The visit would begin in the past. Choose a later day."))
    _refuse_overlap(visit, starts, ends)
    return replace(details_of(visit), starts_wall=starts, ends_wall=ends)


def _refuse_overlap(visit: Visit, starts: datetime, ends: datetime) -> None:
    chosen = sa.select(Gathering).where(
        Gathering.school_id == visit.school_id, Gathering.id != visit.gathering_id, Gathering.state != GatheringState.CANCELLED,
        Gathering.starts_wall < ends, Gathering.ends_wall > starts,
    )  # fmt: skip
    other = db.session.scalars(chosen.order_by(Gathering.starts_wall).limit(1)).first()
    if other is not None:
        span = times.span_text(other.starts_wall, other.ends_wall)
        raise Refusal(say("“%(title)s” takes place then, %(span)s. Choose another day.", title=other.title, span=span))
