"""Tables of visits: what a gathering at a school is about, and the rule that made several of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.foundation.db import Model, db
from scheduler.registration.models import Gathering, GatheringState
from scheduler.schools.models import FocusArea, School

visit_focus_areas = sa.Table(
    "visit_focus_areas",
    db.metadata,
    sa.Column("visit_id", sa.ForeignKey("visits.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("focus_area_id", sa.ForeignKey("focus_areas.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class VisitSeries(Model):
    """The rule that made several visits of a school (rule 5); core/recurrence.py says what it means."""

    __tablename__ = "visit_series"
    __table_args__ = (
        sa.CheckConstraint("last_day >= first_day", name="last_day_is_not_before_the_first"),
        sa.CheckConstraint("every >= 1", name="weeks_go_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    """Of its visits, as their host last wrote it for all of them"""
    first_day: Mapped[date]
    last_day: Mapped[date]
    weekdays: Mapped[list[Any]]
    """0 is Monday"""
    every: Mapped[int] = mapped_column(default=1)
    """Weeks from one to the next"""
    slots: Mapped[list[Any]]
    """Pairs of times on the wall, as 09:00"""
    left_out: Mapped[list[Any]]
    """Starts of the rule that the host did not want, as 2026-12-02T09:00"""
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """Of the form that planned it: the same form sent again gives the same series"""
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    """Of what was typed: the same key with other data is told apart"""
    version: Mapped[int] = mapped_column(default=1)
    """Raised by every change, so that two people who change it at once notice"""
    created_at: Mapped[datetime]

    school: Mapped[School] = relationship()


class Visit(Model):
    """One dated open visit at a host school."""

    __tablename__ = "visits"

    id: Mapped[int] = mapped_column(primary_key=True)
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"), unique=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    kept_on: Mapped[date | None]
    """The closed day on which the host keeps it all the same; says nothing once the visit is on another day"""
    published_at: Mapped[datetime | None]
    """When everybody could book it for the first time; None for drafts and samples"""

    series_id: Mapped[int | None] = mapped_column(sa.ForeignKey("visit_series.id", ondelete="SET NULL"), index=True)
    """The series whose rule made it"""
    series_wall: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=False))
    """The start that the rule gave it, wherever its host has moved it since (as RECURRENCE-ID, RFC 5545, 3.8.4.4)"""
    series_edits: Mapped[int | None]
    """How often it had been written when its series wrote it last"""

    gathering: Mapped[Gathering] = relationship()
    school: Mapped[School] = relationship()
    series: Mapped[VisitSeries | None] = relationship()
    focus_areas: Mapped[list[FocusArea]] = relationship(secondary=visit_focus_areas, order_by=FocusArea.name)

    @property
    def edits(self) -> int:
        """How often it was written; that it was published is no edit."""
        return self.gathering.version - (self.gathering.state == GatheringState.PUBLISHED)

    @property
    def is_changed_by_hand(self) -> bool:
        """Its host has changed it since its series wrote it: the series leaves it alone (rule 5)."""
        return self.series_edits != self.edits
