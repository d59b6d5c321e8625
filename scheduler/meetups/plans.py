"""Plans of a meetup: said what is possible, made by a job, kept as versions, published one at a time."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.core.pairing.asked import Asked, Frame, ask
from scheduler.core.pairing.instance import write_problem
from scheduler.core.pairing.plan import Pair
from scheduler.core.pairing.problem import Participant, Pin
from scheduler.core.refusal import Refusal, count, say
from scheduler.foundation import audit, clock, jobs, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.jobs import Job
from scheduler.foundation.tokens import new_public_id
from scheduler.meetups import engine, mail, queries, service
from scheduler.meetups.live import force
from scheduler.meetups.locks import Lock, locked_in, with_locks
from scheduler.meetups.memory import queries as memory
from scheduler.meetups.models import Format, Meetup, Plan, PlanState, Seating
from scheduler.meetups.timing import Talks, rounds_that_fit, talk_of
from scheduler.meetups.wishes import queries as wishes
from scheduler.meetups.wishes.naming import called
from scheduler.registration import changes
from scheduler.registration.models import Attendee, Gathering, GatheringState

TIME_LIMIT = 10
"""Seconds an organizer waits at most; the best plan found by then is kept (rule 7)"""
REPORT_EVERY = 0.3


@dataclass(frozen=True)
class Settings:
    """What an organizer chooses before pressing Plan."""

    rounds: int
    format: Format
    table_size: int


def settings_of(meetup: Meetup) -> Settings:
    """What was chosen last."""
    return Settings(meetup.rounds, meetup.format, meetup.table_size)


def frame_of(meetup: Meetup, settings: Settings) -> Frame:
    """How the rounds are held, with what the organizer has not chosen for this plan alone."""
    format, size = settings.format.value, settings.table_size
    return Frame(settings.rounds, format, size, meetup.stays, meetup.students_have_company, meetup.role_mix)


class Asking:
    """The people, wishes and memory of a meetup as the engine wants them, read once for as many settings as one likes; names are
    there for sentences and are never stored."""

    def __init__(
        self, meetup: Meetup, attendees: Sequence[Attendee], met_before: Mapping[Pair, int] | None = None, locks: Sequence[Lock] = ()
    ) -> None:
        step_free, names = wishes.step_free_of(meetup.gathering_id), called(attendees)
        self.meetup, self.met_before = meetup, met_before or {}
        self.people = [_participant(attendee, names[attendee.public_id], attendee.public_id in step_free) for attendee in attendees]
        self.wishes = [*(wish.asked for wish in wishes.wishes_of(meetup.id)), *(lock.wish for lock in locks)]

    def asked(self, settings: Settings, *, away: Collection[str] = ()) -> Asked:
        """What is asked for with these settings, without those who do not come."""
        asked = ask([person for person in self.people if person.id not in away], self.wishes, frame_of(self.meetup, settings))
        met = {pair: times for pair, times in self.met_before.items() if not any(person in away for person in pair)}
        return replace(asked, problem=replace(asked.problem, met_before=met))


def asked_of(
    meetup: Meetup, attendees: Sequence[Attendee], settings: Settings, met_before: Mapping[Pair, int] | None = None,
    locks: Sequence[Lock] = (),
) -> Asked:  # fmt: skip
    """What is asked of the engine for a meetup; clashes can be told without knowing who met before."""
    return Asking(meetup, attendees, met_before, locks).asked(settings)


def _participant(attendee: Attendee, name: str, step_free: bool) -> Participant:
    team = attendee.registration
    school = str(team.school_id or team.organization)
    return Participant(attendee.public_id, school, attendee.role or None, step_free=step_free, name=name)


@dataclass(frozen=True)
class Started:
    """The job that makes a plan; `is_new` False: somebody had pressed before."""

    job: str
    is_new: bool


def start_plan(meetup_id: int, settings: Settings, *, user_id: int, now: datetime, locks: Sequence[Lock] = ()) -> Started:
    """Have a plan made by the worker, around the locks of another version. While one is being made there is no second: both who press
    see the same one."""
    with transaction():
        meetup, gathering = service.hold(meetup_id)
        service.may_register(gathering, now)
        if (live := queries.live_job(meetup_id)) is not None:
            return Started(live.public_id, False)
        refuse_too_long(gathering, settings.rounds, meetup.talks)
        attendees = queries.attendees_of(gathering.id)
        asked = asked_of(meetup, attendees, settings, memory.met_before(meetup, attendees), locks)
        if asked.clashes:
            raise Refusal(asked.clashes[0].sentence)
        wished = asked_of(meetup, attendees, settings).problem.pins if locks else ()
        meetup.rounds, meetup.format, meetup.table_size = settings.rounds, settings.format, settings.table_size
        version = queries.next_version(meetup_id)
        problem = with_locks(write_problem(asked.problem), locks, wished)
        job = Job(
            public_id=new_public_id(), kind=queries.PLAN_JOB, about=f"meetup:{meetup_id}", live_key=f"{queries.PLAN_JOB}:{meetup_id}",
            payload={"meetup_id": meetup_id, "version": version, "problem": problem}, run_at=now, created_by=user_id,
            created_at=now,
        )  # fmt: skip
        db.session.add(job)
        after = {"version": version, "locks": len(locks)}
        audit.record("plan asked for", f"meetup:{meetup_id}", actor=audit.user(user_id), now=now, after=after)
        return Started(job.public_id, True)


def refuse_too_long(gathering: Gathering, rounds: int, talks: Talks) -> None:
    """Refuse more rounds than fit between the beginning and the end."""
    fit = rounds_that_fit(gathering.ends_at - gathering.starts_at, talks)
    if rounds > fit:
        fits = count(fit, "only %(n)d round fits", "only %(n)d rounds fit")
        raise Refusal(
            say("Between the beginning and the end of the meetup %(fits)s. Choose fewer or shorter ones, or let it end later.", fits=fits)
        )


def stop_plan(job_id: int) -> None:
    """Ask the engine to stop; the best plan so far is kept."""
    with transaction():
        db.session.execute(sa.update(Job).where(Job.id == job_id).values(stop_wanted=True))


@jobs.handler(queries.PLAN_JOB)
def make_plan(job: Job) -> None:
    """Make the plan of a job and keep it as a version. A job that a killed worker left behind is simply done again."""
    job_id, payload, user_id = job.id, dict(job.payload), job.created_by
    done_before = queries.find_plan(payload["meetup_id"], payload["version"]) is not None
    db.session.rollback()
    if done_before:
        return
    begun, told = time.monotonic(), Told(job_id)
    try:
        result = engine.ask({"problem": payload["problem"], "seed": payload["version"], "time_limit": TIME_LIMIT}, told)
        keep_plan(payload, result, seconds=time.monotonic() - begun, user_id=user_id, now=clock.now())
    except Refusal as refusal:
        jobs.report(job_id, {"refusal": str(refusal)})


def with_names(sentence: str, attendees: Sequence[Attendee]) -> str:
    """A sentence of the engine, which knows nobody's name, for people to read."""
    for attendee in attendees:
        sentence = sentence.replace(attendee.public_id, attendee.name or str(say("somebody without a name")))
    return sentence


