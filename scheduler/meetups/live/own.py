"""A participant's own rounds while a meetup runs: the plan that holds with its changes, by the clock (rounds rules 8 and 11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from scheduler.core.rounds_clock import MINUTE, Span
from scheduler.foundation.db import db
from scheduler.meetups.live import queries
from scheduler.meetups.live.models import LiveLogLine, LiveRun
from scheduler.meetups.live.queries import LiveState
from scheduler.meetups.models import Meetup, read_talks
from scheduler.meetups.timing import Talks
from scheduler.registration.models import Attendee


@dataclass(frozen=True)
class OwnRound:
    """One round of one person; without a seat they are away, or have none yet."""

    number: int
    table: int | None
    has_seat: bool
    starts_at: datetime
    ends_at: datetime
    talks: Talks


@dataclass(frozen=True)
class OwnDay:
    """The rounds, and when something was done last that may have changed them."""

    rounds: Sequence[OwnRound]
    changed_at: datetime


def find_day(attendee: Attendee, now: datetime) -> OwnDay | None:
    """Where somebody sits in each round; None before the meetup has begun at its desk."""
    begun = sa.select(LiveRun.id, LiveRun.started_at).join(Meetup, LiveRun.meetup_id == Meetup.id)
    row = db.session.execute(begun.where(Meetup.gathering_id == attendee.registration.gathering_id)).one_or_none()
    if row is None or row.started_at is None:
        return None
    meetup = db.session.scalars(sa.select(Meetup).where(Meetup.gathering_id == attendee.registration.gathering_id)).one()
    state = queries.state_of(meetup, now)
    rounds = [_round(state, span, attendee.id) for span in state.spans if span.number]
    last = db.session.scalar(sa.select(sa.func.max(LiveLogLine.at)).where(LiveLogLine.run_id == row.id))
    return OwnDay(rounds, max(at for at in (row.started_at, last, attendee.left_at) if at))


def _round(state: LiveState, span: Span, attendee_id: int) -> OwnRound:
    """A round that was skipped at once is there for nobody."""
    seats, was_skipped = state.seats[span.number], span.talk_ends_at <= span.began_at
    return OwnRound(
        span.number, seats.get(attendee_id), attendee_id in seats and not was_skipped, span.began_at,
        max(span.talk_ends_at, span.began_at + MINUTE), read_talks(state.plans[span.number].told),
    )  # fmt: skip
