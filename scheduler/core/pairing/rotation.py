"""Tables by class rotation: people stand in classes as large as the number of tables, and each class moves on at its own pace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from scheduler.core.pairing.design import Design
from scheduler.core.pairing.field import field_of

TRIES = 60


def rotation(people: int, tables: int, rounds: int) -> Design:
    """As many rounds without a repeat as this construction finds, at most `rounds`; slot = class x tables + place.

    A transversal design: in round k class j shifts by c[k][j], and two people of different classes meet at most once if for
    any two classes the differences of their shifts are all different. c = k·j does that in a field: for a prime power of
    tables, up to that many classes and rounds. Elsewhere shifts modulo the number of tables are drawn by chance, which finds
    few rounds. Classmates never meet, until whole tables of classmates add rounds of their own. A short last class gives
    tables one smaller. Source: Colbourn and Dinitz, Handbook of Combinatorial Designs, III.3.

    >>> rotation(6, 3, 2)
    [[[0, 3], [1, 4], [2, 5]], [[0, 5], [1, 3], [2, 4]]]
    >>> len(rotation(120, 30, 6)), len(rotation(49, 7, 9)), len(rotation(27, 9, 13)), len(rotation(64, 16, 21))
    (6, 8, 13, 21)
    """
    if tables < 1 or people < 2:
        return []
    classes = -(-people // tables)
    if tables == 1:
        return [[list(range(people))]]
    field = field_of(tables)
    if field and classes <= tables:
        moved = [_round(people, tables, [field.times(k, j) for j in range(classes)], field.add) for k in range(min(rounds, tables))]
    else:
        moved = [_round(people, tables, row, lambda a, b: (a + b) % tables) for row in _shifts(tables, classes, rounds)]
    if len(moved) < rounds and people == classes * tables and tables % classes == 0:
        inside = rotation(tables, tables // classes, rounds - len(moved))
        moved += [[[j * tables + slot for slot in table] for j in range(classes) for table in round] for round in inside]
    return moved


def _round(people: int, tables: int, shifts: list[int], add: Callable[[int, int], int]) -> list[list[int]]:
    round: list[list[int]] = [[] for _ in range(tables)]
    for slot in range(people):
        j, place = divmod(slot, tables)
        round[add(place, shifts[j])].append(slot)
    return sorted(round, key=len, reverse=True)


def _shifts(tables: int, classes: int, rounds: int) -> list[list[int]]:
    """Rows of shifts whose differences never come twice: multiples where they will do, else the longest of a few drawn ones."""
    straight = [[k * j % tables for j in range(classes)] for k in range(_straight_rounds(tables, classes, rounds))]
    if len(straight) == min(rounds, tables):
        return straight
    chance = Random(tables * 1000 + classes)
    drawn = [_drawn_rows(tables, classes, rounds, chance) for _ in range(TRIES)]
    return max([straight, *drawn], key=len)


def _straight_rounds(tables: int, classes: int, rounds: int) -> int:
    """For how many rounds the shifts k·j keep all differences apart."""
    steps = range(1, min(rounds, tables))
    return next((step for step in steps if any(step * j % tables == 0 for j in range(1, classes))), min(rounds, tables))


def _drawn_rows(tables: int, classes: int, rounds: int, chance: Random) -> list[list[int]]:
    used: set[tuple[int, int, int]] = set()
    rows: list[list[int]] = []
    while len(rows) < rounds and (row := _drawn_row(tables, classes, used, chance)):
        used.update(_differences(row, tables))
        rows.append(row)
    return rows


def _drawn_row(tables: int, classes: int, used: set[tuple[int, int, int]], chance: Random) -> list[int]:
    """One more row that repeats no difference; empty when three tries in a row get stuck."""
    for _ in range(3):
        row = [0]
        while len(row) < classes:
            fits = [x for x in range(tables) if all((i, len(row), (x - y) % tables) not in used for i, y in enumerate(row))]
            if not fits:
                break
            row.append(chance.choice(fits))
        else:
            return row
    return []


def _differences(row: list[int], tables: int) -> Iterator[tuple[int, int, int]]:
    return ((i, j, (row[j] - row[i]) % tables) for j in range(len(row)) for i in range(j))
