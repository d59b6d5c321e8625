"""Databases in the newest form: migrated once a run on each engine, which takes two seconds, and copied for whoever needs one."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scheduler import create_app
from scheduler.foundation.db import db
from scheduler.foundation.migrating import upgrade
from tests import postgres


@pytest.fixture(scope="session")
def of_this_run(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all processes of this run have in common."""
    folder = tmp_path_factory.getbasetemp()
    return folder if worker_id == "master" else folder.parent


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Of all processes of this run one is inside."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Migrated:
    """What our real migrations make of nothing, on either engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def source(self, kind: str) -> str:
        """What is to be copied: the path of a file, or a name on the server."""
        done, begun = self.folder / f"migrated-{kind}", self.folder / "migrating"
        with one_at_a_time(self.folder):
            if not done.exists():
                begun.touch()
                bring_up(f"sqlite:///{begun}" if kind == "sqlite" else postgres.running().create("migrated"), self.folder)
                begun.rename(done)
        return str(done) if kind == "sqlite" else "migrated"

    def copy(self, kind: str, name: str, folder: Path) -> str:
        """The address of a database of one's own; whoever asks for one on the server drops it."""
        if kind == "sqlite":
            return f"sqlite:///{shutil.copy(self.source(kind), folder / f'{name}.db')}"
        return postgres.running().create(name, like=self.source(kind))


@pytest.fixture(scope="session")
def migrated(of_this_run: Path) -> Migrated:
    return Migrated(of_this_run)


def bring_up(address: str, folder: Path, *, fill: Callable[[], object] | None = None) -> None:
    """Migrate a database, fill it, and leave it without connections."""
    app = create_app({"SQLALCHEMY_DATABASE_URI": address, "DATA_DIR": folder})
    with app.app_context():
        upgrade()
        if fill is not None:
            fill()
        db.session.remove()
        db.engine.dispose()
