"""Seats: a number, never a row. Who is seated, who waits, and what a party is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scheduler.core.refusal import Refusal, Sentence, count, say


class Placement(StrEnum):
    """Where a party stands after it asked for seats."""

    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"


@dataclass(frozen=True)
class Seats:
    """How many people a gathering can take and how many seats are spoken for.

    >>> Seats(capacity=12, taken=9).left, Seats(capacity=4, taken=6).left
    (3, 0)
    """

    capacity: int
    taken: int

    @property
    def left(self) -> int:
        return max(self.capacity - self.taken, 0)

    @property
    def is_full(self) -> bool:
        return self.left == 0


def seats_left(n: int) -> Sentence:
    """The words beside the dots.

    >>> str(seats_left(5))
    '5 seats left'
    """
    return count(n, "%(n)d seat left", "%(n)d seats left")


def people(n: int) -> Sentence:
    """A number of people in words.

    >>> str(people(1))
    '1 person'
    """
    return count(n, "%(n)d person", "%(n)d people")


class NotEnoughSeats(Refusal):
    """The party does not fit and nobody waits here."""

    def __init__(self, left: int, party_size: int) -> None:
        self.left = left
        if left == 0:
            super().__init__(say("No seat is left. Another date may have some."))
        else:
            seats = count(left, "%(n)d seat is left", "%(n)d seats are left")
            super().__init__(say("%(seats)s, and your party has %(people)s.", seats=seats, people=people(party_size)))


def place_party(seats: Seats, party_size: int, *, waitlist_open: bool, somebody_waits: bool = False) -> Placement:
    """Decide where a party goes when it asks for seats.

    A party stays together: all of it is seated, or all of it waits. Free seats belong to those who wait already.

    >>> place_party(Seats(capacity=12, taken=9), 3, waitlist_open=True)
    <Placement.CONFIRMED: 'confirmed'>
    >>> place_party(Seats(capacity=12, taken=10), 3, waitlist_open=True)
    <Placement.WAITLISTED: 'waitlisted'>
    >>> place_party(Seats(capacity=12, taken=9), 3, waitlist_open=True, somebody_waits=True)
    <Placement.WAITLISTED: 'waitlisted'>
    """
    if party_size <= seats.left and not somebody_waits:
        return Placement.CONFIRMED
    if waitlist_open:
        return Placement.WAITLISTED
    raise NotEnoughSeats(0 if somebody_waits else seats.left, party_size)
