"""The race for the last seats, with real server processes (trust P1, P2): nobody too many, nobody lost, no 500."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from scheduler import create_app
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import OutboxMail
from scheduler.registration.models import EntryState, Registration, WaitlistEntry
from scheduler.schools.models import School, Tier
from scheduler.visits import service as visits
from tests import postgres
from tests.people import details
from tests.server import Server, Visitor, hidden, serving

PEOPLE, AT_ONCE, SEATS = 200, 64, 20


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'race.db'}"
        return
    name = f"race_{worker_id}"
    yield postgres.running().create(name)
    postgres.running().drop(name)


def open_a_visit(server: Server, database: str) -> str:
    app = create_app({"SQLALCHEMY_DATABASE_URI": database, "DATA_DIR": server.data})
    with app.app_context():
        now = datetime.now(UTC)
        with transaction():
            school = School(
                slug="race",
                name="Race School",
                short_name="Race",
                tier=Tier.LIVING_LAB,
                borough="",
                time_zone="America/New_York",
                created_at=now,
            )
            db.session.add(school)
        begins = (now + timedelta(days=30)).replace(tzinfo=None, hour=15, minute=0, second=0, microsecond=0)
        facts = details(capacity=SEATS, starts_wall=begins, ends_wall=begins + timedelta(hours=2))
        public_id = visits.create_visit(school.id, facts, publish=True, actor="command:test", now=now)
        db.session.remove()
        db.engine.dispose()
    return public_id


def book_or_wait(port: int, public_id: str, n: int) -> list[int]:
    """One person: opens the page, asks for a seat, takes the waitlist when offered. Returns the statuses seen."""
    visitor = Visitor(port)
    _, page = visitor.get(f"/visits/{public_id}")
    fields = hidden(page) | {
        "lead_name": f"Visitor {n}", "lead_email": f"visitor{n}@example.org", "organization": "A school",
        "party_size": "1", "photo_rule": "y",
    }  # fmt: skip
    status, _ = visitor.post(f"/visits/{public_id}/book", fields)
    if status != 409:
        return [status]
    return [status, visitor.post(f"/visits/{public_id}/book", fields | {"wait": "1"})[0]]


def test_last_seats_are_never_sold_twice_and_nobody_is_lost(database: str, tmp_path: Path) -> None:
    with serving(tmp_path, database) as server:
        public_id = open_a_visit(server, database)
        with ThreadPoolExecutor(AT_ONCE) as crowd:
            seen = list(crowd.map(lambda n: book_or_wait(server.port, public_id, n), range(PEOPLE)))

    assert Counter(statuses[-1] for statuses in seen) == {303: PEOPLE}, server.output
    app = create_app({"SQLALCHEMY_DATABASE_URI": database, "DATA_DIR": tmp_path})
    with app.app_context():
        seated = db.session.scalar(sa.select(sa.func.sum(Registration.party_size)))
        waiting = db.session.scalar(sa.select(sa.func.count(WaitlistEntry.id)).where(WaitlistEntry.state == EntryState.WAITING))
        mailed = db.session.scalar(sa.select(sa.func.count(sa.distinct(OutboxMail.to_address))))
        db.session.remove()
        db.engine.dispose()
    assert (seated, waiting, mailed) == (SEATS, PEOPLE - SEATS, PEOPLE)
