"""Teams that come to a meetup, registered by an organizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from scheduler.core.capacity import place_party
from scheduler.core.people import STUDENT, address_key, student_name
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.registration import changes, invitees, mail, queries, terms
from scheduler.registration.models import Attendee, Gathering, GatheringKind, Registration, RegistrationState


@dataclass(frozen=True)
class Member:
    """One person of a team as typed or imported; of students no more than may be kept (registration rule 3).

    >>> Member("Sam Mora Diaz", "student", "sam@school.org", "9-10").kept
    Member(name='Sam D.', role='student', email=None, grade_band='9-10')
    """

    name: str
    role: str = ""
    email: str | None = None
    grade_band: str = ""

    @property
    def kept(self) -> Member:
        """What may be stored: of students first name, last initial and grade band; of others no grade."""
        if self.is_student:
            return Member(student_name(self.name) if self.name.strip() else "", self.role, None, self.grade_band)
        return Member(self.name, self.role, address_key(self.email) if self.email else None)

    @property
    def is_student(self) -> bool:
        return self.role == STUDENT


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
        public_id=new_public_id(), uid=changes.new_uid(), gathering_id=gathering.id, lead_name=lead.kept.name,
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
    invitees.keep(registration, gathering, now=now)
    return registration.id


def add_member(registration: Registration, member: Member, *, is_lead: bool, now: datetime) -> Attendee:
    """Add one person to a team; of a student only first name, last initial and grade band are kept (registration rule 3)."""
    kept = member.kept
    person = changes.person_of(kept.name, kept.email, registration.school_id, registration.is_sample, now=now) if kept.name else None
    attendee = Attendee(
        public_id=new_public_id(), person=person, role=kept.role, grade_band=kept.grade_band, is_lead=is_lead, created_at=now
    )  # fmt: skip
    registration.attendees.append(attendee)
    return attendee


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


def seat_team(registration: Registration, members: Sequence[Member], *, now: datetime) -> None:
    """Store the people whom a lead names at once. While the team is not confirmed a student has a place and no name (rule 3)."""
    is_certain = registration.state == RegistrationState.CONFIRMED
    if is_certain:
        registration.confirmed_at = now
    for n, member in enumerate(members):
        hidden = member.is_student and not is_certain
        add_member(registration, replace(member, name="") if hidden else member, is_lead=n == 0, now=now)
    db.session.add(registration)
    db.session.flush()


def has_team(gathering: Gathering, school_id: int | None) -> bool:
    """Whether a school's team is confirmed at a meetup already; visits take several parties of one school."""
    if school_id is None or gathering.kind != GatheringKind.MEETUP:
        return False
    theirs = sa.and_(Registration.gathering_id == gathering.id, Registration.school_id == school_id)
    chosen = sa.select(Registration.id).where(theirs, Registration.state == RegistrationState.CONFIRMED)
    return db.session.scalar(chosen.limit(1)) is not None
