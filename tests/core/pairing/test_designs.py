"""Constructions: the circle for pairs, class rotation for tables."""

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.core.pairing.circle import circle
from scheduler.core.pairing.field import field_of
from scheduler.core.pairing.rotation import rotation


def times_met(design) -> Counter:
    return Counter(frozenset(two) for round in design for table in round for two in combinations(table, 2))


def everybody_once(design, people) -> bool:
    return all(sorted(slot for table in round for slot in table) == list(range(people)) for round in design)


@given(st.integers(1, 20).map(lambda half: 2 * half))
def test_an_even_circle_meets_everybody_once_in_n_minus_1_rounds(people):
    design = circle(people, people - 1)

    assert everybody_once(design, people)
    assert set(times_met(design).values()) == {1}
    assert len(times_met(design)) == people * (people - 1) // 2


@given(st.integers(1, 20).map(lambda half: 2 * half + 1))
def test_an_odd_circle_lets_each_sit_out_once_in_n_rounds_without_a_repeat(people):
    design = circle(people, people, odd="sits_out")

    assert everybody_once(design, people)
    assert set(times_met(design).values()) == {1}
    assert Counter(table[0] for round in design for table in round if len(table) == 1) == Counter(range(people))


@given(st.integers(2, 30), st.integers(1, 40))
def test_a_circle_that_starts_again_spreads_its_repeats_evenly(people, rounds):
    met = times_met(circle(people, rounds, odd="sits_out"))

    assert max(met.values()) - min(met.values()) <= 1


@pytest.mark.parametrize(("people", "rounds"), [(9, 4), (15, 7), (31, 14)])
def test_trios_need_no_repeat_for_nearly_half_the_rounds(people, rounds):
    design = circle(people, rounds)

    assert everybody_once(design, people)
    assert [sorted(map(len, round)) for round in design] == [[*[2] * ((people - 3) // 2), 3]] * rounds
    assert set(times_met(design).values()) == {1}


@given(st.integers(4, 80), st.integers(2, 25), st.integers(1, 9))
def test_a_rotation_never_repeats_a_pairing_and_its_tables_are_even(people, tables, rounds):
    design = rotation(people, min(tables, people // 2), rounds)

    assert everybody_once(design, people)
    assert len(design) <= rounds
    assert set(times_met(design).values()) <= {1}
    assert all(max(map(len, round)) - min(map(len, round)) <= 1 for round in design)


@pytest.mark.parametrize(
    ("people", "tables", "rounds"),
    [(120, 30, 6), (24, 6, 5), (49, 7, 8), (27, 9, 13), (36, 6, 3), (48, 12, 6), (119, 30, 6), (2000, 250, 6)],
)
def test_a_rotation_is_known_for_these_rooms(people, tables, rounds):
    assert len(rotation(people, tables, rounds)) == rounds


@pytest.mark.parametrize("size", [4, 7, 8, 9, 16, 25, 27, 32])
def test_a_field_has_every_law_of_arithmetic(size):
    field = field_of(size)
    numbers = range(size)

    for a in numbers:
        assert sorted(field.add(a, b) for b in numbers) == list(numbers)
        assert a == 0 or sorted(field.times(a, b) for b in numbers) == list(numbers)
        for b in numbers:
            assert (field.add(a, b), field.times(a, b)) == (field.add(b, a), field.times(b, a))
            for c in range(0, size, 3):
                assert field.times(a, field.add(b, c)) == field.add(field.times(a, b), field.times(a, c))
                assert field.times(a, field.times(b, c)) == field.times(field.times(a, b), c)


@pytest.mark.parametrize(("tables", "seats", "rounds"), [(4, 4, 5), (8, 8, 9), (9, 9, 10), (16, 4, 21), (25, 5, 31), (27, 3, 40)])
def test_a_prime_power_of_tables_reaches_the_most_rounds_that_counting_allows(tables, seats, rounds):
    design = rotation(tables * seats, tables, 50)

    assert len(design) == rounds == (tables * seats - 1) // (seats - 1)
    assert everybody_once(design, tables * seats)
    assert set(times_met(design).values()) == {1}
