"""Reads of the live desk: where a meetup stands at an instant, and who sits where, plan and changes together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import contains_eager, defer, joinedload

from scheduler.core import live_seats, rounds_clock
from scheduler.core.live_seats import Absence, Change, Force
from scheduler.core.rounds_clock import Moment, Phase, Run, Span
from scheduler.core.text import same_name
from scheduler.foundation.db import db
from scheduler.foundation.jobs import Job
from scheduler.meetups.live.clocks import clock_of, find_published, find_run, pulse_of
from scheduler.meetups.live.models import AwayFrom, LiveLogLine, LiveRun, PlanInForce, SeatChange, Why
from scheduler.meetups.models import Meetup, Plan, Seating, read_talks
from scheduler.meetups.results import RoundPlan, Seated, TableOf
from scheduler.meetups.timing import talk_of
from scheduler.registration.models import Attendee, AttendeeState, Registration

REPLAN_JOB = "meetups.replan"


@dataclass(frozen=True)
class LiveState:
    """All that desk, big screen and phones show at one instant. `seats` of a round leads from an attendee's id to their table (None:
    sits out); who is not in it is away, or has no seat yet."""

    meetup: Meetup
    now: datetime
    version: int
    etag: str
    """Another one whenever something changed that a page may show; time alone changes it only where a phase or round ended"""
    run: Run
    clock: Moment
    plans: Mapping[int, Plan]
    """By round: the version that holds; empty while none is published"""
    seats: Mapping[int, live_seats.Seats]
    kept: Mapping[int, live_seats.Seats]
    """The seats of those who are away or have left, by round: what they come back to, if it may still be"""
    people: Mapping[int, Attendee]
    """Everybody on the list, and whoever has a seat, by id"""
    changes: Sequence[SeatChange]
    away: frozenset[tuple[int, int]]
    """Who is away in which round"""
    force: Sequence[PlanInForce]

    @property
    def rounds(self) -> int:
        return self.run.last

    @property
    def mark(self) -> str:
        """What a button of the clock sends along: pressed on an old page it does nothing (see service.clock)."""
        leg = Phase.MOVE if self.clock.under_way == Phase.MOVE else Phase.TALK
        return f"{self.version}-{self.clock.round}-{leg.value}"

    @property
    def first_open(self) -> int:
        """The first round that is not over: the one people talk in, or move to."""
        at = self.clock
        return at.round + 1 if at.under_way in (Phase.BEFORE, Phase.MOVE, Phase.FINISHED) else at.round

    @property
    def open_frozen(self) -> range:
        """The rounds whose tables people know and that are not over."""
        return range(self.first_open, self.clock.frozen + 1)

    @cached_property
    def spans(self) -> Sequence[Span]:
        """When each round begins and ends, as far as is known; empty before the start. The first is the way to the first tables."""
        return tuple(rounds_clock.spans(self.run))

    @cached_property
    def announced(self) -> Sequence[RoundPlan]:
        """The rounds that screens and phones may show, with who sits where."""
        return [self.round(number) for number in range(1, self.clock.frozen + 1)]

    def round(self, number: int) -> RoundPlan:
        """One round as it is now; rounds after `clock.frozen` are for the desk only."""
        tables: defaultdict[int | None, list[Seated]] = defaultdict(list)
        for attendee_id, table in self.seats[number].items():
            tables[table].append(Seated(self.people[attendee_id]))
        for people in tables.values():
            people.sort(key=lambda seated: same_name(seated.name))
        numbers = sorted(table for table in tables if table is not None)
        seated = tuple(TableOf(table, tuple(tables[table])) for table in numbers)
        return RoundPlan(number, seated, tuple(tables[None]), talk_of(read_talks(self.plans[number].told), number))

    def counts_on(self, attendee: Attendee) -> bool:
        """Whether the rounds to come are planned with this person."""
        return live_seats.counted_on(
            has_come=attendee.state == AttendeeState.ARRIVED, is_gone=attendee.id in self._gone or attendee.state == AttendeeState.ABSENT,
            doors_are_kept=self._doors_are_kept, started_at=self.run.started_at, now=self.now,
        )  # fmt: skip

    @cached_property
    def expected(self) -> Sequence[Attendee]:
        """With whom the rounds to come are planned, in the order of the list."""
        return [attendee for attendee in self.people.values() if self.counts_on(attendee)]

    @cached_property
    def waiting(self) -> Sequence[Attendee]:
        """Who is here and has no seat in the first round that is not over, though not away: late arrivals. Nobody once all are over."""
        number = self.first_open
        if (seated := self.seats.get(number)) is None:
            return []
        return [
            attendee
            for attendee in self.expected
            if attendee.state == AttendeeState.ARRIVED and attendee.id not in seated and (attendee.id, number) not in self.away
        ]

    @cached_property
    def missing(self) -> Sequence[Attendee]:
        """Who has a seat in the first round that is not over and has not been checked in, where others have."""
        seated = self.seats.get(self.first_open, {}) if self._doors_are_kept else {}
        return [self.people[id] for id in seated if self.people[id].state == AttendeeState.EXPECTED]

    @cached_property
    def can_take_back(self) -> PlanInForce | None:
        """The plan made anew that holds in the rounds to come, if there are such rounds."""
        newest = self.force[-1] if self.force and self.clock.first_free <= self.rounds else None
        return newest if newest and newest.before_id else None

    @cached_property
    def _doors_are_kept(self) -> bool:
        return any(attendee.state == AttendeeState.ARRIVED for attendee in self.people.values())

    @cached_property
    def _gone(self) -> set[int]:
        return {absence.person for absence in _absences(self.people.values())}


def state_of(meetup: Meetup, now: datetime) -> LiveState:
    """Where a meetup stands, with who sits where: a fixed number of statements, however many people there are."""
    row = find_run(meetup.id)
    force = _force(row)
    published = find_published(meetup.id) if not force else None
    newest = force[-1].plan if force else published
    run = clock_of(row, newest)
    rows = [Force(row.id, row.plan_id, row.from_round) for row in force] or [Force(0, p.id, 1) for p in (published,) if p]
    known = {plan.id: plan for plan in (*(row.plan for row in force), *([published] if published else []))}
    plans = {number: known[id] for number in range(1, run.last + 1) if (id := live_seats.in_force(rows, number)) is not None}
    changes, away = _changes(row), _away(row)
    people = _people(meetup.gathering_id)
    clock = rounds_clock.moment(run, now)
    version = row.version if row else 0
    there, kept = _seats(run, clock, plans, changes, away, people)
    etag = pulse_of(meetup).etag(meetup, clock)
    return LiveState(meetup, now, version, etag, run, clock, plans, there, kept, people, changes, away, force)


def _force(row: LiveRun | None) -> Sequence[PlanInForce]:
    if row is None:
        return []
    chosen = sa.select(PlanInForce).where(PlanInForce.run_id == row.id).order_by(PlanInForce.id)
    return db.session.scalars(chosen.options(joinedload(PlanInForce.plan).options(defer(Plan.metrics), defer(Plan.bounds)))).all()


def _changes(row: LiveRun | None) -> Sequence[SeatChange]:
    if row is None:
        return []
    chosen = sa.select(SeatChange).where(SeatChange.run_id == row.id, SeatChange.undone_at.is_(None))
    return db.session.scalars(chosen.order_by(SeatChange.id).execution_options(populate_existing=True)).all()


def _away(row: LiveRun | None) -> frozenset[tuple[int, int]]:
    if row is None:
        return frozenset()
    found = db.session.execute(sa.select(AwayFrom.attendee_id, AwayFrom.round).where(AwayFrom.run_id == row.id))
    return frozenset((attendee_id, round) for attendee_id, round in found)


def _people(gathering_id: int) -> dict[int, Attendee]:
    """Everybody who is or was on the list: who was taken off it may have sat somewhere."""
    chosen = sa.select(Attendee).join(Attendee.registration).where(Registration.gathering_id == gathering_id).order_by(Attendee.id)
    loaded = chosen.options(contains_eager(Attendee.registration).joinedload(Registration.school), joinedload(Attendee.person))
    return {attendee.id: attendee for attendee in db.session.scalars(loaded.execution_options(populate_existing=True))}


def _absences(people: Any) -> list[Absence]:
    """Who has left, or is not on the list any more."""
    left = [Absence(attendee.id, attendee.left_at) for attendee in people if attendee.left_at]
    return left + [Absence(each.id, each.registration.changed_at) for each in people if not each.registration.is_confirmed]


def _seats(
    run: Run, clock: Moment, plans: Mapping[int, Plan], changes: Sequence[SeatChange], away: frozenset[tuple[int, int]],
    people: Mapping[int, Attendee],
) -> tuple[dict[int, live_seats.Seats], dict[int, live_seats.Seats]]:  # fmt: skip
    """Who sits where in each round, and the seats of those who are not there."""
    planned: defaultdict[tuple[int, int], dict[int, int | None]] = defaultdict(dict)
    chosen = sa.select(Seating.plan_id, Seating.round, Seating.attendee_id, Seating.table).order_by(Seating.id)
    for plan_id, number, attendee_id, table in db.session.execute(chosen.where(Seating.plan_id.in_({plan.id for plan in plans.values()}))):
        planned[plan_id, number][attendee_id] = table
    over = [Change(change.id, change.round, change.attendee_id, change.table) for change in changes]
    began = {span.number: span.began_at for span in rounds_clock.spans(run) if span.number <= clock.round}
    absences = _absences(people.values())
    there: dict[int, live_seats.Seats] = {}
    kept: dict[int, live_seats.Seats] = {}
    for number, plan in plans.items():
        absent = {id for id, round in away if round == number} | live_seats.gone(absences, began.get(number))
        everybody = live_seats.seats(planned[plan.id, number], [change for change in over if change.round == number])
        there[number] = {id: table for id, table in everybody.items() if id not in absent}
        kept[number] = {id: table for id, table in everybody.items() if id in absent}
    return there, kept


def seats_with(state: LiveState, plan: Plan) -> Mapping[int, live_seats.Seats]:
    """Who would sit where if a plan made anew held in the rounds to come."""
    plans = {number: plan if number >= state.clock.first_free else held for number, held in state.plans.items()}
    return _seats(state.run, state.clock, plans, lasting(state), state.away, state.people)[0]


def lasting(state: LiveState) -> Sequence[SeatChange]:
    """The changes that stay when the rounds to come are planned anew: a new plan seats whoever came late like everybody else."""
    return [change for change in state.changes if change.why != Why.LATE or change.round < state.clock.first_free]


def log_of(meetup_id: int) -> Sequence[LiveLogLine]:
    """What happened at the desk, the newest first."""
    chosen = sa.select(LiveLogLine).join(LiveRun, LiveLogLine.run_id == LiveRun.id).where(LiveRun.meetup_id == meetup_id)
    return db.session.scalars(chosen.order_by(LiveLogLine.id.desc())).all()


def attendee_or_404(state: LiveState, public_id: str) -> Attendee:
    """Somebody who is on the list of this meetup."""
    found = next((one for one in state.people.values() if one.public_id == public_id and one.registration.is_confirmed), None)
    if found is None:
        abort(404)
    return found


def live_key(meetup_id: int) -> str:
    """Of the one plan that may be made anew at a time."""
    return f"{REPLAN_JOB}:{meetup_id}"


def live_job(meetup_id: int) -> Job | None:
    """The plan that is being made anew at this moment."""
    return db.session.scalar(sa.select(Job).where(Job.live_key == live_key(meetup_id)))


def job_or_404(meetup: Meetup, public_id: str) -> Job:
    """A plan that is or was being made anew for this meetup."""
    found = db.session.scalar(sa.select(Job).where(Job.public_id == public_id, Job.kind == REPLAN_JOB, Job.about == f"meetup:{meetup.id}"))
    if found is None:
        abort(404)
    return found


def find_plan(meetup_id: int, version: int) -> Plan | None:
    """A version that was made at the desk."""
    chosen = sa.select(Plan).where(Plan.meetup_id == meetup_id, Plan.version == version, Plan.from_round.is_not(None))
    return db.session.scalar(chosen)
