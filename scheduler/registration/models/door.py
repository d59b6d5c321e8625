"""Tables of the door: greeters' links, what was done there, and rosters that are closed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.core.door import DeedKind, Result
from scheduler.foundation.db import Model, one_of
from scheduler.registration.models.gatherings import Gathering


class GreeterLink(Model):
    """Lets whoever holds it check people in at one gathering until it expires; its key is derived, never stored."""

    __tablename__ = "greeter_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    """Of the greeter, as the host typed it"""
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    created_by: Mapped[str] = mapped_column(sa.String(60))
    """As in the audit log"""
    created_at: Mapped[datetime]

    gathering: Mapped[Gathering] = relationship()

    def is_alive(self, at: datetime) -> bool:
        """Whether what is done at an instant may be done with it."""
        return self.revoked_at is None and at < self.expires_at


class DoorDeed(Model):
    """One thing that was done at the door, or refused; rows are only added, and a nonce is taken once."""

    __tablename__ = "door_deeds"
    __table_args__ = (sa.Index("ix_door_deeds_gathering_id_attendee_id", "gathering_id", "attendee_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    nonce: Mapped[str] = mapped_column(sa.String(40), unique=True)
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"))
    attendee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attendees.id", ondelete="CASCADE"), index=True)
    """None where nobody is known by the code"""
    kind: Mapped[DeedKind] = mapped_column(one_of(DeedKind))
    at: Mapped[datetime]
    """By the clock of the phone, which follows the server's"""
    taken_at: Mapped[datetime]
    """By the server's: later where there was no network"""
    result: Mapped[Result] = mapped_column(one_of(Result))
    actor: Mapped[str] = mapped_column(sa.String(60))
    """As in the audit log: greeter:3, user:1"""
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    """Why somebody was let in beyond the seats"""


class Roster(Model):
    """Whether the host was asked to close a gathering's roster, and has."""

    __tablename__ = "rosters"

    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"), primary_key=True)
    asked_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(sa.String(60), default="")
