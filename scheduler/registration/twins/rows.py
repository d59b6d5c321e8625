"""Rows that a merge writes, each with what stood there before, so that all of it can be written back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from scheduler.foundation.db import UTCDateTime, db

Values = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """One row: where it is, what stands there, and what stands there after the merge; None: no row. Columns that keep their value are
    named as well where another value later means that somebody has changed it since."""

    table: str
    key: Values
    before: Values | None
    after: Values | None

    @property
    def new_key(self) -> Values:
        """Where the row is after the merge."""
        after = self.after or {}
        return {name: after.get(name, value) for name, value in self.key.items()}


def rows_of(table: str, **where: int | None) -> list[Values]:
    """The whole rows of a table in which some columns have a value, as JSON would hold them."""
    found = db.metadata.tables[table]
    chosen = sa.select(found).where(*(found.c[name] == value for name, value in where.items())).order_by(*found.primary_key)
    return [_plain(dict(row)) for row in db.session.execute(chosen).mappings()]


def changed(table: str, row: Values, **after: Any) -> Change:
    """A row that gets other values in some columns; a time of its last change is kept in sight."""
    watched = [*after, *(["changed_at"] if "changed_at" in row else [])]
    return Change(table, _key(table, row), {name: row[name] for name in watched}, {name: after.get(name, row[name]) for name in watched})


def dropped(table: str, row: Values) -> Change:
    """A row that goes, whole."""
    return Change(table, _key(table, row), row, None)


def added(table: str, row: Values) -> Change:
    """A row that was made for the merge, and goes when it is undone."""
    return Change(table, _key(table, row), None, row)


def seen(table: str, row: Values, *columns: str) -> Change:
    """A row that stays as it is; another value in one of the columns later means that it was changed."""
    stands = {name: row[name] for name in columns}
    return Change(table, _key(table, row), stands, stands)


def fingerprint(changes: Iterable[Change], *facts: object) -> str:
    """A mark of all that a merge would write and of what was shown with it: another mark, and something has changed."""
    told = json.dumps([[asdict(change) for change in changes], facts], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


def write(changes: Iterable[Change]) -> None:
    """Write what a merge changes; a row that was added is there already."""
    for change in changes:
        if change.before is not None and change.before != change.after:
            _put(change.table, change.key, change.after)


def still_stand(changes: Iterable[Change]) -> bool:
    """Whether every row is as the merge has left it."""
    return all(change.after is None or _holds(change) for change in changes)


def _holds(change: Change) -> bool:
    found = rows_of(change.table, **change.new_key)
    return len(found) == 1 and all(found[0][name] == value for name, value in (change.after or {}).items())


def write_back(changes: Sequence[Change]) -> None:
    """Write what stood there before, the last change first."""
    for change in reversed(changes):
        if change.after is None:
            _insert(change.table, change.before or {})
        elif change.before != change.after:
            _put(change.table, change.new_key, change.before)


def _put(table: str, key: Values, values: Values | None) -> None:
    found = db.metadata.tables[table]
    here = [found.c[name] == value for name, value in key.items()]
    if values is None:
        db.session.execute(sa.delete(found).where(*here))
    else:
        db.session.execute(sa.update(found).where(*here).values(_typed(found, values)))


def _insert(table: str, row: Values) -> None:
    """A row comes back under its own number, unless another has been given that number since: nothing refers to it by number."""
    found = db.metadata.tables[table]
    if "id" in row and rows_of(table, id=row["id"]):
        row = {name: value for name, value in row.items() if name != "id"}
    db.session.execute(sa.insert(found).values(_typed(found, row)))


def _key(table: str, row: Values) -> Values:
    return {column.name: row[column.name] for column in db.metadata.tables[table].primary_key}


def _plain(row: Mapping[str, Any]) -> Values:
    return {name: _as_json(value) for name, value in row.items()}


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def _typed(table: sa.Table, values: Values) -> Values:
    return {name: _read(table.c[name], value) for name, value in values.items()}


def _read(column: sa.Column[Any], value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(column.type, UTCDateTime) and isinstance(value, str) else value
