"""Improving search: swap two people of one round, keep what helps, and now and then what hurts a little.

Kirkpatrick, Gelatt, Vecchi: Optimization by simulated annealing, Science 220 (1983). The price of a repeat rises from phase
to phase: dear from the start, it freezes the search before the schools are spread (measured on 24 people, tables of 4,
5 rounds: 14 conversations within one school instead of 5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import log
from random import Random

from scheduler.core.pairing.board import Board, Seats
from scheduler.core.pairing.costs import KEEP_APART, MOST_TIMES, Costs
from scheduler.core.pairing.effort import Effort
from scheduler.core.pairing.problem import MOST_ROUNDS
from scheduler.core.pairing.seating import BySize

PIECE = 512
NEVER = 10 * KEEP_APART
TRIO = 40
# -ln of chance in fixed point, so that accepting a step is integer arithmetic.
LUCK = [round(-1024 * log((k + 0.5) / 1024)) for k in range(1024)]


@dataclass(frozen=True)
class Phase:
    """One stretch of the search: the price of a repeat and of a lonely student, from which heat to which, and its share."""

    repeat: int
    lonely: int
    hot: int
    cold: int
    share: float


RISING = (Phase(200, 400, 150, 1, 0.4), Phase(500, 2_000, 120, 1, 0.3), Phase(2_000, 100_000, 150, 1, 0.3))
PLAIN = (Phase(1_000, 1_000, 500, 100, 0.8), Phase(1_000, 100_000, 100, 20, 0.2))
POLISH = (Phase(2_000, 100_000, 60, 1, 1.0),)

# Broken rules, repeats, how unevenly they fall, conversations within one school.
Counts = tuple[int, int, int, int]


class Search:
    """A board with the price of every swap kept up to date.

    `add[i][j]` is the price of one more meeting of i and j, `drop[i][j]` what one meeting less saves.
    """

    def __init__(self, costs: Costs, board: Board, chance: Random) -> None:
        self.costs = costs
        self.board = board
        self.chance = chance
        self.met = [bytearray(costs.people) for _ in range(costs.people)]
        for (a, b), times in costs.prior.items():
            self.met[a][b] = self.met[b][a] = times
        for a, b in self._pairings():
            self.met[a][b] = self.met[b][a] = self.met[a][b] + 1
        seating = costs.problem.seating
        self.in_pairs = isinstance(seating, BySize) and seating.size == 2
        self.company = costs.problem.students_have_company and any(costs.students)
        self.trios = Counter(person for round in board.seats for table in round if len(table) == 3 for person in table)
        self._list_spots()
        self.lonely = 0
        self.best: Seats = board.copy_seats()
        self.best_counts = self.counts()

    def run(self, phases: tuple[Phase, ...], steps: int, effort: Effort, good_enough: Callable[[Counts], bool]) -> bool:
        """Go through the phases; the best seats are on the board afterwards. True when they are good enough."""
        done = good_enough(self.best_counts)
        for phase in phases:
            if not done and not effort.over:
                done = self._run_phase(phase, max(1, int(steps * phase.share) // PIECE), effort, good_enough)
        self.board.seats = self.best
        return done

    def counts(self) -> Counts:
        """The counts of the seats as they are now."""
        times = Counter((a, b) if a < b else (b, a) for a, b in self._pairings())
        static, school, prior = self.costs.static, self.costs.school, self.costs.prior
        broken = repeats = spread = same = 0
        for (a, b), n in times.items():
            before = prior.get((a, b)) or prior.get((b, a)) or 0
            repeats += n - (before == 0)
            spread += n * before + n * (n - 1) // 2
            same += n * (school[a] == school[b])
            broken += n * (static[a][b] >= KEEP_APART)
        if self.company:
            broken += sum(self.costs.lonely(table) for round in self.board.seats for table in round)
        return broken, repeats, spread, same

    def _run_phase(self, phase: Phase, pieces: int, effort: Effort, good_enough: Callable[[Counts], bool]) -> bool:
        self._price(phase)
        look_every = max(16, sum(map(len, self.spots)) // 400)
        for piece in range(pieces):
            steps = effort.take(PIECE)
            heat = phase.hot * (phase.cold / phase.hot) ** (piece / pieces)
            self._swaps(steps, int(heat * 1024))
            if (piece + 1) % look_every == 0 or piece == pieces - 1 or not steps:
                self._look(effort)
                if not steps or good_enough(self.best_counts):
                    break
        return good_enough(self.best_counts)

    def _look(self, effort: Effort) -> None:
        counts = self.counts()
        if counts < self.best_counts:
            self.best, self.best_counts = self.board.copy_seats(), counts
        effort.found(*self.best_counts)

    def _pairings(self) -> list[tuple[int, int]]:
        return [people for round in self.board.seats for table in round for people in combinations(table, 2)]

    def _list_spots(self) -> None:
        """Every seat that may be swapped, round by round, as (round, table, place)."""
        board = self.board
        self.spots = [
            [(r, t, place) for t, table in enumerate(round) for place, person in enumerate(table) if person not in board.held[r]]
            for r, round in enumerate(board.seats)
        ]
        self.every_spot = [spot for round in self.spots for spot in round]
        self.extras = self.company or any(board.allowed) or (self.in_pairs and bool(self.trios))

    def _price(self, phase: Phase) -> None:
        self.lonely = phase.lonely
        spread = phase.repeat // 4
        self.prices = [0] + [phase.repeat + spread * times for times in range(MOST_TIMES + MOST_ROUNDS)]
        self.add = [row[:] for row in self.costs.static]
        self.drop = [row[:] for row in self.costs.static]
        for a, b in {*self.costs.prior, *self._pairings()}:
            self._reprice(a, b)

    def _reprice(self, a: int, b: int) -> None:
        times, static = self.met[a][b], self.costs.static[a][b]
        self.add[a][b] = self.add[b][a] = static + self.prices[times]
        self.drop[a][b] = self.drop[b][a] = static + self.prices[times - 1] if times else static

    def _swaps(self, steps: int, heat: int) -> None:
        """Try this many swaps at one heat (in 1/1024)."""
        random, bits = self.chance.random, self.chance.getrandbits
        seats, spots, every, add, drop = self.board.seats, self.spots, self.every_spot, self.add, self.drop
        for _ in range(steps if every else 0):
            r, t, place = every[int(random() * len(every))]
            _, u, other = spots[r][int(random() * len(spots[r]))]
            if t == u:
                continue
            here, there = seats[r][t], seats[r][u]
            i, j = here[place], there[other]
            add_i, add_j, drop_i, drop_j = add[i], add[j], drop[i], drop[j]
            change = -2 * add_i[j]
            for x in here:
                change += add_j[x] - drop_i[x]
            for x in there:
                change += add_i[x] - drop_j[x]
            if self.extras:
                change += self._extra(r, t, u, i, j)
            if change <= 0 or change << 20 <= heat * LUCK[bits(10)]:
                self._swap(here, there, place, other)

    def _extra(self, r: int, t: int, u: int, i: int, j: int) -> int:
        """What a swap changes apart from pairs: tables someone may not use, lonely students, turns in a trio."""
        allowed = self.board.allowed[r]
        if (i in allowed and u not in allowed[i]) or (j in allowed and t not in allowed[j]):
            return NEVER
        here, there = self.board.seats[r][t], self.board.seats[r][u]
        change = 0
        if self.company:
            lonely = self.costs.lonely
            after = lonely([x for x in here if x != i] + [j]) + lonely([x for x in there if x != j] + [i])
            change += self.lonely * (after - lonely(here) - lonely(there))
        if self.in_pairs and len(here) != len(there):
            leaves, comes = (i, j) if len(here) == 3 else (j, i)
            change += TRIO * (self.trios[comes] - self.trios[leaves] + 1)
        return change

    def _swap(self, here: list[int], there: list[int], place: int, other: int) -> None:
        i, j = here[place], there[other]
        for x in here:
            if x != i:
                self._meet(i, x, -1)
                self._meet(j, x, 1)
        for x in there:
            if x != j:
                self._meet(j, x, -1)
                self._meet(i, x, 1)
        here[place], there[other] = j, i
        if self.in_pairs and len(here) != len(there):
            leaves, comes = (i, j) if len(here) == 3 else (j, i)
            self.trios[leaves] -= 1
            self.trios[comes] += 1

    def _meet(self, a: int, b: int, change: int) -> None:
        self.met[a][b] = self.met[b][a] = self.met[a][b] + change
        self._reprice(a, b)
