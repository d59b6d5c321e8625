"""How many tables stand in the room, and how many people each of them seats."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from heapq import heapify, heappop, heappush
from typing import Literal

Odd = Literal["trio", "sits_out"]
Fit = Literal["at_least_three", "smaller", "larger"]


@dataclass(frozen=True)
class TableSpec:
    """One table: how few and how many it seats, whether it is step-free, the rounds in which it is closed, and what it is about."""

    id: str
    least: int
    most: int
    step_free: bool = True
    closed: frozenset[int] = frozenset()
    topics: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shape:
    """The tables of one round, how many seats of each are filled (the most even way), and how many people sit out.

    `free_sizes` says that any table may have any of the sizes; otherwise a table seats what its own limits allow.
    """

    tables: tuple[TableSpec, ...]
    sizes: tuple[int, ...]
    sits_out: int
    free_sizes: bool

    @cached_property
    def smallest(self) -> int:
        return min((table.least for table in self.tables), default=0)

    @cached_property
    def largest(self) -> int:
        return max((table.most for table in self.tables), default=0)


@dataclass(frozen=True)
class BySize:
    """Tables of about `size` people; how many tables follows from who is there. Sizes differ by at most one.

    Pairs (size 2): an odd count makes one trio, or one person sits out.
    Larger tables, by `fit`:
    `at_least_three`: people / size rounded up, but at most people / 3 rounded down;
    `smaller`: people / size rounded up (may leave tables of two); `larger`: people / size rounded down.

    >>> BySize(4).shape(23, 0).sizes
    (4, 4, 4, 4, 4, 3)
    >>> BySize(4).shape(5, 0).sizes, BySize(4, fit="smaller").shape(5, 0).sizes
    ((5,), (3, 2))
    >>> BySize(2).shape(7, 0).sizes, BySize(2, odd="sits_out").shape(7, 0).sizes
    ((3, 2, 2), (2, 2, 2))
    """

    size: int
    odd: Odd = "trio"
    fit: Fit = "at_least_three"

    def shape(self, people: int, round: int) -> Shape:
        if people < 2:
            return Shape((), (), people, True)
        sits_out = people % 2 if self.size == 2 and self.odd == "sits_out" else 0
        return _even_shape(people - sits_out, self._tables(people), sits_out)

    def _tables(self, people: int) -> int:
        if self.size == 2:
            return people // 2
        if self.fit == "larger":
            return max(1, people // self.size)
        tables = -(-people // self.size)
        if self.fit == "smaller":
            return tables if people // tables >= 2 else max(1, people // 2)
        return max(1, min(tables, people // 3))


@dataclass(frozen=True)
class ByCount:
    """A given number of tables of nearly equal size; fewer when a table would have under three people.

    >>> ByCount(5).shape(17, 0).sizes, ByCount(5).shape(7, 0).sizes
    ((4, 4, 3, 3, 3), (4, 3))
    """

    tables: int

    def shape(self, people: int, round: int) -> Shape:
        if people < 2:
            return Shape((), (), people, True)
        return _even_shape(people, max(1, min(self.tables, people // 3)), 0)


@dataclass(frozen=True)
class ByTables:
    """The tables of the room, each with its own limits; who finds no seat sits out.

    >>> room = ByTables((TableSpec("A", 2, 4), TableSpec("B", 2, 6)))
    >>> room.shape(9, 0).sizes, room.shape(12, 0).sits_out
    ((4, 5), 2)
    """

    tables: tuple[TableSpec, ...]

    def shape(self, people: int, round: int) -> Shape:
        tables = tuple(table for table in self.tables if round not in table.closed)
        seats = sum(table.most for table in tables)
        return Shape(tables, _fill(tables, min(people, seats)), max(0, people - seats), False)


@dataclass(frozen=True)
class TwoLines:
    """Pairs of one person of each line: people with the role `stays` keep their places, the others move along.

    Where one line is longer, its people sit out in turn.

    >>> shape = TwoLines("student").shape(9, 0, staying=4)
    >>> shape.sizes, shape.sits_out
    ((2, 2, 2, 2), 1)
    """

    stays: str

    def shape(self, people: int, round: int, staying: int) -> Shape:
        pairs = min(staying, people - staying)
        tables = tuple(TableSpec(f"T{number}", 2, 2) for number in range(1, pairs + 1))
        return Shape(tables, (2,) * pairs, people - 2 * pairs, True)


Seating = BySize | ByCount | ByTables | TwoLines


def even_sizes(people: int, tables: int) -> tuple[int, ...]:
    """Sizes that differ by at most one, larger first.

    >>> even_sizes(14, 4)
    (4, 4, 3, 3)
    """
    size, more = divmod(people, tables)
    return (size + 1,) * more + (size,) * (tables - more)


def _even_shape(people: int, tables: int, sits_out: int) -> Shape:
    sizes = even_sizes(people, tables)
    return Shape(tuple(_table(number, sizes[-1], sizes[0]) for number in range(1, tables + 1)), sizes, sits_out, True)


@lru_cache(maxsize=4096)
def _table(number: int, least: int, most: int) -> TableSpec:
    """The rounds of a large room have thousands of tables between them, and few that differ."""
    return TableSpec(f"T{number}", least, most)


def _fill(tables: tuple[TableSpec, ...], people: int) -> tuple[int, ...]:
    """Every table gets its least, then the emptiest table that has room gets the next person."""
    sizes = [table.least for table in tables]
    room = [(table.least, number) for number, table in enumerate(tables) if table.least < table.most]
    heapify(room)
    for _ in range(people - sum(sizes)):
        _, number = heappop(room)
        sizes[number] += 1
        if sizes[number] < tables[number].most:
            heappush(room, (sizes[number], number))
    return tuple(sizes)
