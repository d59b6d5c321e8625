"""What hosts do with visits: plan, publish, change, cancel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Literal

import sqlalchemy as sa

from scheduler.core.booking import moment_text, reserved_refusal
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.registration import changes, line, queries
from scheduler.registration.models import Gathering, GatheringKind, GatheringState
from scheduler.schools.models import FocusArea, School, Tier
from scheduler.visits.models import Visit

WRITTEN = (
    "title", "description", "doors_minutes", "capacity", "party_most", "school_most", "opens_days", "cutoff_days", "cutoff_time",
    "needs_approval", "waitlist_open", "strict_line", "least_people", "place", "private_place", "arrival_notes",
)  # fmt: skip
"""What a visit's gathering takes over from its details as it is"""
LOGGED = (
    "capacity",
    "party_most",
    "school_most",
    "opens_days",
    "cutoff_days",
    "needs_approval",
    "waitlist_open",
    "strict_line",
    "least_people",
)
"""Rules of booking whose values before and after a change stand in the audit log"""


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
    school_most: int | None = 6
    opens_days: int | None = 60
    cutoff_days: int = 2
    cutoff_time: time = time(15)
    needs_approval: bool = True
    strict_line: bool = False
    least_people: int | None = None
    reserved: Mapping[Tier, int] = field(default_factory=dict)
    release_days: int = 10
    keep_day: bool = False
    """The day is closed, and the host receives people all the same (rule 4)"""


def details_of(visit: Visit) -> VisitDetails:
    """What its host typed about a visit that is there."""
    gathering = visit.gathering
    return VisitDetails(
        **{name: getattr(gathering, name) for name in WRITTEN},
        starts_wall=gathering.starts_wall, ends_wall=gathering.ends_wall, focus_area_ids=[area.id for area in visit.focus_areas],
        reserved={pool.tier: pool.seats for pool in gathering.reserved},
        release_days=gathering.reserved[0].release_days if gathering.reserved else 10,
    )  # fmt: skip


def booking_times(school: School, details: VisitDetails) -> tuple[datetime | None, datetime]:
    """When booking would open (None: at once) and end, in UTC; nothing is written."""
    drawn = Gathering(
        school_id=school.id, opens_days=details.opens_days, cutoff_days=details.cutoff_days, cutoff_time=details.cutoff_time
    )  # fmt: skip
    changes.set_times(drawn, details.starts_wall, details.ends_wall, school.time_zone)
    return drawn.opens_at, drawn.closes_at


def create_visit(school_id: int, details: VisitDetails, *, publish: bool, actor: str, now: datetime, is_sample: bool = False) -> str:
    """Plan a visit at a school, as a draft or open for booking at once; returns its public id."""
    with transaction():
        school = db.session.get_one(School, school_id)
        return add(school, details, publish_it=publish, actor=actor, now=now, is_sample=is_sample).gathering.public_id


def add(school: School, details: VisitDetails, *, publish_it: bool, actor: str, now: datetime, is_sample: bool = False) -> Visit:
    """Write a new visit, inside the caller's transaction."""
    gathering = Gathering(
        public_id=new_public_id(), uid=changes.new_uid(), kind=GatheringKind.VISIT, school_id=school.id,
        state=GatheringState.DRAFT, is_sample=is_sample, created_at=now, changed_at=now, version=1, sequence=0,
    )  # fmt: skip
    visit = Visit(gathering=gathering, school=school)
    _write(visit, details, school.time_zone, now)
    db.session.add(visit)
    db.session.flush()
    audit.record("visit planned", f"visit:{visit.id}", actor=actor, now=now, school_id=school.id, after=_logged(gathering))
    if publish_it:
        publish(visit, actor=actor, now=now)
    return visit


def edit_visit(visit_id: int, details: VisitDetails, *, version: int, actor: str, now: datetime) -> int:
    """Change a visit. A new time or place is mailed to everybody who booked; added seats go to those who wait.
    Returns how many parties were told."""
    with transaction():
        visit = db.session.get_one(Visit, visit_id)
        gathering = queries.lock_gathering(visit.gathering_id)
        changes.refuse_stale(gathering, version)
        _refuse_ended(gathering, now)
        return rewrite(visit, details, actor=actor, now=now)


