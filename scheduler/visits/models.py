"""Table of visits: what a gathering at a school is about."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.foundation.db import Model, db
from scheduler.registration.models import Gathering
from scheduler.schools.models import FocusArea, School

visit_focus_areas = sa.Table(
    "visit_focus_areas",
    db.metadata,
    sa.Column("visit_id", sa.ForeignKey("visits.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("focus_area_id", sa.ForeignKey("focus_areas.id", ondelete="CASCADE"), primary_key=True, index=True),
)


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

    gathering: Mapped[Gathering] = relationship()
    school: Mapped[School] = relationship()
    focus_areas: Mapped[list[FocusArea]] = relationship(secondary=visit_focus_areas, order_by=FocusArea.name)
