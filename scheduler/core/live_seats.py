"""Who sits where in a round, once it differs from the plan: the plan that holds, changes beside it, and who is away (rounds rule 8)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

GRACE = timedelta(minutes=3)
"""Who has not come so long after the start is not counted on any more"""
Seats = Mapping[int, int | None]
"""The table of each attendee in one round; None sits out"""


@dataclass(frozen=True)
class Force:
    """A plan that holds from one round on."""

    id: int
    plan: int
    from_round: int


@dataclass(frozen=True)
class Change:
    """One person sits at another table than planned in one round."""

    id: int
    round: int
    person: int
    table: int


@dataclass(frozen=True)
class Absence:
    """Since when somebody is gone for good: left, or taken off the list."""

    person: int
    since: datetime


def in_force(rows: Iterable[Force], round: int) -> int | None:
    """The plan that holds in a round: the newest that begins at or before it.

    What is applied or taken back begins at the first round that is not frozen, so a frozen round keeps its plan for ever.

    >>> rows = [Force(1, 10, from_round=1), Force(2, 11, from_round=4), Force(3, 10, from_round=5)]
    >>> [in_force(rows, round) for round in (1, 3, 4, 5)]
    [10, 10, 11, 10]
    """
    newest = max((row for row in rows if row.from_round <= round), key=lambda row: row.id, default=None)
    return newest.plan if newest else None


def seats(planned: Seats, changes: Sequence[Change], away: Collection[int] = ()) -> dict[int, int | None]:
    """The plan of a round, with the changes of that round put over it, the newest last, without those who are away.

    >>> seats({1: 7, 2: 7, 3: None}, [Change(1, 1, person=4, table=7), Change(2, 1, person=2, table=8)], away={1})
    {2: 8, 3: None, 4: 7}
    """
    tables = {**planned, **{change.person: change.table for change in sorted(changes, key=lambda change: change.id)}}
    return {person: table for person, table in tables.items() if person not in away}


def gone(absences: Iterable[Absence], began_at: datetime | None) -> set[int]:
    """Who is not there any more when a round begins; who leaves during it was there. None: it has not begun, nor is it known when.

    >>> gone([Absence(1, datetime(2026, 12, 3, 16, 10)), Absence(2, datetime(2026, 12, 3, 16, 30))], datetime(2026, 12, 3, 16, 20))
    {1}
    """
    return {absence.person for absence in absences if began_at is None or absence.since < began_at}


@dataclass(frozen=True)
class Stay:
    """From when to when somebody was there, as the door knows it."""

    arrived_at: datetime | None = None
    left_at: datetime | None = None


def was_there(stay: Stay, began_at: datetime, ended_at: datetime, over_at: datetime) -> bool:
    """Whether somebody who came was there in one round: not after they had left, nor before they came. Whoever was marked
    after the last round came at a time that nobody knows.

    >>> four, end = datetime(2026, 12, 3, 16), datetime(2026, 12, 3, 17)
    >>> [was_there(Stay(four + timedelta(minutes=m)), four, four + timedelta(minutes=6), end) for m in (0, 5, 6, 70)]
    [True, True, False, True]
    """
    has_left = stay.left_at is not None and stay.left_at <= began_at
    not_yet = stay.arrived_at is not None and ended_at <= stay.arrived_at < over_at
    return not has_left and not not_yet


def counted_on(*, has_come: bool, is_gone: bool, doors_are_kept: bool, started_at: datetime | None, now: datetime) -> bool:
    """Whether the rounds to come are planned with somebody: with all who are here, and for three minutes with those expected.

    Where nobody is checked in at all, everybody expected counts.

    >>> four = datetime(2026, 12, 3, 16)
    >>> [counted_on(has_come=False, is_gone=False, doors_are_kept=True, started_at=four, now=four + timedelta(minutes=m)) for m in (2, 3)]
    [True, False]
    """
    if is_gone:
        return False
    return has_come or not doors_are_kept or started_at is None or now < started_at + GRACE
