"""The live desk: what is done at it is stored, shown and can be taken back (rounds rules 8 and 11)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import sqlalchemy as sa

from scheduler.core import times
from scheduler.core.pairing.__main__ import answer
from scheduler.core.pairing.instance import write_problem
from scheduler.core.refusal import Refusal
from scheduler.core.rounds_clock import Phase
from scheduler.foundation import jobs
from scheduler.foundation.db import db, transaction
from scheduler.foundation.jobs import Job
from scheduler.meetups import plans
from scheduler.meetups import queries as meetups
from scheduler.meetups import service as meetup_service
from scheduler.meetups.live import clocks, queries, service
from scheduler.meetups.live.queries import LiveState
from scheduler.meetups.models import Meetup
from scheduler.registration.door import service as door
from scheduler.registration.models import Gathering
from scheduler.registration.service import Member
from tests.people import MONDAY

OLGA, OTTO = 1, 2
LESS_THAN_A_MINUTE = timedelta(seconds=59)


class Evening:
    """A meetup with a published plan of three rounds for 24 people at tables of four, and an organizer with a watch."""

    def __init__(self, meetup: Meetup) -> None:
        self.meetup, self.id, self.now = meetup, meetup.id, meetup.gathering.starts_at

    @property
    def state(self) -> LiveState:
        db.session.rollback()
        return queries.state_of(self.meetup, self.now)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def press(self, deed: Callable[..., None]) -> LiveState:
        deed(self.id, seen=self.state.mark, user_id=OLGA, now=self.now)
        return self.state

    def do(self, deed: Callable[..., Any], *args: object) -> Any:
        return deed(self.id, *args, user_id=OLGA, now=self.now)

    def planned_anew(self) -> int:
        job = self.do(service.start_preview)
        assert jobs.run_due() == 1
        found = queries.job_or_404(self.meetup, job)
        assert set(found.progress) == {"version"}, (found.progress, found.error)
        return int(found.progress["version"])

    def everybody_comes(self, *, but: int = 0) -> None:
        people = [attendee.public_id for attendee in self.state.people.values()]
        door.check_in(self.meetup.gathering_id, people[: len(people) - but], actor="user:1", now=self.now)

    def newcomer(self, name: str = "Nora Newcomer", *, now: datetime = MONDAY) -> int:
        team = meetups.teams_of(self.meetup.gathering_id)[0]
        meetup_service.add_person(team.id, Member(name, "teacher"), actor="user:1", now=now)
        return next(attendee.id for attendee in self.state.people.values() if attendee.name == name)


def publish_quickly(meetup: Meetup, *, steps: int = 500, now: datetime = MONDAY) -> None:
    """A published plan by few steps of the engine in this process: the rules are kept, and nobody waits."""
    asked = plans.asked_of(meetup, meetups.attendees_of(meetup.gathering_id), plans.settings_of(meetup))
    payload = {"meetup_id": meetup.id, "version": meetups.last_version(meetup.id) + 1, "problem": write_problem(asked.problem)}
    answer({"problem": payload["problem"], "seed": 1, "time_limit": None, "iterations": steps}, out := StringIO(), threading.Event())
    result = json.loads(out.getvalue().splitlines()[-1])["result"]
    plans.keep_plan(payload, result, seconds=0, user_id=OLGA, now=now)
    plans.publish_plan(meetup.id, payload["version"], actor="user:1", now=now)


THE_NEXT = sa.select(Meetup).join(Gathering).order_by(Gathering.starts_at.desc()).limit(1)
"""The meetup of the sample network that is still to come"""


def begins_now(now: datetime) -> Meetup:
    """That meetup is to begin now, and its plan is published."""
    meetup = db.session.scalars(THE_NEXT).one()
    with transaction():
        gathering = meetup.gathering
        gathering.closes_at = gathering.starts_at = now
        gathering.ends_at = now + timedelta(hours=2)
        gathering.starts_wall = times.to_wall(now, gathering.zone)
        gathering.ends_wall = gathering.starts_wall + timedelta(hours=2)
        meetup.rounds, meetup.students_have_company = 3, False  # so that a plan is there at once
    publish_quickly(meetup, now=now)
    return meetup


@pytest.fixture
def evening(make_meetup: Callable[..., Meetup], fill: Callable[..., None]) -> Evening:
    meetup = make_meetup(rounds=3, starts_wall=datetime(2026, 11, 2, 12, 0), ends_wall=datetime(2026, 11, 2, 14, 0))
    fill(meetup, 8, third="counselor")
    publish_quickly(meetup)
    return Evening(meetup)


def tables(state: LiveState, number: int) -> list[int]:
    return [len(table.people) for table in state.round(number).tables]


def test_before_the_start_nothing_is_announced_and_nothing_is_written(evening: Evening) -> None:
    state = evening.state

    assert (state.clock.phase, state.version, state.announced, state.rounds) == (Phase.BEFORE, 0, [], 3)
    assert [len(state.seats[number]) for number in (1, 2, 3)] == [24, 24, 24]
    assert clocks.find_run(evening.id) is None


def test_rounds_follow_the_clock_and_freeze_at_the_wrap_signal(evening: Evening) -> None:
    """Rules 8 and 11: nothing is written when a phase ends."""
    seen = []
    evening.press(service.start)
    for wait in ({}, {"seconds": 90}, {"minutes": 4, "seconds": 59}, {"seconds": 1}, {"minutes": 1}, {"seconds": 90}, {"minutes": 13.5}):
        evening.wait(**wait)
        state = evening.state
        seen.append((state.clock.phase.value, state.clock.round, [round.number for round in state.announced]))

    assert seen == [
        ("move", 0, [1]), ("talk", 1, [1]), ("talk", 1, [1]), ("wrap", 1, [1, 2]), ("move", 1, [1, 2]), ("talk", 2, [1, 2]),
        ("finished", 3, [1, 2, 3]),
    ]  # fmt: skip
    assert evening.state.version == 1


def test_nobody_waits_for_a_seat_once_all_rounds_are_over(evening: Evening) -> None:
    late = evening.newcomer()
    evening.everybody_comes()
    evening.press(service.start)
    waiting = [[attendee.id for attendee in evening.state.waiting]]

    evening.wait(minutes=60)

    assert evening.state.clock.phase == Phase.FINISHED
    assert [*waiting, list(evening.state.waiting)] == [[late], []]


def test_of_two_who_press_skip_at_once_one_skips_and_the_other_is_told(evening: Evening) -> None:
    seen = evening.press(service.start).mark

    service.skip(evening.id, seen=seen, user_id=OLGA, now=evening.now)
    with pytest.raises(Refusal, match="has changed since you looked"):
        service.skip(evening.id, seen=seen, user_id=OTTO, now=evening.now)

    assert (evening.state.clock.phase, evening.state.clock.round) == (Phase.TALK, 1)


def test_clock_stands_goes_on_gets_a_minute_and_steps_back(evening: Evening) -> None:
    evening.press(service.start)
    evening.press(service.skip)
    evening.wait(minutes=2)
    evening.press(service.pause)
    evening.wait(minutes=20)
    stood = evening.state.clock
    evening.press(service.resume)
    longer = evening.press(service.add_minute).clock
    evening.press(service.skip)
    back = evening.press(service.back).clock

    assert (stood.phase, stood.paused_in, stood.left, stood.ends_at) == (Phase.PAUSED, Phase.TALK, timedelta(minutes=4), None)
    assert longer.left == timedelta(minutes=5)
    assert (back.phase, back.round, back.left) == (Phase.TALK, 1, timedelta(minutes=5))
    assert [line.deed.value for line in queries.log_of(evening.id)] == [
        "back",
        "skipped",
        "minute",
        "resumed",
        "paused",
        "skipped",
        "started",
    ]


def test_start_is_refused_two_hours_early_and_without_a_published_plan(evening: Evening, make_meetup: Callable[..., Meetup]) -> None:
    evening.wait(hours=-2)
    with pytest.raises(Refusal, match="too early"):
        evening.press(service.start)
    with pytest.raises(Refusal, match="No plan of this meetup is published"):
        service.start(make_meetup().id, seen="0-0-talk", user_id=OLGA, now=evening.now)

    assert clocks.find_run(evening.id) is None


def test_late_arrival_is_checked_in_and_seated_at_once_and_nobody_else_moves(evening: Evening) -> None:
    evening.press(service.start)
    late = evening.newcomer()
    before = evening.state
    seats = evening.do(service.seat_late, late)

    state = evening.state
    assert [(seat.round, seat.table) for seat in seats] == [(1, state.seats[1][late])]
    assert state.people[late].arrived_at == evening.now
    assert {**before.seats[1], late: state.seats[1][late]} == state.seats[1]
    assert (late in state.seats[2], state.version) == (False, 2)


def test_whoever_is_away_or_leaves_has_no_seat_and_comes_back_to_it(evening: Evening) -> None:
    evening.everybody_comes()
    evening.press(service.start)
    evening.wait(minutes=1)
    evening.press(service.skip)
    one, other = list(evening.state.seats[1])[:2]
    seat = evening.state.seats[1][one]
    evening.do(service.mark_away, [one])
    evening.do(service.leave, other)

    away = evening.state
    assert [(one in away.seats[n], other in away.seats[n]) for n in (1, 2, 3)] == [(False, False)] * 3
    assert away.people[other].left_at == evening.now
    assert one not in {attendee.id for attendee in away.waiting}

    back = evening.do(service.back_again, one)
    assert [(seat.round, seat.table) for seat in back] == [(1, seat)]
    assert one in evening.state.seats[3]


def test_thin_table_is_merged_with_the_fewest_moves(evening: Evening) -> None:
    evening.everybody_comes()
    evening.press(service.start)
    first = [seated.attendee.id for seated in evening.state.round(1).tables[0].people]
    evening.do(service.mark_away, first[:2])

    moves = evening.do(service.merge, 1, 1)

    assert (len(moves), tables(evening.state, 1)) == (1, [3, 4, 4, 4, 4, 3])
    with pytest.raises(Refusal, match="has enough people"):
        evening.do(service.merge, 1, 1)


def test_move_by_hand_is_taken_back_to_where_they_sat(evening: Evening) -> None:
    evening.press(service.start)
    state = evening.state
    person = state.round(2).tables[0].people[0].attendee.id
    evening.do(service.move_by_hand, person, 2, 3)
    moved = evening.state
    evening.do(service.undo_change, moved.changes[0].id)

    assert moved.seats[2][person] == 3
    assert evening.state.seats == state.seats
    with pytest.raises(Refusal, match="taken back already"):
        evening.do(service.undo_change, moved.changes[0].id)


def test_rounds_to_come_are_planned_anew_previewed_applied_and_taken_back(evening: Evening) -> None:
    """Rule 8: who is gone has no seat, who came late has one, and frozen rounds stay as they are."""
    evening.everybody_comes()
    evening.press(service.start)
    late, gone = evening.newcomer(), list(evening.state.seats[1])[5]
    evening.do(service.seat_late, late)
    evening.do(service.leave, gone)
    before = evening.state
    version = evening.planned_anew()
    preview = service.preview(evening.meetup, version, now=evening.now)
    held = evening.state.seats
    changed = evening.do(service.apply, version)

    after = evening.state
    assert [(each.round, each.seated) for each in preview.differences] == [(2, (late,)), (3, (late,))]
    assert (preview.from_round, preview.is_current, held) == (2, True, before.seats)
    assert changed == len({person for each in preview.differences for person in each.changed})
    assert after.seats[1] == before.seats[1]
    assert {late in after.seats[n] for n in (1, 2, 3)} == {True}
    assert [after.plans[n].version for n in (1, 2, 3)] == [1, version, version]

    evening.do(service.take_back)
    assert (evening.state.seats, evening.state.can_take_back) == (before.seats, None)
    with pytest.raises(Refusal, match="nothing to take back"):
        evening.do(service.take_back)


def test_what_was_previewed_is_refused_once_somebody_left_or_a_round_froze(evening: Evening) -> None:
    evening.everybody_comes()
    evening.press(service.start)
    evening.press(service.skip)
    version = evening.planned_anew()
    evening.do(service.leave, next(iter(evening.state.people)))
    with pytest.raises(Refusal, match="Something changed since this preview"):
        evening.do(service.apply, version)
    version = evening.planned_anew()
    evening.wait(minutes=5)
    with pytest.raises(Refusal, match="Something changed since this preview"):
        evening.do(service.apply, version)

    assert service.preview(evening.meetup, version, now=evening.now).is_current is False
    assert {plan.version for plan in evening.state.plans.values()} == {1}


def test_whoever_has_not_come_three_minutes_after_the_start_is_not_planned_with(evening: Evening) -> None:
    evening.everybody_comes(but=2)
    evening.press(service.start)
    at_once = len(evening.state.expected)
    evening.wait(minutes=3)

    assert (at_once, len(evening.state.expected), len(evening.state.missing)) == (24, 22, 2)


def test_publishing_another_version_holds_until_the_meetup_begins_and_is_refused_then(evening: Evening) -> None:
    evening.do(service.mark_away, [next(iter(evening.state.people))])
    publish_quickly(evening.meetup)
    held = {plan.version for plan in evening.state.plans.values()}
    evening.press(service.start)

    assert held == {2}
    with pytest.raises(Refusal, match="changes at the desk"):
        publish_quickly(evening.meetup)


def test_state_takes_a_fixed_number_of_statements_and_its_etag_fewer(
    evening: Evening, count_statements: Callable[[Callable[[], object]], int]
) -> None:
    evening.press(service.start)
    evening.do(service.seat_late, evening.newcomer())

    def read() -> object:
        db.session.expire_all()
        return queries.state_of(evening.meetup, evening.now).announced

    with_all = count_statements(read)
    meetup_service.remove_team(meetups.teams_of(evening.meetup.gathering_id)[0].id, "", actor="user:1", now=evening.now)

    assert (with_all, count_statements(read)) == (10, 10)
    clocks.etag_of(evening.meetup, evening.now)
    assert count_statements(lambda: clocks.etag_of(evening.meetup, evening.now)) <= 2  # with the gathering itself


def test_etag_moves_with_everything_that_is_done_and_stays_while_nothing_is(evening: Evening) -> None:
    seen: list[str] = []

    def note() -> None:
        assert clocks.etag_of(evening.meetup, evening.now) == evening.state.etag
        seen.append(evening.state.etag)

    def at(moment: datetime) -> str:
        return queries.state_of(evening.meetup, moment).etag

    note()
    evening.press(service.start)
    note()
    evening.everybody_comes()
    note()
    evening.do(service.mark_away, [next(iter(evening.state.people))])
    note()
    evening.wait(seconds=90)
    note()

    assert len(set(seen)) == len(seen)
    assert at(evening.now) == at(evening.now + LESS_THAN_A_MINUTE)


def test_engine_that_finds_no_plan_says_why_and_nothing_is_kept(evening: Evening) -> None:
    evening.everybody_comes()
    evening.press(service.start)
    job = evening.do(service.start_preview)
    again = evening.do(service.start_preview)

    assert job == again
    assert [row.kind for row in db.session.query(Job).where(Job.live_key.is_not(None))] == [queries.REPLAN_JOB]
