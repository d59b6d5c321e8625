"""Seats by tier, tried in all small cases, and what a party reads that does not fit (rules 1 and 6)."""

from itertools import product

import pytest

from scheduler.core.capacity import NotEnoughSeats, Placement, Seats, place_party

TIERS = ("", "friend", "incubator")


def small_seats():
    """Every gathering of up to four seats, three kinds of parties, and two pools."""
    for capacity, *numbers in product(range(5), range(3), range(3), range(3), range(3), range(3)):
        taken, pools = numbers[:3], numbers[3:]
        yield Seats(capacity, dict(zip(TIERS, taken, strict=True)), dict(zip(TIERS[1:], pools, strict=True)))


def keeps_pools(seats, tier):
    """Whether everything taken and the unused pools of all other tiers fit in."""
    unused = [max(0, pool - seats.taken_by[other]) for other, pool in seats.reserved.items() if other != tier]
    return seats.taken + sum(unused) <= seats.capacity


def test_rule_6_as_many_fit_as_leave_the_pools_of_others_whole():
    wrong = []

    for seats, tier in product(small_seats(), TIERS):
        fitting = [size for size in range(1, 8) if keeps_pools(seats.with_party(tier, size), tier)]
        if seats.left_for(tier) != max(fitting, default=0):
            wrong.append((seats, tier))

    assert wrong == []


def test_full_means_that_nobody_of_any_tier_can_be_seated():
    wrong = [seats for seats in small_seats() if seats.is_full != all(seats.left_for(tier) == 0 for tier in (*TIERS, "external"))]

    assert wrong == []


def test_where_pools_fit_in_it_is_full_just_when_no_seat_is_free():
    fitting = [seats for seats in small_seats() if keeps_pools(seats, "none")]

    assert [seats for seats in fitting if seats.is_full != (seats.taken == seats.capacity)] == []
    assert len(fitting) > 100


def test_party_uses_its_own_pool_before_the_common_seats():
    seats = Seats(capacity=10, taken_by={}, reserved={"friend": 4})

    after = [seats.with_party("friend", size).left for size in (3, 4, 5)]

    assert (seats.left, after) == (6, [6, 6, 5])


def test_released_pool_is_left_out_and_anybody_can_have_its_seats():
    seats = Seats(capacity=10, taken_by={"friend": 1})

    assert {seats.left_for(tier) for tier in TIERS} == {9}


@pytest.mark.parametrize(
    ("seats", "tier", "sentence"),
    [
        (Seats(4, {"": 4}), "", "No seat is left. Another date may have some."),
        (Seats(4, {"": 3}), "", "1 seat is left, and your party has 2 people."),
        (Seats(4, {"": 2}, {"friend": 2}), "", "The seats that are left are kept for other schools. Another date may have some."),
        (
            Seats(4, {"": 1}, {"friend": 2}),
            "incubator",
            "1 seat is left for you, and your party has 2 people. The other seats are kept for other schools.",
        ),
        (Seats(4, {"": 3}, {"friend": 1}), "friend", "1 seat is left, and your party has 2 people."),
        (Seats(4, {"": 6}, {"friend": 2}), "", "No seat is left. Another date may have some."),
    ],
)
def test_party_that_does_not_fit_reads_why(seats, tier, sentence):
    with pytest.raises(NotEnoughSeats) as refused:
        place_party(seats, 2, waitlist_open=False, tier=tier)

    assert str(refused.value) == sentence
    assert refused.value.left == seats.left_for(tier)


def test_free_seats_belong_to_those_who_wait():
    seats = Seats(4, {})

    with pytest.raises(NotEnoughSeats) as refused:
        place_party(seats, 2, waitlist_open=False, somebody_waits=True)

    assert str(refused.value) == "No seat is left. Another date may have some."
    assert place_party(seats, 2, waitlist_open=True, somebody_waits=True) == Placement.WAITLISTED


def test_placement_is_confirmed_exactly_when_the_party_fits_its_tier():
    wrong = []

    for seats, tier, size in product(small_seats(), TIERS, range(1, 4)):
        expected = Placement.CONFIRMED if size <= seats.left_for(tier) else Placement.WAITLISTED
        if place_party(seats, size, waitlist_open=True, tier=tier) != expected:
            wrong.append((seats, tier, size))

    assert wrong == []
