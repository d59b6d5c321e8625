"""What a change of a gathering means for its parties; every function works inside the caller's transaction, with the gathering held."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.core import times
from scheduler.core.refusal import Refusal, say
from scheduler.core.waitlist import moving_up
from scheduler.foundation import outbox
from scheduler.foundation.db import db
from scheduler.foundation.feeds import raise_feeds as raise_feeds
from scheduler.foundation.tokens import new_public_id
from scheduler.registration import mail, queries
from scheduler.registration.models import (
    Attendee,
    EntryState,
    Gathering,
    GatheringState,
    Person,
    Registration,
    RegistrationState,
    WaitlistEntry,
)

ANNOUNCED = ("starts_wall", "ends_wall", "time_zone", "place", "private_place")
"""A change of these raises the calendar entry's sequence and is mailed to everybody (RFC 5546, 2.1.4)."""


def new_uid() -> str:
    """The UID of a calendar entry (RFC 7986, 5.3): random, never from a title or a host name."""
    return f"{new_public_id()}{new_public_id()}@living-lab-scheduler"


def set_times(gathering: Gathering, starts_wall: datetime, ends_wall: datetime, time_zone: str) -> None:
    """Write down the wall times a person typed, and the instants that follow from them."""
    gathering.starts_wall, gathering.ends_wall, gathering.time_zone = starts_wall, ends_wall, time_zone
    gathering.starts_at = times.from_wall(starts_wall, gathering.zone)
    gathering.ends_at = times.from_wall(ends_wall, gathering.zone)
    gathering.closes_at = gathering.starts_at


def announced_facts(gathering: Gathering) -> dict[str, Any]:
    """What everybody who booked was told; compared before and after an edit."""
    return {name: getattr(gathering, name) for name in ANNOUNCED}


def refuse_stale(gathering: Gathering, version: int) -> None:
    """Two people edit one gathering: the second is told, and nothing of theirs is written."""
    if gathering.version != version:
        raise Refusal(
            say("Somebody else changed this while you were editing. Your text is still here; compare it with the page and save again.")
        )


def touch(gathering: Gathering, *, now: datetime) -> None:
    """Something that calendars show has changed."""
    gathering.version += 1
    gathering.changed_at = times.moved_on(gathering.changed_at, now)
    public = [f"school:{gathering.school_id}"] if gathering.school_id else []
    raise_feeds([*_private_feeds(gathering), *public, "network"], now=now)


def touch_seats(gathering: Gathering, *, now: datetime) -> None:
    """The number of seats or of people has changed, which only hosts and participants see in their calendars."""
    raise_feeds(_private_feeds(gathering), now=now)


def _private_feeds(gathering: Gathering) -> list[str]:
    return [f"gathering:{gathering.id}", *([f"host:{gathering.school_id}"] if gathering.school_id else [])]


def announce(gathering: Gathering, *, now: datetime) -> int:
    """Tell every party that time or place changed, each with an update of its calendar entry. Returns how many parties."""
    gathering.sequence += 1
    parties = queries.live_registrations(gathering.id)
    for registration in parties:
        registration.sequence += 1
        registration.changed_at = times.moved_on(registration.changed_at, now)
        outbox.add(mail.changed(registration, gathering), now=now)
    return len(parties)


def cancel_gathering(gathering: Gathering, reason: str, *, now: datetime) -> int:
    """Cancel for good: everybody who booked or waits is told why. Returns how many people had seats."""
    if gathering.state == GatheringState.CANCELLED:
        raise Refusal(say("This is cancelled already. Everybody was told."))
    if gathering.state == GatheringState.PUBLISHED:
        gathering.sequence += 1  # a draft was in nobody's calendar
    gathering.state, gathering.cancel_reason = GatheringState.CANCELLED, reason
    told = 0
    for registration in queries.live_registrations(gathering.id):
        told += registration.party_size
        _end(registration, reason, "host", now)
        outbox.add(mail.cancelled_by_host(registration, gathering), now=now)
    for entry in queries.entries_of(gathering.id):
        entry.state, entry.changed_at = EntryState.CLOSED, now
        outbox.add(mail.waitlist_closed(entry, gathering), now=now)
    touch(gathering, now=now)
    return told


def end_party(registration: Registration, reason: str, by: str, *, now: datetime) -> None:
    """Cancel one party; its calendar entry ends with it."""
    _end(registration, reason, by, now)
    outbox.add(mail.cancelled(registration, registration.gathering), now=now)


def _end(registration: Registration, reason: str, by: str, now: datetime) -> None:
    registration.state, registration.cancel_reason, registration.cancelled_by = RegistrationState.CANCELLED, reason, by
    registration.sequence += 1
    registration.changed_at = times.moved_on(registration.changed_at, now)


def fill_seats(gathering: Gathering, *, now: datetime) -> int:
    """Give free seats to those who wait, in order, before anybody else can take them. Returns how many parties moved up."""
    if gathering.state != GatheringState.PUBLISHED or gathering.has_started(now):
        return 0
    moving = moving_up(queries.seats_of(gathering).left, queries.line_of(gathering.id))
    for waiting in moving:
        _move_up(db.session.get_one(WaitlistEntry, waiting.entry_id), gathering, now)
    db.session.flush()
    if moving:
        touch_seats(gathering, now=now)
    return len(moving)


def _move_up(entry: WaitlistEntry, gathering: Gathering, now: datetime) -> None:
    registration = Registration(
        public_id=new_public_id(), uid=new_uid(), gathering_id=gathering.id, lead_name=entry.lead_name, lead_email=entry.lead_email,
        school_id=entry.school_id, organization=entry.organization, party_size=entry.party_size, purpose=entry.purpose,
        photo_rule_version=entry.photo_rule_version, is_sample=entry.is_sample, created_at=now, changed_at=now,
    )  # fmt: skip
    seat(registration, now=now)
    entry.state, entry.registration_id, entry.changed_at = EntryState.TAKEN, registration.id, now
    outbox.add(mail.moved_up(registration, gathering), now=now)


def seat(registration: Registration, *, now: datetime, role: str = "") -> None:
    """Store a party with its lead as the first attendee."""
    registration.attendees.append(
        Attendee(
            public_id=new_public_id(), is_lead=True, role=role, created_at=now,
            person=person_of(registration.lead_name, registration.lead_email, registration.school_id, registration.is_sample, now=now),
        )
    )  # fmt: skip
    db.session.add(registration)
    db.session.flush()


def person_of(name: str, email: str | None, school_id: int | None, is_sample: bool, *, now: datetime) -> Person:
    """The person with this address and name, or a new one. Without an address nobody is taken for somebody else."""
    if email:
        found = db.session.scalar(sa.select(Person).where(Person.email == email, Person.name == name).order_by(Person.id).limit(1))
        if found is not None:
            return found
    return Person(name=name, email=email, school_id=school_id, is_sample=is_sample, created_at=now)
