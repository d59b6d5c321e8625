"""Cyclic starters, their catalogue and the published schedules: nobody meets twice, and the known results are reached."""

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.core.pairing import catalogue
from scheduler.core.pairing.catalogue import as_line, catalogued, leave_out, published
from scheduler.core.pairing.mirrors import Mirror, mirrored_layout, mirrors
from scheduler.core.pairing.rings import Rings
from scheduler.core.pairing.rotation import rotation
from scheduler.core.pairing.seating import even_sizes
from scheduler.core.pairing.starters import nearly, starter, starters


def times_met(design) -> Counter:
    return Counter(frozenset(two) for round in design for table in round for two in combinations(table, 2))


def seats_everybody_once(design, people, tables) -> bool:
    sizes = list(even_sizes(people, tables))
    return all(
        sorted(person for table in round for person in table) == list(range(people)) and sorted(map(len, round), reverse=True) == sizes
        for round in design
    )


rings = st.builds(Rings, st.integers(1, 12), st.integers(1, 4), st.integers(0, 5))


@given(rings)
def test_orbits_are_the_pairs_that_turn_into_each_other(rings):
    people = range(rings.people)
    orbit, turns = rings.orbits()

    seen: dict[int, set[frozenset[int]]] = {}
    for u, v in combinations(people, 2):
        number = orbit[u * rings.people + v]
        assert number == orbit[v * rings.people + u]
        turned = [frozenset(table) for by in range(rings.length) for table in rings.turned([[u, v]], by)]
        assert seen.setdefault(number, set(turned)) == set(turned)
        assert turned.count(frozenset((u, v))) == turns[number]
    assert {orbit[u * rings.people + u] for u in people} == {len(turns) - 1}
    assert len(seen) == len(turns) - 1


@given(rings.filter(lambda rings: rings.people > 1), st.data())
def test_a_mirror_brings_everybody_back_and_turns_orbits_into_orbits(rings, data):
    mirror = data.draw(st.sampled_from(list(mirrors(rings))))
    images = mirror.images(rings)
    orbit, _ = rings.orbits()

    places = list(range(rings.people))
    for _ in range(mirror.order):
        places = [images[place] for place in places]
    assert places == list(range(rings.people))
    pairs = {(orbit[u * rings.people + v], orbit[images[u] * rings.people + images[v]]) for u in places for v in places}
    assert len(pairs) == len({image for _, image in pairs}) == len({one for one, _ in pairs})

    tables = data.draw(st.integers(1, rings.people // 2))
    if layout := mirrored_layout(rings, even_sizes(rings.people, tables), 1, mirror):
        assert sorted(layout.seats) == sorted(layout.next_seat) == list(range(rings.people))
        assert all(layout.seats[layout.next_seat[seat]] == images[layout.seats[seat]] for seat in range(rings.people))


@pytest.mark.parametrize(
    ("people", "tables", "rings", "base_rounds", "mirror"),
    [
        (15, 5, Rings(7, 2, 1), 1, Mirror(1, 1, 0, 0)),
        (18, 6, Rings(4, 4, 2), 2, Mirror(1, 1, 0, 0)),
        (28, 7, Rings(9, 3, 1), 1, Mirror(3, 4, 1, 0)),
        (36, 9, Rings(11, 3, 3), 1, Mirror(3, 1, 1, 1)),
        (40, 10, Rings(13, 3, 1), 1, Mirror(3, 3, 0, 0)),
    ],
)
def test_a_starter_is_found_at_once_by_its_mirror(people, tables, rings, base_rounds, mirror):
    conflicts, found = starter(even_sizes(people, tables), rings, base_rounds, 200_000, 1, mirror)

    design = rings.all_turns(found)
    assert conflicts == 0
    assert len(design) == rings.length * base_rounds
    assert seats_everybody_once(design, people, tables)
    assert set(times_met(design).values()) == {1}


def test_same_seed_and_steps_give_the_same_base_rounds_everywhere():
    asked = (even_sizes(21, 7), Rings(10, 2, 1), 1, 3_000, 4)

    assert starter(*asked) == starter(*asked, kernel="twin") == starter(*asked)
    assert starter(*asked) != starter(*asked[:-1], 5)


def test_tables_that_do_not_seat_the_people_are_refused():
    with pytest.raises(ValueError, match="seat"):
        starter((4, 4, 4), Rings(5, 2, 0), 1, 10, 1)
    with pytest.raises(ValueError, match="mirror"):
        starter((3, 3, 3), Rings(4, 2, 1), 1, 10, 1, Mirror(2, 1, 1, 0)._replace(order=4))


def test_36_people_in_sixes_repeat_evenly_beyond_what_is_possible_without():
    design = nearly(36, 6, 7, steps=2_000_000)

    assert seats_everybody_once(design, 36, 6)
    assert max(times_met(design).values()) == 2
    assert sum(times - 1 for times in times_met(design).values()) <= 42


def test_a_room_beyond_the_catalogue_is_searched_when_steps_are_given():
    assert starters(153, 51, 12) == []
    design = starters(153, 51, 12, steps=300_000)

    assert len(design) == 12
    assert seats_everybody_once(design, 153, 51)
    assert set(times_met(design).values()) == {1}


@pytest.mark.parametrize(
    ("people", "tables", "rounds"),
    [
        (15, 5, 7),
        (18, 6, 8),
        (21, 7, 10),
        (23, 6, 7),
        (24, 8, 11),
        (24, 6, 7),
        (28, 7, 9),
        (30, 10, 14),
        (36, 9, 11),
        (40, 10, 13),
        (52, 13, 17),
    ],
)
def test_the_catalogue_reaches_what_is_known(people, tables, rounds):
    assert len(starters(people, tables, rounds)) == rounds


@pytest.mark.parametrize("part", [0, *(pytest.param(n, marks=pytest.mark.soak) for n in range(1, 8))])
def test_no_line_of_the_catalogue_repeats_a_pairing(part):
    rooms = list(catalogue._catalogue())

    for people, tables in rooms[part::8]:
        design = catalogued(people, tables)
        assert seats_everybody_once(design, people, tables), (people, tables)
        assert set(times_met(design).values()) == {1}, (people, tables)
    assert len(rooms) > 100


def test_lines_of_the_catalogue_are_longer_than_a_rotation():
    rooms = sorted(catalogue._catalogue())[::25]

    assert [room for room in rooms if len(catalogued(*room)) <= len(rotation(*room, 40))] == []


def test_the_published_schedule_of_32_golfers_keeps_its_promise():
    for people in (32, 31, 30):
        design = published(people, 8)

        assert len(design) == 10
        assert seats_everybody_once(design, people, 8)
        assert set(times_met(design).values()) == {1}


def test_no_published_schedule_repeats_a_pairing():
    for people, tables in catalogue._published():
        design = published(people, tables)

        assert seats_everybody_once(design, people, tables)
        assert set(times_met(design).values()) == {1}


def test_a_line_of_the_catalogue_reads_as_it_was_written():
    rings = Rings(7, 2, 1)
    _, found = starter((3,) * 5, rings, 1, 100_000, 1)

    people, tables, length, number, word = as_line(15, 5, rings, found).split()

    assert [int(part) for part in (people, tables, length, number)] == [15, 5, 7, 2]
    assert [catalogue._round(word)] == found


def test_only_people_who_never_meet_are_left_out():
    design = [[[0, 1], [2, 3]], [[0, 2], [1, 3]]]

    assert leave_out(design, 2) == [[[0], [1]], [[1], [0]]]
    assert leave_out(design, 3) == []
