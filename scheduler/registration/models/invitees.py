"""Those of a party who have its calendar entry by a mail of their own. The lead has none here: what goes to the lead is the booking's."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.foundation.db import Model


class Invitee(Model):
    """One address to which the entry of a party went, and what it was told last."""

    __tablename__ = "invitees"
    __table_args__ = (sa.UniqueConstraint("registration_id", "email", name="uq_invitees_registration_id_email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registrations.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    """As the first mail had it: the attendee of a calendar entry stays the same (calendars M10)"""
    sequence: Mapped[int]
    stamped_at: Mapped[datetime]
    """SEQUENCE and DTSTAMP of the last mail; the next ones are higher and later (calendars M11)"""
    ended: Mapped[bool] = mapped_column(default=False)
    """The last mail took the entry out of the calendar"""
    led: Mapped[bool] = mapped_column(default=False)
    """It was the lead's address: its entry came with the booking's mail, and whatever follows waits in line behind that"""
    created_at: Mapped[datetime]
