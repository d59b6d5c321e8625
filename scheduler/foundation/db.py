"""The database: one visible transaction a use case, instants in UTC, both engines alike."""

from __future__ import annotations

import select
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class UTCDateTime(sa.TypeDecorator[datetime]):
    """An instant; refuses naive values going in and gives aware ones back (SQLite keeps no zone)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time is no instant: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def one_of(words: type[StrEnum]) -> sa.Enum:
    """A column that holds one word of an enumeration, checked by the database."""
    return sa.Enum(
        words, values_callable=lambda members: [member.value for member in members], native_enum=False, create_constraint=True,
        length=20, name=words.__name__.lower(),
    )  # fmt: skip


class Base(DeclarativeBase):
    """What all tables share: names of constraints that migrations can rely on, and instants."""

    registry = registry(
        metadata=sa.MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={datetime: UTCDateTime(), dict[str, Any]: sa.JSON(), list[Any]: sa.JSON()},
    )


class ReadingSession(Session):
    """A session that reads from PostgreSQL without BEGIN and ROLLBACK around each page; `transaction` writes as ever.

    There each statement sees what is committed when it begins, with or without a transaction of its own (READ COMMITTED). Without
    one a page is two answers quicker for each connection, and the driver keeps what the server has prepared, which it forgets at
    every ROLLBACK: to plan the large statements anew each time took longer than to run them.
    """

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        bind = super().get_bind(*args, **kwargs)
        return bind if self.info.get("writes") or isinstance(bind, Connection) else _reading(bind)


@lru_cache(maxsize=8)
def _reading(engine: Engine) -> Engine:
    """The same engine with the same connections, each statement by itself; one object, because a session knows its engines by that.

    On SQLite a page reads one snapshot, so there it is the engine as it is.
    """
    return engine if engine.dialect.name == "sqlite" else engine.execution_options(isolation_level="AUTOCOMMIT")


db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"expire_on_commit": False, "class_": ReadingSession})
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

# Threads of one process that write SQLite at the same time starve each other in its busy handler; they take turns here instead.
_turn = threading.RLock()
PATIENCE = 15
"""Seconds that a write waits for others on SQLite before its page says that the service is busy"""


@contextmanager
def transaction() -> Iterator[None]:
    """Everything inside is written together or not at all.

    It starts clean, because a read snapshot cannot become a write under WAL, and on SQLite it begins IMMEDIATE: who
    counts seats inside counts them under the write lock. On PostgreSQL the row of the gathering is locked instead.
    """
    session = db.session
    session.rollback()
    on_sqlite = db.engine.dialect.name == "sqlite"
    if on_sqlite and not _turn.acquire(timeout=PATIENCE):
        raise PoolTimeout("no turn to write came")  # who holds the database holds it for long: readers need the threads
    try:
        session.info["writes"] = True
        session.connection(execution_options={"writes": True})
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("writes")
        if on_sqlite:
            _turn.release()


def sweep() -> bool:
    """After something was erased: no copy of it may lie in the write-ahead log. False when somebody read meanwhile; each night it is
    done again.

    On SQLite the pages themselves are written over (secure_delete): of 180 texts of 60 erased people the file held none. On
    PostgreSQL old rows lie in their pages until VACUUM comes by.
    """
    if db.engine.dialect.name != "sqlite":
        return True
    db.session.rollback()
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=100")  # while it waits for whoever reads, nobody can write
        return any(not cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] for _ in range(10))
    finally:
        connection.invalidate()  # the next one waits as long as all do


def like(text: str) -> str:
    r"""A search text for LIKE … ESCAPE '\\' in which no letter has a second meaning.

    >>> like("50%")
    '%50\\%%'
    """
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


class row_by_row(FunctionElement[bool]):
    """A condition that leads SQLite to no index: of a span it guesses a few rows, and so it would begin with all that is to come where
    few rows of another table lead to what is wanted. PostgreSQL knows how many rows there are."""

    type = sa.Boolean()
    inherit_cache = True


@compiles(row_by_row)
def _as_it_is(element: row_by_row, compiler: SQLCompiler, **more: Any) -> str:
    return f"({compiler.process(element.clauses, **more)})"


@compiles(row_by_row, "sqlite")
def _by_no_index(element: row_by_row, compiler: SQLCompiler, **more: Any) -> str:
    return f"+({compiler.process(element.clauses, **more)})"


def distinct(column: Any, *, beginning: str = "") -> list[str]:
    """The words that stand in an indexed column, in order: from one to the next, so that a million rows with ten words are ten looks.

    DISTINCT reads every row, on both databases. With `beginning` this word and those that go on behind it after a colon.
    """
    # One span and no OR, so that each look is a step in the index.
    within = sa.and_(column >= beginning, column < f"{beginning};") if beginning else sa.true()
    words = sa.select(sa.func.min(column).label("word")).where(within).cte("words", recursive=True)
    following = sa.select(sa.func.min(column)).where(column > words.c.word, within).scalar_subquery()
    words = words.union_all(sa.select(following).where(words.c.word.is_not(None)))
    found = db.session.scalars(sa.select(words.c.word).where(words.c.word.is_not(None)))
    return [word for word in found if not beginning or word == beginning or word.startswith(f"{beginning}:")]


_BETWEEN = "\x1f"
"""Stands in no name: what is typed or read from a file loses such signs at the door"""


def in_one(names: Any) -> sa.ColumnElement[str]:
    """All names of a column in one value, so that they come along with another row."""
    return sa.func.aggregate_strings(names, _BETWEEN)


def apart(value: str | None) -> list[str]:
    """The names that such a value holds, in order.

    >>> apart("Inclusion\\x1fArts"), apart(None)
    (['Arts', 'Inclusion'], [])
    """
    return sorted(value.split(_BETWEEN)) if value else []


def columns(statement: sa.Executable, **given: object) -> sa.CursorResult[*tuple[Any, ...]]:
    """The rows of a statement that asks for columns and for no objects, in the session's transaction and with all that it holds written
    before; without the session's work on objects, which is a third of such a question."""
    db.session.flush()
    return db.session.connection().execute(statement, given)


