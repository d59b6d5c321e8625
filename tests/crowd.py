"""A crowd from a scene: of every row fifty more, some that belong to the same things and some to things of their own. On SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from scheduler.foundation.db import UTCDateTime, db, transaction

COPIES, ENOUGH, STRIDE = 50, 500, 1_000_000
"""Of each row, if its table has enough then; the id of a copy is that of its original and so many times its number, in every table"""
AT_MOST = {"questions": 10} | dict.fromkeys(
    ("networks", "daily_runs", "moments", "wrong_tries", "sign_in_sessions", "tour_stops", "tour_turns"), 0
)
"""What everybody answers, and what there is one of, or as many as a rule of ours allows"""
LEVELS = {"schools": 0, "users": 0, "people": 0, "registrations": 2, "attendees": 3}
"""Which digit of its number says whether a copy has one of its own; of all other things the second"""
Column = sa.Column[Any]
Value = sa.ColumnElement[Any]


def gather() -> None:
    """Fifty more of everything."""
    with transaction():
        for table in db.metadata.sorted_tables:
            if rows := rows_of(table):
                copy(table, min(COPIES, ENOUGH // rows, AT_MOST.get(table.name, COPIES)))


def rows_of(table: sa.Table) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def copy(table: sa.Table, copies: int) -> None:
    """Copies of each row; what cannot be there twice for the same things is not."""
    series = sa.select(sa.literal(1).label("n")).cte("series", recursive=True)
    series = series.union_all(sa.select(series.c.n + 1).where(series.c.n < copies))
    values = dict(copied(table, series.c.n))
    numbers = [column for column in table.primary_key.columns if isinstance(column.type, sa.Integer)]
    rows = sa.select(*values.values()).select_from(table.join(series, sa.true()))
    rows = rows.where(series.c.n <= copies, *(number < STRIDE for number in numbers))
    db.session.execute(sqlite.insert(table).from_select(list(values), rows).on_conflict_do_nothing())


def copied(table: sa.Table, n: Value) -> Iterator[tuple[str, Value]]:
    """What stands in each column of the nth copy."""
    owners = [column for column in table.columns if column.foreign_keys]
    told_apart = {column for key in keys_of(table) if sum(each in owners for each in key) < 2 for column in key}
    for column in table.columns:
        if column in owners:
            yield column.name, owner(column, n)
        elif column.name in ("about", "actor"):
            yield column.name, named(column, n)
        else:
            yield column.name, another(column, n) if column in told_apart and column.name != "number" else column


def keys_of(table: sa.Table) -> Iterator[list[Column]]:
    yield list(table.primary_key.columns)
    yield from (list(key.columns) for key in table.constraints if isinstance(key, sa.UniqueConstraint))
    yield from (list(key.columns) for key in table.indexes if key.unique)


def owner(column: Column, n: Value) -> Value:
    """What a copy belongs to: the same as its original, or the copy of that; every mixture where it belongs to several things."""
    [key] = column.foreign_keys
    there = key.column.table.alias("there")
    own = column + n * STRIDE
    is_own = sa.and_(n.op("/")(2 ** LEVELS.get(key.column.table.name, 1)) % 2 == 1, sa.exists().where(there.c[key.column.name] == own))
    return sa.case((is_own, own), else_=column)


def another(column: Column, n: Value) -> Value:
    """A value that no original and no other copy has, of those that tell rows apart."""
    if isinstance(column.type, sa.Integer):
        return column + n * STRIDE
    if isinstance(column.type, sa.Enum) or not isinstance(column.type, sa.String):
        return column
    kept = sa.func.substr(column, 1, column.type.length - 2) if column.type.length else column
    return kept.concat(sa.cast(n + 9, sa.String))


def named(column: Column, n: Value) -> Value:
    """Of `visit:12` the same copy; of what has no number, itself."""
    kind = sa.func.rtrim(column, "0123456789")
    number = sa.cast(sa.func.substr(column, sa.func.length(kind) + 1), sa.Integer)
    return sa.case((sa.and_(column.like("%:%"), kind != column), kind.concat(sa.cast(number + n * STRIDE, sa.String))), else_=column)


def fill_in(now: datetime) -> None:
    """One row in each table that a scene leaves empty, which belongs to the first of whatever it belongs to."""
    with transaction():
        for table in db.metadata.sorted_tables:
            if AT_MOST.get(table.name, COPIES) and not rows_of(table):
                db.session.execute(sa.insert(table).values({column.name: least(column, now) for column in table.columns if needs(column)}))


def needs(column: Column) -> bool:
    return bool(column.foreign_keys) or not (column.nullable or column.default or column.name == "id")


def least(column: Column, now: datetime) -> Any:
    """Something that stands in a column."""
    for key in column.foreign_keys:
        of_a_plan = column.name == "attendee_id" and {"run_id", "plan_id", "wish_id"} & set(column.table.columns.keys())
        return sa.select(sa.func.min(db.metadata.tables["seatings"].c.attendee_id if of_a_plan else key.column)).scalar_subquery()
    if isinstance(column.type, sa.Enum):
        return column.type.enums[0]
    if isinstance(column.type, UTCDateTime | sa.JSON):
        return now if isinstance(column.type, UTCDateTime) else []
    return {str: "x", int: 1, bool: True, date: now.date(), datetime: now.replace(tzinfo=None)}[column.type.python_type]
