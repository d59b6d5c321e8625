"""Long lists page by page, found by where a page ended and not by counting: what is added meanwhile hides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from scheduler.foundation.db import db

PAGE = 50
"""Rows on one page"""
AFTER, BEFORE = "after", "before"
"""Names of the two parameters in addresses; each holds the public name or the number of one row, nothing else of it"""
LONGEST_NAME = 80
T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; a name at either end leads to the page beyond it, None where there is none."""

    rows: Sequence[T]
    before: str | None = None
    after: str | None = None

    def of(self, rows: Sequence[U]) -> Page[U]:
        """The same page of something made of its rows."""
        return Page(rows, self.before, self.after)


def page_of(
    chosen: Any, order: Sequence[Any], name: Any, asked: Mapping[str, str], *, falling: bool = False, size: int = PAGE
) -> Page[Any]:
    """The page of `chosen` that an address asks for, in an order whose last column is unique; the first page where it asks for none.

    `name` is the column whose value stands in addresses. Whoever asks for the page after a row that has gone sees the first page.
    """
    backwards = BEFORE in asked and AFTER not in asked
    place = _place(order, name, asked.get(BEFORE if backwards else AFTER, ""))
    down = falling != backwards
    if place is not None:
        here, there = sa.tuple_(*order), sa.tuple_(*(sa.literal(value, column.type) for column, value in zip(order, place, strict=True)))
        chosen = chosen.where(here < there if down else here > there)
    else:
        backwards, down = False, falling
    ordered = chosen.add_columns(name.label("name_in_address")).order_by(*(column.desc() if down else column for column in order))
    found = db.session.execute(ordered.limit(size + 1)).all()
    goes_on, found = len(found) > size, found[:size]
    found = found[::-1] if backwards else found
    rows = [row[0] if len(row) == 2 else row[:-1] for row in found]
    ends = (str(found[0][-1]), str(found[-1][-1])) if found else (None, None)
    has_before, has_after = (goes_on, True) if backwards else (place is not None, goes_on)
    return Page(rows, ends[0] if has_before else None, ends[1] if has_after else None)


def page_in(listed: Sequence[T], name: Callable[[T], str], asked: Mapping[str, str], *, size: int = PAGE) -> Page[T]:
    """The same of a list that had to be read whole.

    >>> page_in("abcdefg", str, {"after": "b"}, size=3)
    Page(rows='cde', before='c', after='e')
    >>> page_in("abcdefg", str, {"before": "c"}, size=3), page_in("abc", str, {"after": "z"}, size=3)
    (Page(rows='abc', before=None, after='c'), Page(rows='abc', before=None, after=None))
    """
    names = [name(one) for one in listed]
    first = 0
    if asked.get(AFTER) in names:
        first = names.index(asked[AFTER]) + 1
    elif asked.get(BEFORE) in names:
        first = max(names.index(asked[BEFORE]) - size, 0)
    shown = listed[first : first + size]
    goes_on = first + size < len(names)
    return Page(shown, names[first] if first and shown else None, names[first + size - 1] if goes_on else None)


def _place(order: Sequence[Any], name: Any, asked: str) -> Sequence[Any] | None:
    """Where the named row stands in the order."""
    wanted: object = asked
    if isinstance(name.type, sa.Integer):
        wanted = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    if not wanted or len(asked) > LONGEST_NAME:
        return None
    return db.session.execute(sa.select(*order).where(name == wanted)).first()
