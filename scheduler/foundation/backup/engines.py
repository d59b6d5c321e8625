"""A consistent copy of the database into a file, and back: SQLite by itself, PostgreSQL by the programs that come with it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from scheduler.core.refusal import Refusal, say
from scheduler.foundation import moments, upgrading
from scheduler.foundation.db import db

NAMES = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}


class ProgramIsMissing(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(
            say("%(name)s is not installed here. Install PostgreSQL’s client programs (on Debian: apt-get install postgresql-client), "
                "as new as the server.", name=name)
        )  # fmt: skip


class ProgramFailed(Refusal):
    def __init__(self, name: str, said: str) -> None:
        lines = [line for line in said.splitlines() if line.strip()]
        super().__init__(say("%(name)s did not do it: %(said)s", name=name, said=lines[0] if lines else "it gave no reason"))


@dataclass(frozen=True)
class Copy:
    """A copy of the database and what is in it."""

    file: Path
    head: str
    counts: dict[str, int]


def engine_name() -> str:
    return db.engine.dialect.name


def dump(folder: Path, *, now: datetime) -> Copy:
    """Copy the database as it is at one moment, while others go on writing."""
    file = folder / NAMES[engine_name()]
    return _dump_sqlite(file, now) if engine_name() == "sqlite" else _dump_postgresql(file)


def _dump_sqlite(file: Path, now: datetime) -> Copy:
    """VACUUM INTO reads one snapshot, which holds up nobody under WAL, and takes along nothing that was erased."""
    connection = db.engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM INTO ?", (str(file),))
    finally:
        connection.close()
    with opened_file(file) as copy:
        described = Copy(file, _head(copy), counts(copy))
        hold_mail(copy, now=now)  # however this file is put back, by hand too, it sends nothing by itself
        copy.commit()
    return described


@contextmanager
def opened_file(file: Path) -> Iterator[sa.Connection]:
    """A connection to a file of SQLite that is not the database we work with."""
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(file)))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _dump_postgresql(file: Path) -> Copy:
    """pg_dump sees the very snapshot in which the rows were counted."""
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        described = Copy(file, _head(connection), counts(connection))
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={file}")
    return described


def load_postgresql(file: Path) -> None:
    """Fill an empty database, all of it or nothing."""
    _run("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(file))


def _run(name: str, *arguments: str) -> None:
    program = shutil.which(name)
    if program is None:
        raise ProgramIsMissing(name)
    url = db.engine.url
    # Everybody sees the words of a command, so the password goes another way. (URL.set keeps the one it has when told None.)
    address = sa.URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query).render_as_string()
    env = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    done = subprocess.run([program, *arguments, "--dbname", address], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise ProgramFailed(name, done.stderr)


def _head(connection: sa.Connection) -> str:
    head = upgrading.current(connection)
    if head is None:
        raise Refusal(say("The database is empty: there is nothing to back up."))
    return head


def counts(connection: sa.Connection) -> dict[str, int]:
    """How many rows each table has, whatever tables there are."""
    names = sorted(set(sa.inspect(connection).get_table_names()) - {moments.Moment.__tablename__})
    return {name: int(connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) or 0) for name in names}


def hold_mail(connection: sa.Connection, *, now: datetime) -> None:
    """Inside somebody's transaction: no mail goes from here before it is released. A database from before 0023 has no such row."""
    if not sa.inspect(connection).has_table(moments.Moment.__tablename__):
        return
    connection.execute(sa.delete(moments.Moment).where(moments.Moment.name == moments.MAIL_HELD))
    connection.execute(sa.insert(moments.Moment).values(name=moments.MAIL_HELD, at=now))
