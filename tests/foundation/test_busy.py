"""Disk full or database locked: 503 with human words, reading works, the form is still there and works afterwards (trust P16)."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from scheduler.foundation import access
from scheduler.foundation.db import db, transaction
from scheduler.registration.models import Registration
from scheduler.visits.models import Visit
from tests.foundation.test_outbox import put
from tests.server import hidden
from tests.test_app import Another, another
from tests.visits.test_pages import booking

__all__ = ["another"]


@contextmanager
def locked(app: Flask) -> Iterator[None]:
    """Somebody else writes and does not come to an end."""
    with sqlite3.connect(db.engine.url.database or "", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.rollback()
    other.close()


@contextmanager
def full(app: Flask) -> Iterator[None]:
    """The disk has no room for another page of the database."""

    def no_more(connection: Any, record: Any) -> None:
        connection.execute("PRAGMA max_page_count=1").close()  # SQLite makes it as many as there are

    with app.app_context():
        engine = db.engine
    engine.dispose()
    sa.event.listen(engine, "connect", no_more)
    try:
        with app.app_context(), suppress(OperationalError):
            while True:  # the pages that there are fill up
                put()
        yield
    finally:
        sa.event.remove(engine, "connect", no_more)
        engine.dispose()


TROUBLES = pytest.mark.parametrize("trouble", [locked, full], ids=["locked", "full"])


def stored() -> int:
    db.session.rollback()
    return db.session.query(Registration).count()


@TROUBLES
def test_P16_busy_is_said_reading_works_and_the_same_form_works_afterwards(
    cast: SimpleNamespace, make_visit: Callable[..., Visit], another: Another, trouble: Callable[[Flask], Any]
) -> None:
    if db.engine.dialect.name != "sqlite":
        return  # PostgreSQL goes away by a restart: tests/journeys/test_restart.py
    page = f"/visits/{make_visit(cast.here, in_days=20).gathering.public_id}"
    other = another(SQLALCHEMY_ENGINE_OPTIONS={"connect_args": {"timeout": 0.1}})
    client = other.test_client()
    form = hidden(client.get(page).text) | booking(purpose="To see <how> it's done & why. " * 5, lead_name="Zoë “Z” O'Neil")

    with trouble(other):
        answer = client.post(f"{page}/book", data=form)
        read = [client.get(address).status_code for address in (page, "/", "/feeds/network.ics")]
        meanwhile = stored()
    again = client.post(f"{page}/book", data=hidden(answer.text))

    assert (answer.status_code, answer.headers.get("Retry-After"), read, meanwhile) == (503, "5", [200] * 3, 0)
    assert "Nothing was stored, and what you typed is kept on this page: send it again in a moment." in answer.text
    assert f'action="{page}/book"' in answer.text
    assert hidden(answer.text) == {name: str(value) for name, value in form.items()}
    assert (again.status_code, stored()) == (303, 1)
    assert db.session.scalars(sa.select(Registration.lead_name)).all() == ["Zoë “Z” O'Neil"]


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 503), (errno.EIO, 500)])
def test_P16_an_upload_that_finds_no_room_is_told_to_choose_the_file_again(another: Another, number: int, status: int) -> None:
    other = another(WTF_CSRF_ENABLED=False)

    def put_down() -> str:
        raise OSError(number, os.strerror(number))

    other.add_url_rule("/upload", "upload", access.open_to(access.ANYONE)(put_down), methods=["POST"])

    answer = other.test_client().post("/upload", data={"file": (BytesIO(b"a,b"), "a.csv")})

    assert answer.status_code == status
    assert ("Go back, choose the file once more and send it in a moment." in answer.text) == (status == 503)


def test_P16_threads_that_wait_for_a_turn_give_up_too(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    if db.engine.dialect.name != "sqlite":
        return
    monkeypatch.setattr("scheduler.foundation.db.PATIENCE", 0.1)
    begun, may_end = threading.Event(), threading.Event()

    def write_for_long() -> None:
        with app.app_context(), transaction():
            begun.set()
            may_end.wait(10)

    writer = threading.Thread(target=write_for_long)
    writer.start()
    begun.wait(10)
    try:
        with pytest.raises(PoolTimeout), transaction():
            pass
    finally:
        may_end.set()
        writer.join()
