"""The idea of good-enough-golfers, written anew: breed each round greedily, with what the rounds before it left behind as its price.

A generation is every swap of somebody at the dearest table with somebody elsewhere, and a few rounds by chance. All rounds
that share the lowest price are the parents of the next generation. A pair costs the square of how often it has met;
two of one school count as having met once. It stops at price 0, after GENERATIONS, or when the round's share of time is up.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import combinations
from random import Random
from typing import Any

from bench.pairing.check_plan import Instance, pair
from bench.pairing.rivals.common import Groups, plan_of, sizes_of

GENERATIONS = 30
FIRST_PARENTS = 5
MOST_PARENTS = 100
BY_CHANCE = 2
FORBIDDEN = 1000
"""Meetings that a pair who must never meet is taken to have had"""

Scored = tuple[int, Groups]


def plan(instance: dict[str, Any], seconds: float, seed: int) -> dict[str, Any] | None:
    """Breed round after round. None where people have a table of their own or must meet: the method knows no such wishes."""
    room = Instance(instance)
    if room.seating["mode"] != "size" or room.must or room.station:
        return None
    breed, begun = Breed(room, Random(seed)), time.monotonic()
    rounds = {}
    for done, number in enumerate(room.free, 1):
        rounds[number] = breed.round(number, until=begun + seconds * done / len(room.free))
    return plan_of(room, rounds)


class Breed:
    """The price of each pair, which grows with every round."""

    def __init__(self, room: Instance, chance: Random) -> None:
        self.room, self.chance = room, chance
        self.weight = {a: {b: self._first_weight(a, b) for b in room.ids} for a in room.ids}

    def _first_weight(self, a: str, b: str) -> int:
        school = self.room.by[a].get("school")
        known = self.room.prior[pair(a, b)] + (school is not None and school == self.room.by[b].get("school"))
        return known + FORBIDDEN * (pair(a, b) in self.room.never)

    def round(self, number: int, until: float) -> Groups:
        """The best round bred until then, as measured by `time.monotonic`; at least one generation."""
        parents = [self._by_chance(number) for _ in range(FIRST_PARENTS)]
        for _ in range(GENERATIONS):
            parents = self._next(parents, number, until)
            if parents[0][0] == 0 or time.monotonic() >= until:
                break
        groups = parents[0][1]
        for group in groups:
            for a, b in combinations(group, 2):
                self.weight[a][b] += 1
                self.weight[b][a] += 1
        return groups

    def _next(self, parents: list[Scored], number: int, until: float) -> list[Scored]:
        """The cheapest of parents and children, all of one price; once time is up, later parents have no children."""
        best = min(price for price, _ in parents)
        fittest = [parent for parent in parents if parent[0] == best]
        for parent in parents:
            for child in self._children(parent, number, best):
                if child[0] < best:
                    best, fittest = child[0], []
                if child[0] == best:
                    fittest.append(child)
            if time.monotonic() >= until:
                break
        self.chance.shuffle(fittest)
        return fittest[:MOST_PARENTS]

    def _children(self, parent: Scored, number: int, best: int) -> Iterator[Scored]:
        """The children that are no dearer than `best` was when their parent's turn came."""
        price, groups = parent
        dearest = max(range(len(groups)), key=lambda g: self._price(groups[g]))
        for g in range(len(groups)):
            if g != dearest:
                for a in groups[dearest]:
                    for b in groups[g]:
                        if (total := price + self._change(groups[dearest], a, b) + self._change(groups[g], b, a)) <= best:
                            yield total, _swapped(groups, dearest, g, a, b)
        for child in (self._by_chance(number) for _ in range(BY_CHANCE)):
            if child[0] <= best:
                yield child

    def _change(self, group: list[str], leaves: str, comes: str) -> int:
        before, after = self.weight[leaves], self.weight[comes]
        return sum(after[other] ** 2 - before[other] ** 2 for other in group if other != leaves)

    def _price(self, group: list[str]) -> int:
        return sum(self.weight[a][b] ** 2 for a, b in combinations(group, 2))

    def _by_chance(self, number: int) -> Scored:
        people = iter(self.chance.sample(self.room.roster[number], len(self.room.roster[number])))
        groups = [[next(people) for _ in range(size)] for size in sizes_of(self.room, number)]
        return sum(map(self._price, groups)), groups


def _swapped(groups: Groups, one: int, other: int, a: str, b: str) -> Groups:
    new = list(groups)
    new[one] = [b if person == a else person for person in groups[one]]
    new[other] = [a if person == b else person for person in groups[other]]
    return new
