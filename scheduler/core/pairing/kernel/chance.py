"""Chance in integers: the generator of the kernel and its rule of the heat, in plain Python."""

from __future__ import annotations

from array import array
from math import log

_MASK = (1 << 64) - 1

# -ln of chance in 1/1024: with it a step for the worse is accepted by integer arithmetic.
LUCK = array("i", (round(-1024 * log((k + 0.5) / 1024)) for k in range(1024)))


class Chance:
    """xorshift128+ seeded by splitmix64, exactly as in common.h.

    >>> chance = Chance(7)
    >>> [chance.below(6) for _ in range(8)]
    [3, 3, 4, 4, 1, 5, 4, 2]
    """

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK
        self._older = self._next_seed()
        self._newer = self._next_seed()

    def next(self) -> int:
        """64 random bits."""
        mixed, newer = self._older, self._newer
        mixed ^= mixed << 23 & _MASK
        mixed ^= newer ^ mixed >> 18 ^ newer >> 5
        self._older, self._newer = newer, mixed
        return mixed + newer & _MASK

    def below(self, n: int) -> int:
        """A number from 0 to n - 1."""
        return (self.next() >> 32) * n >> 32

    def accepts(self, change: int, heat: int) -> bool:
        """Whether to take a step that changes the price by so much, at a heat in 1/1024 of the unit of prices."""
        return change <= 0 or change << 20 <= heat * LUCK[self.below(1024)]

    def _next_seed(self) -> int:
        self._state = self._state + 0x9E3779B97F4A7C15 & _MASK
        mixed = self._state
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _MASK
        return mixed ^ mixed >> 31
