"""The table of screens: which address opens the big screen, and what screens may say of people."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.foundation.db import Model, one_of


class SortedBy(StrEnum):
    """How the big screen says who sits where"""

    NAME = "name"
    TABLE = "table"


class MeetupScreen(Model):
    """What an organizer chose for the screens of a meetup; no row: what is usual, and no address yet."""

    __tablename__ = "meetup_screens"
    __table_args__ = (sa.CheckConstraint("link_round >= 0", name="link_round_counts"),)

    meetup_id: Mapped[int] = mapped_column(sa.ForeignKey("meetups.id", ondelete="CASCADE"), primary_key=True)
    link_round: Mapped[int] = mapped_column(default=0)
    """The address of the big screen is made from it and stored nowhere; raised, the address before is dead; 0: there is none"""
    sorted_by: Mapped[SortedBy] = mapped_column(one_of(SortedBy), default=SortedBy.NAME)
    first_names: Mapped[bool] = mapped_column(default=False)
    """Students are called by their first name"""
    numbers_only: Mapped[bool] = mapped_column(default=False)
    """Nobody is named at all"""
