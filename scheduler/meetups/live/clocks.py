"""The clock of a meetup as it is stored, and whether something changed since a page looked: each page asks every few seconds."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import defer, selectinload

from scheduler.core import rounds_clock
from scheduler.core.rounds_clock import Lengths, Moment, Run
from scheduler.foundation import feeds
from scheduler.foundation.db import db
from scheduler.meetups.live.models import LiveRound, LiveRun
from scheduler.meetups.models import Meetup, Plan, PlanState, read_talks
from scheduler.meetups.timing import talk_of
from scheduler.registration.models import DoorDeed

MOST_KEPT = 100


@dataclass(frozen=True)
class Pulse:
    """All that says whether something changed, but for the time: another one whenever something was done that a page may show."""

    version: int
    """Of the desk; 0: nothing was done at it yet"""
    door: int
    names: int
    published: int
    """The published version of the plan, as long as nothing was done at the desk: then the desk knows which holds"""

    def etag(self, meetup: Meetup, clock: Moment) -> str:
        """Time alone changes it only where a phase or round ended."""
        at = f"{clock.phase.value}{clock.paused_in or ''}.{clock.round}.{clock.frozen}"
        return f"{self.version}.{at}.{self.door}.{self.names}.{meetup.gathering.version}.{self.published if not self.version else 0}"


def pulse_of(meetup: Meetup) -> Pulse:
    """How things stand now, by one statement."""
    gathering_id = meetup.gathering_id
    row = db.session.execute(_PULSE, {"meetup": meetup.id, "gathering": gathering_id, "feed": f"gathering:{gathering_id}"}).one()
    return Pulse(*(value or 0 for value in row))


# Written once: to put a statement together takes as long as to ask it.
_PULSE = sa.select(
    *(
        column.scalar_subquery()
        for column in (
            sa.select(LiveRun.version).where(LiveRun.meetup_id == sa.bindparam("meetup")),
            sa.select(sa.func.max(DoorDeed.id)).where(DoorDeed.gathering_id == sa.bindparam("gathering")),
            feeds.versions(sa.bindparam("feed"), kinds=("name",)),
            sa.select(Plan.id).where(Plan.meetup_id == sa.bindparam("meetup"), Plan.state == PlanState.PUBLISHED),
        )
    )
)


def etag_of(meetup: Meetup, now: datetime) -> str:
    """The etag that `state_of` would give, without reading who sits where: for pages that ask often whether something changed."""
    pulse = pulse_of(meetup)
    return pulse.etag(meetup, rounds_clock.moment(_clock(meetup, pulse), now))


_known: OrderedDict[tuple[str, int, int], Run] = OrderedDict()


def _clock(meetup: Meetup, pulse: Pulse) -> Run:
    """The clock, read once for each version of the desk: whatever touches the clock is a new version."""
    key = (meetup.gathering.public_id, pulse.version, pulse.published)
    if (known := _known.get(key)) is not None:
        return known
    row = find_run(meetup.id)
    run = clock_of(row, find_published(meetup.id))
    if (row.version if row else 0) == pulse.version:  # else somebody did something in between
        _known[key] = run
    while len(_known) > MOST_KEPT:
        _known.popitem(last=False)
    return run


def find_run(meetup_id: int) -> LiveRun | None:
    """What was done at the desk so far."""
    chosen = sa.select(LiveRun).where(LiveRun.meetup_id == meetup_id).options(selectinload(LiveRun.lengths))
    return db.session.scalar(chosen.execution_options(populate_existing=True))


def find_published(meetup_id: int) -> Plan | None:
    """The published version, without what the engine was asked."""
    chosen = sa.select(Plan).where(Plan.meetup_id == meetup_id, Plan.state == PlanState.PUBLISHED)
    return db.session.scalar(chosen.options(defer(Plan.problem), defer(Plan.metrics), defer(Plan.bounds)))


def clock_of(row: LiveRun | None, plan: Plan | None) -> Run:
    """The clock as the core knows it; before the start, that of the plan."""
    if row is None or row.started_at is None:
        talks = [talk_of(read_talks(plan.told), number).length for number in range(1, plan.rounds + 1)] if plan else []
        return rounds_clock.new_run(talks, move=rounds_clock.MOVE)
    return Run(tuple(_lengths(of) for of in row.lengths), row.started_at, row.paused_at, row.frozen)


def _lengths(of: LiveRound) -> Lengths:
    seconds = (of.talk_seconds, of.move_seconds, of.added_seconds, of.skipped_seconds, of.paused_seconds)
    return Lengths(*(timedelta(seconds=each) for each in seconds))
