"""Tables of meetups: their rounds, plans and who sits where."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.core.people import STUDENT
from scheduler.foundation.db import Model, one_of
from scheduler.meetups.timing import Talk, Talks
from scheduler.registration.models import Attendee, Gathering


class Format(StrEnum):
    PAIRS = "pairs"
    TABLES = "tables"
    STATIONS = "stations"
    """Tables with a topic whose hosts stay; the others come to each at most once, where there are enough"""
    LINES = "lines"
    """Pairs across two lines, of which one stays"""


class Remembers(StrEnum):
    """How much earlier meetups count as having met"""

    NOTHING = "nothing"
    LAST = "last"
    ALL = "all"


class Meetup(Model):
    """A network gathering that holds speed rounds."""

    __tablename__ = "meetups"
    __table_args__ = (
        sa.CheckConstraint("rounds BETWEEN 1 AND 40", name="rounds_in_range"),
        sa.CheckConstraint("table_size BETWEEN 2 AND 12", name="table_size_in_range"),
        sa.CheckConstraint("spare_cards BETWEEN 0 AND 200", name="spare_cards_in_range"),
        sa.CheckConstraint("role_mix BETWEEN 0 AND 3", name="role_mix_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gatherings.id", ondelete="CASCADE"), unique=True)
    format: Mapped[Format] = mapped_column(one_of(Format), default=Format.TABLES)
    rounds: Mapped[int] = mapped_column(default=6)
    table_size: Mapped[int] = mapped_column(default=4)
    """Of the table format; in pairs it is kept for the day somebody changes back"""
    team_most: Mapped[int] = mapped_column(default=6)
    remembers: Mapped[Remembers] = mapped_column(one_of(Remembers), default=Remembers.ALL)
    spare_cards: Mapped[int | None]
    """None: one for every twenty people, at least two"""
    stays: Mapped[str] = mapped_column(sa.String(20), default=STUDENT)
    """The role that keeps its places in two lines"""
    students_have_company: Mapped[bool] = mapped_column(default=True)
    """Where the format allows it: at tables of three or more (rule 3)"""
    role_mix: Mapped[int] = mapped_column(default=1)
    """How much it counts among the softer wishes that roles mix"""

    gathering: Mapped[Gathering] = relationship()
    told_rounds: Mapped[list[MeetupRound]] = relationship(cascade="all, delete-orphan", order_by="MeetupRound.number")

    @property
    def is_in_pairs(self) -> bool:
        return self.format in (Format.PAIRS, Format.LINES)

    @property
    def talks(self) -> Talks:
        """What the rounds are about and how long each takes."""
        told = {row.number: row for row in self.told_rounds}
        return [Talk(told[n].minutes, told[n].prompt) if n in told else Talk() for n in range(1, max(told, default=0) + 1)]

    @property
    def seats_at_a_table(self) -> int:
        return 2 if self.is_in_pairs else self.table_size


class MeetupRound(Model):
    """What one round of a meetup is about, and how long it takes; no row: nothing, and as long as usual."""

    __tablename__ = "meetup_rounds"
    __table_args__ = (sa.CheckConstraint("minutes BETWEEN 1 AND 60", name="minutes_in_range"),)

    meetup_id: Mapped[int] = mapped_column(sa.ForeignKey("meetups.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    prompt: Mapped[str] = mapped_column(sa.String(200), default="")
    minutes: Mapped[int]


class PlanState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    REPLACED = "replaced"
    """It was published, until a later one was"""


class Plan(Model):
    """All rounds of a meetup, with the seed that makes them again and the counts they reach."""

    __tablename__ = "plans"
    __table_args__ = (
        sa.UniqueConstraint("meetup_id", "version"),
        sa.Index(
            "ix_plans_published", "meetup_id", unique=True,
            sqlite_where=sa.text("state = 'published'"), postgresql_where=sa.text("state = 'published'"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    meetup_id: Mapped[int] = mapped_column(sa.ForeignKey("meetups.id", ondelete="CASCADE"))
    version: Mapped[int]
    state: Mapped[PlanState] = mapped_column(one_of(PlanState), default=PlanState.DRAFT)
    rounds: Mapped[int]
    seed: Mapped[int]
    iterations: Mapped[int]
    stopped_early: Mapped[bool] = mapped_column(default=False)
    engine_version: Mapped[str] = mapped_column(sa.String(20))
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    """Of the problem it solves (SHA-256 of its JSON)"""
    method: Mapped[str] = mapped_column(sa.String(40))
    problem: Mapped[dict[str, Any]]
    """The instance as the engine got it: participants by attendee public id, school and role; no names"""
    metrics: Mapped[dict[str, Any]]
    bounds: Mapped[dict[str, Any]]
    seconds: Mapped[float]
    created_by: Mapped[int | None]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    told: Mapped[list[Any]] = mapped_column(default=list)
    """Minutes and prompt of each round as they were published; a published version never changes"""
    from_round: Mapped[int | None]
    """Made at the desk for the rounds from this one on, and seats nobody before; None: a plan of all rounds"""
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    """What organizers say of it to each other; the note is not the plan, so it may change after publishing"""
    copied_from: Mapped[int | None]
    """The version it began as a copy of"""
    revision: Mapped[int] = mapped_column(default=0)
    """Grows with each change by hand, so that of two who change it at once the second is told"""

    meetup: Mapped[Meetup] = relationship()
    seatings: Mapped[list[Seating]] = relationship(cascade="all, delete-orphan", order_by="(Seating.round, Seating.table, Seating.id)")

    @property
    def talks(self) -> Talks:
        """As published; as the meetup has them now while it is a draft."""
        return self.meetup.talks if self.state == PlanState.DRAFT else read_talks(self.told)


def read_talks(told: list[Any]) -> Talks:
    """What a published plan says of its rounds."""
    return [Talk(minutes, prompt) for minutes, prompt in told]


class Seating(Model):
    """One participant's table in one round of a plan; no table where they sit out."""

    __tablename__ = "seatings"
    __table_args__ = (
        sa.UniqueConstraint("plan_id", "round", "attendee_id"),
        sa.CheckConstraint("round >= 1", name="rounds_count_from_one"),
        sa.CheckConstraint('NOT locked OR "table" IS NOT NULL', name="locks_hold_tables"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plans.id", ondelete="CASCADE"))
    round: Mapped[int]
    table: Mapped[int | None]
    attendee_id: Mapped[int] = mapped_column(sa.ForeignKey("attendees.id", ondelete="CASCADE"), index=True)
    locked: Mapped[bool] = mapped_column(default=False)
    """Stays there when another version is planned around it"""

    attendee: Mapped[Attendee] = relationship()
