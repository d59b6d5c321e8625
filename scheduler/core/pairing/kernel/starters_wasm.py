"""The annealing of starters.c, run as WebAssembly."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from scheduler.core.pairing.kernel.chance import LUCK
from scheduler.core.pairing.kernel.wasm import Memory

if TYPE_CHECKING:
    from scheduler.core.pairing.kernel.starters import StarterLayout


class WasmStarter:
    """Base rounds in a memory of their own. Raises MemoryError when the memory does not suffice."""

    def __init__(self, layout: StarterLayout, seed: int) -> None:
        self._people, self._rounds = layout.people, layout.base_rounds
        self._memory = Memory()
        prices = array("i", (part for turns in layout.turns for part in (max(turns - 1, 0), 2 * turns)))
        tables = (layout.first, layout.end, layout.next_seat, layout.next_person, layout.cycle, layout.length, layout.orbit, prices)
        arrays = (self._memory.put(data) for data in (*tables, layout.seats * layout.base_rounds, LUCK))
        self._starter = self._memory.address("starter_open", layout.people, layout.base_rounds, *arrays, seed)
        if not self._starter:
            raise MemoryError("The pairing engine has no memory for these base rounds.")

    def deal(self) -> None:
        self._memory.call("starter_deal", self._starter)

    def anneal(self, steps: int, heat: int) -> int:
        return self._memory.call("starter_anneal", self._starter, steps, heat)

    def best(self) -> list[list[int]]:
        at = self._memory.address("starter_best", self._starter)
        seats = array("I", bytes(self._memory.get(at, 4 * self._people * self._rounds))).tolist()
        return [seats[first : first + self._people] for first in range(0, len(seats), self._people)]