def rewrite(visit: Visit, details: VisitDetails, *, actor: str, now: datetime) -> int:
    """Change a visit whose gathering the caller holds, as `edit_visit` does; nothing happens where nothing differs."""
    gathering = visit.gathering
    before, announced = _logged(gathering), changes.announced_facts(gathering)
    with db.session.no_autoflush:  # what has changed is asked before it is written
        reserved = _write(visit, details, gathering.time_zone, now)
    if not (reserved or db.session.is_modified(gathering) or db.session.is_modified(visit)):
        return 0
    told = 0
    changes.touch(gathering, now=now)
    if gathering.state == GatheringState.PUBLISHED and announced != changes.announced_facts(gathering):
        told = changes.announce(gathering, now=now)
    db.session.flush()
    audit.record(
        "visit changed", f"visit:{visit.id}", actor=actor, now=now, school_id=visit.school_id, before=before, after=_logged(gathering)
    )
    line.settle(gathering, now=now)
    return told


def publish_visit(visit_id: int, *, actor: str, now: datetime) -> None:
    """Open a draft for booking; publishing twice is publishing once."""
    with transaction():
        visit = db.session.get_one(Visit, visit_id)
        gathering = queries.lock_gathering(visit.gathering_id)
        _refuse_ended(gathering, now)
        if gathering.state == GatheringState.DRAFT:
            publish(visit, actor=actor, now=now)


def change_capacity(visit_id: int, capacity: int, *, actor: str, now: datetime) -> int:
    """Take more or fewer people. Nobody who booked is dropped; added seats go to those who wait. Returns how many parties moved up."""
    with transaction():
        visit = db.session.get_one(Visit, visit_id)
        queries.lock_gathering(visit.gathering_id)
        return set_capacity(visit, capacity, actor=actor, now=now)


def set_capacity(visit: Visit, capacity: int, *, actor: str, now: datetime) -> int:
    """Take more or fewer people at a visit whose gathering the caller holds, as `change_capacity` does."""
    gathering = visit.gathering
    _refuse_ended(gathering, now)
    reserved = sum(pool.seats for pool in gathering.reserved if not pool.released)
    if (refused := reserved_refusal(capacity, reserved)) is not None:
        raise Refusal(refused)
    before, gathering.capacity = gathering.capacity, capacity
    gathering.version += 1
    db.session.flush()
    changes.touch_seats(gathering, now=now)
    audit.record(
        "capacity changed", f"visit:{visit.id}", actor=actor, now=now, school_id=visit.school_id,
        before={"capacity": before}, after={"capacity": capacity},
    )  # fmt: skip
    return line.settle(gathering, now=now)


def cancel_visit(visit_id: int, reason: str, *, actor: str, now: datetime) -> int:
    """Cancel a visit for good; everybody who booked or waits is mailed the reason. Returns how many people had seats."""
    with transaction():
        visit = db.session.get_one(Visit, visit_id)
        held = queries.lock_with_reach([visit.gathering_id])
        return cancel(visit, reason, held, actor=actor, now=now)


def cancel(visit: Visit, reason: str, held: Mapping[int, Gathering], *, actor: str, now: datetime) -> int:
    """Cancel a visit as `cancel_visit` does; the caller holds its gathering and those it reaches."""
    gathering = held[visit.gathering_id]
    if gathering.is_over(now):
        raise Refusal(say("This visit is over, so it cannot be cancelled any more."))
    before = gathering.state.value
    people = changes.cancel_gathering(gathering, reason, now=now)
    line.fill_seats(*held.values(), *queries.lock_window_visits(queries.entries_of(gathering.id)), now=now)
    audit.record(
        "visit cancelled", f"visit:{visit.id}", actor=actor, now=now, school_id=visit.school_id,
        before={"state": before}, after={"state": "cancelled", "people": people},
    )  # fmt: skip
    return people


def pause_booking(visit_id: int, *, paused: bool, actor: str, now: datetime) -> None:
    """Take no new parties for now, or take them again; who is booked comes, and who waits keeps the place in line."""
    with transaction():
        visit = db.session.get_one(Visit, visit_id)
        queries.lock_gathering(visit.gathering_id)
        pause(visit, paused=paused, actor=actor, now=now)


