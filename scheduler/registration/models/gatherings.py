"""Gatherings: when, where, for how many, and the rules of booking them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.core import times
from scheduler.foundation.db import Model, one_of
from scheduler.schools.models import School, Tier

LONGEST = timedelta(days=7)
"""Nothing lasts longer: forms ask for a start and an end on one day. Indexes hold the start, so lists look no further back."""


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
        sa.CheckConstraint("party_least BETWEEN 1 AND party_most", name="some_party_fits"),
        sa.CheckConstraint("school_most IS NULL OR school_most >= party_most", name="a_school_can_send_a_party"),
        sa.CheckConstraint("closes_at <= starts_at", name="closes_before_it_starts"),
        sa.Index("ix_gatherings_state_starts_at", "state", "starts_at"),
        sa.Index("ix_gatherings_school_id_starts_wall", "school_id", "starts_wall"),
        sa.Index("ix_gatherings_state_starts_wall", "state", "starts_wall", "public_id"),
        sa.Index("ix_gatherings_starts_wall", "starts_wall", "id"),
        sa.Index("ix_gatherings_kind_state_starts_at", "kind", "state", "starts_at"),
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
    party_least: Mapped[int] = mapped_column(default=1)
    """Fewer than these are no team at a meetup"""
    party_most: Mapped[int] = mapped_column(default=6)
    school_most: Mapped[int | None]
    """People of one school or organization at most; None: as many as fit"""
    opens_days: Mapped[int | None]
    """Booking opens so many days ahead; None: at once"""
    opens_at: Mapped[datetime | None]
    cutoff_days: Mapped[int] = mapped_column(default=0)
    """Booking ends so many school days ahead, at the time below; of a meetup so many days, at the end of the day; 0: at the start"""
    cutoff_time: Mapped[time] = mapped_column(default=time(15))
    closes_at: Mapped[datetime]
    needs_approval: Mapped[bool] = mapped_column(default=False)
    """The host approves parties from outside the network"""
    paused: Mapped[bool] = mapped_column(default=False)
    """Nobody books for now; who is booked comes"""
    waitlist_open: Mapped[bool] = mapped_column(default=True)
    strict_line: Mapped[bool] = mapped_column(default=False)
    """Nobody who waits is overtaken, even when seats stay empty"""
    least_people: Mapped[int | None]
    """With fewer the host is asked whether it takes place"""
    least_asked_at: Mapped[datetime | None]
    least_settled: Mapped[bool] = mapped_column(default=False)
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
    reserved: Mapped[list[ReservedSeats]] = relationship(cascade="all, delete-orphan", order_by="ReservedSeats.id")

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
        # Both states are named first, so that an index on them can be used.
        shown = cls.state.in_([GatheringState.PUBLISHED, GatheringState.CANCELLED])
        return sa.and_(shown, sa.or_(cls.state == GatheringState.PUBLISHED, cls.sequence > 0))

    @classmethod
    def lasts_past(cls, instant: datetime) -> sa.ColumnElement[bool]:
        """It is not over at an instant."""
        return sa.and_(cls.ends_at > instant, cls.starts_at > instant - LONGEST)

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

    def is_closed(self, now: datetime) -> bool:
        """Past the cutoff: parties no longer book or grow."""
        return now >= self.closes_at

    def opens_later(self, now: datetime) -> bool:
        return self.opens_at is not None and now < self.opens_at

    def is_over(self, now: datetime) -> bool:
        return now >= self.ends_at


class ReservedSeats(Model):
    """Seats of a gathering that only schools of one tier can have, until they are released."""

    __tablename__ = "reserved_seats"
    __table_args__ = (
        sa.CheckConstraint("seats >= 1", name="seats_are_some"),
        sa.UniqueConstraint("gathering_id", "tier", name="uq_reserved_seats_gathering_id_tier"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"))
    tier: Mapped[Tier] = mapped_column(one_of(Tier))
    seats: Mapped[int]
    release_days: Mapped[int] = mapped_column(default=10)
    """So many school days before the start everybody can have them"""
    releases_at: Mapped[datetime]
    released: Mapped[bool] = mapped_column(default=False, index=True)
