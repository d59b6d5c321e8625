"""What the desk says: where the meetup stands, and what happened at it, in words (rounds rules 8 and 11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.core.capacity import people
from scheduler.core.refusal import Sentence, count, say
from scheduler.core.rounds_clock import Moment, Phase, Run, spans
from scheduler.meetups.live.models import LiveDeed, LiveLogLine
from scheduler.registration.models import Attendee


def headline(at: Moment, rounds: int) -> Sentence:
    """Where the meetup stands.

    >>> from datetime import timedelta
    >>> str(headline(Moment(Phase.WRAP, 2, 3, None, timedelta(), 3), 6))
    'Round 2 of 6: the last minute'
    """
    if at.phase == Phase.PAUSED:
        if at.paused_in == Phase.MOVE:
            return say("The clock stands while people move to round %(next)d of %(rounds)d", next=at.next, rounds=rounds)
        return say("The clock stands in round %(round)d of %(rounds)d", round=at.round, rounds=rounds)
    return _running(at.phase, at.round, at.next, rounds)


def _running(phase: Phase, round: int, following: int | None, rounds: int) -> Sentence:
    if phase == Phase.BEFORE:
        return say("Not begun yet")
    if phase == Phase.FINISHED:
        return say("All rounds are over")
    if phase == Phase.MOVE:
        return say("People move to round %(next)d of %(rounds)d", next=following, rounds=rounds)
    if phase == Phase.WRAP:
        return say("Round %(round)d of %(rounds)d: the last minute", round=round, rounds=rounds)
    return say("Round %(round)d of %(rounds)d", round=round, rounds=rounds)


@dataclass(frozen=True)
class Leg:
    """A phase to come, for a clock that goes on counting without the network."""

    words: Sentence
    until: datetime
    counts_to: datetime
    """Of a talk its end, also before the signal"""


def legs(run: Run, now: datetime) -> Iterator[Leg]:
    """What is under way and what follows, until the end; nothing while the clock stands."""
    if run.paused_at is not None:
        return
    for span in spans(run):
        talks = [(Phase.TALK, span.wrap_at), (Phase.WRAP, span.talk_ends_at)] if span.number else []
        moves = [(Phase.MOVE, span.ends_at)] if span.number < run.last else []
        for phase, until in (*talks, *moves):
            if until > now:
                counts_to = span.talk_ends_at if phase == Phase.TALK else until
                yield Leg(_running(phase, span.number, span.number + 1, run.last), until, counts_to)


@dataclass(frozen=True)
class Happened:
    """One line of the log: when, who, what."""

    at: datetime
    by: str
    what: Sentence


def happened(lines: Sequence[LiveLogLine], attendees: Mapping[int, Attendee], users: Mapping[int, str]) -> list[Happened]:
    """The log in words; names are looked up when it is read, because it holds numbers only."""
    return [Happened(line.at, users.get(line.by or 0, ""), _told(line, attendees.get(line.attendee_id or 0))) for line in lines]


def _told(line: LiveLogLine, attendee: Attendee | None) -> Sentence:
    facts = {
        "name": attendee.name if attendee and attendee.name else say("somebody"), "round": line.round, "table": line.table,
        "people": people(line.people or 0),
    }  # fmt: skip
    return {
        LiveDeed.STARTED: say("started the meetup"),
        LiveDeed.PAUSED: say("let the clock stand"),
        LiveDeed.RESUMED: say("let the clock go on"),
        LiveDeed.MINUTE: say("gave a minute more"),
        LiveDeed.SKIPPED: say("went on to what came next"),
        LiveDeed.BACK: say("went back a step"),
        LiveDeed.SEATED: say("seated %(name)s at table %(table)s in round %(round)s", **facts),
        LiveDeed.AWAY: say("marked %(name)s as away from round %(round)s on", **facts),
        LiveDeed.HERE: say("marked %(name)s as back in round %(round)s", **facts),
        LiveDeed.LEFT: say("marked that %(name)s left", **facts),
        LiveDeed.MOVED: say("moved %(name)s to table %(table)s in round %(round)s", **facts),
        LiveDeed.MERGED: say("merged table %(table)s in round %(round)s; %(people)s moved", **facts),
        LiveDeed.UNDONE: say("took back that %(name)s moved in round %(round)s", **facts),
        LiveDeed.APPLIED: say("applied a new plan from round %(round)s on; %(people)s changed their table", **facts),
        LiveDeed.TAKEN_BACK: say("took the new plan back from round %(round)s on", **facts),
    }[line.deed]


def changes_in(round: int, changed: int, seated: int, unseated: int) -> list[Sentence]:
    """What a plan made anew means for one round.

    >>> [str(sentence) for sentence in changes_in(4, 3, 1, 0)]
    ['3 people change their table in round 4.', '1 person gets a seat in round 4.']
    """
    counts = (
        (changed, "%(n)d person changes their table in round %(round)d.", "%(n)d people change their table in round %(round)d."),
        (seated, "%(n)d person gets a seat in round %(round)d.", "%(n)d people get a seat in round %(round)d."),
        (unseated, "%(n)d person has no seat in round %(round)d any more.", "%(n)d people have no seat in round %(round)d any more."),
    )
    told = [count(n, one, many, round=round) for n, one, many in counts if n]
    return told or [say("Nobody changes their table in round %(round)d.", round=round)]
