"""The rounds to come, planned anew: what is asked of the engine, and who would change their table (rounds rule 8)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from scheduler.core.pairing.plan import Round, Table
from scheduler.core.pairing.problem import Pin, Problem
from scheduler.core.pairing.room import table_id

Seats = Mapping[str, int | None]
"""The table of each person in one round, by public id; None sits out"""


@dataclass(frozen=True)
class Day:
    """What is known of a meetup that is under way: all seats by round (from 1), the first round that may be planned anew, who is
    away in which round, and what was moved by hand and stays so."""

    seats: Mapping[int, Seats]
    first_free: int
    away: Collection[tuple[str, int]] = ()
    by_hand: Mapping[tuple[str, int], int] | None = None


def rest_of(problem: Problem, day: Day) -> Problem:
    """The problem of the rounds to come: earlier ones are as they were, and each known seat that changes has a price."""
    here = set(problem.ids)
    rounds = [_round(number, day.seats[number], here) for number in sorted(day.seats)]
    return replace(
        problem,
        participants=tuple(
            replace(person, present=_present(problem.present[person.id], {n for id, n in day.away if id == person.id}, problem.rounds))
            for person in problem.participants
        ),
        frozen=tuple(round for round in rounds if round.number < day.first_free - 1),
        announced=tuple(round for round in rounds if round.number >= day.first_free - 1),
        keep_together=tuple(wish for wish in problem.keep_together if wish.round is None or wish.round >= day.first_free - 1),
        pins=_pins(problem, day, here),
    )  # fmt: skip


def _present(rounds: frozenset[int], away: Collection[int], of: int) -> frozenset[int] | None:
    there = rounds - {number - 1 for number in away}
    return None if len(there) == of else there


def _round(number: int, seats: Seats, here: Collection[str]) -> Round:
    tables: dict[int, list[str]] = {}
    for person, table in sorted(seats.items()):
        if table is not None and person in here:
            tables.setdefault(table, []).append(person)
    out = tuple(sorted(person for person, table in seats.items() if table is None and person in here))
    return Round(number - 1, tuple(Table(table_id(table), tuple(tables[table])) for table in sorted(tables)), out)


def _pins(problem: Problem, day: Day, here: Collection[str]) -> tuple[Pin, ...]:
    """Where somebody was put by hand takes the place of where they were to sit."""
    away = set(day.away)
    hand = {key: table for key, table in (day.by_hand or {}).items() if key[1] >= day.first_free and key[0] in here and key not in away}
    kept = [pin for pin in problem.pins if (pin.person, pin.round + 1) not in hand and (pin.person, pin.round + 1) not in away]
    return (*kept, *(Pin(person, number - 1, table_id(table)) for (person, number), table in sorted(hand.items())))


@dataclass(frozen=True)
class Difference:
    """What a plan made anew means for one round: who changes their table, who gets one, and who has none any more."""

    round: int
    changed: tuple[int, ...]
    seated: tuple[int, ...]
    unseated: tuple[int, ...]


def difference(number: int, before: Mapping[int, int | None], after: Mapping[int, int | None]) -> Difference:
    """Compare who sits where in one round, by attendee.

    >>> difference(4, {1: 7, 2: 7, 3: 8}, {1: 7, 2: 8, 4: 8})
    Difference(round=4, changed=(2,), seated=(4,), unseated=(3,))
    """
    both = before.keys() & after.keys()
    return Difference(
        number, tuple(sorted(person for person in both if before[person] != after[person])), tuple(sorted(after.keys() - both)),
        tuple(sorted(before.keys() - both)),
    )  # fmt: skip
