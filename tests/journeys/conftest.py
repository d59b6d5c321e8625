"""What journeys stand on: a database of their own, on either engine, and a visit that is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler import create_app
from scheduler.foundation.db import db, transaction
from scheduler.schools.models import School, Tier
from scheduler.visits import service as visits
from tests import postgres
from tests.databases import Migrated
from tests.people import details


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, migrated: Migrated, worker_id: str) -> Iterator[str]:
    yield migrated.copy(request.param, f"race_{worker_id}", tmp_path)
    if request.param == "postgresql":
        postgres.running().drop(f"race_{worker_id}")


@pytest.fixture
def open_a_visit() -> Callable[..., str]:
    """Makes a school and a published visit in the database of a running server; returns the visit's public id."""
    return _open_a_visit


def _open_a_visit(folder: Path, database: str, *, capacity: int) -> str:
    app = create_app({"SQLALCHEMY_DATABASE_URI": database, "DATA_DIR": folder})
    with app.app_context():
        now = datetime.now(UTC)
        with transaction():
            school = School(slug="race", name="Race", short_name="Race", tier=Tier.LIVING_LAB, borough="", time_zone="UTC", created_at=now)
            db.session.add(school)
        begins = (now + timedelta(days=30)).replace(tzinfo=None, hour=15, minute=0, second=0, microsecond=0)
        facts = details(capacity=capacity, starts_wall=begins, ends_wall=begins + timedelta(hours=2))
        public_id = visits.create_visit(school.id, facts, publish=True, actor="command:test", now=now)
        db.session.remove()
        db.engine.dispose()
    return public_id
