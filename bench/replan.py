"""Planning anew when people stay away: is the new plan at its bounds, and how many announced seats change.

Rooms of 120 and 1,000 people from schools of different sizes, tables of 4, 8 rounds: three are played, then every fortieth
person leaves. "Touched" are the seats at tables that somebody left: what changes when only those tables are seated anew.

The second table is the desk itself, with rows in a database and the worker of a server: from the tap on "Plan the coming rounds
anew" until the preview is there. Promised are one second for 120 people and five for 1,000.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import sqlalchemy as sa

from scheduler import create_app
from scheduler.core.pairing.instance import write_problem
from scheduler.core.pairing.problem import Participant, Problem
from scheduler.core.pairing.seating import BySize
from scheduler.core.pairing.solve import Result, solve
from scheduler.foundation.db import db, transaction
from scheduler.foundation.migrating import upgrade
from scheduler.foundation.worker import Worker
from scheduler.meetups import engine, plans
from scheduler.meetups import queries as meetups
from scheduler.meetups import service as meetup_service
from scheduler.meetups.live import queries, service
from scheduler.meetups.models import Format, Meetup
from scheduler.registration.service import Member
from scheduler.schools.models import School, Tier

ROOMS = ((120, 0.5), (1_000, 2.0))
PLAYED = 3
TAPS = 3
ROLES = ("leader", "teacher", "counselor")


def room(people: int) -> Problem:
    """People of schools of which a few are large."""
    chance = Random(3)
    schools = [f"s{int(chance.random() ** 2 * people / 3)}" for _ in range(people)]
    return Problem(tuple(Participant(f"p{i}", school=school) for i, school in enumerate(schools)), 8, BySize(4))


def without(problem: Problem, known: Result, gone: set[str]) -> Problem:
    """Some rounds on: those who left are in no list any more, and everybody else knows their seats."""
    left = tuple(person for person in problem.participants if person.id not in gone)
    rounds = [
        replace(round, tables=tuple(replace(table, members=tuple(set(table.members) - gone)) for table in round.tables))
        for round in known.plan.rounds
    ]
    return replace(problem, participants=left, frozen=tuple(rounds[:PLAYED]), announced=tuple(rounds[PLAYED:]))


def main() -> None:
    print(f"{'people':>6} {'given':>6} {'took':>6}  {'repeats':<8} {'same school':<12} {'changed':>8} {'touched':>8} {'ratio':>6}")
    for people, seconds in ROOMS:
        problem = room(people)
        known = solve(problem, seed=1, effort="thorough", time_limit=2)
        gone = set(Random(4).sample([person.id for person in problem.participants], people // 40))
        anew = without(problem, known, gone)
        touched = sum(
            len(set(table.members) - gone) for round in known.plan.rounds[PLAYED:] for table in round.tables if gone & set(table.members)
        )
        begun = time.perf_counter()
        metrics = solve(anew, seed=1, effort="thorough", time_limit=seconds).metrics
        took = time.perf_counter() - begun
        repeats = f"{metrics.repeat_meetings} [{metrics.repeat_meetings_min}]"
        schools = f"{metrics.same_school_meetings} [{metrics.same_school_min}]"
        changed = metrics.changed_seats or 0
        print(f"{people:>6} {seconds:>5}s {took:>5.2f}s  {repeats:<8} {schools:<12} {changed:>8} {touched:>8} {changed / touched:>6.2f}")
    print(f"\n{'people':>6} {'median':>7} {'worst':>7}  of {TAPS} taps, until the preview is there")
    for people, _ in ROOMS:
        took = sorted(taps(people))
        print(f"{people:>6} {took[len(took) // 2]:>6.2f}s {took[-1]:>6.2f}s")


def taps(people: int) -> list[float]:
    """How long each tap takes; before each one more person leaves."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder}/replan.db", "DATA_DIR": Path(folder)})
        with app.app_context():
            upgrade()
            begins = datetime.now(UTC) - timedelta(hours=2)
            meetup = planned(people, begins)
            service.start(meetup.id, seen=queries.state_of(meetup, begins).mark, user_id=1, now=begins)
            worker = Worker(app).start()
            try:
                return [tap(meetup, begins + timedelta(minutes=1, seconds=n)) for n in range(TAPS)]
            finally:
                worker.stop()
                db.session.remove()
                db.engine.dispose()


def tap(meetup: Meetup, now: datetime) -> float:
    gone = next(one for one in queries.state_of(meetup, now).expected)
    service.leave(meetup.id, gone.id, user_id=1, now=now)
    begun = time.perf_counter()
    job = service.start_preview(meetup.id, user_id=1, now=now)
    while not (found := queries.job_or_404(meetup, job).progress).get("version"):
        assert "refusal" not in found, found
        db.session.rollback()
        time.sleep(0.05)
    service.preview(meetup, found["version"], now=now)
    return time.perf_counter() - begun


def planned(people: int, begins: datetime) -> Meetup:
    """A meetup with a published plan: teams of three at tables of four, 8 rounds."""
    before = begins - timedelta(days=30)
    wall = begins.replace(tzinfo=None, microsecond=0) - timedelta(hours=5)
    details = meetup_service.MeetupDetails(
        title="Bench", description="", starts_wall=wall, ends_wall=wall + timedelta(hours=3), time_zone="America/Bogota", place="Here",
        capacity=people, rounds=8, format=Format.TABLES, table_size=4, team_most=6,
    )  # fmt: skip
    meetup = meetups.meetup_or_404(meetup_service.create_meetup(details, publish=True, actor="command:bench", now=before))
    for number, school_id in enumerate(schools(-(-people // 3), before)):
        members = [Member(f"Person {number} {role}", role) for role in ROLES[: people - number * 3]]
        meetup_service.register_team(meetup.id, school_id, members, actor="command:bench", now=before)
    problem = write_problem(plans.asked_of(meetup, meetups.attendees_of(meetup.gathering_id), plans.settings_of(meetup)).problem)
    result = engine.ask({"problem": problem, "seed": 1, "time_limit": 2}, lambda progress: False)
    plans.keep_plan({"meetup_id": meetup.id, "version": 1, "problem": problem}, result, seconds=2, user_id=1, now=before)
    plans.publish_plan(meetup.id, 1, actor="command:bench", now=before)
    return meetup


def schools(number: int, now: datetime) -> list[int]:
    facts = {"tier": Tier.ACTIVE_MEMBER, "borough": "Bronx", "time_zone": "America/New_York", "created_at": now}
    with transaction():
        db.session.add_all([School(slug=f"school-{n}", name=f"School {n}", short_name=f"S{n}", **facts) for n in range(number)])
    return list(db.session.scalars(sa.select(School.id)))


if __name__ == "__main__":
    main()
