"""What tests of meetups stand on: a meetup in Manhattan, the schools of the network, and a list as organizers have it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from scheduler.foundation import jobs
from scheduler.foundation.db import db, transaction
from scheduler.foundation.jobs import Job
from scheduler.meetups import plans, queries, service
from scheduler.meetups.models import Format, Meetup, Plan
from scheduler.meetups.results import Result
from scheduler.registration.service import Member
from scheduler.schools.models import School, Tier
from tests.people import MONDAY

SCHOOLS = 40
HEADERS = ["Order #", "First name", "Last name", "Email", "School", "Ticket Type"]
ROLES = ["Principal", "Teacher", "Student"]


def details(**more: Any) -> service.MeetupDetails:
    """What an organizer types; by default a meetup on Thursday, December 3, 2026, from 4 to 6 pm.

    Eight teams are planned in a third of a second for three rounds, and in more than one for five, where the best is not known for sure.
    """
    facts: dict[str, Any] = {
        "title": "Fall meetup", "description": "Meet each other.", "starts_wall": datetime(2026, 12, 3, 16, 0),
        "ends_wall": datetime(2026, 12, 3, 18, 0), "time_zone": "America/New_York", "place": "131 6th Ave", "capacity": 200, "rounds": 3,
        "format": Format.TABLES, "table_size": 4, "team_most": 6,
    }  # fmt: skip
    return service.MeetupDetails(**(facts | more))


def typed(**more: Any) -> dict[str, Any]:
    """The same as a form sends it, a month from now."""
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    facts = {
        "title": "Fall meetup", "description": "", "day": day, "starts": "16:00", "ends": "18:00", "time_zone": "America/New_York",
        "place": "131 6th Ave", "capacity": "200", "rounds": "6", "format": "tables", "table_size": "4", "team_most": "6",
        "team_least": "3", "closes_days": "7", "publish": "1",
    }  # fmt: skip
    return facts | more


@pytest.fixture
def make_meetup(app: Flask) -> Callable[..., Meetup]:
    """A published meetup; `in_days` counts from today for tests that go through pages."""

    def make(*, publish: bool = True, now: datetime = MONDAY, in_days: int | None = None, **more: Any) -> Meetup:
        if in_days is not None:
            now = datetime.now(UTC)
            day = (now + timedelta(days=in_days)).replace(tzinfo=None, hour=16, minute=0, second=0, microsecond=0)
            more = {"starts_wall": day, "ends_wall": day + timedelta(hours=2)} | more
        public_id = service.create_meetup(details(**more), publish=publish, actor="command:test", now=now)
        return queries.meetup_or_404(public_id)

    return make


@pytest.fixture
def network(app: Flask) -> list[School]:
    """Forty schools with names like real ones."""
    with transaction():
        schools = [
            School(
                slug=f"sample-school-{n}", name=f"Sample {n} Collegiate High School", short_name=f"Sample {n}", tier=Tier.ACTIVE_MEMBER,
                borough="Bronx", time_zone="America/New_York", created_at=MONDAY,
            )
            for n in range(1, SCHOOLS + 1)
        ]  # fmt: skip
        db.session.add_all(schools)
    return schools


def registrants(people: int = 120) -> list[list[str]]:
    """Rows of people as a ticket site exports them: three a school, of every third a student."""
    return [
        [
            str(9000 + n), "Sample", f"Visitor {n}", "" if n // SCHOOLS == 2 else f"visitor.{n}@example.org",
            f"Sample {n % SCHOOLS + 1} Collegiate HS", ROLES[n // SCHOOLS % 3],
        ]
        for n in range(people)
    ]  # fmt: skip


def as_csv(rows: Sequence[Sequence[str]], headers: Sequence[str] = HEADERS) -> bytes:
    """The file of some rows."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([headers, *rows])
    return out.getvalue().encode()


@pytest.fixture
def fill(network: list[School]) -> Callable[..., None]:
    """Register teams of three: a leader, a teacher and, unless somebody else is wanted, a student."""

    def fill_meetup(meetup: Meetup, teams: int = 8, *, third: str = "student", now: datetime = MONDAY) -> None:
        for n, school in enumerate(network[:teams]):
            members = [
                Member(f"Leader {n}", "leader", f"leader.{n}@example.org"), Member(f"Teacher {n}", "teacher", f"teacher.{n}@example.org"),
                Member(f"Stuart Student{n}", third),
            ]  # fmt: skip
            service.register_team(meetup.id, school.id, members, actor="command:test", now=now)

    return fill_meetup


@pytest.fixture
def make_plan(app: Flask) -> Callable[..., Result]:
    """A plan made by the real job in its real process; returns its newest version."""

    def make(meetup: Meetup, *, now: datetime = MONDAY, settings: plans.Settings | None = None) -> Result:
        plans.start_plan(meetup.id, settings or plans.settings_of(meetup), user_id=1, now=now)
        assert jobs.run_due() == 1
        errors = [job.error for job in db.session.query(Job)]
        assert set(errors) == {""}
        found = queries.find_plan(meetup.id, queries.last_version(meetup.id))
        assert isinstance(found, Plan)
        return Result(found)

    return make
