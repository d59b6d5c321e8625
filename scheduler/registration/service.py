"""What parties do: book, wait, shrink, cancel; and teams that come to a meetup."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduler.core import booking, times
from scheduler.core.capacity import Placement, place_party
from scheduler.core.people import address_key, student_name
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.registration import changes, mail, queries
from scheduler.registration.models import (
    Attendee,
    BookingKey,
    EntryState,
    Gathering,
    GatheringState,
    Registration,
    RegistrationState,
    WaitlistEntry,
)

KEYS_ARE_KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class BookingRequest:
    """What a party's lead typed."""

    lead_name: str
    lead_email: str
    organization: str
    school_id: int | None
    party_size: int
    purpose: str = ""
    wait_if_full: bool = False
    """The lead has seen that the party does not fit and asked for the waitlist"""

    def fingerprint(self) -> str:
        """Equal for equal requests (SHA-256); which button was pressed does not count."""
        facts = {name: value for name, value in asdict(self).items() if name != "wait_if_full"}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Booked:
    """Where a party stands now; `public_id` names its registration, or its waitlist entry."""

    placement: Placement
    public_id: str
    link_round: int


class Full(Refusal):
    """The party does not fit; it can wait."""


def book(gathering_id: int, request: BookingRequest, *, key: str, now: datetime) -> Booked:
    """Seat a party at a gathering, or put it on the waitlist when it asks to wait; the same key gives the same answer.

    Refuses with Full when the party does not fit and has not asked to wait.
    """
    with transaction():
        gathering = queries.lock_gathering(gathering_id)
        if (earlier := _booked_before(gathering, request, key)) is not None:
            return earlier
        booking.may_book(terms_of(gathering), request.party_size, now=now)
        seats = queries.seats_of(gathering)
        somebody_waits = bool(queries.line_of(gathering_id))
        placement = place_party(seats, request.party_size, waitlist_open=gathering.waitlist_open, somebody_waits=somebody_waits)
        if placement == Placement.CONFIRMED:
            booked = _confirm(gathering, request, key, now)
        elif request.wait_if_full:
            booked = _wait(gathering, request, key, now)
        else:
            raise Full(mail.no_longer_fits(seats, request.party_size, somebody_waits=somebody_waits))
        _forget_old_keys(now)
    return booked


def terms_of(gathering: Gathering) -> booking.Terms:
    """The rules of booking, as the core wants them."""
    return booking.Terms(
        gathering.state == GatheringState.PUBLISHED, gathering.state == GatheringState.CANCELLED, gathering.starts_at, gathering.party_most
    )


def _booked_before(gathering: Gathering, request: BookingRequest, key: str) -> Booked | None:
    earlier = queries.find_key(key)
    if earlier is None:
        return None
    if earlier.fingerprint != f"{gathering.id}:{request.fingerprint()}"[:64]:
        raise Refusal(say("This form was sent before with other words. Load the page again to book once more."))
    if earlier.registration_id is not None:
        registration = db.session.get_one(Registration, earlier.registration_id)
        return Booked(Placement.CONFIRMED, registration.public_id, registration.link_round)
    entry = db.session.get_one(WaitlistEntry, earlier.entry_id)
    return Booked(Placement.WAITLISTED, entry.public_id, entry.link_round)


def _confirm(gathering: Gathering, request: BookingRequest, key: str, now: datetime) -> Booked:
    registration = Registration(
        public_id=new_public_id(), uid=changes.new_uid(), gathering_id=gathering.id, photo_rule_version=booking.PHOTO_RULE,
        lead_name=request.lead_name, lead_email=address_key(request.lead_email), organization=request.organization,
        school_id=request.school_id, party_size=request.party_size, purpose=request.purpose, created_at=now, changed_at=now,
    )  # fmt: skip
    changes.seat(registration, now=now)
    _keep_key(key, gathering, request, now, registration_id=registration.id)
    changes.touch_seats(gathering, now=now)
    audit.record("registration booked", f"registration:{registration.id}", actor="link", now=now, school_id=gathering.school_id)
    outbox.add(mail.confirmed(registration, gathering), now=now)
    return Booked(Placement.CONFIRMED, registration.public_id, 0)


def _wait(gathering: Gathering, request: BookingRequest, key: str, now: datetime) -> Booked:
    entry = WaitlistEntry(
        public_id=new_public_id(), gathering_id=gathering.id, photo_rule_version=booking.PHOTO_RULE, lead_name=request.lead_name,
        lead_email=address_key(request.lead_email), organization=request.organization, school_id=request.school_id,
        party_size=request.party_size, smallest=request.party_size, purpose=request.purpose, created_at=now, changed_at=now,
    )  # fmt: skip
    db.session.add(entry)
    db.session.flush()
    _keep_key(key, gathering, request, now, entry_id=entry.id)
    audit.record("waitlist joined", f"waitlist_entry:{entry.id}", actor="link", now=now, school_id=gathering.school_id)
    outbox.add(mail.waitlisted(entry, gathering), now=now)
    return Booked(Placement.WAITLISTED, entry.public_id, 0)


def _keep_key(
    key: str,
    gathering: Gathering,
    request: BookingRequest,
    now: datetime,
    *,
    registration_id: int | None = None,
    entry_id: int | None = None,
) -> None:
    fingerprint = f"{gathering.id}:{request.fingerprint()}"[:64]
    db.session.add(BookingKey(key=key, fingerprint=fingerprint, registration_id=registration_id, entry_id=entry_id, created_at=now))


