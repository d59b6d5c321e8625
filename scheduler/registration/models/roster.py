"""What changed among the people of parties."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.foundation.db import Model, one_of
from scheduler.registration.models.parties import Attendee, Registration


class ChangeKind(StrEnum):
    """What happened to one place of a party."""

    ADDED = "added"
    """One person more"""
    NAMED = "named"
    """A place that was free has a name"""
    REPLACED = "replaced"
    """Somebody else comes instead"""
    CORRECTED = "corrected"
    """Spelled better, another role or address"""
    FREED = "freed"
    """The name was taken off, the place is kept"""
    LEFT = "left"
    """One person fewer"""


class RosterChange(Model):
    """That the people of a party changed, how, when and by whom; who they were stands nowhere (registration rule 5)."""

    __tablename__ = "roster_changes"
    __table_args__ = (sa.Index("ix_roster_changes_gathering_id_at", "gathering_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"))
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    attendee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attendees.id", ondelete="SET NULL"), index=True)
    """The place; None once it is gone"""
    kind: Mapped[ChangeKind] = mapped_column(one_of(ChangeKind))
    actor: Mapped[str] = mapped_column(sa.String(60))
    """As in the audit log"""
    at: Mapped[datetime]

    registration: Mapped[Registration] = relationship()
    attendee: Mapped[Attendee | None] = relationship()
