"""Parties: their bookings, the people in them, and their wish to come on another date."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Mapper, mapped_column, object_session, relationship

from scheduler.core.people import STUDENT
from scheduler.foundation.db import Model, one_of
from scheduler.registration.models.gatherings import Gathering
from scheduler.schools.models import School


class RegistrationState(StrEnum):
    UNVERIFIED = "unverified"
    """Holds its seats for an hour, until the address is confirmed"""
    PENDING = "pending"
    """From outside the network; holds its seats until the host decides"""
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


HOLDING = (RegistrationState.UNVERIFIED, RegistrationState.PENDING, RegistrationState.CONFIRMED)
"""States in which a party has seats"""


class Registration(Model):
    """One party's claim on seats at one gathering."""

    __tablename__ = "registrations"
    __table_args__ = (
        sa.CheckConstraint("party_size >= 1", name="party_has_people"),
        sa.Index("ix_registrations_gathering_id_state", "gathering_id", "state", "school_id", "party_size"),
        sa.Index("ix_registrations_school_id", "school_id", "state", "gathering_id", "id"),
        sa.Index("ix_registrations_state_expires_at", "state", "expires_at"),
        sa.Index(
            "ix_registrations_asking",
            "gathering_id",
            "party_size",
            "expires_at",
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    link_round: Mapped[int] = mapped_column(default=0)
    """Raised to make every link mailed so far useless; the link itself is derived, never stored (foundation/tokens.py)"""
    join_round: Mapped[int] = mapped_column(default=0)
    """The same for the link by which colleagues join"""
    uid: Mapped[str] = mapped_column(sa.String(255), unique=True)
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"))
    lead_name: Mapped[str] = mapped_column(sa.String(200))
    lead_email: Mapped[str] = mapped_column(sa.String(254), index=True)
    """Trimmed and lower-cased"""
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("schools.id", ondelete="SET NULL"))
    organization: Mapped[str] = mapped_column(sa.String(200))
    """As typed; the name of the directory school where it is one"""
    party_size: Mapped[int]
    purpose: Mapped[str] = mapped_column(sa.String(300), default="")
    photo_rule_version: Mapped[str] = mapped_column(sa.String(20), default="")
    """Which text of the photo rule the lead accepted"""
    tier: Mapped[str] = mapped_column(sa.String(20), default="")
    """Of its school when it booked: whose reserved seats it may use; empty for everybody outside the network"""
    state: Mapped[RegistrationState] = mapped_column(one_of(RegistrationState), default=RegistrationState.CONFIRMED)
    expires_at: Mapped[datetime | None]
    """When an unconfirmed address or a pending approval loses its seats"""
    nudge_at: Mapped[datetime | None]
    """When the host is reminded of a pending approval; cleared then"""
    verified_at: Mapped[datetime | None]
    """When the lead showed that the address is theirs"""
    confirmed_at: Mapped[datetime | None]
    """Since when it is certain that the party comes here: reminders due before then are in the confirmation"""
    cancel_reason: Mapped[str] = mapped_column(sa.String(500), default="")
    cancelled_by: Mapped[str] = mapped_column(sa.String(20), default="")
    """party or host; time where nobody did"""
    sequence: Mapped[int] = mapped_column(default=0)
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    gathering: Mapped[Gathering] = relationship()
    school: Mapped[School | None] = relationship()
    attendees: Mapped[list[Attendee]] = relationship(back_populates="registration", cascade="all, delete-orphan", order_by="Attendee.id")

    @property
    def is_cancelled(self) -> bool:
        return self.state == RegistrationState.CANCELLED

    @property
    def is_confirmed(self) -> bool:
        return self.state == RegistrationState.CONFIRMED

    @property
    def holds_seats(self) -> bool:
        return self.state in HOLDING


class Person(Model):
    """The same human across gatherings. Of students: first name and last initial, and no address."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str | None] = mapped_column(sa.String(254), index=True)
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("schools.id", ondelete="SET NULL"), index=True)
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(index=True)


class AttendeeState(StrEnum):
    EXPECTED = "expected"
    """Also everybody of whom nobody said anything at the door"""
    ARRIVED = "arrived"
    ABSENT = "absent"
    """Marked so when the roster was closed; never by the clock"""


class Attendee(Model):
    """One person of a party, named or not yet: a party of four has four."""

    __tablename__ = "attendees"
    __table_args__ = (
        sa.Index("ix_attendees_state_arrived_at", "state", "arrived_at"),
        sa.Index(
            "ix_attendees_students", "registration_id", sqlite_where=sa.text("role = 'student'"),
            postgresql_where=sa.text("role = 'student'"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("people.id"), index=True)
    """None: the lead has not said yet who comes"""
    is_lead: Mapped[bool] = mapped_column(default=False)
    role: Mapped[str] = mapped_column(sa.String(20), default="")
    """leader, teacher, counselor, student, district, partner; see core/people.py"""
    grade_band: Mapped[str] = mapped_column(sa.String(20), default="")
    """Of students"""
    state: Mapped[AttendeeState] = mapped_column(one_of(AttendeeState), default=AttendeeState.EXPECTED)
    arrived_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    registration: Mapped[Registration] = relationship(back_populates="attendees")
    person: Mapped[Person | None] = relationship()
    consents: Mapped[list[Consent]] = relationship(
        back_populates="attendee", cascade="all, delete-orphan", order_by="Consent.id", foreign_keys="Consent.attendee_id"
    )

    @property
    def name(self) -> str:
        """Empty while the lead has not said who comes."""
        return self.person.name if self.person else ""

    @property
    def email(self) -> str:
        """Empty where there is none; students have none."""
        return (self.person.email or "") if self.person else ""

    @property
    def is_student(self) -> bool:
        return self.role == STUDENT

    def said(self, kind: ConsentKind) -> ConsentAnswer:
        """The newest answer about one permission; unknown where nobody gave any."""
        return next((consent.answer for consent in reversed(self.consents) if consent.kind == kind), ConsentAnswer.UNKNOWN)

    @property
    def may_be_pictured(self) -> bool:
        """Only after a yes: who has not answered counts as a no."""
        return self.said(ConsentKind.PHOTO) == ConsentAnswer.YES

    @property
    def may_enter(self) -> bool:
        """Everybody but a student whose guardian is not known to permit it."""
        return not self.is_student or self.said(ConsentKind.GUARDIAN) == ConsentAnswer.YES


class ConsentKind(StrEnum):
    PHOTO = "photo"
    """May be in pictures"""
    GUARDIAN = "guardian"
    """A student's guardian permits that they come"""
    CONTACT = "contact"
    """Adults whom they met at a meetup may have their address, if those said so, too"""


class ConsentAnswer(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class ConsentsAreOnlyAdded(Exception):
    """Code of ours tried to change an answer that somebody gave (registration rule 9)."""


class Consent(Model):
    """What somebody permitted, or did not; rows are only added, and the newest of a kind counts (registration rule 9)."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    attendee_id: Mapped[int] = mapped_column(sa.ForeignKey("attendees.id", ondelete="CASCADE"), index=True)
    kind: Mapped[ConsentKind] = mapped_column(one_of(ConsentKind))
    version: Mapped[str] = mapped_column(sa.String(20))
    """Which text it was about; see core/consents.py"""
    answer: Mapped[ConsentAnswer] = mapped_column(one_of(ConsentAnswer))
    actor: Mapped[str] = mapped_column(sa.String(60))
    """As in the audit log: link, user:1, import, greeter:1"""
    by_attendee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attendees.id", ondelete="SET NULL"))
    """The adult of the party who said so, where one did"""
    by_name: Mapped[str] = mapped_column(sa.String(200), default="")
    """Of a guardian's permission: the adult who attests it, as they signed"""
    created_at: Mapped[datetime]

    attendee: Mapped[Attendee] = relationship(back_populates="consents", foreign_keys=[attendee_id])


@sa.event.listens_for(Consent, "before_update")
def _only_added(mapper: Mapper[Consent], connection: sa.Connection, consent: Consent) -> None:
    """Whoever would write over an answer is stopped here; it goes only with the person it is about."""
    if object_session(consent).is_modified(consent, include_collections=False):  # type: ignore[union-attr]
        raise ConsentsAreOnlyAdded(consent.id)


class MoveState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    CLOSED = "closed"


class MoveRequest(Model):
    """A party that wants to come on another date, where the host decides first: it holds seats at both."""

    __tablename__ = "move_requests"
    __table_args__ = (
        sa.Index("ix_move_requests_gathering_id_state", "gathering_id", "state"),
        sa.Index("ix_move_requests_state_expires_at", "state", "expires_at"),
        sa.Index(
            "uq_move_requests_waiting", "registration_id", unique=True,
            sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"))
    """Where it wants to go"""
    state: Mapped[MoveState] = mapped_column(one_of(MoveState), default=MoveState.WAITING)
    expires_at: Mapped[datetime]
    nudge_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    registration: Mapped[Registration] = relationship()
    gathering: Mapped[Gathering] = relationship()
