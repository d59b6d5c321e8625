"""Wrong tries: counted for all servers of one database, a network of addresses at a time, and forgotten (trust P9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from scheduler import create_app
from scheduler.foundation.db import db
from scheduler.foundation.tries import Tries, WrongTries
from scheduler.registration.privacy import retention
from tests.people import MONDAY

MINUTE = timedelta(minutes=1)
GUESSES = Tries("a secret", 2, MINUTE)


@pytest.fixture
def second_server(app: Flask) -> Flask:
    """Another application on the same database."""
    return create_app({name: app.config[name] for name in ("SQLALCHEMY_DATABASE_URI", "DATA_DIR", "SECRET_KEY", "TESTING")})


def test_two_servers_count_together_and_who_waits_waits_at_both(app: Flask, second_server: Flask) -> None:
    GUESSES.wrong("192.0.2.1", MONDAY)
    with second_server.app_context():
        GUESSES.wrong("192.0.2.1", MONDAY + timedelta(seconds=5))
        there = GUESSES.seconds_to_wait("192.0.2.1", MONDAY + timedelta(seconds=20))
        db.session.remove()
        db.engine.dispose()

    here = GUESSES.seconds_to_wait("192.0.2.1", MONDAY + timedelta(seconds=20))
    later = GUESSES.seconds_to_wait("192.0.2.1", MONDAY + MINUTE)

    assert (there, here, later) == (40, 40, 0)


def test_others_and_other_secrets_do_not_wait(app: Flask) -> None:
    for _ in range(3):
        GUESSES.wrong("2001:db8::1", MONDAY)

    asked = [
        (GUESSES, "2001:db8::ffff"),
        (GUESSES, "2001:db8:0:1::1"),
        (GUESSES, "192.0.2.1"),
        (Tries("another", 2, MINUTE), "2001:db8::1"),
    ]

    assert [tries.seconds_to_wait(caller, MONDAY) for tries, caller in asked] == [60, 0, 0, 0]


def test_new_span_begins_when_the_first_is_over_and_when_the_clock_was_set_back(app: Flask) -> None:
    waits = []
    for now in (MONDAY, MONDAY, MONDAY + MINUTE, MONDAY - timedelta(days=300), MONDAY - timedelta(days=300)):
        GUESSES.wrong("192.0.2.1", now)
        waits.append(GUESSES.seconds_to_wait("192.0.2.1", now))

    assert waits == [0, 60, 0, 0, 60]


def test_nothing_stored_tells_who_it_was_and_the_next_night_forgets_it(app: Flask) -> None:
    for caller in ("192.0.2.1", "2001:db8::1"):
        GUESSES.wrong(caller, MONDAY)
    stored = repr(db.session.execute(sa.select(WrongTries.__table__)).all())

    forgotten = retention.run(MONDAY + timedelta(days=1, minutes=1))

    assert "192.0.2" not in stored
    assert "2001" not in stored.replace("datetime", "")
    assert forgotten == {"tries": 2}


def test_a_try_is_one_statement_and_so_is_asking(app: Flask, count_statements: Callable[[Callable[[], object]], int]) -> None:
    GUESSES.seconds_to_wait("192.0.2.1", MONDAY)

    counted = [
        count_statements(lambda: GUESSES.wrong("192.0.2.1", MONDAY)),
        count_statements(lambda: GUESSES.seconds_to_wait("192.0.2.1", MONDAY)),
    ]

    assert counted == [1, 1]
