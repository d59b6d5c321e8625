"""What took place at meetups of this service: the rounds that ran, and who sat together in them. The one place that says so (rule 9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from scheduler.core import live_seats, rounds_clock
from scheduler.core.live_seats import Change, Force, Seats, Stay
from scheduler.core.rounds_clock import MOVE, Run, Span
from scheduler.foundation.db import columns, db
from scheduler.foundation.pages import Page, page_of
from scheduler.meetups.live.clocks import clock_of
from scheduler.meetups.live.models import AwayFrom, LiveRun, PlanInForce, SeatChange
from scheduler.meetups.models import Meetup, Plan, PlanState, Seating, read_talks
from scheduler.meetups.timing import talk_of
from scheduler.registration.models import Attendee, AttendeeState, Gathering, GatheringState, Person, Registration, Roster


class Came(NamedTuple):
    """Somebody who was marked as arrived."""

    id: int
    gathering_id: int
    role: str
    arrived_at: datetime | None
    left_at: datetime | None
    school_id: int | None
    name: str | None
    email: str | None


class Evening(NamedTuple):
    """A meetup whose roster is closed, with its published plan."""

    gathering_id: int
    title: str
    starts_wall: datetime
    starts_at: datetime
    closed_at: datetime
    meetup_id: int
    plan_id: int
    rounds: int
    told: list[Any]


@dataclass(frozen=True)
class TookPlace:
    """What is known of one meetup that took place: its rounds with their true times, and the people of each table."""

    evening: Evening
    spans: Sequence[Span]
    tables: Sequence[tuple[int, int, tuple[Came, ...]]]
    """Round, table, people; whoever sat alone or out is in none"""


def all_of_them(*, without: int | None = None, only: int | None = None) -> list[TookPlace]:
    """Every meetup that took place, or one gathering alone, or all but one; a fixed number of statements, however many there are."""
    chosen = _chosen()
    if without is not None:
        chosen = chosen.where(Gathering.id != without)
    if only is not None:
        chosen = chosen.where(Gathering.id == only)
    return _told([Evening(*row) for row in columns(chosen.order_by(Gathering.id))])


def page(asked: Mapping[str, str]) -> Page[TookPlace]:
    """A page of them, the last one first."""
    found = page_of(_chosen(), [Gathering.starts_wall, Gathering.id], Gathering.public_id, asked, falling=True)
    return found.of(_told([Evening(*row) for row in found.rows]))


def _told(evenings: Sequence[Evening]) -> list[TookPlace]:
    if not evenings:
        return []
    days = _Days(evenings)
    return [days.told(evening) for evening in evenings]


def _chosen() -> sa.Select[Any]:
    shown = (
        Gathering.id, Gathering.title, Gathering.starts_wall, Gathering.starts_at, Roster.closed_at, Meetup.id, Plan.id, Plan.rounds,
        Plan.told,
    )  # fmt: skip
    return (
        sa.select(*shown).join(Meetup, Meetup.gathering_id == Gathering.id).join(Roster, Roster.gathering_id == Gathering.id)
        .join(Plan, Plan.meetup_id == Meetup.id)
        .where(Plan.state == PlanState.PUBLISHED, Gathering.state == GatheringState.PUBLISHED, Roster.closed_at.is_not(None))
    )  # fmt: skip


class _Days:
    """All that is stored of some meetups, read at once."""

    def __init__(self, evenings: Sequence[Evening]) -> None:
        self.runs = {run.meetup_id: run for run in _runs([evening.meetup_id for evening in evenings])}
        run_ids = [run.id for run in self.runs.values()]
        self.force: defaultdict[int, list[Force]] = defaultdict(list)
        for row in db.session.execute(sa.select(PlanInForce).where(PlanInForce.run_id.in_(run_ids))).scalars():
            self.force[row.run_id].append(Force(row.id, row.plan_id, row.from_round))
        plan_ids = {evening.plan_id for evening in evenings} | {row.plan for rows in self.force.values() for row in rows}
        self.planned = _planned(plan_ids)
        self.changes = _changes(run_ids)
        self.away = _away(run_ids)
        self.came = _came([evening.gathering_id for evening in evenings])

    def told(self, evening: Evening) -> TookPlace:
        run = self.runs.get(evening.meetup_id)
        clock = clock_of(run, None) if run else _as_published(evening)
        spans = rounds_clock.ran(clock, max(evening.closed_at, evening.starts_at) if run else _end(clock))
        over_at = max((span.talk_ends_at for span in spans), default=evening.closed_at)
        tables = [table for span in spans for table in self._tables(evening, run, span, over_at)]
        return TookPlace(evening, spans, tables)

    def _tables(
        self, evening: Evening, run: LiveRun | None, span: Span, over_at: datetime
    ) -> Iterator[tuple[int, int, tuple[Came, ...]]]:  # fmt: skip
        seated: defaultdict[int, list[Came]] = defaultdict(list)
        for attendee_id, table in self._seats(evening, run, span.number).items():
            came = self.came[evening.gathering_id].get(attendee_id)
            if came and table and live_seats.was_there(_stay(came, run), span.began_at, span.talk_ends_at, over_at):
                seated[table].append(came)
        for table in sorted(seated):
            if len(seated[table]) > 1:
                yield span.number, table, tuple(seated[table])

    def _seats(self, evening: Evening, run: LiveRun | None, number: int) -> Seats:
        if run is None:
            return self.planned[evening.plan_id, number]
        plan = live_seats.in_force(self.force[run.id], number) or evening.plan_id
        return live_seats.seats(self.planned[plan, number], self.changes[run.id, number], self.away[run.id, number])


def _stay(came: Came, run: LiveRun | None) -> Stay:
    """Where no desk was kept, people may be checked in whenever somebody finds the time for it."""
    return Stay(came.arrived_at if run else None, came.left_at)


def _runs(meetup_ids: Collection[int]) -> Sequence[LiveRun]:
    begun = sa.select(LiveRun).where(LiveRun.meetup_id.in_(meetup_ids), LiveRun.started_at.is_not(None))
    return db.session.scalars(begun.options(selectinload(LiveRun.lengths))).all()


def _as_published(evening: Evening) -> Run:
    """Nobody ran the clock: the rounds took place as they were published."""
    talks = [talk_of(read_talks(evening.told), number).length for number in range(1, evening.rounds + 1)]
    return rounds_clock.start(rounds_clock.new_run(talks, move=MOVE), now=evening.starts_at - MOVE)


def _end(clock: Run) -> datetime:
    return max(span.ends_at for span in rounds_clock.spans(clock))


def _planned(plan_ids: Collection[int]) -> Mapping[tuple[int, int], Seats]:
    planned: defaultdict[tuple[int, int], dict[int, int | None]] = defaultdict(dict)
    chosen = sa.select(Seating.plan_id, Seating.round, Seating.attendee_id, Seating.table).where(Seating.plan_id.in_(plan_ids))
    for plan_id, number, attendee_id, table in db.session.execute(chosen.order_by(Seating.id)):
        planned[plan_id, number][attendee_id] = table
    return planned


def _changes(run_ids: Collection[int]) -> Mapping[tuple[int, int], Sequence[Change]]:
    changes: defaultdict[tuple[int, int], list[Change]] = defaultdict(list)
    columns = sa.select(SeatChange.run_id, SeatChange.id, SeatChange.round, SeatChange.attendee_id, SeatChange.table)
    for run_id, *change in db.session.execute(columns.where(SeatChange.run_id.in_(run_ids), SeatChange.undone_at.is_(None))):
        changes[run_id, change[1]].append(Change(*change))
    return changes


def _away(run_ids: Collection[int]) -> Mapping[tuple[int, int], set[int]]:
    away: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    columns = sa.select(AwayFrom.run_id, AwayFrom.round, AwayFrom.attendee_id).where(AwayFrom.run_id.in_(run_ids))
    for run_id, number, attendee_id in db.session.execute(columns):
        away[run_id, number].add(attendee_id)
    return away


def _came(gathering_ids: Collection[int]) -> Mapping[int, Mapping[int, Came]]:
    columns = (
        Attendee.id, Registration.gathering_id, Attendee.role, Attendee.arrived_at, Attendee.left_at, Registration.school_id, Person.name,
        Person.email, Attendee.state,
    )  # fmt: skip
    chosen = sa.select(*columns).join(Attendee.registration).outerjoin(Person, Attendee.person_id == Person.id)
    came: defaultdict[int, dict[int, Came]] = defaultdict(dict)
    # Most people who ever came have arrived: asked for it, a database reads all of them.
    for row in db.session.execute(chosen.where(Registration.gathering_id.in_(gathering_ids))):
        if row.state == AttendeeState.ARRIVED:
            came[row.gathering_id][row.id] = Came(*row[:-1])
    return came
