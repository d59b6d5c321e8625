"""Tables of shared resources."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.foundation.db import Model, db, one_of
from scheduler.foundation.files import StoredFile
from scheduler.schools.models import FocusArea, School


class ResourceKind(StrEnum):
    GRADING = "grading"
    COMPETENCIES = "competencies"
    POLICY = "policy"
    OUTCOMES = "outcomes"
    OTHER = "other"


class Audience(StrEnum):
    """Who may see it; each includes those below."""

    EVERYBODY = "everybody"
    CONFIRMED = "confirmed"
    """Parties whose booking is confirmed: arrival, recorded sessions"""
    ATTENDED = "attended"
    """Whoever was there"""


resource_focus_areas = sa.Table(
    "resource_focus_areas",
    db.metadata,
    sa.Column("resource_id", sa.ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("focus_area_id", sa.ForeignKey("focus_areas.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Resource(Model):
    """A link or a file that a school shares."""

    __tablename__ = "resources"
    __table_args__ = (
        sa.CheckConstraint("(url = '') <> (file_id IS NULL)", name="a_link_or_a_file"),
        sa.Index("ix_resources_audience_changed_at", "audience", "changed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    kind: Mapped[ResourceKind] = mapped_column(one_of(ResourceKind))
    audience: Mapped[Audience] = mapped_column(one_of(Audience))
    title: Mapped[str] = mapped_column(sa.String(120))
    summary: Mapped[str] = mapped_column(sa.String(300), default="")
    """One line"""
    words: Mapped[str] = mapped_column(sa.Text)
    """Title and summary folded, for the search"""
    url: Mapped[str] = mapped_column(sa.String(500), default="")
    """https only; empty where it is a file"""
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    school: Mapped[School] = relationship()
    file: Mapped[StoredFile | None] = relationship(cascade="all, delete-orphan", single_parent=True)
    focus_areas: Mapped[list[FocusArea]] = relationship(secondary=resource_focus_areas, order_by=FocusArea.name)
