"""The map of the network: which schools have talked at meetups or visited each other, which never did, and whom to invite next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from scheduler.core.memory import Couple, couple

SUGGESTED = 12


@dataclass(frozen=True)
class NetworkMap:
    """What is between schools: `talks` counts conversations at meetups by couple, `visits` visits by (guest, host)."""

    schools: Sequence[int]
    talks: Mapping[Couple, int] = field(default_factory=dict)
    visits: Mapping[tuple[int, int], int] = field(default_factory=dict)

    def talked(self, a: int, b: int) -> int:
        """Conversations between two schools."""
        return self.talks.get(couple(a, b), 0)

    def visited(self, a: int, b: int) -> int:
        """Visits of either at the other."""
        return self.visits.get((a, b), 0) + self.visits.get((b, a), 0)

    def are_strangers(self, a: int, b: int) -> bool:
        """Neither talked at a meetup nor visited each other."""
        return not self.talked(a, b) and not self.visited(a, b)

    @cached_property
    def couples(self) -> list[Couple]:
        """Every two schools once, in the order of the schools."""
        return list(combinations(self.schools, 2))

    @cached_property
    def tally(self) -> Tally:
        """How many couples have talked, only visited, or never met.

        >>> NetworkMap([1, 2, 3], {(1, 2): 5}, {(3, 1): 1}).tally
        Tally(couples=3, talked=1, visited=1, both=0, strangers=1)
        """
        talked = {pair for pair in self.couples if self.talked(*pair)}
        visited = {pair for pair in self.couples if self.visited(*pair)}
        return Tally(len(self.couples), len(talked), len(visited), len(talked & visited), len(self.couples) - len(talked | visited))

    @cached_property
    def known(self) -> Counter[int]:
        """How many other schools each school has talked with or visited.

        >>> sorted(NetworkMap([1, 2, 3], {(1, 2): 5}, {(3, 1): 1}).known.items())
        [(1, 2), (2, 1), (3, 1)]
        """
        known = Counter(dict.fromkeys(self.schools, 0))
        for a, b in self.couples:
            if not self.are_strangers(a, b):
                known.update((a, b))
        return known


def conversations_by_school(schools: Collection[int], talks: Mapping[Couple, int]) -> Counter[int]:
    """How many conversations each of some schools had with the others of them.

    >>> sorted(conversations_by_school({1, 2, 3}, {(1, 2): 5, (2, 3): 1, (3, 9): 4}).items())
    [(1, 5), (2, 6), (3, 1)]
    """
    found: Counter[int] = Counter()
    for (a, b), number in talks.items():
        if a != b and a in schools and b in schools:
            found.update({a: number, b: number})
    return found


@dataclass(frozen=True)
class Tally:
    """Couples of schools; `both` of them talked and visited, `strangers` did neither."""

    couples: int
    talked: int
    visited: int
    both: int
    strangers: int


def suggest(network: NetworkMap, most: int = SUGGESTED) -> list[Couple]:
    """Which two to invite next: schools that never met, those who know the fewest others first.

    They are spread: no school stands in the list a second time before every school that can has stood in it once.

    >>> suggest(NetworkMap([1, 2, 3, 4], {(1, 2): 5}), most=3)
    [(3, 4), (1, 3), (2, 4)]
    """
    known = network.known
    waiting = [pair for pair in network.couples if network.are_strangers(*pair)]
    times: Counter[int] = Counter()
    chosen: list[Couple] = []
    while waiting and len(chosen) < most:
        turns = [(max(times[a], times[b]), times[a] + times[b], known[a] + known[b]) for a, b in waiting]
        next_one = waiting.pop(turns.index(min(turns)))
        chosen.append(next_one)
        times.update(next_one)
    return chosen
