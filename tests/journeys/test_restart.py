"""PostgreSQL is restarted under load: pages say 503 for seconds with the form on them, and nothing is lost (trust P16)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import postgres
from tests.journeys.test_kill import names_of_the_booked
from tests.server import Visitor, hidden, serving

PEOPLE, AT_ONCE, RESTARTS, PATIENCE = 150, 12, 3, 30


@pytest.fixture
def server_of_our_own() -> Iterator[postgres.Postgres]:
    own = postgres.start()
    yield own
    own.stop()


def book(port: int, public_id: str, name: str) -> list[int]:
    """Open the page and press Book; where the answer is 503, press the button of that page until it is another."""
    visitor, seen = Visitor(port), list[int]()
    status, page = _until_it_works(lambda: visitor.get(f"/visits/{public_id}"), seen)
    assert status == 200, page
    fields = hidden(page) | {
        "lead_name": name, "lead_email": f"{name}@example.org", "organization": "A", "party_size": "1", "photo_rule": "y",
    }  # fmt: skip

    def press() -> tuple[int, str]:
        nonlocal fields
        status, said = visitor.post(f"/visits/{public_id}/book", fields)
        if status == 503:
            assert hidden(said) == fields
            fields = hidden(said)
        return status, said

    status, said = _until_it_works(press, seen)
    assert status == 303, said
    return seen


def _until_it_works(act: Callable[[], tuple[int, str]], seen: list[int]) -> tuple[int, str]:
    deadline = time.monotonic() + PATIENCE
    while True:
        status, said = act()
        seen.append(status)
        if status != 503 or time.monotonic() > deadline:
            return status, said
        time.sleep(0.2)


@pytest.mark.soak
def test_P16_postgresql_restarted_under_load_loses_nothing(
    server_of_our_own: postgres.Postgres, open_a_visit: Callable[..., str], tmp_path: Path
) -> None:
    database = server_of_our_own.create("restarted")
    with serving(tmp_path, database) as server:
        public_id = open_a_visit(tmp_path, database, capacity=PEOPLE)
        names = [f"person{n}" for n in range(PEOPLE)]
        with ThreadPoolExecutor(AT_ONCE) as crowd:
            asked = [crowd.submit(book, server.port, public_id, name) for name in names]
            for share in range(1, RESTARTS + 1):
                while sum(each.done() for each in asked) < PEOPLE * share // (RESTARTS + 2):
                    time.sleep(0.02)
                server_of_our_own.restart()
            statuses = Counter(status for each in asked for status in each.result())
        lives = server.process.is_alive()

    assert lives, server.output
    assert statuses[503] > 0, "no restart was noticed"
    assert set(statuses) == {200, 303, 503}
    assert names_of_the_booked(tmp_path, database) == Counter(names)
