"""Mails that go at a time of their own: which were sent. When they go is computed (core/reminders.py) and stands nowhere."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.core.reminders import ReminderKind
from scheduler.foundation.db import Model, one_of


class Reminder(Model):
    """One mail to one party, or to the hosts, about a gathering on one day: on another day it goes again."""

    __tablename__ = "reminders"
    __table_args__ = (
        sa.UniqueConstraint("gathering_id", "registration_id", "kind", "day", name="uq_reminders_of_a_party"),
        sa.Index(
            "uq_reminders_of_hosts", "gathering_id", "kind", "day", unique=True,
            sqlite_where=sa.text("registration_id IS NULL"), postgresql_where=sa.text("registration_id IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"))
    registration_id: Mapped[int | None] = mapped_column(sa.ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    """None: to the hosts"""
    kind: Mapped[ReminderKind] = mapped_column(one_of(ReminderKind))
    day: Mapped[date]
    """Of the gathering, by its wall"""
    sent_at: Mapped[datetime]
    merged: Mapped[bool] = mapped_column(default=False)
    """It was late and went as part of the next one"""
