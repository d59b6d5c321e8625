"""What tests stand on: both databases with our real migrations, emptied after each test, and the fixed cast."""

from __future__ import annotations

import contextvars
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from scheduler import create_app
from scheduler.foundation.db import db
from scheduler.schools.models import Network
from tests import postgres
from tests.halves import ENGINES, halve
from tests.server import PAGES, keep_pages

if TYPE_CHECKING:
    from tests.databases import Migrated


class FreshClient(FlaskClient):
    """Each request in a context of its own, as on a server: nothing that one request remembers is there for the next."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        answer = contextvars.Context().run(super().open, *args, **kwargs)
        if has_app_context():  # the test reads what is stored now
            db.session.rollback()
        return answer


pytest_plugins = ["tests.databases", "tests.people"]

# Property tests look at a few examples each time, and at many more in `make soak`.
settings.register_profile("default", max_examples=10, deadline=None)
settings.register_profile("soak", max_examples=40, deadline=None)
settings.load_profile("default")


FILLED = ("tests/test_migrations.py", "tests/home/test_demo.py")


class ByFileOfJourneys(LoadScopeScheduling):
    """Tests go to whichever process is free, but the journeys of a file stay with one, and so with one server, and so do those that
    share a filled database: to make either takes longer than most tests. (`--dist loadgroup` does it as well, but not with pytest
    9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file in FILLED:
            return f"{file} {'postgresql' in nodeid}"
        return file if file.startswith("tests/browser/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFileOfJourneys:
    return ByFileOfJourneys(config, log)


LONG = (
    "tests/test_hostile.py", "tests/browser/", "tests/journeys/", "tests/meetups/test_desk_killed.py", "tests/foundation/test_upgrading.py",
    "tests/test_matrix.py", "tests/test_statements.py", "tests/registration/test_machine.py", *FILLED,
)  # fmt: skip


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """What one database is enough for is marked. What takes long begins first: at the end no process is at work alone."""
    halve(items)
    yield
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_configure(config: pytest.Config) -> None:
    postgres.start_for_run(config)
    folder = tempfile.mkdtemp(prefix="scheduler-tests-")  # nothing of a test run lands in the instance folder
    os.environ["SCHEDULER_DATA_DIR"] = folder
    os.environ.setdefault(PAGES, folder)  # the processes of a run inherit that of the first
    keep_pages()
    config.add_cleanup(lambda: shutil.rmtree(folder))


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is imported by now stays, and little of what comes is garbage in circles: that the collector looks at all of it again and
    again takes a twentieth of the time, and at what comes another thirtieth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.fixture(scope="session")
def houses(tmp_path_factory: pytest.TempPathFactory, migrated: Migrated, worker_id: str) -> Iterator[Callable[[str], Flask]]:
    """An application on either database, each a copy of a migrated one. A test process makes each once: its first pages take seconds."""
    made: dict[str, Flask] = {}

    def house_on(engine: str) -> Flask:
        if engine not in made:
            folder = tmp_path_factory.mktemp("data")
            made[engine] = new_house(migrated.copy(engine, f"rooms_{worker_id}", folder), folder)
        return made[engine]

    yield house_on
    for engine, app in made.items():
        with app.app_context():
            db.engine.dispose()
        if engine == "postgresql":
            postgres.running().drop(f"rooms_{worker_id}")


def new_house(address: str, folder: Path) -> Flask:
    settings: dict[str, Any] = {"TESTING": True, "DATA_DIR": folder, "WTF_CSRF_ENABLED": False, "SECRET_KEY": "only in tests"}
    app = create_app(settings | {"SQLALCHEMY_DATABASE_URI": address})
    app.test_client_class = FreshClient
    with app.app_context():
        if db.engine.dialect.name == "sqlite":  # as PostgreSQL in these tests, which need not outlive the machine
            sa.event.listen(db.engine, "connect", lambda connection, record: connection.execute("PRAGMA synchronous=OFF").close())
    return app


@pytest.fixture(scope="session", params=ENGINES)
def house(request: pytest.FixtureRequest, houses: Callable[[str], Flask]) -> Flask:
    """The application on one of the two databases."""
    return houses(request.param)


@pytest.fixture
def app(house: Flask) -> Iterator[Flask]:
    """The application inside its context; every table but the network's row is empty again afterwards.

    Addresses at example.org need not be confirmed.
    """
    with house.app_context():
        with db.engine.begin() as connection:
            connection.execute(sa.update(Network).values(listed_domains="example.org"))
        yield house
        db.session.rollback()
        db.session.remove()
        empty_tables()


def empty_tables() -> None:
    """Every table but the network's is empty again. One statement asks which have rows: to delete from all takes twenty times as long."""
    with db.engine.begin() as connection:
        filled = set(connection.execute(_filled_tables()).scalars())
        for table in reversed(_sorted_tables()):
            if table.name in filled:
                connection.execute(sa.delete(table))


@cache
def _sorted_tables() -> list[sa.Table]:
    return [table for table in db.metadata.sorted_tables if table.name != "networks"]


@cache
def _filled_tables() -> sa.CompoundSelect[str]:
    tables = _sorted_tables()
    return sa.union_all(*(sa.select(sa.literal(table.name)).where(sa.select(table).exists()) for table in tables))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript that belongs to nobody."""
    return app.test_client()


@pytest.fixture
def count_statements(app: Flask) -> Callable[[Callable[[], object]], int]:
    """How many SQL statements something takes, BEGIN and its kin aside."""

    def count(act: Callable[[], object]) -> int:
        seen: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            seen.append(statement)

        sa.event.listen(db.engine, "before_cursor_execute", note)
        try:
            act()
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", note)
        return len([statement for statement in seen if not statement.startswith("BEGIN")])

    return count
