"""Teams that come to a meetup, registered by an organizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from scheduler.core.capacity import place_party
from scheduler.core.people import address_key, student_name
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.registration import changes, mail, queries, terms
from scheduler.registration.models import Attendee, Gathering, Registration, RegistrationState


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
        tier=terms.tier_of(team.school_id), party_size=len(team.members), is_sample=is_sample, confirmed_at=now, created_at=now,
        changed_at=now,
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


def set_apart(team: Registration, gone: Attendee, *, now: datetime) -> Registration:
    """Take one person off a team, inside the caller's transaction: they go on in a cancelled registration of their own, so that plans
    with them stay as they were made. Returns it."""
    alone = Registration(
        public_id=new_public_id(), uid=changes.new_uid(), gathering_id=team.gathering_id, lead_name=gone.name, lead_email="",
        school_id=team.school_id, organization=team.organization, party_size=1, state=RegistrationState.CANCELLED, cancelled_by="host",
        is_sample=team.is_sample, created_at=now, changed_at=now,
    )  # fmt: skip
    db.session.add(alone)
    db.session.flush()
    # By a statement: taken out of the team's collection, the attendee would count as an orphan and be deleted.
    db.session.execute(sa.update(Attendee).where(Attendee.id == gone.id).values(registration_id=alone.id, is_lead=True))
    db.session.refresh(team, ["attendees"])
    team.party_size, team.changed_at = team.party_size - 1, now
    db.session.flush()
    return alone


def _kept_name(member: Member) -> str:
    return student_name(member.name) if member.role == "student" else member.name
