"""Two servers with data folders of their own share PostgreSQL and the secret: what is done at one is so at the other (trust P1, P9)."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest

from scheduler import create_app
from scheduler.accounts import service as accounts
from scheduler.core.access import AccessRole
from scheduler.foundation.db import db
from tests import postgres
from tests.journeys.test_kill import names_of_the_booked
from tests.server import Server, Visitor, hidden, serving

SECRET = "one secret for all servers of an installation"
SHARED = {"SCHEDULER_SECRET_KEY": SECRET, "SCHEDULER_BASE_URL": "http://visits.example.org", "SCHEDULER_LOG": "json"}
SEATS = 6


@pytest.fixture
def shared(worker_id: str) -> Iterator[str]:
    name = f"shared_{worker_id}"
    yield postgres.running().create(name)
    postgres.running().drop(name)


@pytest.fixture
def two(shared: str, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    with serving(tmp_path / "one", shared, settings=SHARED) as one, serving(tmp_path / "other", shared, settings=SHARED) as other:
        yield one, other


class Wanderer(Visitor):
    """A browser that a proxy sends to one server, then to the other."""

    def __init__(self, *servers: Server) -> None:
        super().__init__(servers[0].port)
        self._ports = [server.port for server in servers]

    def _send(self, *request: object) -> tuple[int, str]:
        self._ports = [*self._ports[1:], self._ports[0]]
        self.port = self._ports[0]
        return super()._send(*request)  # type: ignore[arg-type]


def invited(folder: Path, database: str, role: AccessRole) -> str:
    """The path of an invitation, made by the command line on one of the machines."""
    app = create_app({"SQLALCHEMY_DATABASE_URI": database, "DATA_DIR": folder, "SECRET_KEY": SECRET})
    with app.app_context():
        token = accounts.invite_from_command("organizer@example.org", role, None, now=datetime.now(UTC))
        db.session.remove()
        db.engine.dispose()
    return f"/invitations/{token}"


def book(visitor: Visitor, public_id: str, name: str) -> int:
    fields = hidden(visitor.get(f"/visits/{public_id}")[1]) | {
        "lead_name": name, "lead_email": f"{name}@example.org", "organization": "A", "party_size": "1", "photo_rule": "y",
    }  # fmt: skip
    return visitor.post(f"/visits/{public_id}/book", fields)[0]


@pytest.mark.soak
def test_two_servers_with_different_data_folders_are_one_service(
    two: tuple[Server, Server], shared: str, open_a_visit: Callable[..., str], tmp_path: Path
) -> None:
    one, other = two
    kept = HTTPConnection("127.0.0.1", one.port)  # as a proxy keeps it
    kept_for = time.monotonic()
    answers = [_status(kept)]
    public_id = open_a_visit(tmp_path / "one", shared, capacity=SEATS)
    feed, page = "/feeds/schools/race.ics", f"/visits/{public_id}"
    before = [Visitor(server.port).get(feed)[1] for server in two]

    # One form, opened at one server and sent to the other; the last seat is sold once.
    booked = [book(Wanderer(one, other), public_id, f"person{n}") for n in range(SEATS)]
    late = [book(Wanderer(other, one), public_id, f"late{n}") for n in range(2)]

    assert booked == [303] * SEATS
    assert all(status == 409 for status in late), late
    assert set(names_of_the_booked(tmp_path / "other", shared)) == {f"person{n}" for n in range(SEATS)}
    assert len({_seats(Visitor(server.port).get(page)[1]) for server in two}) == 1

    # Who signs in at one is known at the other; a file that is shared there is served here; a change is in both feeds at once.
    staff = Wanderer(one, other)
    path = invited(tmp_path / "one", shared, AccessRole.ORGANIZER)
    assert staff.post(path, hidden(staff.get(path)[1]) | {"name": "Olu"})[0] == 303
    assert [staff.get("/workspace")[0] for _ in two] == [200, 200]
    new = "/workspace/resources/new?school=race"
    fields = hidden(staff.get(new)[1]) | {"title": "Rubric", "kind": "grading", "audience": "everybody", "summary": "", "url": ""}
    assert staff.post_file(new, fields, ("file", "rubric.pdf", b"%PDF-1.7 rubric"))[0] == 303
    files = [re.findall(r"/resources/\w+/file", Visitor(server.port).get("/resources")[1]) for server in two]
    assert files[0] == files[1] != []
    assert {Visitor(server.port).get(files[0][0]) for server in two} == {(200, "%PDF-1.7 rubric")}

    cancel = f"/workspace/visits/{public_id}/cancel"
    assert staff.post(cancel, hidden(staff.get(cancel)[1]) | {"reason": "Snow"})[0] == 303
    after = [Visitor(server.port).get(feed)[1] for server in two]
    assert before[0] == before[1] and after[0] == after[1]  # noqa: PT018
    assert "STATUS:CANCELLED" in after[0]
    assert [staff.get("/workspace/visits")[0] for _ in two] == [200, 200]
    out = staff.post("/sign-out", hidden(staff.get("/workspace")[1]))[0]
    assert (out, staff.get("/workspace")[0], staff.get("/workspace")[0]) == (303, 302, 302)

    time.sleep(max(0.0, 5 - (time.monotonic() - kept_for)))
    assert [*answers, _status(kept)] == [200, 200]
    kept.close()

    lines = [[json.loads(line) for line in server.output.splitlines() if line.startswith("{")] for server in two]
    assert [{*Counter(line["request"] for line in said if line["says"] == "answered").values()} for said in lines] == [{1}, {1}]


def _status(connection: HTTPConnection) -> int:
    connection.request("GET", "/healthz", headers={"Host": "visits.example.org"})
    with connection.getresponse() as answer:
        answer.read()
        return answer.status


def _seats(page: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\d+ of \d+|Full", page))
