"""Table of private calendar addresses."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.foundation.db import Model, one_of


class FeedKind(StrEnum):
    HOST = "host"
    PARTICIPANT = "participant"


class FeedAddress(Model):
    """One private feed; its key is derived from the name, never stored, and dead as soon as the row is replaced."""

    __tablename__ = "feed_addresses"
    __table_args__ = (sa.Index("ix_feed_addresses_purpose", "kind", "user_id", "school_id", "attendee_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    kind: Mapped[FeedKind] = mapped_column(one_of(FeedKind))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"))
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"))
    attendee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attendees.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
