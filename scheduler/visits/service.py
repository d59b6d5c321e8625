"""What hosts do with visits: plan, publish, change, cancel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.registration import changes, queries
from scheduler.registration.models import Gathering, GatheringKind, GatheringState
from scheduler.schools.models import FocusArea, School
from scheduler.visits.models import Visit


@dataclass(frozen=True)
class VisitDetails:
    """What a host types about a visit; times are by the clock on the school's wall."""

    title: str
    description: str
    starts_wall: datetime
    ends_wall: datetime
    doors_minutes: int
    capacity: int
    party_most: int
    waitlist_open: bool
    place: str
    private_place: str
    arrival_notes: str
    focus_area_ids: Sequence[int]


def create_visit(school_id: int, details: VisitDetails, *, publish: bool, actor: str, now: datetime, is_sample: bool = False) -> str:
    """Plan a visit at a school, as a draft or open for booking at once; returns its public id."""
    with transaction():
        school = db.session.get_one(School, school_id)
        gathering = Gathering(
            public_id=new_public_id(), uid=changes.new_uid(), kind=GatheringKind.VISIT, school_id=school.id,
            state=GatheringState.DRAFT, is_sample=is_sample, created_at=now, changed_at=now, version=1, sequence=0,
        )  # fmt: skip
        visit = Visit(gathering=gathering, school=school)
        _write(visit, details, school.time_zone, now)
        db.session.add(visit)
        db.session.flush()
        audit.record("visit planned", f"visit:{visit.id}", actor=actor, now=now, school_id=school.id, after=_logged(gathering))
        if publish:
            _publish(visit, actor, now)
        return gathering.public_id


def edit_visit(visit_id: int, details: VisitDetails, *, version: int, actor: str, now: datetime) -> int:
    """Change a visit. A new time or place is mailed to everybody who booked; added seats go to those who wait.
    Returns how many parties were told."""
    with transaction():
        visit = db.session.get_one(Visit, visit_id)
        gathering = queries.lock_gathering(visit.gathering_id)
        changes.refuse_stale(gathering, version)
        _refuse_ended(gathering, now)
        before, announced = _logged(gathering), changes.announced_facts(gathering)
        _write(visit, details, gathering.time_zone, now)
        if not (db.session.is_modified(gathering) or db.session.is_modified(visit)):
            return 0
        told = 0
        changes.touch(gathering, now=now)
        if gathering.state == GatheringState.PUBLISHED and announced != changes.announced_facts(gathering):
            told = changes.announce(gathering, now=now)
        db.session.flush()
        audit.record(
            "visit changed", f"visit:{visit.id}", actor=actor, now=now, school_id=visit.school_id, before=before, after=_logged(gathering)
        )
        changes.fill_seats(gathering, now=now)
        return told


def publish_visit(visit_id: int, *, actor: str, now: datetime) -> None:
    """Open a draft for booking; publishing twice is publishing once."""
    with transaction():
        visit = db.session.get_one(Visit, visit_id)
        gathering = queries.lock_gathering(visit.gathering_id)
        _refuse_ended(gathering, now)
        if gathering.state == GatheringState.DRAFT:
            _publish(visit, actor, now)


def change_capacity(visit_id: int, capacity: int, *, actor: str, now: datetime) -> int:
    """Take more or fewer people. Nobody who booked is dropped; added seats go to those who wait. Returns how many parties moved up."""
    with transaction():
        visit = db.session.get_one(Visit, visit_id)
        gathering = queries.lock_gathering(visit.gathering_id)
        _refuse_ended(gathering, now)
        before, gathering.capacity = gathering.capacity, capacity
        gathering.version += 1
        db.session.flush()
        changes.touch_seats(gathering, now=now)
        audit.record(
            "capacity changed", f"visit:{visit.id}", actor=actor, now=now, school_id=visit.school_id,
            before={"capacity": before}, after={"capacity": capacity},
        )  # fmt: skip
        return changes.fill_seats(gathering, now=now)


def cancel_visit(visit_id: int, reason: str, *, actor: str, now: datetime) -> int:
    """Cancel a visit for good; everybody who booked or waits is mailed the reason. Returns how many people had seats."""
    with transaction():
        visit = db.session.get_one(Visit, visit_id)
        gathering = queries.lock_gathering(visit.gathering_id)
        if gathering.is_over(now):
            raise Refusal(say("This visit is over, so it cannot be cancelled any more."))
        before = gathering.state.value
        people = changes.cancel_gathering(gathering, reason, now=now)
        audit.record(
            "visit cancelled", f"visit:{visit.id}", actor=actor, now=now, school_id=visit.school_id,
            before={"state": before}, after={"state": "cancelled", "people": people},
        )  # fmt: skip
        return people


def _publish(visit: Visit, actor: str, now: datetime) -> None:
    visit.gathering.state = GatheringState.PUBLISHED
    visit.published_at = now
    changes.touch(visit.gathering, now=now)
    audit.record("visit published", f"visit:{visit.id}", actor=actor, now=now, school_id=visit.school_id)


def _refuse_ended(gathering: Gathering, now: datetime) -> None:
    if gathering.is_cancelled:
        raise Refusal(say("This visit was cancelled, so it cannot change any more. Plan a new one."))
    if gathering.is_over(now):
        raise Refusal(say("This visit is over, so it cannot change any more. Plan a new one."))


def _write(visit: Visit, details: VisitDetails, time_zone: str, now: datetime) -> None:
    gathering, areas = visit.gathering, sa.select(FocusArea).where(FocusArea.id.in_(details.focus_area_ids))
    visit.focus_areas = list(db.session.scalars(areas))
    changes.set_times(gathering, details.starts_wall, details.ends_wall, time_zone)
    if gathering.starts_at <= now and gathering.state != GatheringState.PUBLISHED:
        raise Refusal(say("The visit would begin in the past. Choose a later day or time."))
    for name in (
        "title",
        "description",
        "doors_minutes",
        "capacity",
        "party_most",
        "waitlist_open",
        "place",
        "private_place",
        "arrival_notes",
    ):
        setattr(gathering, name, getattr(details, name))


def _logged(gathering: Gathering) -> dict[str, object]:
    return {
        "starts_wall": gathering.starts_wall.isoformat(),
        "ends_wall": gathering.ends_wall.isoformat(),
        "capacity": gathering.capacity,
        "state": gathering.state.value,
    }