class Told:
    """Writes progress down a few times a second, and remembers once somebody wants to stop."""

    def __init__(self, job_id: int) -> None:
        self.job_id, self.last, self.stop = job_id, float("-inf"), False

    def __call__(self, progress: dict[str, Any]) -> bool:
        if not self.stop and time.monotonic() - self.last >= REPORT_EVERY:
            self.stop = jobs.report(self.job_id, progress)
            self.last = time.monotonic()
            return self.stop
        return False


def keep_plan(payload: dict[str, Any], result: dict[str, Any], *, seconds: float, user_id: int | None, now: datetime) -> None:
    """Keep what the engine found as a version that is a draft, with all that makes it again."""
    with transaction():
        meetup = service.hold(payload["meetup_id"])[0]
        plan = add_version(meetup, payload["version"], payload["problem"], result, seconds=seconds, user_id=user_id, now=now)
        after = {"version": plan.version, "repeats": plan.metrics["repeat_meetings"], "same school": plan.metrics["same_school_meetings"]}
        audit.record("plan made", f"meetup:{meetup.id}", actor=audit.user(user_id) if user_id else "job:plan", now=now, after=after)


def add_version(
    meetup: Meetup, version: int, problem: dict[str, Any], result: dict[str, Any], *, seconds: float, user_id: int | None, now: datetime
) -> Plan:
    """The same inside the caller's transaction. Refuses where somebody of the problem has left the list."""
    ids = {attendee.public_id: attendee.id for attendee in queries.attendees_of(meetup.gathering_id)}
    if any(person["id"] not in ids for person in problem["participants"]):
        raise Refusal(say("Somebody was taken off the list while the plan was made. Plan again."))
    plan = Plan(
        meetup_id=meetup.id, version=version, rounds=problem["rounds"], seed=result["seed"], iterations=result["iterations"],
        stopped_early=result["stopped_early"], engine_version=result["engine"], method=result["method"], problem=problem, told=[],
        metrics=result["metrics"], fingerprint=fingerprint_of(problem), bounds=result["bounds"], seconds=round(seconds, 2),
        created_by=user_id, created_at=now,
    )  # fmt: skip
    db.session.add(plan)
    db.session.flush()
    db.session.execute(sa.insert(Seating), seatings_of(plan.id, result["plan"], ids, locked_in(problem)))
    return plan


