"""People in rings that turn: everybody in a ring moves one place on from round to round, a few people stay."""

from __future__ import annotations

from array import array
from typing import NamedTuple

from scheduler.core.pairing.design import Design


class Rings(NamedTuple):
    """`number` rings of `length` people each, and `fixed` people who stay: person = ring x length + place, the fixed ones last.

    >>> Rings(3, 2, 1).turned([[0, 4], [2, 3, 6], [1, 5]], 1)
    [[1, 5], [0, 4, 6], [2, 3]]
    """

    length: int
    number: int
    fixed: int

    @property
    def people(self) -> int:
        return self.length * self.number + self.fixed

    def turned(self, round: list[list[int]], by: int) -> list[list[int]]:
        """A round after so many steps."""
        return [[self._moved(person, by) for person in table] for table in round]

    def all_turns(self, base_rounds: list[list[list[int]]]) -> Design:
        """`length` rounds from each base round."""
        return [self.turned(round, by) for round in base_rounds for by in range(self.length)]

    def orbits(self) -> tuple[array[int], list[int]]:
        """Which pairs turn into each other.

        For each of people x people pairs the number of its orbit, and for each orbit how many turns leave its pairs where they
        are: 2 for people who face each other in a ring of even length, all turns for two fixed people, else 1. A person with
        themselves is in the last orbit, with 0 turns. Two ring people are in one orbit with all who are as far apart in the
        same rings.
        """
        turns: list[int] = []
        rows: list[list[array[int]]] = [[array("I") for _ in range(self.number + 1)] for _ in range(self.number + 1)]
        for one in range(self.number):
            rows[one][one] = self._apart(turns)
            for other in range(one):
                apart = _new(turns, self.length)
                rows[other][one] = apart
                rows[one][other] = array("I", (apart[-step] for step in range(self.length)))
            fixed = _new(turns, self.fixed)
            rows[one][self.number] = fixed
        meetings = {(a, b): _new(turns, 1, self.length)[0] for a in range(self.fixed) for b in range(a)}
        turns.append(0)
        return self._table(rows, meetings, len(turns) - 1), turns

    def _apart(self, turns: list[int]) -> array[int]:
        """Orbits of two people of one ring, by the steps between them; 0 steps is nobody else."""
        half = _new(turns, self.length // 2)
        if self.length % 2 == 0:
            turns[-1] = 2
        return array("I", (0, *(half[min(step, self.length - step) - 1] for step in range(1, self.length))))

    def _table(self, rows: list[list[array[int]]], meetings: dict[tuple[int, int], int], nobody: int) -> array[int]:
        table = array("I")
        for person in range(self.length * self.number):
            ring, place = divmod(person, self.length)
            for other in range(self.number):
                apart = rows[ring][other]
                table += apart[self.length - place :] + apart[: self.length - place]
            table += rows[ring][self.number]
        for a in range(self.fixed):
            for ring in range(self.number):
                table += array("I", [rows[ring][self.number][a]]) * self.length
            table += array("I", (meetings.get((max(a, b), min(a, b)), nobody) for b in range(self.fixed)))
        for person in range(self.people):
            table[person * self.people + person] = nobody
        return table

    def _moved(self, person: int, by: int) -> int:
        ring, place = divmod(person, self.length)
        return ring * self.length + (place + by) % self.length if ring < self.number else person


def _new(turns: list[int], orbits: int, still: int = 1) -> array[int]:
    """Numbers for so many more orbits."""
    turns += [still] * orbits
    return array("I", range(len(turns) - orbits, len(turns)))
