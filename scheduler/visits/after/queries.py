"""Reads of what follows a visit: who was there, what they wrote, what is shared with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from scheduler.core import debrief
from scheduler.core.debrief import Counted, counted
from scheduler.foundation.db import db
from scheduler.foundation.pages import Page, page_of
from scheduler.registration.at_once import GATHERING, HOST
from scheduler.registration.models import Attendee, AttendeeState, Gathering, GatheringKind, GatheringState, Person, Registration
from scheduler.schools.models import School
from scheduler.schools.resources import queries as resources
from scheduler.schools.resources.models import Audience, Resource
from scheduler.visits.after.models import Debrief, DebriefAsk, Tried, visit_resources
from scheduler.visits.models import Visit

BEFORE = (Audience.EVERYBODY, Audience.CONFIRMED)
AFTERWARDS = (*BEFORE, Audience.ATTENDED)


_attached = sa.select(visit_resources.c.resource_id).join(Visit, Visit.id == visit_resources.c.visit_id)
_is_attached = _attached.where(Visit.gathering_id == GATHERING).exists()
SOMETHING_SHARED = sa.or_(sa.exists().where(Resource.school_id == HOST, Resource.audience == Audience.EVERYBODY), _is_attached)
SOMETHING_TO_READ = sa.or_(sa.exists().where(Resource.school_id == HOST, Resource.audience != Audience.EVERYBODY), _is_attached)
"""Whether public_of() or pack_of() may find anything: asked together with all else about a visit, or a party"""


def visits_to_ask(now: datetime) -> Sequence[int]:
    """Gatherings at which somebody was who is asked now for a debrief."""
    chosen = sa.select(Gathering.id).where(_asking(now), _unasked().where(Registration.gathering_id == Gathering.id).exists())
    return db.session.scalars(chosen.order_by(Gathering.id)).all()


def _asking(now: datetime) -> sa.ColumnElement[bool]:
    took_place = sa.and_(Gathering.kind == GatheringKind.VISIT, Gathering.state == GatheringState.PUBLISHED)
    return sa.and_(took_place, Gathering.ends_at <= now - debrief.AFTER, Gathering.lasts_past(now - debrief.ASKED_FOR))


def _unasked() -> sa.Select[Attendee]:
    """People with an address who were there and were not asked."""
    asked = sa.select(DebriefAsk.attendee_id).where(DebriefAsk.attendee_id == Attendee.id).exists()
    there = sa.select(Attendee).join(Attendee.registration).join(Attendee.person)
    return there.where(Attendee.state == AttendeeState.ARRIVED, Person.email.is_not(None), Person.email != "", ~asked)


def unasked(gathering_id: int) -> Sequence[Attendee]:
    """Whom to ask at one gathering."""
    chosen = _unasked().where(Registration.gathering_id == gathering_id).options(joinedload(Attendee.registration))
    return db.session.scalars(chosen.order_by(Attendee.id)).all()


def find_attendee(public_id: str) -> Attendee | None:
    """Somebody at a visit, with party and gathering."""
    whole = joinedload(Attendee.registration).joinedload(Registration.gathering).joinedload(Gathering.school)
    chosen = sa.select(Attendee).join(Attendee.registration).join(Registration.gathering)
    return db.session.scalar(
        chosen.where(Attendee.public_id == public_id, Gathering.kind == GatheringKind.VISIT).options(whole, joinedload(Attendee.person))
    )


def was_there(attendee: Attendee, now: datetime) -> bool:
    """Marked as arrived at what is over and was not cancelled."""
    gathering = attendee.registration.gathering
    return attendee.state == AttendeeState.ARRIVED and gathering.state == GatheringState.PUBLISHED and gathering.is_over(now)


def debrief_of(attendee_id: int) -> Debrief | None:
    """What somebody wrote."""
    return db.session.scalar(sa.select(Debrief).where(Debrief.attendee_id == attendee_id))


def tried_of(attendee_id: int) -> Tried | None:
    """What somebody answered two months later."""
    return db.session.scalar(sa.select(Tried).where(Tried.attendee_id == attendee_id))


@dataclass(frozen=True)
class Replies:
    """What hosts read after a visit: numbers from three replies on, and what was shared with them."""

    values: Counted[int]
    tried: Counted[str]
    shared: Sequence[Debrief]
    lines: Sequence[Tried]
    were_there: int

    @property
    def average(self) -> str:
        return debrief.average(self.values)


def replies_to(gathering_id: int) -> Replies:
    """The replies about one visit; five statements, however many there are."""
    values = db.session.scalars(sa.select(Debrief.value).where(Debrief.gathering_id == gathering_id)).all()
    answers = db.session.scalars(sa.select(Tried.answer).where(Tried.gathering_id == gathering_id)).all()
    there = sa.select(sa.func.count(Attendee.id)).join(Attendee.registration)
    arrived = there.where(Registration.gathering_id == gathering_id, Attendee.state == AttendeeState.ARRIVED)
    return Replies(
        counted(values), counted([answer.value for answer in answers]), _shared(gathering_id), _lines(gathering_id),
        db.session.scalar(arrived) or 0,
    )  # fmt: skip


def _shared(gathering_id: int) -> Sequence[Debrief]:
    said = sa.or_(Debrief.noticed != "", Debrief.wonders != "", Debrief.will_try != "")
    chosen = sa.select(Debrief).where(Debrief.gathering_id == gathering_id, Debrief.is_shared, said).order_by(Debrief.id)
    who = joinedload(Debrief.attendee)
    return db.session.scalars(chosen.options(who.joinedload(Attendee.person), who.joinedload(Attendee.registration))).all()


def _lines(gathering_id: int) -> Sequence[Tried]:
    chosen = sa.select(Tried).where(Tried.gathering_id == gathering_id, Tried.is_shared, Tried.line != "").order_by(Tried.id)
    who = joinedload(Tried.attendee)
    return db.session.scalars(chosen.options(who.joinedload(Attendee.person), who.joinedload(Attendee.registration))).all()


@dataclass(frozen=True)
class SchoolReplies:
    """What a school's visits were worth, from those that have three replies each."""

    name: str
    visits: int
    values: Counted[int]

    @property
    def average(self) -> str:
        return debrief.average(self.values)


