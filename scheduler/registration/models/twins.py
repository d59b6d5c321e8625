"""Two entries of one person that were made one, and what it takes to have them two again for a day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.foundation.db import Model
from scheduler.registration.models.gatherings import Gathering
from scheduler.registration.models.parties import Person


class Merge(Model):
    """A merge that can still be undone: of two people of the network, or of two places at one gathering. Its row is gone after a day,
    and with anybody whom it is about."""

    __tablename__ = "merges"
    __table_args__ = (sa.CheckConstraint("(place_id IS NULL) = (gathering_id IS NULL)", name="places_are_at_a_gathering"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    gathering_id: Mapped[int | None] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"), index=True)
    """None: of two people, wherever they come"""
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id", ondelete="CASCADE"), index=True)
    """Who stays"""
    gone_person_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id", ondelete="CASCADE"), index=True)
    place_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attendees.id", ondelete="CASCADE"), index=True)
    """The place that stays"""
    gone_place_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attendees.id", ondelete="CASCADE"), index=True)
    changes: Mapped[list[Any]]
    """Each row that was written, with what stood there before (registration/twins/rows.py)"""
    created_by: Mapped[str] = mapped_column(sa.String(60))
    """As in the audit log"""
    created_at: Mapped[datetime] = mapped_column(index=True)

    gathering: Mapped[Gathering | None] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    gone_person: Mapped[Person] = relationship(foreign_keys=[gone_person_id])
