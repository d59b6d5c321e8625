"""The table of moves by hand."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.foundation.db import Model
from scheduler.registration.models import Attendee


class PlanMove(Model):
    """One move by hand: somebody went to another table in a round, or two changed places. Tables count from 1; none: sits out.

    A move stays when somebody's record is deleted: the plan is still not the one that its seed makes.
    """

    __tablename__ = "plan_moves"
    __table_args__ = (sa.CheckConstraint("round >= 1", name="rounds_count_from_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plans.id", ondelete="CASCADE"), index=True)
    round: Mapped[int]
    attendee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attendees.id", ondelete="SET NULL"), index=True)
    other_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attendees.id", ondelete="SET NULL"), index=True)
    """Who came the other way, where two changed places"""
    from_table: Mapped[int | None]
    to_table: Mapped[int | None]
    was_locked: Mapped[bool]
    other_was_locked: Mapped[bool]
    created_by: Mapped[int | None]
    created_at: Mapped[datetime]

    attendee: Mapped[Attendee | None] = relationship(foreign_keys=attendee_id)
    other: Mapped[Attendee | None] = relationship(foreign_keys=other_id)
