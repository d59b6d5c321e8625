"""Annealing of base rounds for cyclic starters: what the kernel is given, and what can be asked of it."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Protocol

from scheduler.core.pairing.kernel import Kernel, wasm
from scheduler.core.pairing.kernel.starters_twin import TwinStarter
from scheduler.core.pairing.kernel.starters_wasm import WasmStarter


@dataclass(frozen=True)
class StarterLayout:
    """The tables of a base round, the orbits into which shifts divide all pairs, and a mirror. Arrays are of "I".

    `sizes` of the tables, whose seats have numbers one after the other. `orbit` has people x people entries, the same both
    ways round; the diagonal is an orbit of its own, the last one. `turns`: how many shifts leave a pair of an orbit where it
    is, 1 for most; 0 for the last orbit. `next_seat` and `next_person` are the mirror image of each; `seats` of the first base
    rounds is its own image: who sits on the image of a seat is the image of who sits there.
    """

    sizes: Sequence[int]
    base_rounds: int
    orbit: array[int]
    turns: Sequence[int]
    next_seat: array[int]
    next_person: array[int]
    seats: array[int]

    @property
    def people(self) -> int:
        return len(self.seats)

    @cached_property
    def first(self) -> array[int]:
        """The first seat of the table of each seat."""
        ends = accumulate(self.sizes)
        return array("I", (end - size for size, end in zip(self.sizes, ends, strict=True) for _ in range(size)))

    @cached_property
    def end(self) -> array[int]:
        """The seat behind the last one of that table."""
        ends = accumulate(self.sizes)
        return array("I", (end for size, end in zip(self.sizes, ends, strict=True) for _ in range(size)))

    @cached_property
    def cycle(self) -> array[int]:
        """The first of the mirror images of each seat, which names its cycle."""
        names = array("I", range(self.people))
        for seat in range(self.people):
            image = self.next_seat[seat]
            while image > seat and names[image] == image:
                names[image] = seat
                image = self.next_seat[image]
        return names

    @cached_property
    def length(self) -> array[int]:
        """How many images each seat has, itself included."""
        images = Counter(self.cycle)
        return array("I", (images[name] for name in self.cycle))


class Starter(Protocol):
    """Base rounds in the making. Conflicts are the cost of all repeats: a pair's (k+1)-th meeting counts 2k; 0 is none at all.

    They are counted once for all shifts of a pair, so `orbit_length` / 2 times the conflicts is the spread of repeats in all
    rounds.
    """

    def deal(self) -> None:
        """Begin again from base rounds drawn by chance; the best ones are kept."""

    def anneal(self, steps: int, heat: int) -> int:
        """So many steps at this heat (in 1/1024 of a conflict), or until there are no conflicts; returns the fewest so far."""

    def best(self) -> list[list[int]]:
        """The base rounds of fewest conflicts: who sits on each seat."""


def open_starter(layout: StarterLayout, seed: int, kernel: Kernel | None = None) -> Starter:
    """Base rounds of this layout, to be annealed; the twin where WebAssembly does not run."""
    if kernel == "twin" or (kernel is None and not wasm.loads()):
        return TwinStarter(layout, seed)
    return WasmStarter(layout, seed)
