"""Table of private calendar addresses."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.foundation.db import Model, one_of
from scheduler.registration.models import Registration


class FeedKind(StrEnum):
    HOST = "host"
    PARTICIPANT = "participant"
    REGISTRATION = "registration"


class FeedAddress(Model):
    """One private feed; its key is derived from the name, never stored, and dead as soon as the row is replaced.

    That of a registration is dead with the party's links too: the round of those is part of its key.
    """

    __tablename__ = "feed_addresses"
    __table_args__ = (sa.Index("ix_feed_addresses_purpose", "kind", "user_id", "school_id", "attendee_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    kind: Mapped[FeedKind] = mapped_column(one_of(FeedKind))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"))
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"))
    attendee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attendees.id", ondelete="CASCADE"))
    registration_id: Mapped[int | None] = mapped_column(sa.ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]

    registration: Mapped[Registration | None] = relationship()
