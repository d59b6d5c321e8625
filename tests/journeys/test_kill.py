"""`kill -9` at random moments: who was told "you are booked" is booked, once, and nobody else is (trust P3, P4)."""

from __future__ import annotations

import http.client
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from pathlib import Path

import pytest
import sqlalchemy as sa

from scheduler import create_app
from scheduler.foundation.db import db
from scheduler.registration.models import Registration
from tests.server import Server, Visitor, free_port, hidden

ROUNDS, PEOPLE = 20, 12


class Booker:
    """One person with the form filled in, about to press Book."""

    def __init__(self, port: int, public_id: str, name: str) -> None:
        self.name, self._path, self._visitor = name, f"/visits/{public_id}/book", Visitor(port)
        self._fields = hidden(self._visitor.get(f"/visits/{public_id}")[1]) | {
            "lead_name": name, "lead_email": f"{name}@example.org", "organization": "A", "party_size": "1", "photo_rule": "y",
        }  # fmt: skip

    def press(self) -> bool:
        """Send the form; whether the answer came, and said yes."""
        try:
            status, said = self._visitor.post(self._path, self._fields)
        except (OSError, http.client.HTTPException):
            return False
        assert status == 303, (status, said[:300])
        return True


def names_of_the_booked(folder: Path, database: str) -> Counter[str]:
    app = create_app({"SQLALCHEMY_DATABASE_URI": database, "DATA_DIR": folder})
    with app.app_context():
        found = Counter(db.session.scalars(sa.select(Registration.lead_name)))
        db.session.remove()
        db.engine.dispose()
    return found


@pytest.mark.soak
def test_killed_server_loses_no_booking_and_invents_none(database: str, open_a_visit: Callable[..., str], tmp_path: Path) -> None:
    chance = random.Random(7)
    server = Server(tmp_path, database, free_port())
    server.wait_until_it_answers()
    public_id = open_a_visit(tmp_path, database, capacity=500)
    told: set[str] = set()
    unanswered: list[Booker] = []
    for turn in range(ROUNDS):
        crowd = [Booker(server.port, public_id, f"round{turn}person{n}") for n in range(PEOPLE)]
        with ThreadPoolExecutor(PEOPLE) as threads:
            presses = {threads.submit(booker.press): booker for booker in crowd}
            for _ in islice(as_completed(presses), chance.randrange(PEOPLE)):
                pass
            server.kill()
        told |= {booker.name for press, booker in presses.items() if press.result()}
        unanswered += [booker for press, booker in presses.items() if not press.result()]
        server = Server(tmp_path, database, server.port)
        server.wait_until_it_answers()
    before = set(names_of_the_booked(tmp_path, database))
    again = {booker.name for booker in unanswered if booker.press()}
    server.stop()

    assert told, "every kill came before the first answer"
    assert unanswered, "every kill came after the last answer"
    assert told <= before
    booked = names_of_the_booked(tmp_path, database)
    assert set(booked) == told | again == {f"round{turn}person{n}" for turn in range(ROUNDS) for n in range(PEOPLE)}
    assert set(booked.values()) == {1}
