"""Pairs by networkx: a maximum-weight matching of everybody who is there, round after round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from random import Random
from typing import Any

import networkx as nx

from bench.pairing.check_plan import Instance, pair
from bench.pairing.rivals.common import Groups, plan_of

REPEAT, TURN, SCHOOL, SOFT = 4000, 1200, 480, 4
"""What a repeat, a second turn in a trio or out, a conversation within a school, and a softer wish cost"""
MOST = 10_000_000
FULL_GRAPH = 150
"""People up to whom every two may be matched; above, each has CANDIDATES others: half of them the cheapest, half by chance"""
CANDIDATES = 24
NOBODY = ""


def plan(instance: dict[str, Any], seconds: float, seed: int) -> dict[str, Any] | None:
    """Match each round. It cannot be stopped half-way, so it takes the time that it takes. None for larger tables."""
    room = Instance(instance)
    if room.seating["mode"] != "size" or room.seating["size"] != 2:
        return None
    pairs = Pairs(room, Random(seed))
    forced = _forced(room)
    return plan_of(room, {number: pairs.round(number, forced[number]) for number in room.free})


def _forced(room: Instance) -> dict[int, Groups]:
    """The pairs that must meet, in their round or in the first one that has both free."""
    forced: dict[int, Groups] = {number: [] for number in room.free}
    for wish in sorted(room.must, key=lambda wish: wish.get("round") is None):
        two, asked = wish["pair"], wish.get("round")
        fits = [n for n in room.free if set(two) <= set(room.roster[n]) and not any(set(two) & set(other) for other in forced[n])]
        if fits:
            forced[fits[0] if asked is None else asked].append(list(two))
    return forced


class Pairs:
    """The rounds so far: who met whom how often, and who had a turn in a trio or out."""

    def __init__(self, room: Instance, chance: Random) -> None:
        self.room, self.chance = room, chance
        self.met = Counter(room.prior)
        self.turns: Counter[str] = Counter()

    def round(self, number: int, forced: Groups) -> Groups:
        busy = {person for two in forced for person in two}
        people = [person for person in self.room.roster[number] if person not in busy]
        self.chance.shuffle(people)
        matched = nx.max_weight_matching(self._graph(people), maxcardinality=True)
        groups = forced + [[a, b] for a, b in matched if NOBODY not in (a, b)]
        left = [a if b == NOBODY else b for a, b in matched if NOBODY in (a, b)]
        if left:
            self._seat(left[0], groups)
        for group in groups:
            self.met.update(pair(a, b) for a, b in combinations(group, 2))
        return sorted(groups, key=len, reverse=True)

    def _graph(self, people: list[str]) -> nx.Graph:
        """Who may be matched, dear pairs with little weight; an odd number of people has Nobody as one more."""
        graph = nx.Graph()
        for a, b in self._candidates(people):
            if pair(a, b) not in self.room.never:
                graph.add_edge(a, b, weight=MOST - self._cost(a, b))
        if len(people) % 2:
            graph.add_weighted_edges_from((person, NOBODY, MOST - TURN * self.turns[person]) for person in people)
        return graph

    def _candidates(self, people: list[str]) -> Iterator[tuple[str, str]]:
        if len(people) <= FULL_GRAPH:
            yield from combinations(people, 2)
            return
        for person in people:
            others = [other for other in people if other != person]
            cheapest = sorted(others, key=lambda other: self._cost(person, other))[: CANDIDATES // 2]
            for other in {*cheapest, *self.chance.sample(others, CANDIDATES // 2)}:
                yield person, other

    def _cost(self, a: str, b: str) -> int:
        one, other = self.room.by[a], self.room.by[b]
        times = self.met[pair(a, b)]
        soft = int(one.get("role") is not None and one.get("role") == other.get("role"))
        if not times:
            soft -= bool({*one.get("wants", ())} & {*other.get("offers", ())}) + bool({*other.get("wants", ())} & {*one.get("offers", ())})
        school = one.get("school") is not None and one.get("school") == other.get("school")
        return REPEAT * times + SCHOOL * school + SOFT * (2 + soft) + self.chance.randrange(SOFT)

    def _seat(self, person: str, groups: Groups) -> None:
        """Somebody is left over: they sit out, or join the pair where it costs least."""
        if self.room.seating.get("odd", "trio") == "bye":
            groups.append([person])
        else:
            allowed = [group for group in groups if not any(pair(person, other) in self.room.never for other in group)]
            joined = min(allowed, key=lambda group: sum(self._cost(person, other) + TURN * self.turns[other] for other in group))
            joined.append(person)
        self.turns.update(next(group for group in groups if person in group))
