"""Routes of a tour (visits rule 19): nobody twice in a room, limits kept, students with an adult of their party, the same again."""

from __future__ import annotations

from collections import Counter
from itertools import product
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scheduler.core.pairing.solve import solve
from scheduler.core.refusal import Refusal
from scheduler.core.tours.check import broken
from scheduler.core.tours.routes import as_problem, escorts, even_sizes, plan_routes
from scheduler.core.tours.rules import Guest, Room, Routes, fit
from scheduler.core.tours.spread import spread


def rooms_of(*limits: int) -> list[Room]:
    return [Room(str(place), f"Room {place}", most) for place, most in enumerate(limits)]


def parties_of(*sizes: int) -> list[Guest]:
    return [Guest(f"{party}.{one}", str(party)) for party, size in enumerate(sizes) for one in range(size)]


@st.composite
def tours(draw: st.DrawFn) -> tuple[list[Room], int, list[Guest]]:
    rooms = rooms_of(*draw(st.lists(st.integers(1, 4), min_size=1, max_size=5)))
    turns = draw(st.integers(1, len(rooms)))
    people = draw(st.lists(st.tuples(st.sampled_from("abc"), st.booleans() | st.just(False)), min_size=1, max_size=8))
    guests = [Guest(f"g{n}", party, is_student, f"Guest {n}") for n, (party, is_student) in enumerate(people)]
    adults = sum(not guest.is_student for guest in guests)
    assume(adults and fit(rooms, turns, adults))
    return rooms, turns, guests


@given(tour=tours(), seed=st.integers(1, 5))
def test_routes_keep_every_rule_and_come_out_the_same(tour: tuple[list[Room], int, list[Guest]], seed: int) -> None:
    rooms, turns, guests = tour
    led = {guest.party for guest in guests if not guest.is_student}

    routes = plan_routes(rooms, turns, guests, seed=seed)

    assert broken(rooms, turns, guests, routes) == []
    assert set(routes) == {guest.id for guest in guests if not guest.is_student or guest.party in led}
    assert plan_routes(rooms, turns, guests, seed=seed) == routes


def test_routes_are_there_wherever_everybody_fits() -> None:
    """All small tours, without the engine."""
    for number in (1, 2, 3, 4):
        for limits, turns, people in product(product((1, 2, 3), repeat=number), range(1, number + 1), range(1, 9)):
            rooms = rooms_of(*limits)
            if fit(rooms, turns, people):
                routes = spread(rooms, turns, people, Random(people))
                inside = Counter((turn, room) for route in routes for turn, room in enumerate(route))
                assert all(len(set(route)) == turns for route in routes), (limits, turns, people)
                assert all(inside[turn, room] <= limits[room] for turn, room in inside), (limits, turns, people)


def met(routes: Routes) -> Counter[tuple[str, str]]:
    ids = sorted(routes)
    pairs = ((one, other) for place, one in enumerate(ids) for other in ids[place + 1 :])
    return Counter({pair: sum(a == b for a, b in zip(routes[pair[0]], routes[pair[1]], strict=True)) for pair in pairs})


def test_usual_visit_of_twelve_brings_everybody_together_with_others_each_turn() -> None:
    """Three parties of four, six rooms of two, three turns: company of another party each time, and never the same."""
    routes = plan_routes(rooms_of(2, 2, 2, 2, 2, 2), 3, parties_of(4, 4, 4), seed=1)

    meetings = met(routes)

    assert (max(meetings.values()), meetings.total()) == (1, 18)
    assert all(times == 0 for (one, other), times in meetings.items() if one[0] == other[0])


def test_everybody_sees_all_rooms_where_there_are_as_many_turns() -> None:
    routes = plan_routes(rooms_of(3, 3, 3, 3), 4, parties_of(3, 3, 3, 3), seed=1)

    assert {frozenset(route) for route in routes.values()} == {frozenset("0123")}
    assert max(met(routes).values()) == 1


def test_odd_number_of_people_in_all_rooms_gets_the_larger_groups_in_turn() -> None:
    """Eleven people in four rooms of three see all four: the room with two is another one each turn."""
    routes = plan_routes(rooms_of(3, 3, 3, 3), 4, parties_of(6, 5), seed=1)

    sizes = [sorted(Counter(route[turn] for route in routes.values()).values()) for turn in range(4)]
    assert (sizes, broken(rooms_of(3, 3, 3, 3), 4, parties_of(6, 5), routes)) == ([[2, 3, 3, 3]] * 4, [])


def test_nobody_is_alone_where_rooms_can_rest() -> None:
    routes = plan_routes(rooms_of(2, 2, 2, 2, 2, 2), 3, parties_of(3, 3), seed=1)

    assert [sorted(Counter(route[turn] for route in routes.values()).values()) for turn in range(3)] == [[2, 2, 2]] * 3


def test_large_rooms_are_filled_evenly_and_small_ones_never_beyond_their_limit() -> None:
    assert even_sizes(rooms_of(9, 2, 2), 2, 11) == ((7, 2, 2), (7, 2, 2))


def test_engine_avoids_coming_twice_as_it_avoids_meeting_twice() -> None:
    """A room that takes part as somebody who stays is met by each person once."""
    rooms, adults = rooms_of(2, 2, 2, 2), parties_of(4, 4)
    problem = as_problem(rooms, even_sizes(rooms, 3, 8), adults, 1)

    plan = solve(problem, seed=1, iterations=20_000)

    assert plan.metrics.repeat_meetings == 0


def test_students_are_spread_over_the_adults_of_their_party() -> None:
    guests = [*parties_of(2, 1), *(Guest(f"s{n}", "0", True) for n in range(5)), Guest("alone", "2", True)]

    led = escorts(guests)

    assert Counter(led.values()) == {"0.0": 3, "0.1": 2}
    assert "alone" not in led


def test_students_do_not_count_against_the_limit() -> None:
    guests = [*parties_of(2), *(Guest(f"s{n}", "0", True) for n in range(12))]

    routes = plan_routes(rooms_of(1, 1), 2, guests, seed=1)

    assert (len(routes), broken(rooms_of(1, 1), 2, guests, routes)) == (14, [])


@pytest.mark.parametrize("guests", [[], [Guest("s", "0", True)]])
def test_nobody_to_plan_for_is_said(guests: list[Guest]) -> None:
    with pytest.raises(Refusal, match="No adult is booked yet"):
        plan_routes(rooms_of(2), 1, guests, seed=1)


def test_another_seed_gives_other_routes() -> None:
    made = {tuple(sorted(plan_routes(rooms_of(2, 2, 2, 2), 3, parties_of(4, 3), seed=seed).items())) for seed in (1, 2, 3)}

    assert len(made) == 3


def test_large_visit_is_spread_without_the_engine() -> None:
    rooms, guests = rooms_of(*[10] * 12), parties_of(*[5] * 24)

    routes = plan_routes(rooms, 4, guests, seed=1)

    assert broken(rooms, 4, guests, routes) == []


def test_check_names_each_broken_rule() -> None:
    guests = [Guest("a", "0", name="Ana"), Guest("b", "1", name="Ben"), Guest("s", "1", True, "Sam L."), Guest("new", "2", name="New")]

    found = broken(rooms_of(1, 2), 2, guests, {"a": ("0", "0"), "b": ("0", "1"), "s": ("1", "0"), "gone": ("0", "1")})

    assert [str(sentence) for sentence in found] == [
        "Ana comes to Room 0 twice.",
        "2 adults are in Room 0 in turn 1, and it takes 1.",
        "Sam L. has no adult of the party along in turns 1, 2.",
    ]
