"""Tables of the live desk: the clock, which plan holds from which round, and what was changed beside the plan."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.foundation.db import Model, one_of
from scheduler.meetups.models import Plan


class LiveRun(Model):
    """The day of a meetup: one row, from the first thing that is done at its desk."""

    __tablename__ = "live_runs"
    __table_args__ = (sa.CheckConstraint("frozen BETWEEN 0 AND 40", name="frozen_in_range"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meetup_id: Mapped[int] = mapped_column(sa.ForeignKey("meetups.id", ondelete="CASCADE"), unique=True)
    version: Mapped[int] = mapped_column(default=0)
    """Goes up with everything that is done at the desk: two organizers never act on what the other has changed"""
    started_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    frozen: Mapped[int] = mapped_column(default=0)
    """The last round whose tables were known when the clock was touched last; later ones freeze by the clock"""

    lengths: Mapped[list[LiveRound]] = relationship(cascade="all, delete-orphan", order_by="LiveRound.number")


class LiveRound(Model):
    """How long one round takes, in whole seconds; round 0 is the way to the first tables. All instants follow from these."""

    __tablename__ = "live_rounds"
    __table_args__ = (
        sa.CheckConstraint("number BETWEEN 0 AND 40", name="number_in_range"),
        sa.CheckConstraint(
            "talk_seconds >= 0 AND move_seconds >= 0 AND added_seconds >= 0 AND skipped_seconds >= 0 AND paused_seconds >= 0",
            name="lengths_are_lengths",
        ),
    )

    run_id: Mapped[int] = mapped_column(sa.ForeignKey("live_runs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    talk_seconds: Mapped[int]
    move_seconds: Mapped[int]
    added_seconds: Mapped[int] = mapped_column(default=0)
    skipped_seconds: Mapped[int] = mapped_column(default=0)
    paused_seconds: Mapped[int] = mapped_column(default=0)


class PlanInForce(Model):
    """From which round on a version of the plan holds; the newest row that begins at or before a round decides about it. Rows are
    only ever added: taking back adds one with the plan from before."""

    __tablename__ = "plans_in_force"
    __table_args__ = (sa.CheckConstraint("from_round BETWEEN 1 AND 41", name="from_round_in_range"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("live_runs.id", ondelete="CASCADE"), index=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plans.id", ondelete="CASCADE"), index=True)
    from_round: Mapped[int]
    before_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plans_in_force.id", ondelete="SET NULL"))
    """What held before and holds again when this one is taken back; none: nothing to take back"""
    created_by: Mapped[int | None]
    created_at: Mapped[datetime]

    plan: Mapped[Plan] = relationship()


class Why(StrEnum):
    LATE = "late"
    MERGE = "merge"
    HAND = "hand"


class SeatChange(Model):
    """One person sits elsewhere than planned in one round; of several the newest counts that was not taken back."""

    __tablename__ = "seat_changes"
    __table_args__ = (
        sa.CheckConstraint("round BETWEEN 1 AND 40", name="round_in_range"),
        sa.CheckConstraint('"table" BETWEEN 1 AND 2000', name="table_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("live_runs.id", ondelete="CASCADE"), index=True)
    round: Mapped[int]
    attendee_id: Mapped[int] = mapped_column(sa.ForeignKey("attendees.id", ondelete="CASCADE"), index=True)
    table_before: Mapped[int | None]
    table: Mapped[int]
    why: Mapped[Why] = mapped_column(one_of(Why))
    created_by: Mapped[int | None]
    created_at: Mapped[datetime]
    undone_by: Mapped[int | None]
    undone_at: Mapped[datetime | None]


class AwayFrom(Model):
    """Somebody is not there in one round, whatever the plan says."""

    __tablename__ = "away_from_rounds"
    __table_args__ = (sa.CheckConstraint("round BETWEEN 1 AND 40", name="round_in_range"),)

    run_id: Mapped[int] = mapped_column(sa.ForeignKey("live_runs.id", ondelete="CASCADE"), primary_key=True)
    attendee_id: Mapped[int] = mapped_column(sa.ForeignKey("attendees.id", ondelete="CASCADE"), primary_key=True, index=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    has_left: Mapped[bool] = mapped_column(default=False)
    """They have gone home, rather than being away for a while"""
    created_by: Mapped[int | None]
    created_at: Mapped[datetime]


class LiveDeed(StrEnum):
    """What the log of the desk says was done."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    MINUTE = "minute"
    SKIPPED = "skipped"
    BACK = "back"
    SEATED = "seated"
    AWAY = "away"
    HERE = "here"
    LEFT = "left"
    MOVED = "moved"
    MERGED = "merged"
    UNDONE = "undone"
    APPLIED = "applied"
    TAKEN_BACK = "taken_back"


class LiveLogLine(Model):
    """One line of what happened; rows are only ever added, and hold numbers only."""

    __tablename__ = "live_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("live_runs.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    by: Mapped[int | None]
    deed: Mapped[LiveDeed] = mapped_column(one_of(LiveDeed))
    round: Mapped[int | None]
    attendee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attendees.id", ondelete="SET NULL"), index=True)
    table: Mapped[int | None]
    people: Mapped[int | None]
    """How many changed their table"""
