"""Pairs round by round: each round is the cheapest perfect matching of those present, then each is matched again with the others known.

Edmonds, Paths, trees, and flowers, Canadian Journal of Mathematics 17 (1965); the kernel has the algorithm. Best where wishes
and topics decide and nearly everybody could still meet nearly everybody; O(n^3) a round, so for up to a few hundred people.
Pairs that must share a table stay. With an odd number one person is left over: sitting out was decided before, a trio is the
pair where the third costs least.
"""

from __future__ import annotations

from array import array
from collections import Counter
from operator import itemgetter
from random import Random

from scheduler.core.pairing.board import Board
from scheduler.core.pairing.costs import Costs
from scheduler.core.pairing.effort import Effort
from scheduler.core.pairing.kernel import Kernel
from scheduler.core.pairing.kernel.matching import cheapest_pairs

MOST_PEOPLE = 400
REPEAT, SPREAD, TRIO = 8_000, 2_000, 160
SCALE = 4
"""Prices of the search are multiplied by this, so that chance may break ties."""


class Matching:
    """The rounds of a board of pairs, matched one after the other. `costs` gives the price of a meeting."""

    def __init__(self, costs: Costs, board: Board, chance: Random, kernel: Kernel | None = None) -> None:
        self.board, self.people, self.kernel = board, costs.people, kernel
        self.met = [costs.met[a * costs.people : (a + 1) * costs.people] for a in range(costs.people)]
        self.cost = array("i", (SCALE * price + chance.randrange(2) for price in costs.price))
        for a in range(self.people):
            for b in range(a):
                self._price(a, b, self.met[a][b])
        self.trios: Counter[int] = Counter()

    def run(self, passes: int, effort: Effort) -> bool:
        """Match every round once and then `passes` times again; False when the effort ended before all were matched once."""
        rounds = range(len(self.board.seats))
        for turn in range(1 + passes):
            for r in rounds:
                if turn:
                    self._count(r, -1)
                if not effort.take(self.people * self.people):
                    if turn:
                        self._count(r, 1)
                    return turn > 0
                self.board.seats[r] = self._match(r)
                self._count(r, 1)
        return True

    def _match(self, r: int) -> list[list[int]]:
        held = self.board.held[r]
        fixed = [table for table in self.board.seats[r] if held.issuperset(table)]
        tied = {person for table in fixed for person in table}
        free = sorted(person for table in self.board.seats[r] for person in table if person not in tied)
        pairs = self._pairs(free)
        if len(free) % 2:
            alone = next(one for one in pairs if len(one) == 1)
            pairs.remove(alone)
            third = alone[0]
            table = min([*pairs, *(two for two in fixed if len(two) == 2)], key=lambda two: self._third(third, two))
            table.append(third)
        return sorted([*fixed, *pairs], key=len, reverse=True)

    def _pairs(self, free: list[int]) -> list[list[int]]:
        """The cheapest pairs of these people; with an odd number one stays alone, rather somebody who was least in trios."""
        rows = [self.cost[a * self.people : (a + 1) * self.people] for a in free]
        size = len(free) + len(free) % 2
        cost = array("i")
        pick = itemgetter(*free) if len(free) > 1 else None
        for a, row in zip(free, rows, strict=True):
            cost.extend(pick(row) if pick else row[a : a + 1])
            if len(free) % 2:
                cost.append(TRIO * self.trios[a])
        if len(free) % 2:
            cost.extend(TRIO * self.trios[a] for a in [*free, free[0]])
        mates = cheapest_pairs(size, cost, self.kernel)
        return [[free[n] for n in (a, mate) if n < len(free)] for a, mate in enumerate(mates) if a < mate]

    def _third(self, third: int, two: list[int]) -> int:
        return sum(self.cost[third * self.people + person] + TRIO * self.trios[person] for person in two)

    def _count(self, r: int, sign: int) -> None:
        """Add or take away the meetings of a round."""
        for table in self.board.seats[r]:
            if len(table) == 3:
                self.trios.update(dict.fromkeys(table, sign))
            for n, a in enumerate(table):
                for b in table[:n]:
                    before = self.met[a][b]
                    self.met[a][b] = self.met[b][a] = before + sign
                    self._price(a, b, before + sign, before)

    def _price(self, a: int, b: int, times: int, before: int = 0) -> None:
        """Raise the price of a meeting from that of `before` earlier ones to that of `times`."""
        change = _repeats(times) - _repeats(before)
        self.cost[a * self.people + b] += change
        if a != b:
            self.cost[b * self.people + a] = self.cost[a * self.people + b]


def _repeats(times: int) -> int:
    return REPEAT + SPREAD * (times - 1) if times else 0
