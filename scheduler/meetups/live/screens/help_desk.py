"""Whom the help desk looks for, and where they sit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scheduler.core.text import folded, same_name
from scheduler.meetups.live.queries import LiveState
from scheduler.meetups.results import Seated, Stop
from scheduler.registration.models import Attendee

MOST_FOUND = 30


@dataclass(frozen=True)
class Found:
    """One person who fits, with where they sit in the first round that is not over, and in the one after it."""

    person: Seated
    now: Stop | None
    following: Stop | None


def find(state: LiveState, text: str) -> Sequence[Found]:
    """Everybody on the list whose name or school has each word of a text, by name; the first thirty."""
    words = folded(text).split()
    listed = (Seated(attendee) for attendee in state.people.values() if attendee.registration.is_confirmed)
    people = sorted((seated for seated in listed if _fits(seated, words)), key=lambda seated: same_name(seated.name))
    first = state.first_open
    return [Found(seated, _stop(state, seated, first), _stop(state, seated, first + 1)) for seated in people[:MOST_FOUND]]


def stops(state: LiveState, attendee: Attendee) -> Sequence[Stop]:
    """Somebody's tables in all rounds as they are now, for their card."""
    found = (_stop(state, Seated(attendee), number) for number in sorted(state.seats))
    return [stop for stop in found if stop]


def _fits(seated: Seated, words: Sequence[str]) -> bool:
    said = f"{folded(seated.name)} {folded(seated.school)} {folded(seated.school_in_full)}"
    return all(word in said for word in words)


def _stop(state: LiveState, seated: Seated, number: int) -> Stop | None:
    seats = state.seats.get(number, {})
    return Stop(number, seats[seated.attendee.id], ()) if seated.attendee.id in seats else None
