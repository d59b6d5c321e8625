"""Tables of meetups from before this service: who sat together, by school and by marks that name nobody."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.foundation.db import Model


class EarlierMeetup(Model):
    """A meetup that took place elsewhere, as somebody imported it."""

    __tablename__ = "earlier_meetups"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    held_on: Mapped[date] = mapped_column(index=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """Of who sat with whom (SHA-256): the same list again is the same meetup"""
    conversations: Mapped[int]
    created_by: Mapped[int | None]
    created_at: Mapped[datetime]

    seats: Mapped[list[EarlierSeat]] = relationship(cascade="all, delete-orphan", passive_deletes=True, order_by="EarlierSeat.id")


class EarlierSeat(Model):
    """One person at one table in one round. Names and addresses are not kept: a mark is made of them with our secret, so that
    the same person is known again among those who come; students have no mark."""

    __tablename__ = "earlier_seats"
    __table_args__ = (sa.CheckConstraint('"table" >= 1', name="tables_count_from_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    earlier_meetup_id: Mapped[int] = mapped_column(sa.ForeignKey("earlier_meetups.id", ondelete="CASCADE"), index=True)
    table: Mapped[int]
    """A table in a round, or the two of one conversation: who has the same number talked with each other"""
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    email_mark: Mapped[str] = mapped_column(sa.String(32), default="")
    name_mark: Mapped[str] = mapped_column(sa.String(32), default="")