def fingerprint_of(problem: dict[str, Any]) -> str:
    """What tells two problems apart; it names nobody."""
    return hashlib.sha256(json.dumps(problem, sort_keys=True).encode()).hexdigest()


def seatings_of(plan_id: int, plan: dict[str, Any], ids: dict[str, int], locks: Collection[Pin] = ()) -> list[dict[str, Any]]:
    """Rounds count from 1 here, as people count them; table T7 is table 7."""
    rows = []
    for round in plan["rounds"]:
        seats = [(group["table"], member) for group in round["groups"] for member in group["members"]]
        for table, member in (*seats, *((None, member) for member in round["byes"])):
            rows.append(
                {
                    "plan_id": plan_id, "round": round["round"] + 1, "table": int(table[1:]) if table else None,
                    "attendee_id": ids[member], "locked": table is not None and Pin(member, round["round"], table) in locks,
                }
            )  # fmt: skip
    return rows


def publish_plan(meetup_id: int, version: int, *, actor: str, now: datetime) -> int:
    """Publish one version; the one before it is replaced, and everybody with an address is mailed their rounds.

    Publishing the published version again does nothing. Returns how many people were mailed.
    """
    with transaction():
        meetup, gathering = service.hold(meetup_id)
        _refuse_unpublishable(gathering, now)
        plan = queries.find_plan(meetup_id, version)
        if plan is None:
            raise Refusal(say("There is no version %(version)d of this plan.", version=version))
        if plan.state == PlanState.PUBLISHED:
            return 0
        earlier = queries.published_version(meetup_id)
        db.session.execute(
            sa.update(Plan).where(Plan.meetup_id == meetup_id, Plan.state == PlanState.PUBLISHED).values(state=PlanState.REPLACED)
        )
        make_public(meetup, plan, now=now)
        force.published(plan, now=now)
        changes.raise_feeds([f"gathering:{gathering.id}"], now=now)
        letters = mail.published(meetup, plan, replaces=earlier is not None)
        for letter in letters:
            outbox.add(letter, now=now)
        audit.record(
            "plan published", f"meetup:{meetup_id}", actor=actor, now=now, before={"version": earlier},
            after={"version": version, "mails": len(letters)},
        )  # fmt: skip
        return len(letters)


def make_public(meetup: Meetup, plan: Plan, *, now: datetime) -> None:
    """A version as everybody reads it, with the lengths and prompts of its rounds as they are now."""
    plan.state, plan.published_at = PlanState.PUBLISHED, now
    plan.told = [[talk_of(meetup.talks, n).minutes, talk_of(meetup.talks, n).prompt] for n in range(1, plan.rounds + 1)]


def _refuse_unpublishable(gathering: Gathering, now: datetime) -> None:
    if gathering.state == GatheringState.DRAFT:
        raise Refusal(say("This meetup is a draft. Publish the meetup first: the mail leads to its page."))
    service.may_register(gathering, now)
