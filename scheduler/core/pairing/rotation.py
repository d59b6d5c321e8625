"""Tables by class rotation: people stand in classes as large as the number of tables, and each class moves on at its own pace."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from scheduler.core.pairing.design import Design
from scheduler.core.pairing.field import field_of

TRIES = 60

Used = list[list[int]]
"""For each class and each one before it the differences of their shifts so far, every difference a bit of a number"""


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
    """Rows of shifts whose differences never come twice: multiples where they will do, else the longest of a few drawn ones.

    From one row to the next each class moves on by a step of its own, so that two rows need as many tables as there are classes.
    """
    most = min(rounds, tables if classes <= tables else 1)
    best = [[k * j % tables for j in range(classes)] for k in range(_straight_rounds(tables, classes, rounds))]
    chance = Random(tables * 1000 + classes)
    for _ in range(TRIES):
        if len(best) == most:
            break
        best = max(best, _drawn_rows(tables, classes, rounds, chance), key=len)
    return best


def _straight_rounds(tables: int, classes: int, rounds: int) -> int:
    """For how many rounds the shifts k·j keep all differences apart."""
    steps = range(1, min(rounds, tables))
    return next((step for step in steps if any(step * j % tables == 0 for j in range(1, classes))), min(rounds, tables))


def _drawn_rows(tables: int, classes: int, rounds: int, chance: Random) -> list[list[int]]:
    used: Used = [[0] * j for j in range(classes)]
    rows: list[list[int]] = []
    while len(rows) < rounds and (row := _drawn_row(tables, classes, used, chance)):
        for shift, differences in zip(row, used, strict=True):
            differences[:] = [seen | 1 << (shift - other) % tables for seen, other in zip(differences, row, strict=False)]
        rows.append(row)
    return rows


def _drawn_row(tables: int, classes: int, used: Used, chance: Random) -> list[int]:
    """One more row that repeats no difference; empty when three tries in a row get stuck."""
    for _ in range(3):
        row = [0]
        while len(row) < classes and (fits := _fits(row, tables, used)):
            row.append(chance.choice(fits))
        if len(row) == classes:
            return row
    return []


def _fits(row: list[int], tables: int, used: Used) -> list[int]:
    """The shifts that the next class may have after these."""
    taken = 0
    for shift, seen in zip(row, used[len(row)], strict=True):
        taken |= seen << shift | seen >> tables - shift
    return [shift for shift in range(tables) if not taken >> shift & 1]
