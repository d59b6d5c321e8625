"""`kill -9` between any two steps at the desk: after the restart it shows the same round, the same clock and the same seats (rule 11)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler import create_app
from scheduler.foundation.db import db
from scheduler.meetups.live import queries
from tests.meetups.test_live import THE_NEXT, begins_now
from tests.server import Server, Visitor, free_port, hidden

STEPS = ("start", "skip", "minute", "pause", "resume", "back")


class Night:
    """The sample meetup, which is to begin now, on a server that dies again and again."""

    def __init__(self, folder: Path) -> None:
        self.database, self.folder, self.port = f"sqlite:///{folder / 'night.db'}", folder, free_port()
        self.server = Server(folder, self.database, self.port, demo=True)
        self.server.wait_until_it_answers()
        self.visitor = Visitor(self.port)
        self.public_id = self._begin_now()
        self._sign_in()

    def _begin_now(self) -> str:
        with self._app().app_context():
            return begins_now(datetime.now(UTC)).gathering.public_id

    def _app(self):  # type: ignore[no-untyped-def]
        key = (self.folder / "secret_key").read_text()
        return create_app({"SQLALCHEMY_DATABASE_URI": self.database, "DATA_DIR": self.folder, "SECRET_KEY": key})

    def _sign_in(self) -> None:
        found = re.search(r"Sign in as organizer\s*http://[^/]+(\S+)", self.server.output)
        assert found
        page = self.visitor.get(found.group(1))[1]
        assert self.visitor.post(found.group(1), hidden(page))[0] == 303

    def press(self, deed: str) -> int:
        page = self.visitor.get(f"/workspace/meetups/{self.public_id}/desk")[1]
        return self.visitor.post(f"/workspace/meetups/{self.public_id}/desk/clock/{deed}", hidden(page))[0]

    def die(self) -> None:
        self.server.kill()
        self.server = Server(self.folder, self.database, self.port)
        self.server.wait_until_it_answers()

    def stands(self, now: datetime) -> tuple[object, ...]:
        with self._app().app_context():
            meetup = db.session.scalars(THE_NEXT).one()
            state = queries.state_of(meetup, now)
            return state.clock, state.etag, dict(state.seats)


@pytest.mark.soak
def test_killed_server_shows_the_same_round_and_the_same_clock(tmp_path: Path) -> None:
    night = Night(tmp_path)
    try:
        for step in STEPS:
            assert (step, night.press(step)) == (step, 303)
            now = datetime.now(UTC)
            before = night.stands(now)
            night.die()
            assert night.stands(now) == before
        page = night.visitor.get(f"/workspace/meetups/{night.public_id}/desk")[1]
    finally:
        night.server.stop()

    assert "People move to round 1 of 3" in page
