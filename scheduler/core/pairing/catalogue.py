"""The catalogue of cyclic starters and the published schedules, as they stand in two text files of this folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pkgutil import get_data
from string import ascii_letters, digits

from scheduler.core.pairing.design import Design
from scheduler.core.pairing.rings import Rings

# A round is a word: the letter at the place of a person is their table.
LETTERS = digits + ascii_letters

Shape = tuple[int, int]


def catalogued(people: int, tables: int) -> Design:
    """The longest schedule without a repeat that the catalogue gives for tables as even as possible; empty if there is none.

    A schedule for full tables serves fewer people too, if enough of its people never meet and can be left out.

    >>> len(catalogued(15, 5)), len(catalogued(14, 5)), sorted(map(len, catalogued(14, 5)[0]))
    (7, 7, [2, 3, 3, 3, 3])
    """
    return _longest(_turning, people, tables)


def published(people: int, tables: int) -> Design:
    """The same from the schedules that others found.

    >>> len(published(32, 8)), len(published(31, 8)), len(published(15, 5))
    (10, 10, 0)
    """
    return _longest(_written_out, people, tables)


def leave_out(design: Design, number: int) -> Design:
    """The design without so many people who never meet, so that each table loses at most one; empty where there are not so many.

    >>> leave_out([[[0, 3], [1, 4], [2, 5]], [[0, 5], [1, 3], [2, 4]]], 1)
    [[[0, 3], [1, 4], [2]], [[1, 3], [2, 4], [0]]]
    """
    met: defaultdict[int, set[int]] = defaultdict(set)
    for table in (table for round in design for table in round):
        for person in table:
            met[person].update(table)
    left = next((out for first in reversed(met) if len(out := _strangers(met, first, number)) == number), [])
    stays = {person: place for place, person in enumerate(person for person in sorted(met) if person not in left)}
    if len(left) < number:
        return []
    return [sorted(([stays[person] for person in table if person in stays] for table in round), key=len, reverse=True) for round in design]


def _strangers(met: Mapping[int, set[int]], first: int, most: int) -> list[int]:
    """People who never meet each other, from this one on."""
    found = [first]
    for person in sorted(met, reverse=True):
        if len(found) < most and not any(person in met[other] for other in found):
            found.append(person)
    return found


def as_line(people: int, tables: int, rings: Rings, base_rounds: Sequence[Sequence[Sequence[int]]]) -> str:
    """A line of the catalogue.

    >>> as_line(6, 2, Rings(2, 3, 0), [[[0, 2, 4], [1, 3, 5]]])
    '6 2 2 3 010101'
    """
    return " ".join([str(people), str(tables), str(rings.length), str(rings.number), *(as_word(round) for round in base_rounds)])


def as_word(round: Sequence[Sequence[int]]) -> str:
    table_of = {person: LETTERS[number] for number, table in enumerate(round) for person in table}
    return "".join(table_of[person] for person in range(len(table_of)))


def _longest(of_shape: Callable[[int, int], Design], people: int, tables: int) -> Design:
    full = -(-people // tables) * tables
    fewer = leave_out(of_shape(full, tables), full - people) if full > people else []
    return max(of_shape(people, tables), fewer, key=len)


def _turning(people: int, tables: int) -> Design:
    line = _catalogue().get((people, tables), "").split()
    if not line:
        return []
    length, number = map(int, line[:2])
    return Rings(length, number, people - length * number).all_turns([_round(word) for word in line[2:]])


def _written_out(people: int, tables: int) -> Design:
    return [_round(word) for word in _published().get((people, tables), "").split()]


def _round(word: str) -> list[list[int]]:
    tables: dict[str, list[int]] = {letter: [] for letter in LETTERS if letter in word}
    for person, letter in enumerate(word):
        tables[letter].append(person)
    return sorted(tables.values(), key=len, reverse=True)


@cache
def _catalogue() -> dict[Shape, str]:
    return _read("catalogue.txt")


@cache
def _published() -> dict[Shape, str]:
    return _read("published.txt")


def _read(name: str) -> dict[Shape, str]:
    """Lines of people, tables and the rest; `#` begins a comment."""
    lines = (get_data(__package__, name) or b"").decode().splitlines()
    parts = (line.split(maxsplit=2) for line in lines if line and not line.startswith("#"))
    return {(int(people), int(tables)): rest for people, tables, rest in parts}
