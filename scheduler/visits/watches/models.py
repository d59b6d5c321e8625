"""Table of watches."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.foundation.db import Model
from scheduler.schools.models import FocusArea, School


class Watch(Model):
    """An address that wants to hear of new dates at one school, or about one focus area. Stopping it deletes the row."""

    __tablename__ = "watches"
    __table_args__ = (
        sa.CheckConstraint("(school_id IS NULL) <> (focus_area_id IS NULL)", name="of_a_school_or_a_focus_area"),
        sa.UniqueConstraint("email", "school_id", name="uq_watches_email_school_id"),
        sa.UniqueConstraint("email", "focus_area_id", name="uq_watches_email_focus_area_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    link_round: Mapped[int] = mapped_column(default=0)
    """Raised to make every link mailed so far useless; the link itself is derived, never stored (foundation/tokens.py)"""
    email: Mapped[str] = mapped_column(sa.String(254))
    """Trimmed and lower-cased"""
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    focus_area_id: Mapped[int | None] = mapped_column(sa.ForeignKey("focus_areas.id", ondelete="CASCADE"), index=True)
    confirmed_at: Mapped[datetime | None]
    """When the owner of the mailbox pressed the button; before that nothing is told"""
    told_until: Mapped[datetime]
    """Dates published up to here were told, or are older than the wish"""
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    school: Mapped[School | None] = relationship()
    focus_area: Mapped[FocusArea | None] = relationship()

    @property
    def name(self) -> str:
        """Of what is watched."""
        return self.school.name if self.school else self.focus_area.name if self.focus_area else ""

    @property
    def filter(self) -> dict[str, str]:
        """What the search of the landing page is asked for to show the same."""
        if self.school:
            return {"school": self.school.slug}
        return {"focus": self.focus_area.slug} if self.focus_area else {}