def replies_by_school(asked: Mapping[str, str]) -> Page[SchoolReplies]:
    """A page of the network, school by school. Only visits whose own numbers are shown count: so nothing follows from the differences."""
    replies = sa.select(Debrief.id).join(Gathering, Gathering.id == Debrief.gathering_id).where(Gathering.school_id == School.id)
    # A value and no EXISTS: each school is asked in turn until a page is full, and the replies of the others are not read at all.
    told = replies.limit(1).correlate(School).scalar_subquery()
    page = page_of(sa.select(School.id, School.name).where(told.is_not(None)), [School.name], School.slug, asked)
    shown = {school_id: (visits, numbers) for school_id, visits, *numbers in _shown_of([school_id for school_id, _name in page.rows])}
    found = []
    for school_id, name in page.rows:
        if school_id in shown:
            visits, numbers = shown[school_id]
            of_value = Counter(dict(zip(debrief.VALUES, numbers, strict=True)))
            found.append(SchoolReplies(name, visits, counted(of_value.elements())))
    return page.of(found)


def _shown_of(school_ids: Sequence[int]) -> Sequence[Sequence[Any]]:
    """Of each school how many of its visits have replies enough, and how often each value was given there: added up where they lie."""
    each = [sa.func.sum(sa.case((Debrief.value == value, 1), else_=0)).label(f"value_{value}") for value in debrief.VALUES]
    of_visit = sa.select(Gathering.school_id, *each).join(Gathering, Gathering.id == Debrief.gathering_id)
    of_visit = of_visit.where(Gathering.school_id.in_(school_ids)).group_by(Gathering.school_id, Debrief.gathering_id)
    enough = of_visit.having(sa.func.count() >= debrief.LEAST).subquery().c
    summed = [sa.cast(sa.func.sum(enough[column.name]), sa.Integer) for column in each]
    return db.session.execute(sa.select(enough.school_id, sa.func.count(), *summed).group_by(enough.school_id)).all()


def visit_of(gathering_id: int) -> Visit:
    """The visit of a gathering."""
    return db.session.scalars(sa.select(Visit).where(Visit.gathering_id == gathering_id)).one()


def attached_to(visit_id: int) -> Sequence[int]:
    """The ids of what belongs to one visit."""
    return db.session.scalars(sa.select(visit_resources.c.resource_id).where(visit_resources.c.visit_id == visit_id)).all()


def public_of(visit: Visit) -> Sequence[Resource]:
    """What everybody may see beside a visit: what belongs to it, and what its school shares about its focus areas."""
    also = attached_to(visit.id)
    listed = resources.of_school(visit.school_id, Audience.EVERYBODY, area_ids=[area.id for area in visit.focus_areas], also=also)
    return [resource for resource in listed if resource.audience == Audience.EVERYBODY]


def pack_of(visit: Visit, *, attended: bool) -> Sequence[Resource]:
    """What a confirmed party may read of a visit, or whoever was there: what belongs to it, and what its school marked for them,
    less what is about other focus areas only. What everybody may see anyway is in it only where it belongs to the visit."""
    also = attached_to(visit.id)
    marked = (Audience.CONFIRMED, Audience.ATTENDED) if attended else (Audience.CONFIRMED,)
    listed = resources.of_school(visit.school_id, *marked, area_ids=[area.id for area in visit.focus_areas], also=also)
    allowed = AFTERWARDS if attended else BEFORE
    mine = [resource for resource in listed if resource.audience in allowed]
    return sorted(mine, key=lambda resource: (resource.id not in also, not resource.focus_areas))
