"""What a party tells its host, and what its people need at the place: seen by that gathering's host and organizers only."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.foundation.db import Model, db, one_of
from scheduler.schools.models import FocusArea


class PriorVisits(StrEnum):
    FIRST = "first"
    HERE = "here"
    ELSEWHERE = "elsewhere"


party_focus_areas = sa.Table(
    "party_focus_areas",
    db.metadata,
    sa.Column("registration_id", sa.ForeignKey("party_details.registration_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("focus_area_id", sa.ForeignKey("focus_areas.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class PartyDetails(Model):
    """What a party told its host after booking; all of it is optional."""

    __tablename__ = "party_details"

    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True)
    phone: Mapped[str] = mapped_column(sa.String(40), default="")
    """For the day itself"""
    arrival: Mapped[str] = mapped_column(sa.String(200), default="")
    """How and when they arrive"""
    prior_visits: Mapped[PriorVisits | None] = mapped_column(one_of(PriorVisits))
    changed_at: Mapped[datetime]

    focus_areas: Mapped[list[FocusArea]] = relationship(secondary=party_focus_areas, order_by=FocusArea.name)


class AccessNeeds(Model):
    """What one person needs at the place; no row: nothing was said."""

    __tablename__ = "access_needs"

    attendee_id: Mapped[int] = mapped_column(sa.ForeignKey("attendees.id", ondelete="CASCADE"), primary_key=True)
    needs: Mapped[list[Any]]
    """Words of core/people.py"""
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    changed_at: Mapped[datetime]
