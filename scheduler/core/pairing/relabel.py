"""Who sits in which slot: two people trade all their seats, so that repeats stay as they are and everything else improves."""

from __future__ import annotations

from collections import Counter, defaultdict
from random import Random

from scheduler.core.pairing.board import Board
from scheduler.core.pairing.costs import Costs
from scheduler.core.pairing.effort import Effort
from scheduler.core.pairing.problem import Problem

PIECE = 256
REPEAT = 2_000


def by_school(problem: Problem, places: int) -> list[int]:
    """People in the order of slots, `places` slots a class: a school goes into one class, where it still fits.

    Classmates never meet, so neither do people of one school.

    >>> from scheduler.core.pairing.problem import Participant
    >>> from scheduler.core.pairing.seating import BySize
    >>> people = tuple(Participant(f"p{n}", school="ab"[n % 2]) for n in range(4))
    >>> by_school(Problem(people, rounds=2, seating=BySize(2)), 2)
    [0, 2, 1, 3]
    """
    people = len(problem.ids)
    left = [min(places, people - first) for first in range(0, people, places)]
    classes: list[list[int]] = [[] for _ in left]
    for mates in _schools(problem):
        while mates:
            fits = [j for j, room in enumerate(left) if room >= len(mates)]
            j = min(fits, key=left.__getitem__) if fits else max(range(len(left)), key=left.__getitem__)
            taken, mates = mates[: left[j]], mates[left[j] :]
            classes[j].extend(taken)
            left[j] -= len(taken)
    return [person for members in classes for person in members]


def _schools(problem: Problem) -> list[list[int]]:
    """People by school, large schools first; who has none stands alone."""
    mates: defaultdict[str, list[int]] = defaultdict(list)
    for number, person in enumerate(problem.participants):
        mates[person.id if person.school is None else f"school {person.school}"].append(number)
    return sorted(mates.values(), key=len, reverse=True)


def relabel(costs: Costs, board: Board, steps: int, effort: Effort, chance: Random) -> None:
    """Trade slots between two people as long as that helps; only for boards on which everybody is present throughout."""
    trade = _Trade(costs, board)
    while steps > 0 and (taken := effort.take(min(PIECE, steps))):
        for _ in range(taken):
            trade.attempt(int(chance.random() * costs.people), int(chance.random() * costs.people))
        steps -= taken
    trade.finish()


class _Trade:
    """`near[s]` says which slots share a table with slot s, and how often; a slot has the number of its first person."""

    def __init__(self, costs: Costs, board: Board) -> None:
        self.board = board
        self.at = list(range(costs.people))
        self.near: list[Counter[int]] = [Counter() for _ in self.at]
        for table in (table for round in board.seats for table in round):
            for slot in table:
                self.near[slot].update(table)
        for slot, near in enumerate(self.near):
            del near[slot]
        self.price = [row[:] for row in costs.static]
        for a, b in costs.prior:
            self.price[a][b] = self.price[b][a] = costs.static[a][b] + REPEAT

    def attempt(self, s: int, t: int) -> None:
        i, j = self.at[s], self.at[t]
        if s != t and self._change(s, t, i, j) <= 0:
            self.at[s], self.at[t] = j, i

    def _change(self, s: int, t: int, i: int, j: int) -> int:
        at, of_i, of_j = self.at, self.price[i], self.price[j]
        change = 2 * self.near[s].get(t, 0) * of_i[j]
        for slot, times in self.near[s].items():
            change += times * (of_j[at[slot]] - of_i[at[slot]])
        for slot, times in self.near[t].items():
            change += times * (of_i[at[slot]] - of_j[at[slot]])
        return change

    def finish(self) -> None:
        self.board.seats = [[[self.at[slot] for slot in table] for table in round] for round in self.board.seats]
        self.board.sits_out = [[self.at[slot] for slot in out] for out in self.board.sits_out]
