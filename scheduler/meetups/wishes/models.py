"""Tables of wishes: one row is one wish, as one sentence says it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.core.pairing.wishes import Kind, Wish
from scheduler.foundation.db import Model, one_of


class MeetupWish(Model):
    """One wish of a meetup's organizers; `key` makes two wishes that are one the same row."""

    __tablename__ = "wishes"
    __table_args__ = (
        sa.UniqueConstraint("meetup_id", "key"),
        sa.CheckConstraint("round BETWEEN 1 AND 40", name="rounds_count_from_one"),
        sa.CheckConstraint('"table" BETWEEN 1 AND 999', name="tables_count_from_one"),
        sa.CheckConstraint("seats BETWEEN 2 AND 99", name="seats_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meetup_id: Mapped[int] = mapped_column(sa.ForeignKey("meetups.id", ondelete="CASCADE"))
    kind: Mapped[Kind] = mapped_column(one_of(Kind))
    key: Mapped[str] = mapped_column(sa.String(500))
    """Of the wish as it was made, of public ids; names nobody"""
    round: Mapped[int | None]
    table: Mapped[int | None]
    seats: Mapped[int | None]
    topic: Mapped[str] = mapped_column(sa.String(80), default="")
    created_by: Mapped[int | None]
    created_at: Mapped[datetime]

    named: Mapped[list[WishPerson]] = relationship(cascade="all, delete-orphan", order_by="WishPerson.attendee_id")

    @property
    def asked(self) -> Wish:
        """As the core takes it: people by the public ids they had, so that nobody inherits a wish with a place."""
        return Wish(self.kind, tuple(person.public_id for person in self.named), self.round, self.table, self.seats, self.topic)


class WishPerson(Model):
    """Somebody whom a wish names."""

    __tablename__ = "wish_people"

    wish_id: Mapped[int] = mapped_column(sa.ForeignKey("wishes.id", ondelete="CASCADE"), primary_key=True)
    attendee_id: Mapped[int] = mapped_column(sa.ForeignKey("attendees.id", ondelete="CASCADE"), primary_key=True, index=True)
    public_id: Mapped[str] = mapped_column(sa.String(10))
    """The attendee's when the wish was made; a place that passes to somebody else gets a new one"""
