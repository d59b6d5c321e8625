"""Seats: a number, never a row. Who is seated, who waits, and what a party is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from scheduler.core.refusal import Refusal, Sentence, count, say


class Placement(StrEnum):
    """Where a party stands after it asked for seats."""

    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"


@dataclass(frozen=True)
class Seats:
    """How many people a gathering can take, how many seats are spoken for by tier, and how many are reserved for a tier (rules 1 and 6).

    `taken_by` counts people: confirmed, unverified, pending and offered, by the tier of who holds the seats ("" has no tier).
    `reserved` counts the seats of each pool that is not released yet. A party uses the pool of its own tier first, then what is common.

    >>> seats = Seats(capacity=12, taken_by={"": 3, "incubator": 2}, reserved={"incubator": 4})
    >>> seats.taken, seats.left, seats.left_for("incubator")      # two seats more are kept for incubator schools
    (5, 5, 7)
    >>> Seats(capacity=4, taken_by={"": 6}).left                  # never below zero
    0
    """

    capacity: int
    taken_by: Mapping[str, int]
    reserved: Mapping[str, int] = field(default_factory=dict)

    @property
    def taken(self) -> int:
        """Seats spoken for, by whomever."""
        return sum(self.taken_by.values())

    def left_for(self, tier: str) -> int:
        """Seats that a party of this tier can have: what is free, less the unused seats reserved for other tiers.

        >>> Seats(capacity=6, taken_by={"friend": 3}, reserved={"friend": 2, "incubator": 2}).left_for("friend")
        1
        """
        kept = sum(max(0, seats - self.taken_by.get(other, 0)) for other, seats in self.reserved.items() if other != tier)
        return max(0, self.capacity - self.taken - kept)

    @property
    def left(self) -> int:
        """Seats that anybody can have."""
        return self.left_for("")

    @property
    def is_full(self) -> bool:
        """True when nobody of any tier could be seated; with seats kept for some tier it is not full, though `left` may be 0.

        >>> Seats(capacity=4, taken_by={"": 2}, reserved={"friend": 2}).is_full, Seats(capacity=4, taken_by={"": 4}).is_full
        (False, True)
        """
        return not any(self.left_for(tier) for tier in ("", *self.reserved))

    def with_party(self, tier: str, size: int) -> Seats:
        """The seats once a party has its own.

        >>> Seats(capacity=6, taken_by={"friend": 1}).with_party("friend", 2)
        Seats(capacity=6, taken_by={'friend': 3}, reserved={})
        """
        return replace(self, taken_by={**self.taken_by, tier: self.taken_by.get(tier, 0) + size})


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
    """The party does not fit and nobody waits here. `left` seats are there for its tier, `kept` more only for others.

    >>> str(NotEnoughSeats(1, 2))
    '1 seat is left, and your party has 2 people.'
    >>> str(NotEnoughSeats(0, 2, kept=3))
    'The seats that are left are kept for other schools. Another date may have some.'
    >>> str(NotEnoughSeats(1, 2, kept=3))
    '1 seat is left for you, and your party has 2 people. The other seats are kept for other schools.'
    """

    def __init__(self, left: int, party_size: int, *, kept: int = 0) -> None:
        self.left, self.kept = left, kept
        super().__init__(_some_left(left, party_size, kept) if left else _none_left(kept))


def _none_left(kept: int) -> Sentence:
    if kept:
        return say("The seats that are left are kept for other schools. Another date may have some.")
    return say("No seat is left. Another date may have some.")


def _some_left(left: int, party_size: int, kept: int) -> Sentence:
    if not kept:
        seats = count(left, "%(n)d seat is left", "%(n)d seats are left")
        return say("%(seats)s, and your party has %(people)s.", seats=seats, people=people(party_size))
    seats = count(left, "%(n)d seat is left for you", "%(n)d seats are left for you")
    return say(
        "%(seats)s, and your party has %(people)s. The other seats are kept for other schools.", seats=seats, people=people(party_size)
    )


def place_party(seats: Seats, party_size: int, *, waitlist_open: bool, somebody_waits: bool = False, tier: str = "") -> Placement:
    """Decide where a party goes when it asks for seats.

    A party stays together: all of it is seated, or all of it waits. Free seats belong to those who wait already.
    Where nobody waits, NotEnoughSeats says how many seats are left for the party's tier.

    >>> seats = Seats(capacity=12, taken_by={"": 9}, reserved={"friend": 1})
    >>> place_party(seats, 2, waitlist_open=True)
    <Placement.CONFIRMED: 'confirmed'>
    >>> place_party(seats, 3, waitlist_open=True)
    <Placement.WAITLISTED: 'waitlisted'>
    >>> place_party(seats, 3, waitlist_open=True, tier="friend")
    <Placement.CONFIRMED: 'confirmed'>
    >>> place_party(seats, 2, waitlist_open=True, somebody_waits=True)
    <Placement.WAITLISTED: 'waitlisted'>
    """
    left = seats.left_for(tier)
    if party_size <= left and not somebody_waits:
        return Placement.CONFIRMED
    if waitlist_open:
        return Placement.WAITLISTED
    if somebody_waits:
        raise NotEnoughSeats(0, party_size)
    raise NotEnoughSeats(left, party_size, kept=max(0, seats.capacity - seats.taken - left))
