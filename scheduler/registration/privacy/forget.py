"""Forgetting rows: they go, or their columns are emptied and a pseudonym stands in place of the name; inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from scheduler.core.people import FORMER
from scheduler.foundation import personal, tokens
from scheduler.foundation.db import db
from scheduler.foundation.personal import Classified, Kind
from scheduler.registration.privacy.held import Held

GONE = "@erased.invalid"
"""Where a table wants an address of every row (RFC 2606: such a name never exists)"""


def pseudonym(of: str) -> str:
    """The same for the same person: the mark follows from the address, or from the row where there is none."""
    return f"{FORMER} {tokens.mark(of)}"


def everything(held: Held, *, alias: str = "") -> None:
    """Rows that are about somebody: whatever is personal in them goes, children before their parents. `alias` stands for the name
    everywhere; without it each row has the pseudonym of its own address."""
    for table in reversed(db.metadata.sorted_tables):
        if keys := held.get(table.name):
            line = personal.of_table(table.name)
            if line.whole:
                drop(line, keys)
            else:
                empty(line, [name for name, kind in line.personal.items() if not kind.stays], keys, alias=alias)
    db.session.expire_all()


def drop(line: Classified, keys: Collection[int]) -> None:
    """Whole rows go."""
    db.session.execute(sa.delete(line.table).where(line.key.in_(keys)))


def empty(line: Classified, columns: Collection[str], keys: Collection[int], *, alias: str = "") -> None:
    """Columns are emptied; a name becomes a pseudonym."""
    values = {name: _nothing(line.table.c[name]) for name in columns if name not in (line.named, *_owed(line))}
    special = [name for name in (line.named, *_owed(line)) if name in columns]
    if special:
        _empty_each(line, special, keys, values, alias)
    elif values:
        db.session.execute(sa.update(line.table).where(line.key.in_(keys)).values(**values))


def _empty_each(line: Classified, special: Collection[str], keys: Collection[int], values: dict[str, Any], alias: str) -> None:
    """Rows whose new values differ: each has a mark, and an address that no other has, of its own."""
    address = line.table.c[line.by_address] if line.by_address else sa.literal("")
    for key, email in db.session.execute(sa.select(line.key, address).where(line.key.in_(keys))).all():
        own = {line.named: alias or pseudonym(email or f"{line.table.name}:{key}"), line.by_address: f"{line.table.name}.{key}{GONE}"}
        new = values | {name: own[name] for name in special}
        db.session.execute(sa.update(line.table).where(line.key == key).values(**new))


def _owed(line: Classified) -> list[str]:
    """The address, where each row must have one of its own."""
    column = line.table.c[line.by_address] if line.by_address else None
    return [column.name] if column is not None and column.unique and not column.nullable else []


def _nothing(column: sa.Column[Any]) -> Any:
    """What a column holds when it holds nothing."""
    if column.nullable:
        return None
    if isinstance(column.type, sa.JSON):
        return [] if column.type.python_type is list else {}
    return ""


def is_filled(line: Classified, kind: Kind) -> sa.ColumnElement[bool]:
    """Rows in which something of a kind is left to forget."""
    return sa.or_(*(_is_filled(line, name) for name, its in line.personal.items() if its is kind))


def _is_filled(line: Classified, name: str) -> sa.ColumnElement[bool]:
    column: sa.Column[Any] = line.table.c[name]
    if name == line.named:
        return sa.and_(column != "", ~column.startswith(f"{FORMER} "))
    if name in _owed(line):
        return ~column.endswith(GONE)
    if isinstance(column.type, sa.Enum) and not column.nullable:
        return sa.false()  # one of its words stands there always
    if isinstance(column.type, sa.JSON):
        return sa.cast(column, sa.Text).not_in(["[]", "{}", "null"])
    is_text = isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum)
    return sa.and_(column.is_not(None), column != "") if is_text else column.is_not(None)
