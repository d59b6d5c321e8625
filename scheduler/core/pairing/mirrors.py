"""Base rounds that are their own mirror image: far fewer to search, and the most regular schedules are among them."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from scheduler.core.pairing.kernel.starters import StarterLayout
from scheduler.core.pairing.rings import Rings

# In the order in which they were found to help, and how many multipliers of each are tried.
ORDERS = (3, 5, 2, 4)
FACTORS = 4


class Mirror(NamedTuple):
    """Person (ring, place) goes to (next ring, place x factor); after `order` times everybody is back.

    `rings` and `fixed`: how many cycles of `order` rings, and of `order` fixed people, follow each other; the other rings and
    fixed people are their own image. Applied to all rounds of a design, a mirror permutes them, because a turn by one step
    becomes a turn by `factor` steps: it is an automorphism of the design that keeps its base rounds. (In the Handbook of
    Combinatorial Designs it is called a multiplier.)

    >>> Mirror(3, 2, 0, 1).images(Rings(7, 1, 3))
    [0, 2, 4, 6, 1, 3, 5, 8, 9, 7]
    """

    order: int
    factor: int
    rings: int
    fixed: int

    def images(self, rings: Rings) -> list[int]:
        """The image of each person."""
        ringed = [self._next(ring, self.rings) * rings.length for ring in range(rings.number)]
        moved = [first + place * self.factor % rings.length for first in ringed for place in range(rings.length)]
        return moved + [rings.length * rings.number + self._next(person, self.fixed) for person in range(rings.fixed)]

    def _next(self, one: int, cycles: int) -> int:
        if one >= cycles * self.order:
            return one
        return one - self.order + 1 if (one + 1) % self.order == 0 else one + 1


NO_MIRROR = Mirror(1, 1, 0, 0)


def mirrors(rings: Rings) -> Iterator[Mirror]:
    """Mirrors under which everybody has `order` images or only one: none at all first, then the most promising."""
    yield NO_MIRROR
    for order in ORDERS:
        factors = [factor for factor in range(1, rings.length) if pow(factor, order, rings.length) == 1]
        for cycles, fixed in product({rings.number // order: 1, 0: 1}, {rings.fixed // order: 1, 0: 1}):
            for mirror in (Mirror(order, factor, cycles, fixed) for factor in factors[:FACTORS]):
                if {len(cycle) for cycle in _cycles(mirror.images(rings))} in ({1, order}, {order}):
                    yield mirror


def mirrored_layout(rings: Rings, sizes: Sequence[int], base_rounds: int, mirror: Mirror) -> StarterLayout | None:
    """Tables of these sizes with a first base round that is its own image; None where there is none of this kind.

    Tables come in groups of `order` that are images of each other, apart from a few, as few as possible, that are their own.
    """
    images = mirror.images(rings)
    own = _own_tables(sizes, mirror.order, sum(mirror.order > 1 and image == person for person, image in enumerate(images)))
    if own is None:
        return None
    seats, next_seat = _seat(sizes, own, mirror.order, _cycles(images))
    orbit, turns = rings.orbits()
    return StarterLayout(sizes, base_rounds, orbit, turns, array("I", next_seat), array("I", images), array("I", seats))


def _cycles(images: list[int]) -> list[list[int]]:
    """Everybody with their images, in order."""
    seen: set[int] = set()
    cycles = []
    for person in range(len(images)):
        if person not in seen:
            cycle = [person]
            while (image := images[cycle[-1]]) != person:
                cycle.append(image)
            seen.update(cycle)
            cycles.append(cycle)
    return cycles


def _own_tables(sizes: Sequence[int], order: int, alone: int) -> list[tuple[int, int]] | None:
    """Which tables are their own image: pairs of size and how many people without another image sit there."""
    tables = Counter(sizes)
    ways = product(*(range(number % order, number + 1, order) for number in tables.values()))
    for numbers in sorted(ways, key=sum):
        own = [size for size, number in zip(tables, numbers, strict=True) for _ in range(number)]
        if (found := _share(alone, own, order)) is not None:
            return list(zip(own, found, strict=True))
    return None


def _share(alone: int, own: list[int], order: int) -> list[int] | None:
    """Seat the people without another image at tables that are their own, as evenly as sizes allow."""
    found = [size % order for size in own]
    while sum(found) < alone:
        room = [table for table, size in enumerate(own) if found[table] + order <= size]
        if not room:
            return None
        found[min(room, key=found.__getitem__)] += order
    return found if sum(found) == alone else None


def _seat(sizes: Sequence[int], own: list[tuple[int, int]], order: int, cycles: list[list[int]]) -> tuple[list[int], list[int]]:
    """Who sits on each seat, and the image of each seat: a whole cycle of people at one table, or one of them at each of a group."""
    alone = iter([cycle[0] for cycle in cycles if len(cycle) < order])
    whole = iter([cycle for cycle in cycles if len(cycle) == order])
    seats: list[int] = []
    next_seat: list[int] = []
    for size, number in Counter(sizes).items():
        kept = [found for own_size, found in own if own_size == size]
        for found in kept:
            seats += [next(alone) for _ in range(found)]
            next_seat += range(len(next_seat), len(next_seat) + found)
            for _ in range(found, size, order):
                next_seat += [*range(len(seats) + 1, len(seats) + order), len(seats)]
                seats += next(whole)
        for _ in range(len(kept), number, order):
            group = [next(whole) for _ in range(size)]
            first = len(seats)
            seats += [cycle[table] for table in range(order) for cycle in group]
            next_seat += [*range(first + size, first + size * order), *range(first, first + size)]
    return seats, next_seat
