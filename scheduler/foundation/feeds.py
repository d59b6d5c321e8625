"""A number per calendar feed, raised in the transaction that changes what the feed shows; calendars answer from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from scheduler.foundation.db import Model, UTCDateTime, db


class FeedVersion(Model):
    __tablename__ = "feed_versions"

    feed: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    """network; school:3 (its public feed), host:3 (what its hosts see), name:3 (what it is called); gathering:8 (its seats and
    rounds); user:7 (what somebody may see)"""
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]


@dataclass(frozen=True)
class Mark:
    """Where a feed stands; two equal marks mean that nothing changed in between."""

    feed: str
    version: int
    changed_at: datetime


def raise_feeds(feeds: Iterable[str], *, now: datetime) -> None:
    """Raise the version of feeds whose content changes, inside the caller's transaction.

    Rows are locked in the order of their names, so that two transactions never wait for each other; two that meet a feed for
    the first time at once both succeed. `changed_at` moves on by a second at least, because HTTP counts in whole seconds.
    """
    values = [{"feed": feed, "version": 1, "changed_at": now} for feed in sorted(set(feeds))]
    # row by row, because a statement of many rows is compiled anew each time
    db.session.execute(_raised(db.engine.dialect.name), values) if values else None


@cache
def _raised(dialect: str) -> sqlite.Insert | postgresql.Insert:
    table = db.metadata.tables["feed_versions"]
    rows = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)
    raised = {"version": table.c.version + 1, "changed_at": _MovedOn(rows.excluded.changed_at, table.c.changed_at)}
    return rows.on_conflict_do_update(index_elements=["feed"], set_=raised)


class _MovedOn(FunctionElement[datetime]):
    """core/times.moved_on() in the database's own words: now, and a second after the change before at least."""

    inherit_cache = True
    type = UTCDateTime()


@compiles(_MovedOn, "sqlite")
def _on_sqlite(element: _MovedOn, compiler: SQLCompiler, **options: object) -> str:
    now, before = (compiler.process(clause, **options) for clause in element.clauses)
    return f"max({now}, strftime('%Y-%m-%d %H:%M:%f000', {before}, '+1 second'))"


@compiles(_MovedOn, "postgresql")
def _on_postgresql(element: _MovedOn, compiler: SQLCompiler, **options: object) -> str:
    now, before = (compiler.process(clause, **options) for clause in element.clauses)
    return f"greatest({now}, {before} + interval '1 second')"


def raise_names(school_ids: Iterable[int], *, now: datetime) -> None:
    """These schools are called something else now: every entry that names them has changed."""
    kinds = ("school", "host", "name")
    raise_feeds(["network", *(f"{kind}:{school_id}" for school_id in school_ids for kind in kinds)], now=now)


def marks(*feeds: str, kinds: Collection[str] = ()) -> tuple[Mark, ...]:
    """Where these feeds stand, and all those of a kind ("name"), in the order of their names; a feed in which nothing
    changed yet is left out."""
    columns = sa.select(FeedVersion.feed, FeedVersion.version, FeedVersion.changed_at).order_by(FeedVersion.feed)
    return tuple(Mark(*row) for row in db.session.execute(columns.where(_wanted(feeds, kinds))))


def versions(*feeds: str | sa.BindParameter[str], kinds: Collection[str] = ()) -> sa.Select[int]:
    """The versions of such feeds summed up, as a part of another statement: it grows whenever something changes in one of them."""
    return sa.select(sa.func.sum(FeedVersion.version)).where(_wanted(feeds, kinds))


def _wanted(feeds: Collection[str | sa.BindParameter[str]], kinds: Collection[str]) -> sa.ColumnElement[bool]:
    return sa.or_(FeedVersion.feed.in_(feeds), *(FeedVersion.feed.startswith(f"{kind}:") for kind in kinds))
