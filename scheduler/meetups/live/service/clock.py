"""The clock: start, pause, go on, a minute more, skip, back (rounds rule 11)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from scheduler.core import rounds_clock
from scheduler.core.door import OPENS
from scheduler.core.refusal import Refusal, say
from scheduler.core.rounds_clock import Lengths, Run
from scheduler.foundation.db import transaction
from scheduler.meetups import service
from scheduler.meetups.live.models import LiveDeed, LiveRound, LiveRun
from scheduler.meetups.live.service.desk import Desk, hold

SECOND = timedelta(seconds=1)


def start(meetup_id: int, *, seen: str, user_id: int, now: datetime) -> None:
    """Send people to their first tables; the first talk begins when the time for that is over, or is skipped."""
    with transaction():
        desk = _held(meetup_id, seen, user_id, now)
        service.may_register(desk.gathering, now)
        if now < desk.gathering.starts_at - OPENS:
            raise Refusal(say("It is too early: the meetup can be started from an hour before it begins. Nothing was changed."))
        _write(desk, rounds_clock.start(desk.state.run, now=now), LiveDeed.STARTED)


def pause(meetup_id: int, *, seen: str, user_id: int, now: datetime) -> None:
    """Let the clock stand."""
    _turn(meetup_id, rounds_clock.pause, LiveDeed.PAUSED, seen=seen, user_id=user_id, now=now)


def resume(meetup_id: int, *, seen: str, user_id: int, now: datetime) -> None:
    """Let the clock go on."""
    _turn(meetup_id, rounds_clock.resume, LiveDeed.RESUMED, seen=seen, user_id=user_id, now=now)


def add_minute(meetup_id: int, *, seen: str, user_id: int, now: datetime) -> None:
    """A minute more for what is under way."""
    _turn(meetup_id, rounds_clock.add_minute, LiveDeed.MINUTE, seen=seen, user_id=user_id, now=now)


def skip(meetup_id: int, *, seen: str, user_id: int, now: datetime) -> None:
    """End what is under way."""
    _turn(meetup_id, rounds_clock.skip, LiveDeed.SKIPPED, seen=seen, user_id=user_id, now=now)


def back(meetup_id: int, *, seen: str, user_id: int, now: datetime) -> None:
    """One step back."""
    _turn(meetup_id, rounds_clock.back, LiveDeed.BACK, seen=seen, user_id=user_id, now=now)


def _turn(meetup_id: int, how: Callable[..., Run], deed: LiveDeed, *, seen: str, user_id: int, now: datetime) -> None:
    with transaction():
        desk = _held(meetup_id, seen, user_id, now)
        _write(desk, how(desk.state.run, now=now), deed)


def _held(meetup_id: int, seen: str, user_id: int, now: datetime) -> Desk:
    """Hold the desk for whoever saw it as it is. Of two who press Skip at once one skips, and the other is told."""
    desk = hold(meetup_id, user_id=user_id, now=now)
    if seen != desk.state.mark:
        raise Refusal(say("The desk has changed since you looked: somebody did something, or the clock moved on. Look, then press again."))
    return desk


def _write(desk: Desk, run: Run, deed: LiveDeed) -> None:
    row = desk.row
    row.started_at, row.paused_at, row.frozen = run.started_at, run.paused_at, run.frozen
    known = {of.number: of for of in row.lengths}
    for number, lengths in enumerate(run.rounds):
        _store(row, known.get(number), number, lengths)
    desk.write(deed, round=desk.state.clock.round or None)
    desk.done(deed.value, round=desk.state.clock.round)


def _store(row: LiveRun, known: LiveRound | None, number: int, lengths: Lengths) -> None:
    of = known or LiveRound(number=number)
    of.talk_seconds, of.move_seconds, of.added_seconds = lengths.talk // SECOND, lengths.move // SECOND, lengths.added // SECOND
    of.skipped_seconds, of.paused_seconds = lengths.skipped // SECOND, lengths.paused // SECOND
    if known is None:
        row.lengths.append(of)