def quick_row(statement: sa.Select[Any], **values: object) -> Sequence[Any] | None:
    """The first row of a statement. SQLite's driver is asked itself: 0.02 ms, where a connection of SQLAlchemy takes 0.13.

    For the one question that each fetch of a feed asks. What goes wrong is asked again in the ordinary way, which has words for it.
    """
    engine = db.engine
    if engine.dialect.name != "sqlite":
        return _ordinary_row(statement, values)
    compiled, processors = _prepared(statement, engine.dialect)
    given = compiled.construct_params(values)
    try:
        with closing(engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(compiled.string, [given[name] for name in compiled.positiontup or ()])
            row = cursor.fetchone()
    except engine.dialect.loaded_dbapi.Error:
        return _ordinary_row(statement, values)
    return row and [process(value) if process else value for process, value in zip(processors, row, strict=True)]


def _ordinary_row(statement: sa.Select[Any], values: dict[str, object]) -> Sequence[Any] | None:
    with _reading(db.engine).connect() as connection:
        row = connection.execute(statement, values).first()
    return row and list(row)


@lru_cache(maxsize=16)
def _prepared(statement: sa.Select[Any], dialect: sa.Dialect) -> tuple[SQLCompiler, list[Callable[[Any], Any] | None]]:
    """The words of a statement for one database, and what makes our types of that database's values."""
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    return compiled, [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in statement.selected_columns]


def init_app(app: Flask) -> None:
    """Connect an application to its database."""
    uri = str(app.config["SQLALCHEMY_DATABASE_URI"])
    if uri.startswith("sqlite"):
        app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", {"connect_args": {"timeout": PATIENCE}})
    else:
        options = {"connect_args": {"client_encoding": "utf8"}, "pool_size": 10, "max_overflow": 4, "pool_use_lifo": True}
        app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", options)
    db.init_app(app)
    app.teardown_appcontext(_let_go)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _on_connect)
            event.listen(db.engine, "begin", _on_begin)
        else:
            event.listen(db.engine, "checkout", _on_checkout)


def _let_go(error: BaseException | None) -> None:
    """Before Flask-SQLAlchemy does it: a server that went away after the page was read must not take the page with it."""
    try:
        db.session.remove()
    except DBAPIError:  # the connection is known to be dead now, and the second time nothing is asked of it
        db.session.remove()


def _on_checkout(connection: Any, record: ConnectionPoolEntry, proxy: object) -> None:
    """A connection on which something was said though nothing was asked was closed by the server; a new one takes its place. (Asking
    it for a sign of life, as the pool would, is an answer more for each page.)"""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        raise DisconnectionError


def _on_connect(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _on_begin(connection: Connection) -> None:
    if connection.get_execution_options().get("writes"):
        _begin_writing(connection)
    else:  # takes no lock, so that it waits for nothing and never fails
        connection.connection.driver_connection.execute("BEGIN").close()  # type: ignore[union-attr]


def _begin_writing(connection: Connection) -> None:
    """Wait for one's turn as long as the connection has patience. SQLite itself asks ever more rarely, in the end every tenth of a
    second, and whoever asks oftener gets in first: of eight who book at once the slowest took half as long again."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    patience = driver.execute("PRAGMA busy_timeout").fetchone()[0]
    end = time.monotonic() + patience / 1000
    driver.execute("PRAGMA busy_timeout=0").close()
    try:
        while not _is_begun(driver) and time.monotonic() < end:
            time.sleep(0.001)
        if not driver.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # fails as all statements do
    finally:
        driver.execute(f"PRAGMA busy_timeout={patience}").close()


def _is_begun(driver: sqlite3.Connection) -> bool:
    try:
        driver.execute("BEGIN IMMEDIATE").close()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return False
    return True


def dispose(engine: Engine | None = None) -> None:
    """Close all connections: before a fork, and at the end of a test."""
    (engine or db.engine).dispose()
