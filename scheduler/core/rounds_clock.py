"""The clock of a meetup's rounds: from what is stored, where the meetup stands at an instant; and what organizers do with the clock.

Phases end by themselves: nothing is written when a talk is over. What is stored are lengths in whole seconds, the instant of the
start, whether the clock stands, and up to which round people know their tables (rounds rules 8 and 11).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.core.refusal import Refusal, say

WRAP = timedelta(seconds=60)
"""So long before the end of a talk the signal comes, and the next round freezes"""
MOVE = timedelta(seconds=90)
"""What people are given to find their next tables"""
MINUTE = timedelta(minutes=1)
NONE = timedelta()


class Phase(StrEnum):
    BEFORE = "before"
    TALK = "talk"
    WRAP = "wrap"
    """The last minute of a talk"""
    MOVE = "move"
    """On the way to the next tables; before the first round, too"""
    PAUSED = "paused"
    FINISHED = "finished"


@dataclass(frozen=True)
class Lengths:
    """What is stored of one round: how long people talk and then move, what was added to the talk, how much of it was skipped, and
    how long the clock stood during it. Round 0 has no talk: in it people find their first tables."""

    talk: timedelta
    move: timedelta
    added: timedelta = NONE
    skipped: timedelta = NONE
    paused: timedelta = NONE

    @property
    def until_move(self) -> timedelta:
        return self.talk + self.added + self.paused - self.skipped


@dataclass(frozen=True)
class Run:
    """All that is stored of a meetup's clock. `rounds[0]` is the way to the first tables. `frozen` is the last round whose tables
    were known when somebody last touched the clock: what was announced stays so, even if a minute is added afterwards."""

    rounds: tuple[Lengths, ...]
    started_at: datetime | None = None
    paused_at: datetime | None = None
    frozen: int = 0

    @property
    def last(self) -> int:
        return len(self.rounds) - 1


@dataclass(frozen=True)
class Moment:
    """Where a meetup stands. While people move, `round` is the one before and `next` the one they move to.

    `ends_at` None: the phase ends when somebody says so. `left` is what remains of the phase, also while the clock stands;
    `paused_in` is the phase in which it stands.
    """

    phase: Phase
    round: int
    next: int | None
    ends_at: datetime | None
    left: timedelta
    frozen: int
    """Up to this round nobody is moved by the engine, and screens show the tables"""
    paused_in: Phase | None = None

    @property
    def under_way(self) -> Phase:
        """The phase, or the one in which the clock stands."""
        return self.paused_in or self.phase

    @property
    def first_free(self) -> int:
        """The first round that may still be planned anew."""
        return self.frozen + 1


@dataclass(frozen=True)
class Span:
    """When one round begins, its signal comes, its talk ends, and the next begins."""

    number: int
    began_at: datetime
    wrap_at: datetime
    talk_ends_at: datetime
    ends_at: datetime


def new_run(talks: Sequence[timedelta], *, move: timedelta) -> Run:
    """A run of some rounds that has not begun; nobody moves after the last.

    >>> [lengths.move.seconds for lengths in new_run([6 * MINUTE, 6 * MINUTE], move=timedelta(seconds=90)).rounds]
    [90, 90, 0]
    """
    rounds = [Lengths(NONE, move), *(Lengths(talk, move) for talk in talks)]
    return Run((*rounds[:-1], replace(rounds[-1], move=NONE)))


def spans(run: Run) -> Iterator[Span]:
    """The rounds of a run that has begun, one after the other, as far as is known now; a clock that stands ends none of them.

    >>> run = start(new_run([6 * MINUTE] * 2, move=timedelta(seconds=90)), now=datetime(2026, 12, 3, 16))
    >>> [f"{span.began_at:%H:%M:%S}" for span in spans(run)]
    ['16:00:00', '16:01:30', '16:09:00']
    """
    begins = run.started_at
    if begins is None:
        return
    for number, lengths in enumerate(run.rounds):
        talk_ends = begins + lengths.until_move
        yield Span(number, begins, max(begins, talk_ends - WRAP), talk_ends, talk_ends + lengths.move)
        begins = talk_ends + lengths.move


def ran(run: Run, until: datetime) -> list[Span]:
    """The rounds in which people really talked: they began before that instant and went on for a minute at least.

    >>> run = skip(start(new_run([6 * MINUTE] * 3, move=MOVE), now=datetime(2026, 12, 3, 16)), now=datetime(2026, 12, 3, 16))
    >>> run = skip(run, now=datetime(2026, 12, 3, 16, 0, 20))
    >>> [span.number for span in ran(run, datetime(2026, 12, 3, 16, 9))]
    [2]
    """
    there = min(until, run.paused_at or until)
    return [span for span in spans(run) if span.number and span.began_at < there and span.talk_ends_at - span.began_at >= MINUTE]


def moment(run: Run, now: datetime) -> Moment:
    """Where a meetup stands.

    >>> run = start(new_run([6 * MINUTE] * 2, move=timedelta(seconds=90)), now=datetime(2026, 12, 3, 16))
    >>> at = moment(run, datetime(2026, 12, 3, 16, 7))
    >>> at.phase, at.round, at.left.seconds, at.frozen
    (<Phase.WRAP: 'wrap'>, 1, 30, 2)
    """
    if run.started_at is None:
        return Moment(Phase.BEFORE, 0, 1, None, NONE, run.frozen)
    there = run.paused_at or now
    span = next((span for span in spans(run) if there < span.ends_at), None)
    if span is None:
        return Moment(Phase.FINISHED, run.last, None, None, NONE, run.last)
    phase, ends = _phase(span, there)
    following = span.number + 1 if span.number < run.last else None
    frozen = max(run.frozen, span.number + 1 if following and phase in (Phase.WRAP, Phase.MOVE) else span.number)
    at = Moment(phase, span.number, following, ends, ends - there, frozen)
    return replace(at, phase=Phase.PAUSED, ends_at=None, paused_in=phase) if run.paused_at else at


def _phase(span: Span, now: datetime) -> tuple[Phase, datetime]:
    if now >= span.talk_ends_at:
        return Phase.MOVE, span.ends_at
    return (Phase.WRAP if now >= span.wrap_at else Phase.TALK), span.talk_ends_at


def start(run: Run, *, now: datetime) -> Run:
    """Send people to their first tables."""
    if run.started_at is not None:
        raise Refusal(say("The meetup has begun already."))
    return replace(run, started_at=_whole(now), frozen=1)


def pause(run: Run, *, now: datetime) -> Run:
    """Let the clock stand."""
    at = _under_way(run, now)
    if run.paused_at is not None:
        raise Refusal(say("The clock stands already. Let it go on when everybody is ready."))
    return replace(_kept(run, at), paused_at=_whole(now))


def resume(run: Run, *, now: datetime) -> Run:
    """Let the clock go on with what was left of the phase.

    >>> run = start(new_run([6 * MINUTE], move=timedelta(seconds=90)), now=datetime(2026, 12, 3, 16))
    >>> stood = pause(run, now=datetime(2026, 12, 3, 16, 4))
    >>> moment(resume(stood, now=datetime(2026, 12, 3, 16, 30)), datetime(2026, 12, 3, 16, 30)).left == moment(stood, stood.paused_at).left
    True
    """
    at = _under_way(run, now)
    if run.paused_at is None:
        raise Refusal(say("The clock is running already."))
    stood = max(NONE, _whole(now) - run.paused_at)
    lengths, moving = run.rounds[at.round], at.paused_in == Phase.MOVE
    lengths = replace(lengths, move=lengths.move + stood) if moving else replace(lengths, paused=lengths.paused + stood)
    return replace(_with(_kept(run, at), at.round, lengths), paused_at=None)


def add_minute(run: Run, *, now: datetime) -> Run:
    """A minute more for what is under way. What is announced of the next round stays announced."""
    at = _under_way(run, now)
    lengths, moving = run.rounds[at.round], at.under_way == Phase.MOVE
    lengths = replace(lengths, move=lengths.move + MINUTE) if moving else replace(lengths, added=lengths.added + MINUTE)
    return _with(_kept(run, at), at.round, lengths)


def skip(run: Run, *, now: datetime) -> Run:
    """End what is under way: a talk, then people move; or the moving, then the next talk begins. The clock goes on if it stood."""
    at = _under_way(run, now)
    if run.paused_at is not None:
        run = resume(run, now=now)
    now, lengths, moving = _whole(now), run.rounds[at.round], at.under_way == Phase.MOVE
    left = moment(run, now).left
    lengths = replace(lengths, move=lengths.move - left) if moving else replace(lengths, skipped=lengths.skipped + left)
    run = _with(run, at.round, lengths)
    return _kept(run, moment(run, now))


def back(run: Run, *, now: datetime) -> Run:
    """Take one step back. From moving, and from the end, the talk before goes on with what was skipped of it, at least a minute.
    From a talk, people move to its tables once more, and it begins anew with its whole length.

    >>> run = start(new_run([6 * MINUTE] * 2, move=timedelta(seconds=90)), now=datetime(2026, 12, 3, 16))
    >>> skipped = skip(run, now=datetime(2026, 12, 3, 16, 1))
    >>> at = moment(back(skipped, now=datetime(2026, 12, 3, 16, 2)), datetime(2026, 12, 3, 16, 2))
    >>> at.phase, at.round, at.next, at.left.seconds
    (<Phase.MOVE: 'move'>, 0, 1, 90)
    """
    if run.started_at is None:
        raise Refusal(say("The meetup has not begun, so there is nothing to go back to."))
    if run.paused_at is not None:
        run = resume(run, now=now)
    at, now = moment(run, now), _whole(now)
    run = _kept(run, at)
    if at.phase in (Phase.MOVE, Phase.FINISHED):
        return _talk_on(run, at.round, now)
    return _move_again(run, at.round, now)


def _talk_on(run: Run, number: int, now: datetime) -> Run:
    if number == 0:
        raise Refusal(say("The meetup has just begun: people are finding their first tables. Pause if they need longer."))
    lengths = run.rounds[number]
    since = now - _span(run, number).talk_ends_at
    more = max(NONE, MINUTE - lengths.skipped)
    move = MOVE if number < run.last else NONE
    return _with(run, number, replace(lengths, skipped=NONE, added=lengths.added + more, paused=lengths.paused + since, move=move))


def _move_again(run: Run, number: int, now: datetime) -> Run:
    moved = now - _span(run, number - 1).talk_ends_at
    run = _with(run, number - 1, replace(run.rounds[number - 1], move=moved + MOVE))
    return _with(run, number, replace(run.rounds[number], added=NONE, skipped=NONE, paused=NONE))


def _under_way(run: Run, now: datetime) -> Moment:
    at = moment(run, now)
    if at.phase == Phase.BEFORE:
        raise Refusal(say("The meetup has not begun. Start it first."))
    if at.phase == Phase.FINISHED:
        raise Refusal(say("The last round is over. Go back a step if people should talk on."))
    return at


def _span(run: Run, number: int) -> Span:
    return next(span for span in spans(run) if span.number == number)


def _with(run: Run, number: int, lengths: Lengths) -> Run:
    return replace(run, rounds=(*run.rounds[:number], lengths, *run.rounds[number + 1 :]))


def _kept(run: Run, at: Moment) -> Run:
    """What people know of their tables stays known, whatever the clock says from now on."""
    return replace(run, frozen=max(run.frozen, at.frozen))


def _whole(now: datetime) -> datetime:
    """The clock counts whole seconds, and rounds down: an end is never passed by what is done a moment before it."""
    return now.replace(microsecond=0)
