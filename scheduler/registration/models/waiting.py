"""Those who wait for seats, the seats they are offered, and what a form that was sent led to."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.foundation.db import Model, one_of
from scheduler.registration.models.gatherings import Gathering


class EntryState(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"
    TAKEN = "taken"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class WaitlistEntry(Model):
    """A party's wish for seats: at one gathering, or at any visit of its school in a window. Its registration once it has seats."""

    __tablename__ = "waitlist_entries"
    __table_args__ = (
        sa.CheckConstraint("smallest >= 1 AND smallest <= party_size", name="party_has_people"),
        sa.CheckConstraint("window_last IS NULL OR window_last >= window_first", name="window_has_days"),
        sa.Index("ix_waitlist_entries_gathering_id_state", "gathering_id", "state"),
        sa.Index("ix_waitlist_entries_window_school_id_state", "window_school_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    link_round: Mapped[int] = mapped_column(default=0)
    """Raised to make every link mailed so far useless; the link itself is derived, never stored (foundation/tokens.py)"""
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"))
    """Where the party asked"""
    window_school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"))
    """Set: any visit of this school from the first to the last day below will do"""
    window_first: Mapped[date | None]
    window_last: Mapped[date | None]
    registration_id: Mapped[int | None] = mapped_column(sa.ForeignKey("registrations.id", ondelete="SET NULL"), unique=True)
    """The booking that came of it"""
    moving_id: Mapped[int | None] = mapped_column(sa.ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    """The booking elsewhere that moves here when its turn comes, and is kept until then"""
    lead_name: Mapped[str] = mapped_column(sa.String(200))
    lead_email: Mapped[str] = mapped_column(sa.String(254), index=True)
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("schools.id", ondelete="SET NULL"))
    organization: Mapped[str] = mapped_column(sa.String(200))
    tier: Mapped[str] = mapped_column(sa.String(20), default="")
    party_size: Mapped[int]
    smallest: Mapped[int]
    """The fewest with whom the party would still come"""
    confirm_until: Mapped[datetime | None]
    """Until then seats are taken without asking"""
    priority: Mapped[int] = mapped_column(default=0)
    returned: Mapped[bool] = mapped_column(default=False)
    """An offer passed once; after the next one the entry closes"""
    passed_free: Mapped[int | None]
    """How many seats were free when others were seated before this party"""
    verified_at: Mapped[datetime | None]
    purpose: Mapped[str] = mapped_column(sa.String(300), default="")
    photo_rule_version: Mapped[str] = mapped_column(sa.String(20), default="")
    state: Mapped[EntryState] = mapped_column(one_of(EntryState), default=EntryState.WAITING)
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    gathering: Mapped[Gathering] = relationship()
    offers: Mapped[list[Offer]] = relationship(back_populates="entry", cascade="all, delete-orphan", order_by="Offer.id")

    @property
    def open_offer(self) -> Offer | None:
        return next((offer for offer in self.offers if offer.state == OfferState.OPEN), None)


class OfferState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    CLOSED = "closed"


class Offer(Model):
    """Seats that are held for a party from the waitlist until its deadline."""

    __tablename__ = "offers"
    __table_args__ = (
        sa.CheckConstraint("size >= 1", name="offers_seats"),
        sa.Index("ix_offers_gathering_id_state", "gathering_id", "state"),
        sa.Index("ix_offers_state_deadline", "state", "deadline"),
        sa.Index(
            "uq_offers_open", "entry_id", unique=True, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("waitlist_entries.id", ondelete="CASCADE"), index=True)
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"))
    size: Mapped[int]
    state: Mapped[OfferState] = mapped_column(one_of(OfferState), default=OfferState.OPEN)
    mail_at: Mapped[datetime]
    deadline: Mapped[datetime]
    created_at: Mapped[datetime]

    entry: Mapped[WaitlistEntry] = relationship(back_populates="offers")
    gathering: Mapped[Gathering] = relationship()


class BookingKey(Model):
    """What a submitted form led to, so that the same form sent again gives the same answer. Kept for a day."""

    __tablename__ = "booking_keys"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    """Of what was typed: the same key with other data is told apart"""
    outcome: Mapped[str] = mapped_column(sa.String(20), default="confirmed")
    registration_id: Mapped[int | None] = mapped_column(sa.ForeignKey("registrations.id", ondelete="CASCADE"))
    entry_id: Mapped[int | None] = mapped_column(sa.ForeignKey("waitlist_entries.id", ondelete="CASCADE"))
    attendee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attendees.id", ondelete="CASCADE"))
    """Whoever joined a party by this form"""
    created_at: Mapped[datetime] = mapped_column(index=True)
