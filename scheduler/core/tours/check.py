"""What is wrong with routes for the people who come now: every rule looked at anew. Knows neither the engine nor how they were made."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from scheduler.core.refusal import Sentence, count, say
from scheduler.core.tours.rules import Guest, Room, Routes

Inside = Mapping[tuple[int, str], Sequence[Guest]]
"""Who is where, by turn and the room's key"""


def broken(rooms: Sequence[Room], turns: int, guests: Sequence[Guest], routes: Routes) -> list[Sentence]:
    """Every broken rule, in words; who has no route is left out.

    >>> rooms, guests = [Room("a", "204", 1), Room("b", "Gym")], [Guest("ana", "1", name="Ana"), Guest("sam", "1", True, "Sam L.")]
    >>> broken(rooms, 2, guests, {"ana": ("a", "b"), "sam": ("a", "b")})
    []
    >>> for sentence in broken(rooms, 2, guests, {"ana": ("a", "a"), "sam": ("b", "a")}): print(sentence)
    Ana comes to 204 twice.
    Sam L. has no adult of the party along in turn 1.
    """
    names = {room.key: room.name for room in rooms}
    there = [guest for guest in guests if guest.id in routes]
    inside: defaultdict[tuple[int, str], list[Guest]] = defaultdict(list)
    for guest in there:
        for turn, key in enumerate(routes[guest.id]):
            inside[turn, key].append(guest)
    return [*_routes(names, turns, there, routes), *_limits(rooms, turns, inside), *_company(there, routes, inside)]


def _routes(names: Mapping[str, str], turns: int, guests: Sequence[Guest], routes: Routes) -> Iterator[Sentence]:
    for guest in guests:
        if len(routes[guest.id]) < turns:
            yield say("%(name)s has no room in some turns.", name=guest.name)
        for key, times in Counter(routes[guest.id]).items():
            if times > 1:
                yield say("%(name)s comes to %(room)s twice.", name=guest.name, room=names.get(key, key))


def _limits(rooms: Sequence[Room], turns: int, inside: Inside) -> Iterator[Sentence]:
    for turn, room in product(range(turns), rooms):
        adults = sum(not guest.is_student for guest in inside.get((turn, room.key), ()))
        if adults > room.most:
            many, facts = count(adults, "%(n)d adult is", "%(n)d adults are"), {"room": room.name, "turn": turn + 1, "most": room.most}
            yield say("%(many)s in %(room)s in turn %(turn)d, and it takes %(most)d.", many=many, **facts)


def _company(guests: Sequence[Guest], routes: Routes, inside: Inside) -> Iterator[Sentence]:
    for guest in guests:
        led = [any(each.party == guest.party and not each.is_student for each in inside[at]) for at in enumerate(routes[guest.id])]
        alone = [str(turn) for turn, has_adult in enumerate(led, 1) if not has_adult]
        if guest.is_student and alone:
            turns = count(len(alone), "turn %(numbers)s", "turns %(numbers)s", numbers=", ".join(alone))
            yield say("%(name)s has no adult of the party along in %(turns)s.", name=guest.name, turns=turns)
