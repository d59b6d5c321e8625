"""How many tables, and of which sizes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.core.pairing.seating import ByCount, BySize, ByTables, TableSpec
from tests.core.pairing.problems import seatings


@given(seatings, st.integers(2, 200))
def test_everybody_has_a_place_and_sizes_differ_by_at_most_one(seating, people):
    shape = seating.shape(people, 0)

    assert sum(shape.sizes) + shape.sits_out == people
    assert max(shape.sizes) - min(shape.sizes) <= 1
    assert len(shape.tables) == len(shape.sizes)


@given(st.integers(3, 10), st.integers(3, 200))
def test_groups_have_at_least_three_at_a_table(size, people):
    assert min(BySize(size).shape(people, 0).sizes) >= 3


@pytest.mark.parametrize(
    ("seating", "people", "sizes"),
    [
        (BySize(4), 23, (4, 4, 4, 4, 4, 3)),
        (BySize(4), 5, (5,)),
        (BySize(4, fit="smaller"), 5, (3, 2)),
        (BySize(4, fit="larger"), 7, (7,)),
        (BySize(6), 7, (4, 3)),
        (BySize(3, fit="smaller"), 4, (2, 2)),
        (BySize(2), 31, (3, *[2] * 14)),
        (BySize(2), 1, ()),
        (ByCount(30), 120, (4,) * 30),
        (ByCount(4), 10, (4, 3, 3)),
    ],
)
def test_sizes_follow_from_who_is_there(seating, people, sizes):
    assert seating.shape(people, 0).sizes == sizes


def test_in_pairs_the_odd_one_sits_out_where_that_is_chosen():
    shape = BySize(2, odd="sits_out").shape(7, 0)

    assert (shape.sizes, shape.sits_out) == ((2, 2, 2), 1)


def test_a_closed_table_seats_nobody_and_the_others_fill_up():
    seating = ByTables((TableSpec("A", 2, 4, closed=frozenset({1})), TableSpec("B", 2, 4)))

    shapes = [seating.shape(6, round) for round in (0, 1)]

    assert [(shape.sizes, shape.sits_out) for shape in shapes] == [((3, 3), 0), ((4,), 2)]
