"""Improving search: swap two people of one round, keep what helps, and now and then what hurts a little.

Kirkpatrick, Gelatt, Vecchi: Optimization by simulated annealing, Science 220 (1983). The price of a repeat rises from phase
to phase: dear from the start, it freezes the search before the schools are spread (measured on 24 people, tables of 4,
5 rounds: 14 conversations within one school instead of 5). The kernel does the steps and keeps the best seats by their counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scheduler.core.pairing.arrays import layout_of, seat, seats_of
from scheduler.core.pairing.board import Board
from scheduler.core.pairing.costs import Costs
from scheduler.core.pairing.effort import Effort
from scheduler.core.pairing.kernel import Kernel, open_search
from scheduler.core.pairing.kernel.layout import Counts, Prices

PIECES = 64
LEAST, MOST = 4_096, 65_536


@dataclass(frozen=True)
class Phase:
    """One stretch of a search: the price of a repeat and of a lonely student, from which heat to which, and its share of the steps.

    `trades`: two people exchange all their seats instead of one, which leaves repeats among people who never met as they are.
    """

    repeat: int
    lonely: int
    hot: float
    cold: float
    share: float
    trades: bool = False

    @property
    def prices(self) -> Prices:
        return Prices(repeat=self.repeat, spread=self.repeat // 4, lonely=self.lonely, changed=40, move=8, trio=40, bye=400, visit=40)


RISING = (Phase(200, 400, 150, 1, 0.4), Phase(500, 2_000, 120, 1, 0.3), Phase(2_000, 8_000, 150, 1, 0.3))
PLAIN = (Phase(2_000, 8_000, 1_000, 250, 1.0),)
COOL = (Phase(2_000, 8_000, 250, 100, 1.0),)
SOFT = (Phase(2_000, 8_000, 16, 1, 1.0),)
HOSTED = (Phase(200, 8_000, 120, 16, 1.0),)
REHEATED = (Phase(2_000, 8_000, 60, 1, 1.0),)
RELABELLED = (Phase(1_000, 8_000, 300, 2, 0.8, trades=True), Phase(2_000, 8_000, 60, 1, 0.2))


class Run:
    """A kernel search on one board, run phase by phase as far as the effort allows.

    `bare`: it searches for slots without wishes, so its counts are not those of a plan and nobody hears of them.
    """

    def __init__(self, costs: Costs, board: Board, seed: int, kernel: Kernel | None = None, *, bare: bool = False) -> None:
        self.board, self.bare = board, bare
        self.search = open_search(layout_of(costs, board), seats_of(board), seed, kernel)

    @property
    def counts(self) -> Counts:
        """The counts of the best seats so far."""
        return self.search.counts

    def go(self, phases: tuple[Phase, ...], steps: int, effort: Effort, good_enough: Callable[[Counts], bool]) -> bool:
        """Go through the phases with so many steps in all. True when the best seats are good enough."""
        for phase in phases:
            self.search.prices(phase.prices)
            if self._go(phase, max(1, int(steps * phase.share)), effort, good_enough):
                return True
        return good_enough(self.counts)

    def again(self) -> None:
        """Go on from the best seats."""
        self.search.load(self.search.best_seats())

    def seated(self) -> Board:
        """The board with the best seats."""
        seat(self.board, self.search.best_seats())
        return self.board

    def _go(self, phase: Phase, steps: int, effort: Effort, good_enough: Callable[[Counts], bool]) -> bool:
        piece = min(MOST, max(LEAST, -(-steps // PIECES)))
        step, rounds = (self.search.relabel, len(self.board.seats)) if phase.trades else (self.search.anneal, 1)
        for done in range(0, steps, piece):
            taken = effort.take(min(piece, steps - done))
            heat = phase.hot * (phase.cold / phase.hot) ** (done / steps)
            step(taken // rounds, int(heat * 1024))
            if not self.bare:
                effort.found(self.counts)
            if not taken or good_enough(self.counts):
                break
        return good_enough(self.counts)
