"""The tables of one round while it is under way: where a late arrival sits, which tables have become thin, how they are merged.

Nobody but the people of the answer moves, and what is never broken stays so (rounds rules 3 and 8).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

from scheduler.core.pairing.check import lonely_students
from scheduler.core.pairing.plan import Table, pair
from scheduler.core.pairing.problem import Problem
from scheduler.core.pairing.room import EVEN_LEAST
from scheduler.core.pairing.seating import BySize, ByTables

Seats = Mapping[str, int | None]
"""The table of each person in one round; None sits out"""


@dataclass(frozen=True)
class Move:
    """One person goes to another table of the same round."""

    person: str
    table_from: int | None
    table_to: int


@dataclass(frozen=True)
class Floor:
    """One round of a meetup (from 1) as it is now: who sits where, and the rules of the problem it was planned from."""

    problem: Problem
    round: int
    seats: Seats

    @cached_property
    def tables(self) -> Mapping[int, tuple[str, ...]]:
        """Who sits at each table that somebody sits at."""
        found: dict[int, list[str]] = {}
        for person, table in self.seats.items():
            if table is not None:
                found.setdefault(table, []).append(person)
        return {table: tuple(found[table]) for table in sorted(found)}

    @cached_property
    def _specs(self) -> Mapping[str, tuple[int, int, bool]]:
        """Least, most and whether it is step-free, of tables of which something is known."""
        seating = self.problem.seating
        there = [spec for spec in seating.tables if self.round - 1 not in spec.closed] if isinstance(seating, ByTables) else []
        return {spec.id: (spec.least, spec.most, spec.step_free) for spec in there}

    def least(self, table: int) -> int:
        """A table with fewer people is thin: two in pairs, three at tables, or what its own seats say."""
        if isinstance(self.problem.seating, ByTables):
            return self._specs.get(f"T{table}", (EVEN_LEAST,))[0]
        return 2 if self.problem.in_pairs else EVEN_LEAST

    def most(self, table: int) -> int:
        """How many it seats: a chair more than planned, unless it has seats of its own."""
        seating = self.problem.seating
        if isinstance(seating, ByTables):
            return self._specs.get(f"T{table}", (0, 0))[1]
        return (seating.size if isinstance(seating, BySize) else 2) + 1

    def allows(self, table: int, members: Sequence[str], *, chairs: int = 0) -> bool:
        """Whether these people may sit at this table together; `chairs` are brought along."""
        return not members or (
            len(members) <= max(self.most(table) + chairs, len(self.tables.get(table, ())))
            and not any(pair(a, b) in self.problem.keep_apart or self.problem.same_line(a, b) for a, b in self._pairs(members))
            and all(self._may_sit(person, table) for person in members)
            and not self.lonely(members)
            and not self._tears(table, members)
        )

    def _tears(self, table: int, members: Sequence[str]) -> bool:
        """Whether somebody who comes leaves behind whom they are kept together with in this round."""
        new = {person for person in members if self.seats.get(person) != table}
        pairs = (wish.pair for wish in self.problem.keep_together if wish.round == self.round - 1)
        apart = ((a, b) for one, other in pairs for a, b in ((one, other), (other, one)) if a in new and b not in members)
        return any(self.seats.get(b) not in (None, table) for _, b in apart)

    def _pairs(self, members: Sequence[str]) -> Iterator[tuple[str, str]]:
        known = [person for person in members if person in self.problem.by_id]
        return combinations(known, 2)

    def lonely(self, members: Sequence[str]) -> bool:
        """Whether a student sits among them without company, where students have company."""
        return self.problem.students_have_company and any(lonely_students(self.problem, (Table("", tuple(members)),)))

    def _may_sit(self, person: str, table: int) -> bool:
        if person not in self.problem.by_id:
            return True
        own = self.problem.stations.get(person)
        pins = {pin.table for pin in self.problem.pins if (pin.person, pin.round) == (person, self.round - 1)}
        fits = f"T{table}" in (pins or ({own} if own else {f"T{table}"}))
        return fits and (not self.problem.by_id[person].step_free or self._specs.get(f"T{table}", (0, 0, True))[2])

    def by_size(self, *, without: int | None = None) -> list[int]:
        """Tables with people, the smallest first, and the one with the lower number of two."""
        return sorted((table for table in self.tables if table != without), key=lambda table: (len(self.tables[table]), table))

    def after(self, moves: Sequence[Move]) -> Floor:
        """The same round once some people have moved."""
        return Floor(self.problem, self.round, {**self.seats, **{move.person: move.table_to for move in moves}})


def seat_for(floor: Floor, person: str) -> int | None:
    """The smallest table that may take one more; nobody else moves. None: no table may.

    >>> from scheduler.core.pairing.problem import Participant
    >>> problem = Problem(tuple(Participant(letter) for letter in "abcdefgh"), rounds=1, seating=BySize(4))
    >>> seat_for(Floor(problem, 1, {"a": 1, "b": 1, "c": 1, "d": 1, "e": 2, "f": 2, "g": 2}), "h")
    2
    """
    return next((table for table in floor.by_size() if floor.allows(table, (*floor.tables[table], person))), None)


def may_move(floor: Floor, person: str, table: int) -> bool:
    """Whether one person may go to a table, for those there and for those who stay behind."""
    left = tuple(other for other in floor.tables.get(floor.seats.get(person) or 0, ()) if other != person)
    stays_well = not floor.lonely(left) or floor.lonely((*left, person))
    return stays_well and floor.allows(table, (*(other for other in floor.tables.get(table, ()) if other != person), person))


def breaks(before: Floor, after: Floor) -> bool:
    """Whether people sit together who may not, or somebody where they may not, or a student without company who had some before."""
    alone = Floor(replace(after.problem, students_have_company=False), after.round, after.seats)
    if not all(alone.allows(table, members) for table, members in alone.tables.items()):
        return True
    return bool(_without_company(after) - _without_company(before))


def _without_company(floor: Floor) -> set[str]:
    return {id for table, members in floor.tables.items() if floor.lonely(members) for id in members}


def thin_tables(floor: Floor) -> list[int]:
    """Tables below their least size, and those where a student was left without company; the smallest first."""
    return [table for table in floor.by_size() if _is_thin(floor, table)]


def _is_thin(floor: Floor, table: int) -> bool:
    members = floor.tables.get(table, ())
    return bool(members) and (len(members) < floor.least(table) or floor.lonely(members))


def merge(floor: Floor, table: int) -> list[Move]:
    """What helps one thin table with the fewest people moved: others come to it, or its people go to others. Empty: nothing may.

    >>> from scheduler.core.pairing.problem import Participant
    >>> problem = Problem(tuple(Participant(letter) for letter in "abcdefgh"), rounds=1, seating=BySize(4))
    >>> merge(Floor(problem, 1, {"a": 1, "b": 1, "c": 1, "d": 1, "e": 2, "f": 2}), 2)
    [Move(person='a', table_from=1, table_to=2)]
    >>> merge(Floor(problem, 1, {"a": 1, "b": 1, "c": 1, "d": 1, "e": 2}), 2)
    [Move(person='e', table_from=2, table_to=1)]
    """
    if not _is_thin(floor, table):
        return []
    ways = [way for way in (_leave(floor, table, floor.tables[table]), _join(floor, table)) if way]
    return min(ways, key=len, default=[])


def _leave(floor: Floor, table: int, people: Sequence[str]) -> list[Move]:
    """All of a table go to others, together where they may not be parted."""
    for target in floor.by_size(without=table):
        if floor.allows(target, (*floor.tables[target], *people)):
            together = [Move(person, table, target) for person in people]
            break
    else:
        together = []
    return together if len(people) == 1 else _spread(floor, table, people) or together


def _spread(floor: Floor, table: int, people: Sequence[str]) -> list[Move]:
    moves: list[Move] = []
    for person in people:
        now = floor.after(moves)
        target = next((t for t in now.by_size(without=table) if now.allows(t, (*now.tables[t], person))), None)
        if target is None:
            return []
        moves.append(Move(person, table, target))
    return moves


def _join(floor: Floor, table: int) -> list[Move]:
    """One after the other comes from the largest table that can spare somebody, until the table is well."""
    moves: list[Move] = []
    while _is_thin(now := floor.after(moves), table):
        move = next(_donors(now, table), None)
        if move is None:
            return []
        moves.append(move)
    return moves


def _donors(floor: Floor, table: int) -> Iterator[Move]:
    """Whoever may come to a table, from large tables first; those who stay behind must be well without them."""
    members = floor.tables[table]
    for other in reversed(floor.by_size(without=table)):
        for person in floor.tables[other]:
            stays = tuple(there for there in floor.tables[other] if there != person)
            if len(stays) >= floor.least(other) and not floor.lonely(stays) and floor.allows(table, (*members, person)):
                yield Move(person, other, table)