def pause(visit: Visit, *, paused: bool, actor: str, now: datetime) -> None:
    """Pause or open booking at a visit whose gathering the caller holds; doing it twice is doing it once."""
    gathering = visit.gathering
    _refuse_ended(gathering, now)
    if gathering.paused == paused:
        return
    before, gathering.paused = gathering.paused, paused
    what = "booking paused" if paused else "booking opened"
    audit.record(
        what, f"visit:{visit.id}", actor=actor, now=now, school_id=visit.school_id, before={"paused": before}, after={"paused": paused}
    )  # fmt: skip


def settle_least(visit_id: int, answer: Literal["run", "extend"], *, actor: str, now: datetime) -> None:
    """What the host says when fewer people come than the visit needs (rule 9): it takes place all the same, or booking stays
    open until one school day before, and the host is asked again then. Cancelling is `cancel_visit`."""
    with transaction():
        visit = db.session.get_one(Visit, visit_id)
        gathering = queries.lock_gathering(visit.gathering_id)
        _refuse_ended(gathering, now)
        if gathering.least_people is None:
            raise Refusal(say("This visit takes place however few people come."))
        if answer == "run":
            gathering.least_settled = True
        else:
            _stay_open(gathering, now)
        audit.record(f"too few people: {answer}", f"visit:{visit.id}", actor=actor, now=now, school_id=visit.school_id)
        db.session.flush()
        line.settle(gathering, now=now)


def _stay_open(gathering: Gathering, now: datetime) -> None:
    ended = gathering.closes_at
    gathering.cutoff_days = 1
    changes.derive(gathering)
    if gathering.closes_at <= max(ended, now):
        when = moment_text(ended, gathering.zone)
        raise Refusal(say("Booking cannot stay open longer than %(when)s. Let the visit take place, or cancel it.", when=when))
    gathering.least_asked_at = gathering.least_asked_at or now
    gathering.version += 1


def publish(visit: Visit, *, actor: str, now: datetime) -> None:
    """Open a draft whose gathering the caller holds."""
    gathering = visit.gathering
    if gathering.is_closed(now):
        when = moment_text(gathering.closes_at, gathering.zone)
        raise Refusal(say("Booking ended on %(when)s, so nobody could book. Let it end later, or choose a later day.", when=when))
    visit.gathering.state = GatheringState.PUBLISHED
    visit.published_at = now
    changes.touch(visit.gathering, now=now)
    audit.record("visit published", f"visit:{visit.id}", actor=actor, now=now, school_id=visit.school_id)
    db.session.flush()
    line.settle(queries.lock_gathering(visit.gathering_id), now=now)  # some wait for any visit of the school in some days


def _refuse_ended(gathering: Gathering, now: datetime) -> None:
    if gathering.is_cancelled:
        raise Refusal(say("This visit was cancelled, so it cannot change any more. Plan a new one."))
    if gathering.is_over(now):
        raise Refusal(say("This visit is over, so it cannot change any more. Plan a new one."))


def _write(visit: Visit, details: VisitDetails, time_zone: str, now: datetime) -> bool:
    """True when reserved seats changed; whether anything else did, the session knows."""
    gathering, areas = visit.gathering, sa.select(FocusArea).where(FocusArea.id.in_(details.focus_area_ids))
    reserved = sum(details.reserved.values())
    if (refused := reserved_refusal(details.capacity, reserved)) is not None:
        raise Refusal(refused)
    visit.focus_areas = list(db.session.scalars(areas))
    asked = gathering.starts_wall, gathering.least_people
    for name in WRITTEN:
        setattr(gathering, name, getattr(details, name))
    if asked != (details.starts_wall, details.least_people):  # what a host said about too few people was about that day and number
        gathering.least_settled, gathering.least_asked_at = False, None
    changes.set_times(gathering, details.starts_wall, details.ends_wall, time_zone)
    if details.keep_day:
        visit.kept_on = details.starts_wall.date()
    if gathering.starts_at <= now and gathering.state != GatheringState.PUBLISHED:
        raise Refusal(say("The visit would begin in the past. Choose a later day or time."))
    return changes.reserve(gathering, details.reserved, details.release_days, now=now)


def _logged(gathering: Gathering) -> dict[str, object]:
    return {
        "starts_wall": gathering.starts_wall.isoformat(), "ends_wall": gathering.ends_wall.isoformat(), "state": gathering.state.value,
        "cutoff_time": f"{gathering.cutoff_time:%H:%M}", "reserved": {pool.tier.value: pool.seats for pool in gathering.reserved},
        **{name: getattr(gathering, name) for name in LOGGED},
    }  # fmt: skip
