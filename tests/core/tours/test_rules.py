"""What a host may ask of a tour (visits rule 19): who fits is counted out for every small tour."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations, product

import pytest

from scheduler.core.tours.rules import NoRoom, Room, Turn, fit, most_who_fit, refuse_unfit, usual_turns, wrong_rooms, wrong_turns

NINE = datetime(2026, 12, 2, 9, 0)


def rooms_of(*limits: int) -> list[Room]:
    return [Room(str(place), f"Room {place}", most) for place, most in enumerate(limits)]


def at(starts: int, ends: int) -> Turn:
    return Turn(NINE + timedelta(minutes=starts), NINE + timedelta(minutes=ends))


def can_be_done(limits: tuple[int, ...], turns: int, adults: int) -> bool:
    """Whether some choice of routes works, by trying one after the other."""

    def from_here(left: list[list[int]], people: int) -> bool:
        if not people:
            return True
        for route in permutations(range(len(limits)), turns):
            if all(left[turn][room] for turn, room in enumerate(route)):
                after = [list(seats) for seats in left]
                for turn, room in enumerate(route):
                    after[turn][room] -= 1
                if from_here(after, people - 1):
                    return True
        return False

    return from_here([list(limits) for _ in range(turns)], adults)


def test_who_fits_is_who_can_be_given_a_route() -> None:
    for number in (1, 2, 3):
        for limits, turns, adults in product(product((1, 2, 3), repeat=number), (1, 2, 3), (1, 2, 3, 4)):
            assert fit(rooms_of(*limits), turns, adults) == can_be_done(limits, turns, adults), (limits, turns, adults)


def test_most_who_fit_is_the_last_number_that_fits() -> None:
    for limits, turns in product(product((1, 2, 5), repeat=3), (1, 2, 3, 4)):
        rooms = rooms_of(*limits)
        fitting = [adults for adults in range(1, 16) if fit(rooms, turns, adults)]
        assert most_who_fit(rooms, turns) == len(fitting) == max(fitting, default=0)


@pytest.mark.parametrize(
    ("limits", "turns", "adults", "sentence"),
    [
        ((2, 2, 2, 2), 3, 9, "9 adults come, and the rooms take 8 at a time. It works with 3 adults in each room, or with 1 more room."),
        ((2, 2, 30), 3, 10, "10 adults come, and only 6 can see 3 different rooms each. "
         "It works with 4 adults in each room, or with 2 more rooms, or with 1 turn."),
        ((1,) * 20, 1, 21, "21 adults come, and the rooms take 20 at a time. It works with 2 adults in each room."),
        ((4,), 2, 1, "There are 2 turns and 1 room, and nobody sees a room twice. Add rooms or take out turns."),
    ],
)  # fmt: skip
def test_refusal_says_who_comes_who_fits_and_what_works(limits: tuple[int, ...], turns: int, adults: int, sentence: str) -> None:
    with pytest.raises(NoRoom) as refused:
        refuse_unfit(rooms_of(*limits), turns, adults)

    assert str(refused.value) == sentence


def test_what_fits_is_not_refused() -> None:
    refuse_unfit(rooms_of(2, 2, 2, 2, 2, 2), 3, 12)
    refuse_unfit(rooms_of(3, 3, 3, 3), 4, 12)


def test_turns_lie_within_the_visit_and_apart_in_whatever_order_they_stand() -> None:
    turns = [at(60, 80), at(0, 30), at(30, 60), at(75, 90), at(-5, 10), at(140, 151), at(100, 100)]

    wrong = {place: str(sentence) for place, sentence in wrong_turns(turns, at(0, 150))}

    assert wrong == {
        3: "This turn would begin at 10:15 am, while the one before goes on until 10:20 am. Let it begin then or later.",
        4: "This turn would begin at 8:55 am, and the visit begins at 9:00 am. Let it begin then or later.",
        5: "This turn would end at 11:31 am, and the visit ends at 11:30 am. Let it end by then.",
        6: "This turn would end before it begins. Let it end after 10:40 am.",
    }


def test_turns_that_touch_do_not_overlap() -> None:
    assert list(wrong_turns([at(0, 30), at(30, 60)], at(0, 60))) == []


def test_suggested_turns_are_right_for_visits_of_any_length() -> None:
    for minutes in range(5, 400, 5):
        turns = usual_turns(at(0, minutes))
        assert (list(wrong_turns(turns, at(0, minutes))), 1 <= len(turns) <= 3) == ([], True), minutes


def test_names_of_rooms_are_doubled_however_they_are_spelled() -> None:
    assert [place for place, _ in wrong_rooms(["Room 1", "ROOM  1", "Room 2", "room 2", "Gym"])] == [1, 3]
