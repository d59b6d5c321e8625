"""Tables of what follows a visit."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.foundation.db import Model, db, one_of
from scheduler.registration.models import Attendee

visit_resources = sa.Table(
    "visit_resources",
    db.metadata,
    sa.Column("visit_id", sa.ForeignKey("visits.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("resource_id", sa.ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True, index=True),
)
"""What belongs to one visit, whatever its focus areas"""


class DebriefAsk(Model):
    """Somebody who was there was asked for a debrief: once."""

    __tablename__ = "debrief_asks"

    attendee_id: Mapped[int] = mapped_column(sa.ForeignKey("attendees.id", ondelete="CASCADE"), primary_key=True)
    asked_at: Mapped[datetime]


class Debrief(Model):
    """What somebody took from a visit. Nobody but its writer sees whose it is, unless the writer shares it."""

    __tablename__ = "debriefs"
    __table_args__ = (sa.CheckConstraint("value BETWEEN 1 AND 4", name="value_is_one_to_four"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attendee_id: Mapped[int] = mapped_column(sa.ForeignKey("attendees.id", ondelete="CASCADE"), unique=True)
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"), index=True)
    value: Mapped[int]
    noticed: Mapped[str] = mapped_column(sa.Text, default="")
    wonders: Mapped[str] = mapped_column(sa.Text, default="")
    will_try: Mapped[str] = mapped_column(sa.Text, default="")
    is_shared: Mapped[bool] = mapped_column(default=False)
    """The host may read the three texts, with the writer's name"""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    attendee: Mapped[Attendee] = relationship()


class TriedAnswer(StrEnum):
    YES = "yes"
    NOT_YET = "not_yet"
    NO = "no"


class Tried(Model):
    """Two months later: whether something of a visit reached somebody's own classroom."""

    __tablename__ = "tried"

    id: Mapped[int] = mapped_column(primary_key=True)
    attendee_id: Mapped[int] = mapped_column(sa.ForeignKey("attendees.id", ondelete="CASCADE"), unique=True)
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"), index=True)
    answer: Mapped[TriedAnswer] = mapped_column(one_of(TriedAnswer))
    line: Mapped[str] = mapped_column(sa.String(300), default="")
    is_shared: Mapped[bool] = mapped_column(default=False)
    """The host may read the line, with the writer's name"""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    attendee: Mapped[Attendee] = relationship()
