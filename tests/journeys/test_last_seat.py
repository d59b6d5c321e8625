"""The race for the last seats, with real server processes (trust P1, P2): nobody too many, nobody lost, no 500."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy as sa

from scheduler import create_app
from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from scheduler.registration.models import EntryState, Registration, WaitlistEntry
from tests.server import Visitor, hidden, serving

PEOPLE, AT_ONCE, SEATS = 200, 64, 20


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


def test_last_seats_are_never_sold_twice_and_nobody_is_lost(database: str, open_a_visit: Callable[..., str], tmp_path: Path) -> None:
    with serving(tmp_path, database) as server:
        public_id = open_a_visit(tmp_path, database, capacity=SEATS)
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
