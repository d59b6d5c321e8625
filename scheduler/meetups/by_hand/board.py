"""One round of a version as cards of tables, and moves in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from scheduler.core.pairing.problem import Problem
from scheduler.core.refusal import Sentence, say
from scheduler.core.text import same_name
from scheduler.meetups.by_hand.models import PlanMove
from scheduler.meetups.by_hand.service import Wanted
from scheduler.meetups.models import Seating
from scheduler.meetups.results import Seated
from scheduler.registration.models import Attendee


@dataclass(frozen=True)
class Placed:
    """Somebody at a table."""

    who: Seated
    table: int | None
    locked: bool


@dataclass(frozen=True)
class Card:
    """A table with its people and the seats that are free."""

    number: int
    people: tuple[Placed, ...]
    free: int


class Board:
    """One round: who sits where, and where there is room."""

    def __init__(self, problem: Problem, number: int, seatings: Sequence[Seating]) -> None:
        self.problem, self.number = problem, number
        self.placed = [Placed(Seated(seating.attendee), seating.table, seating.locked) for seating in seatings]

    @cached_property
    def by_key(self) -> dict[str, Placed]:
        return {placed.who.key: placed for placed in self.placed}

    @cached_property
    def cards(self) -> list[Card]:
        """The tables of the round, those nobody sits at included."""
        people: defaultdict[int, list[Placed]] = defaultdict(list)
        for placed in self.placed:
            if placed.table is not None:
                people[placed.table].append(placed)
        shape = self.problem.shape.get(self.number - 1)
        most = {int(spec.id[1:]): spec.most for spec in shape.tables} if shape else {}
        return [
            Card(number, _by_name(people[number]), max(0, most.get(number, 0) - len(people[number])))
            for number in sorted(most.keys() | people.keys())
        ]

    @cached_property
    def sits_out(self) -> tuple[Placed, ...]:
        return _by_name([placed for placed in self.placed if placed.table is None])

    def title(self, wanted: Wanted) -> Sentence:
        """What a move does, in words."""
        one, other = self.by_key[wanted.person], self.by_key.get(wanted.other or "")
        if other is None:
            facts = {"one": one.who.name, "here": _place(one.table), "there": wanted.table}
            return say("%(one)s goes from %(here)s to table %(there)d", **facts)
        facts = {"one": one.who.name, "here": _place(one.table), "other": other.who.name, "there": _place(other.table)}
        return say("%(one)s (%(here)s) and %(other)s (%(there)s) change places", **facts)


def _by_name(people: Sequence[Placed]) -> tuple[Placed, ...]:
    return tuple(sorted(people, key=lambda placed: same_name(placed.who.name)))


def _place(table: int | None) -> Sentence:
    return say("no table") if table is None else say("table %(table)d", table=table)


def told(move: PlanMove) -> Sentence:
    """A move that was made."""
    facts = {"round": move.round, "one": _name(move.attendee), "here": _place(move.from_table), "there": _place(move.to_table)}
    if move.other_id is None:
        return say("Round %(round)d: %(one)s from %(here)s to %(there)s", **facts)
    return say("Round %(round)d: %(one)s (%(here)s) and %(other)s (%(there)s) changed places", other=_name(move.other), **facts)


def _name(attendee: Attendee | None) -> str | Sentence:
    return (attendee and attendee.name) or say("somebody")
