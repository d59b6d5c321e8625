"""Routes of which nothing is known but that they exist: rooms dealt out to people, then put into turns. By hand, without the engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import cycle, pairwise
from random import Random

from scheduler.core.tours.rules import Room

Node = tuple[int, ...]
"""A person by number, or a part of a room that takes one adult a turn: the room's place in the list, and which part"""


def spread(rooms: Sequence[Room], turns: int, people: int, chance: Random) -> list[list[int]]:
    """For each person the places of the rooms in the list, turn by turn: never one twice, never more people than a room takes.

    Needs rooms and turns that `fit`. Each room is dealt to as many people as it should see, in a circle, so each person has as
    many rooms as there are turns. A room is then cut into parts that see at most one person a turn, and who sees what when is a
    coloring of the edges between people and parts, which as many turns as the largest degree suffice for (Kőnig, 1916).

    >>> routes = spread([Room("a", "204"), Room("b", "206"), Room("c", "Gym")], 3, 6, Random(1))
    >>> [sorted(route) for route in routes], [sum(route[0] == room for route in routes) for room in range(3)]
    ([[0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2]], [2, 2, 2])
    """
    coloring = _Coloring(turns)
    for person, part in _edges(rooms, turns, people, chance):
        coloring.add(person, part)
    return [[coloring.across[person,][turn][0] for turn in range(turns)] for person in range(people)]


def _edges(rooms: Sequence[Room], turns: int, people: int, chance: Random) -> list[tuple[Node, Node]]:
    """Who sees which part of which room, in an order left to chance."""
    found: list[tuple[Node, Node]] = []
    for place, many in enumerate(_shares(rooms, turns, people)):
        parts = -(-many // turns)
        seen_by = [(len(found) + number) % people for number in range(many)]
        chance.shuffle(seen_by)
        found += [((person,), (place, number % parts)) for number, person in enumerate(seen_by)]
    chance.shuffle(found)
    return found


def _shares(rooms: Sequence[Room], turns: int, people: int) -> list[int]:
    """How many people see each room in all turns together, as evenly as limits allow.

    >>> _shares([Room("a", "204", 2), Room("b", "206", 2), Room("c", "Gym", 9)], 2, 8)
    [4, 4, 8]
    """
    most = [min(people, turns * room.most) for room in rooms]
    shares = [0] * len(rooms)
    for _ in range(people * turns):
        shares[min((place for place in range(len(rooms)) if shares[place] < most[place]), key=lambda place: shares[place])] += 1
    return shares


class _Coloring:
    """Edges with a turn each, no two of one turn at one end: `across` tells for each end and turn the other end."""

    def __init__(self, turns: int) -> None:
        self.turns = turns
        self.across: defaultdict[Node, dict[int, Node]] = defaultdict(dict)

    def add(self, person: Node, part: Node) -> None:
        """Give one more edge a turn. Where no turn is free at both ends, two turns change places along the path from the part,
        which cannot end at the person: there it would arrive by a turn that is free."""
        mine, theirs = self._free(person), self._free(part)
        turn = next((turn for turn in mine if turn in theirs), None)
        if turn is None:
            turn = mine[0]
            self._swap(part, turn, theirs[0])
        self._put(person, part, turn)

    def _free(self, end: Node) -> list[int]:
        return [turn for turn in range(self.turns) if turn not in self.across[end]]

    def _put(self, one: Node, other: Node, turn: int) -> None:
        self.across[one][turn], self.across[other][turn] = other, one

    def _swap(self, start: Node, one: int, other: int) -> None:
        path, turns = [start], cycle((one, other))
        while (following := self.across[path[-1]].pop(next(turns), None)) is not None:
            path.append(following)
        for end in path:
            self.across[end].pop(one, None)
            self.across[end].pop(other, None)
        for (near, far), turn in zip(pairwise(path), cycle((other, one)), strict=False):
            self._put(near, far, turn)
