"""Putting a backup back, where nothing is that it could destroy."""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from flask import current_app

from scheduler.core.refusal import Refusal, say
from scheduler.foundation import upgrading
from scheduler.foundation.backup import archive, engines
from scheduler.foundation.backup.archive import Archive, NotABackup
from scheduler.foundation.db import db, transaction
from scheduler.foundation.upgrading import NewerThanWe

ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


class OtherEngine(Refusal):
    def __init__(self, backup: str, here: str) -> None:
        super().__init__(
            say("This backup is of %(backup)s, and SCHEDULER_DATABASE_URL names %(here)s. Restore it to the same kind of database.",
                backup=ENGINES[backup], here=ENGINES[here])
        )  # fmt: skip


class SomethingIsThere(Refusal):
    def __init__(self, where: object) -> None:
        super().__init__(
            say("There is something already at %(where)s. A backup goes only where nothing is: name another place.", where=where)
        )


class SomebodyIsConnected(Refusal):
    def __init__(self) -> None:
        super().__init__(say("Somebody else is connected to this database. Stop all servers and workers, then restore."))


def restore(backup: Archive, *, now: datetime) -> None:
    """Put a backup into an empty place, bring it to the newest form, and hold its mail until somebody releases it (trust P17)."""
    _refuse(backup)
    _put_secret_key(backup)
    if engines.engine_name() == "sqlite":
        _load_sqlite(backup)
    else:
        _load_postgresql(backup)
    upgrading.bring_up_to_date()
    with transaction():
        engines.hold_mail(db.session.connection(), now=now)


def _refuse(backup: Archive) -> None:
    if backup.manifest.engine != engines.engine_name():
        raise OtherEngine(backup.manifest.engine, engines.engine_name())
    if backup.manifest.head not in upgrading.known():
        raise NewerThanWe(backup.manifest.head)
    if file := upgrading.sqlite_file():
        if file.exists() or file.with_name(f"{file.name}-wal").exists():
            raise SomethingIsThere(file)
        return
    with db.engine.connect() as connection:
        if sa.inspect(connection).get_table_names():
            raise SomethingIsThere(db.engine.url.render_as_string())
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        if connection.exec_driver_sql(others).scalar():
            raise SomebodyIsConnected


def _put_secret_key(backup: Archive) -> None:
    key = backup.secret_key()
    file = Path(current_app.config["DATA_DIR"]) / archive.SECRET_KEY
    if key is None or (file.exists() and file.read_text() == key):
        return
    if file.exists():
        raise SomethingIsThere(file)
    backup.extract(archive.SECRET_KEY, file)


def _load_sqlite(backup: Archive) -> None:
    target = upgrading.sqlite_file()
    assert target is not None
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=target.parent) as folder:
        copy = Path(folder) / "copy"
        backup.extract(backup.manifest.database, copy)
        with engines.opened_file(copy) as connection:
            whole = connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            _compare(backup, connection, whole=whole)
        os.link(copy, target)  # never over a file that came meanwhile


def _load_postgresql(backup: Archive) -> None:
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=current_app.config["DATA_DIR"]) as folder:
        copy = Path(folder) / "copy"
        backup.extract(backup.manifest.database, copy)
        engines.load_postgresql(copy)
    with db.engine.connect() as connection:
        _compare(backup, connection)


def _compare(backup: Archive, connection: sa.Connection, *, whole: bool = True) -> None:
    there = (upgrading.current(connection), engines.counts(connection))
    if not whole or there != (backup.manifest.head, dict(backup.manifest.counts)):
        raise NotABackup(backup.path, "the database in it is not what the manifest says")
