"""Tables of registration: gatherings, the parties that come, those who wait, and the people in them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.core import times
from scheduler.foundation.db import Model, one_of
from scheduler.schools.models import School


class GatheringState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class GatheringKind(StrEnum):
    VISIT = "visit"
    MEETUP = "meetup"


class Gathering(Model):
    """Anything one can register for: when, where, for how many, and the rules of booking it."""

    __tablename__ = "gatherings"
    __table_args__ = (
        sa.CheckConstraint("capacity >= 1", name="capacity_is_positive"),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
        sa.CheckConstraint("party_most >= 1", name="parties_have_people"),
        sa.Index("ix_gatherings_state_starts_at", "state", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    uid: Mapped[str] = mapped_column(sa.String(255), unique=True)
    kind: Mapped[GatheringKind] = mapped_column(one_of(GatheringKind))
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    """The host school; None for gatherings of the whole network"""
    title: Mapped[str] = mapped_column(sa.String(120))
    description: Mapped[str] = mapped_column(sa.Text, default="")
    time_zone: Mapped[str] = mapped_column(sa.String(60))
    starts_wall: Mapped[datetime] = mapped_column(sa.DateTime(timezone=False))
    """What the clock on the wall shows, as typed; the instant below is derived from it"""
    ends_wall: Mapped[datetime] = mapped_column(sa.DateTime(timezone=False))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    doors_minutes: Mapped[int] = mapped_column(default=15)
    place: Mapped[str] = mapped_column(sa.String(300), default="")
    """Shown to everybody; empty where no address is published"""
    private_place: Mapped[str] = mapped_column(sa.String(300), default="")
    arrival_notes: Mapped[str] = mapped_column(sa.Text, default="")
    """Both shown to confirmed parties only"""
    capacity: Mapped[int]
    party_most: Mapped[int] = mapped_column(default=6)
    waitlist_open: Mapped[bool] = mapped_column(default=True)
    state: Mapped[GatheringState] = mapped_column(one_of(GatheringState), default=GatheringState.DRAFT)
    cancel_reason: Mapped[str] = mapped_column(sa.String(500), default="")
    sequence: Mapped[int] = mapped_column(default=0)
    """Of the calendar entry (RFC 5545, 3.8.7.4): raised when time, place or state change"""
    version: Mapped[int] = mapped_column(default=1)
    """Raised by every edit, so that two people who edit at once notice"""
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    school: Mapped[School | None] = relationship()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def is_cancelled(self) -> bool:
        return self.state == GatheringState.CANCELLED

    @hybrid_property
    def is_public(self) -> bool:
        """Everybody may see it: published, or cancelled after it was. A draft that is cancelled keeps its sequence of 0."""
        return self.state == GatheringState.PUBLISHED or (self.state == GatheringState.CANCELLED and self.sequence > 0)

    @is_public.inplace.expression
    @classmethod
    def _is_public(cls) -> sa.ColumnElement[bool]:
        cancelled = sa.and_(cls.state == GatheringState.CANCELLED, cls.sequence > 0)
        return sa.or_(cls.state == GatheringState.PUBLISHED, cancelled)

    @property
    def doors_wall(self) -> datetime:
        """When people are expected at the door, by the clock on the wall."""
        return times.doors_at(self.starts_wall, self.doors_minutes)

    @property
    def page(self) -> str:
        """The endpoint of its public page."""
        return "visits.show" if self.kind == GatheringKind.VISIT else "meetups.show"

    def has_started(self, now: datetime) -> bool:
        return now >= self.starts_at

    def is_over(self, now: datetime) -> bool:
        return now >= self.ends_at


class RegistrationState(StrEnum):
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Registration(Model):
    """One party's claim on seats at one gathering."""

    __tablename__ = "registrations"
    __table_args__ = (
        sa.CheckConstraint("party_size >= 1", name="party_has_people"),
        sa.Index("ix_registrations_gathering_id_state", "gathering_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    link_round: Mapped[int] = mapped_column(default=0)
    """Raised to make every link mailed so far useless; the link itself is derived, never stored (foundation/tokens.py)"""
    uid: Mapped[str] = mapped_column(sa.String(255), unique=True)
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"))
    lead_name: Mapped[str] = mapped_column(sa.String(200))
    lead_email: Mapped[str] = mapped_column(sa.String(254), index=True)
    """Trimmed and lower-cased"""
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("schools.id", ondelete="SET NULL"), index=True)
    organization: Mapped[str] = mapped_column(sa.String(200))
    """As typed; the name of the directory school where it is one"""
    party_size: Mapped[int]
    purpose: Mapped[str] = mapped_column(sa.String(300), default="")
    photo_rule_version: Mapped[str] = mapped_column(sa.String(20), default="")
    """Which text of the photo rule the lead accepted"""
    state: Mapped[RegistrationState] = mapped_column(one_of(RegistrationState), default=RegistrationState.CONFIRMED)
    cancel_reason: Mapped[str] = mapped_column(sa.String(500), default="")
    cancelled_by: Mapped[str] = mapped_column(sa.String(20), default="")
    """party or host"""
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


class Person(Model):
    """The same human across gatherings. Of students: first name and last initial, and no address."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str | None] = mapped_column(sa.String(254), index=True)
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("schools.id", ondelete="SET NULL"), index=True)
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Attendee(Model):
    """One named person in a party."""

    __tablename__ = "attendees"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id"), index=True)
    is_lead: Mapped[bool] = mapped_column(default=False)
    role: Mapped[str] = mapped_column(sa.String(20), default="")
    """leader, teacher, counselor, student, district, partner; see core/people.py"""
    created_at: Mapped[datetime]

    registration: Mapped[Registration] = relationship(back_populates="attendees")
    person: Mapped[Person] = relationship()


class EntryState(StrEnum):
    WAITING = "waiting"
    TAKEN = "taken"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class WaitlistEntry(Model):
    """A party's wish for seats at a full gathering; its registration once it moved up."""

    __tablename__ = "waitlist_entries"
    __table_args__ = (
        sa.CheckConstraint("party_size >= 1", name="party_has_people"),
        sa.Index("ix_waitlist_entries_gathering_id_state", "gathering_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    link_round: Mapped[int] = mapped_column(default=0)
    """Raised to make every link mailed so far useless; the link itself is derived, never stored (foundation/tokens.py)"""
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"))
    registration_id: Mapped[int | None] = mapped_column(sa.ForeignKey("registrations.id", ondelete="SET NULL"), unique=True)
    lead_name: Mapped[str] = mapped_column(sa.String(200))
    lead_email: Mapped[str] = mapped_column(sa.String(254), index=True)
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("schools.id", ondelete="SET NULL"))
    organization: Mapped[str] = mapped_column(sa.String(200))
    party_size: Mapped[int]
    purpose: Mapped[str] = mapped_column(sa.String(300), default="")
    photo_rule_version: Mapped[str] = mapped_column(sa.String(20), default="")
    state: Mapped[EntryState] = mapped_column(one_of(EntryState), default=EntryState.WAITING)
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    gathering: Mapped[Gathering] = relationship()


class BookingKey(Model):
    """What a submitted form led to, so that the same form sent again gives the same answer. Kept for a day."""

    __tablename__ = "booking_keys"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    """Of what was typed: the same key with other data is told apart"""
    registration_id: Mapped[int | None] = mapped_column(sa.ForeignKey("registrations.id", ondelete="CASCADE"))
    entry_id: Mapped[int | None] = mapped_column(sa.ForeignKey("waitlist_entries.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(index=True)
