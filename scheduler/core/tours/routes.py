"""Who is in which room in which turn: the pairing engine splits the party over the rooms (visits rule 19)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from random import Random

from scheduler.core.pairing.plan import Plan
from scheduler.core.pairing.problem import Participant, Pin, Problem
from scheduler.core.pairing.seating import ByTables, TableSpec
from scheduler.core.pairing.solve import solve
from scheduler.core.refusal import Refusal, say
from scheduler.core.tours.check import broken
from scheduler.core.tours.rules import Guest, Room, Routes, refuse_unfit
from scheduler.core.tours.spread import spread

WEIGHTS = (1, 4)
"""How many people stand for a room, one try after the other: the more, the more it costs to come to it twice"""
STEPS, STEPS_A_SEAT = 20_000, 40
MOST_FOR_ENGINE = 40
"""Adults; with more a plan takes longer than a page may, and in rooms so full everybody meets others anyway"""
TRIES = 8


def plan_routes(rooms: Sequence[Room], turns: int, guests: Sequence[Guest], *, seed: int) -> Routes:
    """Split everybody over the rooms: nobody twice in one, no room above its limit, parties mixed, rather new company each turn.

    Students do not count, and go with one adult of their party; without one they have no route. Same guests and seed: same
    routes. Refuses where nobody comes, or not everybody has room.

    >>> guests = [Guest("ana", "442"), Guest("ben", "442"), Guest("cleo", "Arena"), Guest("dan", "Arena"), Guest("sam", "Arena", True)]
    >>> routes = plan_routes([Room(key, key) for key in "abcd"], 2, guests, seed=1)
    >>> routes["ana"], routes["ben"], routes["sam"] == routes["cleo"]
    (('b', 'd'), ('a', 'c'), True)
    """
    adults = [guest for guest in guests if not guest.is_student]
    if not adults:
        raise Refusal(say("No adult is booked yet, so there is nobody to plan for. Plan the routes when somebody is."))
    refuse_unfit(rooms, turns, len(adults))
    by_hand = _by_hand(rooms, turns, adults, seed)
    routes = dict(_by_engine(rooms, turns, adults, by_hand, seed) or by_hand)
    return routes | {student: routes[adult] for student, adult in escorts(guests).items()}


def escorts(guests: Sequence[Guest]) -> dict[str, str]:
    """With which adult of the party each student goes, spread evenly; students whose party has no adult are left out.

    >>> escorts([Guest("ana", "442"), Guest("sam", "442", True), Guest("kim", "442", True), Guest("lou", "Arena", True)])
    {'sam': 'ana', 'kim': 'ana'}
    """
    adults: defaultdict[str, list[str]] = defaultdict(list)
    for guest in guests:
        if not guest.is_student:
            adults[guest.party].append(guest.id)
    found: dict[str, str] = {}
    led: Counter[str] = Counter()
    for guest in guests:
        if guest.is_student and adults[guest.party]:
            found[guest.id] = min(adults[guest.party], key=lambda adult: led[adult])
            led[found[guest.id]] += 1
    return found


def _by_engine(rooms: Sequence[Room], turns: int, adults: Sequence[Guest], by_hand: Routes, seed: int) -> Routes | None:
    """The first plan of the engine that breaks no rule, coming to a room twice included; None where none of its tries is one.

    The number of steps is fixed and the clock has no say. Measured: 20 to 45 ms for 12 adults, 60 to 150 for 40.
    """
    if len(adults) > MOST_FOR_ENGINE:
        return None
    steps = STEPS + STEPS_A_SEAT * turns * len(adults)
    inside = Counter((turn, key) for route in by_hand.values() for turn, key in enumerate(route))
    known = tuple(tuple(inside[turn, room.key] for room in rooms) for turn in range(turns))
    for sizes in dict.fromkeys((even_sizes(rooms, turns, len(adults)), known)):
        for weight in WEIGHTS:
            try:
                plan = solve(as_problem(rooms, sizes, adults, weight), seed=seed, iterations=steps).plan
            except Refusal:
                continue  # these sizes do not allow it: the next ones may, and the routes by hand are there
            routes = {guest.id: _route(plan, guest.id) for guest in adults}
            if not broken(rooms, turns, adults, routes):
                return routes
    return None


def _route(plan: Plan, guest: str) -> tuple[str, ...]:
    return tuple(stop.table.split("@")[0] for stop in plan.route(guest) if stop.table)


def as_problem(rooms: Sequence[Room], sizes: Sequence[Sequence[int]], adults: Sequence[Guest], weight: int) -> Problem:
    """The tour as the engine sees it: turns are rounds, parties are schools, and a room is a table in each turn, closed in all others,
    that seats as many as `sizes` says.

    The engine counts coming to a station again among the softest wishes. So each room takes part itself, as people who stay there:
    who comes to a room twice meets them twice, and repeats are what the engine avoids before all else.
    """
    turns = range(len(sizes))
    open_in = {room.key: frozenset(turn for turn in turns if sizes[turn][place]) for place, room in enumerate(rooms)}
    tables = tuple(
        TableSpec(f"{room.key}@{turn}", weight + size, weight + size, closed=frozenset(turns) - {turn})
        for turn in turns for room, size in zip(rooms, sizes[turn], strict=True) if size
    )  # fmt: skip
    stay = [Participant(f"{room.key}#{number}", present=open_in[room.key]) for room in rooms for number in range(weight)]
    pins = tuple(
        Pin(f"{room.key}#{number}", turn, f"{room.key}@{turn}")
        for room in rooms for number in range(weight) for turn in sorted(open_in[room.key])
    )  # fmt: skip
    guests = [Participant(guest.id, school=guest.party) for guest in adults]
    return Problem((*guests, *stay), rounds=len(sizes), seating=ByTables(tables), pins=pins)


def even_sizes(rooms: Sequence[Room], turns: int, adults: int) -> tuple[tuple[int, ...], ...]:
    """How many adults are in each room in each turn: as even as limits allow, and the larger numbers go round.

    People see rooms with others: where there are more rooms than pairs of people, rooms are empty in turn.

    >>> rooms = [Room(key, key) for key in "abcd"]
    >>> even_sizes(rooms, 2, 7), even_sizes(rooms, 2, 4)
    (((2, 2, 2, 1), (2, 2, 1, 2)), ((2, 2, 0, 0), (0, 0, 2, 2)))
    """
    found, first = [], 0
    for _ in range(turns):
        order = [(first + step) % len(rooms) for step in range(len(rooms))]
        opened = next(n for n in range(1, len(rooms) + 1) if n == len(rooms) or _enough(rooms, order[:n], adults))
        sizes = dict.fromkeys(order, 0)
        for _ in range(adults):
            sizes[min((place for place in order[:opened] if sizes[place] < rooms[place].most), key=lambda place: sizes[place])] += 1
        found.append(tuple(sizes[place] for place in range(len(rooms))))
        first += opened if opened < len(rooms) else adults % opened
    return tuple(found)


def _enough(rooms: Sequence[Room], places: Sequence[int], adults: int) -> bool:
    """Whether these rooms take everybody, and one more would leave people alone."""
    return len(places) >= adults // 2 and sum(rooms[place].most for place in places) >= adults


def _by_hand(rooms: Sequence[Room], turns: int, adults: Sequence[Guest], seed: int) -> Routes:
    """Routes that always exist where everybody fits; of some tries the one that mixes best."""
    chance = Random(seed)
    tries = range(TRIES if len(adults) <= MOST_FOR_ENGINE else 1)
    best = min((spread(rooms, turns, len(adults), chance) for _ in tries), key=lambda routes: _unmixed(routes, adults))
    return {guest.id: tuple(rooms[place].key for place in route) for guest, route in zip(adults, best, strict=True)}


def _unmixed(routes: Sequence[Sequence[int]], adults: Sequence[Guest]) -> tuple[int, int]:
    """How often two people meet again, and how often within a party."""
    met: Counter[tuple[int, int]] = Counter(_meetings(routes))
    parties = [guest.party for guest in adults]
    again = sum(times - 1 for times in met.values())
    return again, sum(times for (one, other), times in met.items() if parties[one] == parties[other])


def _meetings(routes: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    for turn in zip(*routes, strict=True):
        inside: defaultdict[int, list[int]] = defaultdict(list)
        for person, place in enumerate(turn):
            inside[place].append(person)
        for people in inside.values():
            yield from combinations(people, 2)
