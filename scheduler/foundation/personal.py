"""What we hold about people, column by column: what it is, why, who sees it, how long. One line a table, in each room's inventory.py.

The privacy page, the nightly job, "my data" and "erase me" all read these lines, so none of them can forget a column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from scheduler.foundation.db import db

Condition = sa.ColumnElement[bool]


class Whose(StrEnum):
    """The headings of the privacy page."""

    VISITORS = "visitors"
    STUDENTS = "students"
    STAFF = "staff"
    SERVICE = "service"


class After(StrEnum):
    """From when the days are counted."""

    GATHERING = "gathering"
    """The end of the gathering it belongs to, found by the foreign keys"""
    LAST = "last"
    """The end of somebody's last gathering"""
    STORED = "stored"
    """The instant in a column of the row itself"""
    ROLE = "role"
    """The end of the last role of somebody who signs in"""


@dataclass(frozen=True)
class Keep:
    """How long: so many days after something, or, without a number, as long as `words` say."""

    days: int | None
    after: After = After.STORED
    words: Any = ""


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of thing about people, as the privacy page lists it; its texts are lazy translations."""

    key: str
    whose: Whose
    what: Any
    why: Any
    seen_by: Any
    keep: Keep
    stays: bool = False
    """It says nothing once the name beside it is gone, and stays as a number"""


@dataclass(frozen=True)
class Classified:
    """One table: which of its columns are about people."""

    table: sa.Table
    plain: frozenset[str]
    personal: Mapping[str, Kind]
    whole: Kind | None
    since: str
    of: tuple[str, ...]
    named: str
    by_address: str
    label: str
    untold: frozenset[str]
    ready: Callable[[datetime], Condition] | None

    @property
    def key(self) -> sa.Column[Any]:
        """Its primary key; tables of people's data have one column of it."""
        return next(iter(self.table.primary_key))


_tables: dict[str, Classified] = {}


def classify(
    model: Any, *, plain: str, whole: Kind | None = None, since: str = "created_at", of: str = "", named: str = "", by_address: str = "",
    label: str = "", untold: str = "", ready: Callable[[datetime], Condition] | None = None, **personal: Kind,
) -> None:  # fmt: skip
    """Say of every column of a table whether it is about a person.

    `plain` names the columns that are not; each other is given its kind: `phone=PHONE`. `whole`: when the time of that kind has come
    the whole row goes, else the columns are emptied. `of` names the foreign keys that lead to the person it belongs to (the first
    that is set counts), `by_address` the column with a mail address, `named` the one with a name, which a pseudonym replaces.
    `since` is the instant that After.STORED counts from, `label` what "my data" calls the row, `untold` what it leaves out, and
    `ready` a condition that must hold as well before the time has come.
    """
    table: sa.Table = model if isinstance(model, sa.Table) else model.__table__
    _tables[table.name] = Classified(
        table,
        frozenset(plain.split()),
        personal,
        whole,
        since,
        tuple(of.split()),
        named,
        by_address,
        label,
        frozenset(untold.split()),
        ready,
    )


def tables() -> list[Classified]:
    """All lines, in the order of the rooms."""
    return list(_tables.values())


def of_table(name: str) -> Classified:
    """The line of one table."""
    return _tables[name]


def kinds() -> list[Kind]:
    """Every kind that some column has, once."""
    found = dict.fromkeys(kind for line in _tables.values() for kind in (*line.personal.values(), *([line.whole] if line.whole else [])))
    return list(found)


def unclassified() -> Iterator[tuple[str, str, str]]:
    """Table, column and trouble, for whatever the lines do not say, say twice, or say of columns that are not there."""
    for name, table in db.metadata.tables.items():
        line = _tables.get(name)
        there = set(table.columns.keys())
        plain, personal = (line.plain, set(line.personal)) if line else (frozenset[str](), set[str]())
        yield from ((name, column, "missing") for column in sorted(there - plain - personal))
        yield from ((name, column, "twice") for column in sorted(plain & personal))
        yield from ((name, column, "gone") for column in sorted((plain | personal) - there))
