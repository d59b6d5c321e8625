"""Bringing the database to the newest form, and refusing one that is damaged, newer than this version, or somebody else's."""

from __future__ import annotations

import re
import sqlite3
import time
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from scheduler.core.refusal import Refusal, say
from scheduler.foundation.db import db
from scheduler.foundation.paths import find

AT_A_START = 100_000_000
"""Bytes of an SQLite file that every start looks through, in about a second; `scheduler check` looks through larger ones, too"""


class Damaged(Refusal):
    """The file of the database is not whole; nothing is written over it."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            say("The database %(path)s is damaged: %(what)s. Move it out of the way and restore a backup with: scheduler restore FILE",
                path=path, what=what)
        )  # fmt: skip


class NewerThanWe(Refusal):
    def __init__(self, revision: str) -> None:
        super().__init__(
            say("The database is of a newer version (%(revision)s; this one knows up to %(head)s). Install that version, or a newer one.",
                revision=revision, head=head())
        )  # fmt: skip


class NotOurs(Refusal):
    def __init__(self) -> None:
        super().__init__(say("The database holds tables of something else. Name an empty one in SCHEDULER_DATABASE_URL."))


class NotUnicode(Refusal):
    def __init__(self, encoding: str) -> None:
        super().__init__(
            say("The database keeps its text as %(encoding)s, which has no letters for many names. Make one with: createdb "
                "--encoding=UTF8 --template=template0 NAME, and name it in SCHEDULER_DATABASE_URL.", encoding=encoding)
        )  # fmt: skip


def bring_up_to_date() -> None:
    """Migrate the database, once it is known to be whole and ours. One who is killed half-way leaves it as it was; of several one
    does it and the others wait (trust P18)."""
    refuse_unusable()
    with db.engine.connect() as connection:
        if current(connection) == head():
            return
    from scheduler.foundation.migrating import upgrade  # nothing of Alembic is imported before there is something to do

    upgrade()


def refuse_unusable(*, most: float = AT_A_START) -> None:
    """Say in one line why this database cannot be used; an empty one can. A file of more bytes than `most` is only opened."""
    _refuse_damaged(most)
    with db.engine.connect() as connection:
        _refuse_encoding(connection)
        revision = current(connection)
        tables = sa.inspect(connection).get_table_names()
    if revision is None and tables and tables != ["alembic_version"]:
        raise NotOurs
    if revision is not None and revision not in known():
        raise NewerThanWe(revision)


def current(connection: sa.Connection) -> str | None:
    """The form that a database is in; None for an empty one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found


def is_at_head() -> bool:
    """Whether the database is in the form that this version knows."""
    return current(db.session.connection()) == head()


@cache
def known() -> tuple[str, ...]:
    """All forms that this version knows, the newest first, as the migrations themselves say at their beginning."""
    says = re.compile(r'^revision = "(\w+)"\ndown_revision = (?:"(\w+)"|None)$', re.MULTILINE)
    found = (says.search(path.read_text(encoding="utf-8")) for path in (find("migrations") / "versions").glob("*.py"))
    after = {said[2]: said[1] for said in found if said}
    line = [after[None]]
    while (following := after.get(line[-1])) is not None:
        line.append(following)
    return tuple(reversed(line))


def head() -> str:
    """The newest form that this version knows."""
    return known()[0]


def sqlite_file() -> Path | None:
    """The file of the database, if it is one."""
    on_disk = db.engine.dialect.name == "sqlite" and db.engine.url.database not in (None, "", ":memory:")
    return Path(db.engine.url.database or "") if on_disk else None


def _refuse_encoding(connection: sa.Connection) -> None:
    if connection.dialect.name != "sqlite" and (encoding := connection.scalar(sa.text("SHOW server_encoding"))) != "UTF8":
        raise NotUnicode(str(encoding))


def _refuse_damaged(most: float) -> None:
    path = sqlite_file()
    if path is None or not path.exists():
        return
    if _stays_empty(path):
        raise Damaged(path, "it is empty, which no database of ours ever is")
    try:
        with db.engine.connect() as connection:  # a truncated file opens well: all of it is read
            looked = "PRAGMA quick_check(1)" if path.stat().st_size <= most else "SELECT 'ok' FROM sqlite_schema LIMIT 1"
            found = connection.exec_driver_sql(looked).scalar()
    except DBAPIError as error:
        if not isinstance(error.orig, sqlite3.DatabaseError) or isinstance(error.orig, sqlite3.OperationalError):
            raise  # locked, or not to be read: that is no damage
        raise Damaged(path, str(error.orig)) from error
    if found != "ok":
        raise Damaged(path, str(found).splitlines()[-1])


def _stays_empty(path: Path) -> bool:
    """Whoever makes a database has it empty for a moment."""
    for _ in range(10):
        if path.stat().st_size:
            return False
        time.sleep(0.1)
    return True
