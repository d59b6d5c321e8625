"""The rounds to come, planned anew: made by a job and looked at, applied with one tap, taken back with one tap (rounds rule 8)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.core.pairing.clashes import clashes
from scheduler.core.pairing.instance import write_problem
from scheduler.core.pairing.problem import Problem
from scheduler.core.refusal import Refusal, say
from scheduler.core.replanning import Day, Difference, difference, rest_of
from scheduler.foundation import audit, clock, jobs
from scheduler.foundation.db import db, transaction
from scheduler.foundation.jobs import Job
from scheduler.foundation.tokens import new_public_id
from scheduler.meetups import engine, plans
from scheduler.meetups import queries as meetups
from scheduler.meetups.live import force, queries
from scheduler.meetups.live.models import LiveDeed, PlanInForce, SeatChange, Why
from scheduler.meetups.live.queries import LiveState
from scheduler.meetups.live.service.desk import hold
from scheduler.meetups.memory import queries as memory
from scheduler.meetups.models import Meetup, Plan, Seating

FEW, MANY = 120, 1_000
SHORT, LONG = 0.1, 1.0
"""Seconds of search for few people and for many: the tap is answered within one second and within five; to start the engine takes 0.5"""


@dataclass(frozen=True)
class Preview:
    """A plan made anew that does not hold yet, beside what holds now."""

    version: int
    state: LiveState
    from_round: int
    differences: Sequence[Difference]
    is_current: bool
    """False: somebody came, left or was moved since, or a round froze; it can no longer be applied"""

    @property
    def is_better(self) -> bool:
        """Whether it changes anything."""
        return any(each.changed or each.seated or each.unseated for each in self.differences)


def start_preview(meetup_id: int, *, user_id: int, now: datetime) -> str:
    """Have the rounds to come planned anew, for the people who are here; returns the job. While one is made there is no second."""
    job = _asked(meetup_id, user_id, now)
    jobs.asked.set()
    return job


def _asked(meetup_id: int, user_id: int, now: datetime) -> str:
    with transaction():
        desk = hold(meetup_id, user_id=user_id, now=now)
        _refuse_all_known(desk.state)
        if (live := queries.live_job(meetup_id)) is not None:
            return live.public_id
        problem = problem_of(desk.meetup, desk.state)
        for clash in clashes(problem):
            raise Refusal(clash.sentence)
        payload = {"meetup_id": meetup_id, "seed": desk.row.version, "from_round": desk.state.clock.first_free} | {
            "problem": write_problem(problem), "time_limit": seconds_for(len(problem.participants)),
        }  # fmt: skip
        job = Job(
            public_id=new_public_id(), kind=queries.REPLAN_JOB, about=f"meetup:{meetup_id}", live_key=queries.live_key(meetup_id),
            payload=payload, run_at=now, created_by=user_id, created_at=now,
        )  # fmt: skip
        db.session.add(job)
        return job.public_id


def seconds_for(people: int) -> float:
    """How long the engine may search.

    >>> seconds_for(24), seconds_for(120), round(seconds_for(560), 2), seconds_for(2000)
    (0.1, 0.1, 0.55, 1.0)
    """
    share = min(1.0, max(0.0, (people - FEW) / (MANY - FEW)))
    return SHORT + share * (LONG - SHORT)


def stop_preview(job_id: int) -> None:
    """Ask the engine to stop; the best plan so far is kept."""
    plans.stop_plan(job_id)


def problem_of(meetup: Meetup, state: LiveState) -> Problem:
    """What is asked of the engine: the rounds that are not frozen, the people who are here, the wishes, and what was moved by hand."""
    people = state.expected
    settings = replace(plans.settings_of(meetup), rounds=state.rounds)
    asked = plans.asked_of(meetup, people, settings, memory.met_before(meetup, people))
    if asked.clashes:
        raise Refusal(asked.clashes[0].sentence)
    keys = {attendee.id: attendee.public_id for attendee in state.people.values()}
    hand = {(keys[c.attendee_id], c.round): c.table for c in state.changes if c.why == Why.HAND}
    seats = {number: {keys[id]: table for id, table in seated.items()} for number, seated in state.seats.items()}
    away = frozenset((keys[id], number) for id, number in state.away)
    return rest_of(asked.problem, Day(seats, state.clock.first_free, away, hand))


@jobs.handler(queries.REPLAN_JOB)
def make_plan(job: Job) -> None:
    """Make the plan of a job and keep it as a version that does not hold yet; its number is in the job's progress."""
    job_id, payload, user_id = job.id, dict(job.payload), job.created_by
    db.session.rollback()
    begun = time.monotonic()
    try:
        request = {name: payload[name] for name in ("problem", "seed", "time_limit")}
        result = engine.ask(request, plans.Told(job_id))
        version = keep(payload, result, seconds=time.monotonic() - begun, user_id=user_id, now=clock.now())
        jobs.report(job_id, {"version": version})
    except Refusal as refusal:
        jobs.report(job_id, {"refusal": str(refusal)})