def _forget_old_keys(now: datetime) -> None:
    db.session.execute(sa.delete(BookingKey).where(BookingKey.created_at < now - KEYS_ARE_KEPT))


def shrink(registration_id: int, party_size: int, *, actor: str, now: datetime) -> None:
    """Make a party smaller; the seats that come free go to those who wait."""
    with transaction():
        registration, gathering = _lock_party(registration_id)
        booking.may_shrink(registration.party_size, party_size, gathering.starts_at, now=now)
        before, registration.party_size = registration.party_size, party_size
        registration.changed_at = times.moved_on(registration.changed_at, now)
        db.session.flush()
        changes.touch_seats(gathering, now=now)
        _log_party("registration shrunk", registration, gathering, actor, now, {"party_size": before}, {"party_size": party_size})
        outbox.add(mail.shrunk(registration, gathering), now=now)
        changes.fill_seats(gathering, now=now)


def cancel(registration_id: int, *, reason: str, by: str, actor: str, now: datetime) -> None:
    """Cancel a party; `by` is party or host. Cancelling twice is cancelling once."""
    with transaction():
        registration, gathering = _lock_party(registration_id, cancelled_too=True)
        if registration.is_cancelled:
            return
        booking.may_cancel(gathering.starts_at, now=now)
        changes.end_party(registration, reason, by, now=now)
        db.session.flush()
        changes.touch_seats(gathering, now=now)
        _log_party("registration cancelled", registration, gathering, actor, now, {"state": "confirmed"}, {"state": "cancelled", "by": by})
        changes.fill_seats(gathering, now=now)


def withdraw(entry_id: int, *, now: datetime) -> None:
    """Leave the waitlist; leaving twice is leaving once."""
    with transaction():
        entry = db.session.get_one(WaitlistEntry, entry_id)
        gathering = queries.lock_gathering(entry.gathering_id)
        db.session.refresh(entry)
        if entry.state != EntryState.WAITING:
            return
        entry.state, entry.changed_at = EntryState.WITHDRAWN, now
        audit.record("waitlist left", f"waitlist_entry:{entry.id}", actor="link", now=now, school_id=gathering.school_id)
        db.session.flush()
        changes.fill_seats(gathering, now=now)


def _lock_party(registration_id: int, *, cancelled_too: bool = False) -> tuple[Registration, Gathering]:
    registration = db.session.get_one(Registration, registration_id)
    gathering = queries.lock_gathering(registration.gathering_id)
    db.session.refresh(registration)
    if registration.state == RegistrationState.CANCELLED and not cancelled_too:
        raise Refusal(say("This booking was cancelled, so its party cannot change. Book again to come."))
    return registration, gathering


def _log_party(
    what: str,
    registration: Registration,
    gathering: Gathering,
    actor: str,
    now: datetime,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    about = f"registration:{registration.id}"
    audit.record(what, about, actor=actor, now=now, school_id=gathering.school_id, before=before, after=after)


@dataclass(frozen=True)
class Member:
    """One person of a team as typed or imported; students without an address."""

    name: str
    role: str = ""
    email: str | None = None


@dataclass(frozen=True)
class Team:
    """The people one school brings to a meetup; the first is the lead."""

    organization: str
    school_id: int | None
    members: Sequence[Member]


def register_team(gathering_id: int, team: Team, *, actor: str, now: datetime, is_sample: bool = False) -> int:
    """Register a school's team at a meetup by an organizer; returns the registration's id. Refuses what does not fit."""
    with transaction():
        gathering = queries.lock_gathering(gathering_id)
        return add_team(gathering, team, actor=actor, now=now, is_sample=is_sample)


def add_team(gathering: Gathering, team: Team, *, actor: str, now: datetime, is_sample: bool = False) -> int:
    """The same inside a caller's transaction that holds the gathering: an import adds many teams or none."""
    if gathering.is_cancelled:
        raise Refusal(say("This meetup was cancelled, so nobody can be added."))
    place_party(queries.seats_of(gathering), len(team.members), waitlist_open=False)
    lead = team.members[0]
    registration = Registration(
        public_id=new_public_id(), uid=changes.new_uid(), gathering_id=gathering.id, lead_name=_kept_name(lead),
        lead_email=address_key(lead.email or ""), organization=team.organization, school_id=team.school_id,
        party_size=len(team.members), is_sample=is_sample, created_at=now, changed_at=now,
    )  # fmt: skip
    for member in team.members:
        add_member(registration, member, is_lead=member is lead, now=now)
    db.session.add(registration)
    db.session.flush()
    changes.raise_feeds([f"gathering:{gathering.id}"], now=now)
    audit.record("team registered", f"registration:{registration.id}", actor=actor, now=now, after={"party_size": len(team.members)})
    if lead.email and not is_sample:
        outbox.add(mail.team_registered(registration, gathering), now=now)
    return registration.id


def add_member(registration: Registration, member: Member, *, is_lead: bool, now: datetime) -> None:
    """Add one person to a team; of a student only first name and last initial are kept (registration rule 3)."""
    email = address_key(member.email) if member.email and member.role != "student" else None
    person = changes.person_of(_kept_name(member), email, registration.school_id, registration.is_sample, now=now)
    attendee = Attendee(public_id=new_public_id(), person=person, role=member.role, is_lead=is_lead, created_at=now)
    registration.attendees.append(attendee)


def _kept_name(member: Member) -> str:
    return student_name(member.name) if member.role == "student" else member.name
