"""The tables of a room of which something is known: closed, smaller, step-free, or a station."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scheduler.core.pairing.seating import BySize, ByTables, TableSpec

EVEN_LEAST = 3
"""People at a table in the formats of groups (rule 1), where there are enough"""


@dataclass(frozen=True)
class Known:
    """What is known of tables, by their number: rounds (from 0) in which they are closed, seats, topics, and which are step-free.

    No step-free table named: all of them are.
    """

    closed: Mapping[int, frozenset[int]] = field(default_factory=dict)
    seats: Mapping[int, int] = field(default_factory=dict)
    level: frozenset[int] = frozenset()
    topics: Mapping[int, str] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        return not (self.closed or self.seats or self.level or self.topics)

    def is_open(self, table: int, round: int) -> bool:
        return round not in self.closed.get(table, ())


def table_id(number: int) -> str:
    """The engine's name of a table.

    >>> table_id(7)
    'T7'
    """
    return f"T{number}"


def tables_needed(people: Sequence[int], size: int, known: Known) -> list[int]:
    """The numbers of the tables for so many people a round: as many as without wishes, past those that are closed throughout.

    >>> tables_needed([8, 8], 4, Known(closed={1: frozenset((0, 1))}))
    [2, 3]
    """
    needed = max((len(BySize(size).shape(there, 0).tables) for there in people), default=0)
    numbers: list[int] = []
    number = 1
    while len(numbers) < needed:
        if any(known.is_open(number, round) for round in range(len(people))):
            numbers.append(number)
        number += 1
    return numbers


def room(numbers: Sequence[int], people: Sequence[int], known: Known, *, size: int = 2) -> ByTables:
    """These tables for so many people in each round. Tables without a number of seats of their own share the rest evenly.

    >>> [(table.id, table.least, table.most) for table in room([1, 2, 3], [12], Known(seats={1: 2}), size=4).tables]
    [('T1', 2, 2), ('T2', 3, 5), ('T3', 3, 5)]
    """
    rounds = range(len(people))
    shared = max([size, *(_share(numbers, people[round], known, round) for round in rounds)])
    least = min([EVEN_LEAST, *(people[round] // max(1, len(_open(numbers, known, round))) for round in rounds)])
    return ByTables(tuple(_spec(number, known, shared, least) for number in numbers))


def _open(numbers: Sequence[int], known: Known, round: int) -> list[int]:
    return [number for number in numbers if known.is_open(number, round)]


def _share(numbers: Sequence[int], people: int, known: Known, round: int) -> int:
    """How many the largest of the tables without seats of their own has to take in a round."""
    there = _open(numbers, known, round)
    sharing = [number for number in there if number not in known.seats]
    left = people - sum(known.seats.get(number, 0) for number in there)
    return -(-left // len(sharing)) if sharing else 0


def _spec(number: int, known: Known, shared: int, least: int) -> TableSpec:
    most = known.seats.get(number, shared)
    topics = frozenset((known.topics[number],)) if known.topics.get(number) else frozenset()
    return TableSpec(
        table_id(number), min(least, most), most, step_free=not known.level or number in known.level,
        closed=known.closed.get(number, frozenset()), topics=topics,
    )  # fmt: skip
