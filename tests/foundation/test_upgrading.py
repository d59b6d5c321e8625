"""A database that cannot be used is refused; a migration killed half-way completes; two at once do no harm (trust P18)."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from scheduler import create_app
from scheduler.core.refusal import Refusal
from scheduler.foundation import checks, upgrading
from scheduler.foundation.db import db
from scheduler.foundation.paths import find
from tests import postgres
from tests.databases import Migrated
from tests.server import Command


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'some.db'}"
        return
    name = f"upgrading_{worker_id}"
    yield postgres.running().create(name)
    postgres.running().drop(name)


def begin(database: str, folder: Path, *command: str, code: str = "") -> Command:
    """A command of ours in a process of its own; `code` goes before it."""
    env = {"SCHEDULER_DATABASE_URL": database, "SCHEDULER_DATA_DIR": str(folder)}
    return Command(list(command), env, folder, code=code)


def revision(database: str) -> str | None:
    engine = sa.create_engine(database)
    try:
        with engine.connect() as connection:
            return upgrading.current(connection)
    finally:
        engine.dispose()


SLOW = """
from alembic import op
import time
real = op.create_table
def slow(name, *args, **kwargs):
    made = real(name, *args, **kwargs)
    if name == "moments":  # of a migration that is neither the first nor the last
        print("half-way", flush=True)
        time.sleep(30)
    return made
op.create_table = slow
"""


def test_P18_a_migration_killed_half_way_completes_on_the_next_start_and_two_at_once_do_no_harm(database: str, tmp_path: Path) -> None:
    first = begin(database, tmp_path, "migrate", code=SLOW)
    assert first.has_said("half-way"), first.ended()

    others = [begin(database, tmp_path, "migrate") for _ in range(2)]
    time.sleep(1)
    wait = [other.process.exitcode for other in others]
    first.kill()

    assert wait == [None, None]
    assert [other.ended() for other in others] == [(0, "", "")] * 2
    assert revision(database) == upgrading.head()


@pytest.fixture
def whole(migrated: Migrated) -> Path:
    """An SQLite file in the newest form, to be copied."""
    return Path(migrated.source("sqlite"))


@contextmanager
def opened(file: Path) -> Iterator[None]:
    app = create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{file}", "DATA_DIR": file.parent})
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def overwrite(file: Path) -> None:
    file.write_bytes(b"not a database at all" * 400)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def make_newer(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


def fill_with_something_else(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TABLE alembic_version")
    connection.close()


DAMAGED = "Move it out of the way and restore a backup with: scheduler restore FILE"
NEWER = f"The database is of a newer version (9999; this one knows up to {upgrading.head()}). Install that version, or a newer one."
NOT_OURS = "The database holds tables of something else. Name an empty one in SCHEDULER_DATABASE_URL."


@pytest.mark.parametrize(
    ("harm", "line"),
    [(cut_off, DAMAGED), (overwrite, DAMAGED), (empty, DAMAGED), (make_newer, NEWER), (fill_with_something_else, NOT_OURS)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_database_that_cannot_be_used_is_one_clear_line_and_stays_as_it_is(
    whole: Path, tmp_path: Path, harm: Callable[[Path], None], line: str
) -> None:
    file = shutil.copy(whole, tmp_path / "some.db")
    harm(file)
    before = file.read_bytes()

    with opened(file), pytest.raises(Refusal) as refused:
        upgrading.bring_up_to_date()

    assert str(refused.value).endswith(line)
    assert "\n" not in str(refused.value)
    assert file.read_bytes() == before


def test_a_database_without_letters_for_all_names_is_refused_in_one_line(tmp_path: Path, worker_id: str) -> None:
    name = f"ascii_{worker_id}"
    database = postgres.running().url(name)
    maker = sa.create_engine(postgres.running().url("postgres"), isolation_level="AUTOCOMMIT")
    with maker.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING SQL_ASCII LOCALE_PROVIDER libc LOCALE 'C'")
    maker.dispose()
    line = "The database keeps its text as SQL_ASCII, which has no letters for many names."
    try:
        migrated, checked = (begin(database, tmp_path, command).ended() for command in ("migrate", "check"))
    finally:
        postgres.running().drop(name)

    assert (migrated[0], migrated[1], migrated[2].startswith(line), len(migrated[2].splitlines())) == (1, "", True, 1)
    assert line in checked[1] + checked[2]


def test_a_large_file_is_opened_at_a_start_and_looked_through_when_asked(whole: Path, tmp_path: Path) -> None:
    file = Path(shutil.copy(whole, tmp_path / "some.db"))
    with file.open("r+b") as opened_file:  # its last page is none
        opened_file.seek(-4096, os.SEEK_END)
        opened_file.write(b"?" * 4096)

    with opened(file):
        with pytest.raises(Refusal) as at_a_start:
            upgrading.refuse_unusable(most=file.stat().st_size)
        upgrading.refuse_unusable(most=file.stat().st_size - 1)
        asked = list(checks.troubles(now=datetime.now(UTC)))

    assert str(at_a_start.value).endswith(DAMAGED)
    assert asked[-1] == str(at_a_start.value)


def test_every_migration_of_ours_is_known() -> None:
    names = {path.name.partition("_")[0] for path in (find("migrations") / "versions").glob("*.py")}

    assert set(upgrading.known()) == names
    assert upgrading.head() in names
