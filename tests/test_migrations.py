"""Migrations make exactly the tables of the models, on both databases, and whatever is in the tables outlives each of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from scheduler import create_app
from scheduler.accounts import service as accounts
from scheduler.accounts.models import User
from scheduler.core.access import AccessRole
from scheduler.foundation import clock
from scheduler.foundation.db import db
from scheduler.foundation.migrating import downgrade, upgrade
from scheduler.foundation.paths import find
from scheduler.home import demo
from scheduler.registration import service
from scheduler.registration.models import Gathering, GatheringKind, GatheringState
from tests import postgres
from tests.databases import Migrated
from tests.people import request as booking_request

MIGRATIONS = find("migrations")
REVISIONS = [(script.revision, script.down_revision or "base") for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
HEAD = REVISIONS[0][0]
NOW = clock.now()

Tables = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def drawn(kind: str, tmp_path: Path, worker_id: str) -> Iterator[sa.Engine]:
    """An empty database."""
    name = f"drawn_{worker_id}"
    engine = sa.create_engine(f"sqlite:///{tmp_path / name}.db" if kind == "sqlite" else postgres.running().create(name))
    yield engine
    engine.dispose()
    if kind == "postgresql":
        postgres.running().drop(name)


@pytest.fixture
def fresh(kind: str, migrated: Migrated, tmp_path: Path, worker_id: str) -> Iterator[Flask]:
    """An application on a copy of what our migrations made of nothing."""
    name = f"fresh_{worker_id}"
    with opened(migrated.copy(kind, name, tmp_path), tmp_path) as app:
        yield app
    if kind == "postgresql":
        postgres.running().drop(name)


def described(engine: sa.Engine) -> dict[str, Any]:
    """All that a database knows about its tables, in no order."""
    inspector = sa.inspect(engine)
    return {
        table: {
            "columns": {
                column["name"]: (column["type"].compile(engine.dialect), column["nullable"], column["default"])
                for column in inspector.get_columns(table)
            },
            "primary key": inspector.get_pk_constraint(table),
            "references": {key["name"]: key for key in inspector.get_foreign_keys(table)},
            "unique": {constraint["name"]: constraint for constraint in inspector.get_unique_constraints(table)},
            "checks": {constraint["name"]: constraint for constraint in inspector.get_check_constraints(table)},
            "indexes": {index["name"]: with_its_condition(index) for index in inspector.get_indexes(table)},
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def with_its_condition(index: Any) -> dict[str, Any]:
    """An index whose WHERE is text and can be compared."""
    return {**index, "dialect_options": {name: str(value) for name, value in index.get("dialect_options", {}).items()}}


def stored(only: Tables | None = None) -> Tables:
    """Every row of every table, read without our models; of other columns and tables than `only` has, nothing.

    People of a party whom nobody has named are left out: before 0007 they had no rows.
    """
    db.session.remove()
    found = sa.MetaData()
    found.reflect(db.engine)
    rows: Tables = {}
    with db.engine.connect() as connection:
        for table in found.sorted_tables:
            if table.name == "alembic_version" or (only is not None and table.name not in only):
                continue
            ordered = connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()
            rows[table.name] = [dict(row) for row in ordered if row.get("person_id", 0) is not None or table.name != "attendees"]
    return rows if only is None else within(rows, only)


def within(rows: Tables, only: Tables) -> Tables:
    """The part of some rows that another description of the tables has as well."""
    columns = {name: set(listed[0]) if listed else set() for name, listed in only.items()}
    return {
        name: [{column: value for column, value in row.items() if column in columns[name]} for row in listed]
        for name, listed in rows.items()
        if name in only
    }


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, migrated: Migrated, worker_id: str) -> Iterator[Callable[[str], str]]:
    """Databases of each kind that are filled once a test process, for that takes seconds; gives the file, or the name on the server."""
    folder, made = tmp_path_factory.mktemp("filled"), dict[str, str]()

    def find(kind: str) -> str:
        if kind not in made:
            name = f"filled_{worker_id}"
            with opened(migrated.copy(kind, name, folder), folder):
                fill()
            made[kind] = str(folder / f"{name}.db") if kind == "sqlite" else name
        return made[kind]

    yield find
    if "postgresql" in made:
        postgres.running().drop(made["postgresql"])


@contextmanager
def opened(address: str, folder: Path) -> Iterator[Flask]:
    """An application inside its context; nobody is connected to its database afterwards."""
    app = create_app({"SQLALCHEMY_DATABASE_URI": address, "DATA_DIR": folder})
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def full(kind: str, filled: Callable[[str], str], tmp_path: Path, worker_id: str) -> Iterator[Tables]:
    """A copy of a filled database; returns all rows."""
    source, name = filled(kind), f"copy_{worker_id}"
    file = tmp_path / "copy.db"
    address = f"sqlite:///{shutil.copy(source, file)}" if kind == "sqlite" else postgres.running().create(name, like=source)
    with opened(address, tmp_path):
        yield stored()
    if kind == "postgresql":
        postgres.running().drop(name)


def fill() -> None:
    """The sample network, and what real people added to it."""
    demo.load(now=NOW)
    visit = sa.select(Gathering).where(
        Gathering.kind == GatheringKind.VISIT,
        Gathering.state == GatheringState.PUBLISHED,
        Gathering.starts_at > NOW + timedelta(days=30),
        Gathering.opens_at < NOW,
    )
    gathering_id = db.session.scalars(visit.order_by(Gathering.id)).first().id  # type: ignore[union-attr]
    booked = service.book(gathering_id, booking_request(2, school_id=1), key="a-key-of-a-form-000001", now=NOW)
    assert booked.outcome == service.Outcome.CONFIRMED
    accounts.invite_from_command("new@example.org", AccessRole.ORGANIZER, None, now=NOW)
    accounts.start_session(db.session.scalars(sa.select(User.id)).all()[0], now=NOW)
    rows = stored()
    assert {name for name, listed in rows.items() if listed} >= {
        "attendees", "audit_lines", "booking_keys", "feed_versions", "focus_areas", "gatherings", "grants", "invitations", "meetups",
        "networks", "outbox_mails", "people", "registrations", "school_focus_areas", "schools", "sign_in_sessions", "users",
        "visit_focus_areas", "visits", "waitlist_entries",
    }  # fmt: skip


def test_migrations_make_exactly_the_models(fresh: Flask, drawn: sa.Engine) -> None:
    db.metadata.create_all(drawn)

    with db.engine.connect() as connection:
        options = {"compare_type": True, "render_as_batch": connection.dialect.name == "sqlite"}  # as migrations/env.py
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), db.metadata)
    wanted, made = described(drawn), described(db.engine)

    assert differences == []
    assert made == wanted
    assert set(made) == set(db.metadata.tables)


@pytest.mark.soak
def test_all_can_be_taken_back_and_made_again(fresh: Flask) -> None:
    before, rows = described(db.engine), stored()

    downgrade(revision="base")
    left = described(db.engine)
    upgrade()

    assert left == {}
    assert (described(db.engine), stored()) == (before, rows)
    assert [row["name"] for row in rows["networks"]] == ["Our network of schools"]


# Those that have long been tried go back the farthest and take the longest: they are tried again in the long run.
NEWEST = 1


@pytest.mark.parametrize(
    ("revision", "before"), [*REVISIONS[:NEWEST], *(pytest.param(*pair, marks=pytest.mark.soak) for pair in REVISIONS[NEWEST:])]
)
def test_data_outlives_a_migration_and_its_way_back(full: Tables, revision: str, before: str) -> None:
    schema = described(db.engine)

    downgrade(revision=before)
    kept = stored()
    upgrade(revision=revision)
    upgrade()

    assert (kept == {}) == (before == "base")
    assert kept == within(full, kept)
    assert stored(kept) == kept
    assert described(db.engine) == schema


# What any migration may rely on, shown with one that is not ours


def with_one_more(folder: Path, deed: str) -> str:
    """A copy of our migrations with one more at the end."""
    copy = folder / "migrations"
    shutil.copytree(MIGRATIONS, copy)
    head = f'import sqlalchemy as sa\nfrom alembic import op\n\nrevision, down_revision = "9999", "{HEAD}"\n'
    (copy / "versions" / "9999_one_more.py").write_text(f"{head}\n\ndef upgrade():\n{deed}\n\ndef downgrade():\n    pass\n")
    return str(copy)


def references_hold() -> bool:
    """Whether the next connection refuses a row that refers to nothing."""
    try:
        with db.engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO school_focus_areas (school_id, focus_area_id) VALUES (-1, -1)")
    except sa.exc.IntegrityError:
        return True
    return False


def test_table_made_anew_keeps_all_that_refers_to_it(full: Tables, tmp_path: Path) -> None:
    made_anew = '    for name in ("schools", "users", "gatherings", "registrations", "people"):\n' + (
        '        with op.batch_alter_table(name, recreate="always" if op.get_bind().dialect.name == "sqlite" else "auto") as batch:\n'
        '            batch.add_column(sa.Column("extra", sa.Integer()))\n'
    )

    upgrade(directory=with_one_more(tmp_path, made_anew))

    assert stored(full) == full
    assert all("extra" in row for row in stored()["schools"])
    assert references_hold()


def test_migration_that_breaks_leaves_all_as_it_was(fresh: Flask, tmp_path: Path) -> None:
    schema, rows = described(db.engine), stored()
    breaks = (
        '    op.create_table("half_made", sa.Column("id", sa.Integer(), primary_key=True))\n'
        '    with op.batch_alter_table("schools") as batch:\n'
        '        batch.drop_column("about")\n'
        '    op.execute("DELETE FROM networks")\n'
        '    raise LookupError("in the middle of it")\n'
    )

    with pytest.raises(LookupError):
        upgrade(directory=with_one_more(tmp_path, breaks))

    assert (described(db.engine), stored()) == (schema, rows)
    assert len(rows["networks"]) == 1
    assert references_hold()
    upgrade()