def keep(payload: dict[str, Any], result: dict[str, Any], *, seconds: float, user_id: int | None, now: datetime) -> int:
    """Keep what the engine found: a version that seats people in the rounds to come. Returns its number."""
    problem, meetup_id, first = payload["problem"], payload["meetup_id"], payload["from_round"]
    with transaction():
        desk = hold(meetup_id, user_id=user_id or 0, now=now)
        plan = Plan(
            meetup_id=meetup_id, version=meetups.next_version(meetup_id), rounds=problem["rounds"], seed=result["seed"],
            iterations=result["iterations"], stopped_early=result["stopped_early"], engine_version=result["engine"],
            method=result["method"], problem=problem, told=next(iter(desk.state.plans.values())).told, metrics=result["metrics"],
            fingerprint=plans.fingerprint_of(problem), bounds=result["bounds"], seconds=round(seconds, 2), created_by=user_id,
            created_at=now, from_round=first,
        )  # fmt: skip
        db.session.add(plan)
        db.session.flush()
        ids = {attendee.public_id: attendee.id for attendee in desk.state.people.values()}
        if any(person["id"] not in ids for person in problem["participants"]):
            raise Refusal(say("Somebody was taken off the list while the plan was made. Plan again."))
        to_come = {"rounds": [round for round in result["plan"]["rounds"] if round["round"] >= first - 1]}
        db.session.execute(sa.insert(Seating), plans.seatings_of(plan.id, to_come, ids))
        audit.record("live: planned anew", f"meetup:{meetup_id}", actor=audit.user(user_id), now=now, after={"version": plan.version})
        return plan.version


def preview(meetup: Meetup, version: int, *, now: datetime) -> Preview:
    """What a version made at the desk would change, round by round, compared with what holds at this instant."""
    state, plan = queries.state_of(meetup, now), queries.find_plan(meetup.id, version)
    if plan is None or plan.from_round is None:
        raise Refusal(say("There is no such plan. Plan the rounds to come anew."))
    first = max(plan.from_round, state.clock.first_free)
    after = queries.seats_with(state, plan)
    differences = [difference(number, state.seats[number], after[number]) for number in range(first, state.rounds + 1)]
    return Preview(version, state, plan.from_round, differences, _is_current(meetup, state, plan))


def _is_current(meetup: Meetup, state: LiveState, plan: Plan) -> bool:
    if plan.from_round != state.clock.first_free:
        return False
    try:
        return plans.fingerprint_of(write_problem(problem_of(meetup, state))) == plan.fingerprint
    except Refusal:
        return False


def apply(meetup_id: int, version: int, *, user_id: int, now: datetime) -> int:
    """Let a plan made anew hold in the rounds to come; returns how many people change a table. Only as it was previewed: if anything
    changed since, it is refused."""
    with transaction():
        desk = hold(meetup_id, user_id=user_id, now=now)
        _refuse_all_known(desk.state)
        plan = queries.find_plan(meetup_id, version)
        if plan is None or not _is_current(desk.meetup, desk.state, plan):
            raise Refusal(say("Something changed since this preview: somebody came, left or was moved, or a round began. Plan anew."))
        after = queries.seats_with(desk.state, plan)
        first = desk.state.clock.first_free
        changed = {p for n in range(first, desk.state.rounds + 1) for p in difference(n, desk.state.seats[n], after[n]).changed}
        before = desk.state.force[-1].id
        for aside in set(desk.state.changes) - set(queries.lasting(desk.state)):
            aside.undone_at, aside.undone_by = now, user_id
        force.put(desk.row, plan.id, first, before=before, user_id=user_id, now=now)
        desk.write(LiveDeed.APPLIED, round=first, people=len(changed))
        desk.done("plan applied", plan=plan.version, round=first, people=len(changed))
        return len(changed)


def take_back(meetup_id: int, *, user_id: int, now: datetime) -> None:
    """Let the plan from before hold again in the rounds that are not frozen yet."""
    with transaction():
        desk = hold(meetup_id, user_id=user_id, now=now)
        newest = desk.state.can_take_back
        if newest is None:
            raise Refusal(say("There is nothing to take back: no plan made anew holds in the rounds to come."))
        before = next(row for row in desk.state.force if row.id == newest.before_id)
        first = desk.state.clock.first_free
        force.put(desk.row, before.plan_id, first, before=before.before_id, user_id=user_id, now=now)
        _seat_again(newest, first)
        text = "With what was moved by hand or wished since, the plan from before breaks a rule. Plan the rounds to come anew instead."
        desk.refuse_broken(range(first, desk.state.rounds + 1), say(text))
        desk.write(LiveDeed.TAKEN_BACK, round=first)
        desk.done("plan taken back", plan=before.plan.version, round=first)


def _seat_again(newest: PlanInForce, first: int) -> None:
    """Late arrivals who had seats in rounds to come, by a spare card, have them again once the plan is taken back."""
    aside = sa.update(SeatChange).where(SeatChange.run_id == newest.run_id, SeatChange.why == Why.LATE, SeatChange.round >= first)
    db.session.execute(aside.where(SeatChange.undone_at == newest.created_at).values(undone_at=None, undone_by=None))


def _refuse_all_known(state: LiveState) -> None:
    if state.clock.first_free > state.rounds:
        raise Refusal(say("Every round is known already, so there is nothing left to plan anew."))
