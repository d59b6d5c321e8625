"""Seats that organizers hold fast: where a version keeps them, and how the engine is asked to plan around them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from scheduler.core.pairing.instance import read_problem
from scheduler.core.pairing.problem import Pin, Problem
from scheduler.core.pairing.room import table_id
from scheduler.core.pairing.wishes import Kind, Wish
from scheduler.foundation.db import db
from scheduler.meetups.models import Plan, Seating
from scheduler.registration.models import Attendee

LOCKS = "locks"
"""In the stored problem of a version: the pins that are no wishes, so that they bind nobody once they are unlocked"""


@dataclass(frozen=True)
class Lock:
    """Somebody stays at a table in a round; both count from 1."""

    person: str
    round: int
    table: int

    @property
    def wish(self) -> Wish:
        """As the engine is asked for it."""
        return Wish(Kind.PIN, (self.person,), self.round, self.table)

    @property
    def pin(self) -> Pin:
        return Pin(self.person, self.round - 1, table_id(self.table))


def locks_of(plan_id: int) -> list[Lock]:
    """The locked seats of a version, by round and table."""
    chosen = sa.select(Attendee.public_id, Seating.round, Seating.table).join(Attendee, Attendee.id == Seating.attendee_id)
    locked = chosen.where(Seating.plan_id == plan_id, Seating.locked)
    rows = db.session.execute(locked.order_by(Seating.round, Seating.table, Seating.id))
    return [Lock(person, number, table) for person, number, table in rows if table is not None]


def with_locks(written: dict[str, Any], locks: Iterable[Lock], wished: Iterable[Pin]) -> dict[str, Any]:
    """A problem as it is stored, with those of its pins that are locks and not wishes; one without any keeps the fingerprint it had."""
    asked = set(wished)
    told = [[pin.person, pin.round, pin.table] for pin in (lock.pin for lock in locks) if pin not in asked]
    return {**written, LOCKS: [pin for pin in told if pin in _pins(written)]} if told else written


def _pins(written: dict[str, Any]) -> list[list[Any]]:
    return [[pin["person"], pin["round"], pin["table"]] for pin in written["pins"]]


def locked_in(written: dict[str, Any]) -> set[Pin]:
    """The pins of a stored problem that are locks."""
    return {Pin(*pin) for pin in written.get(LOCKS, ())}


def problem_of(plan: Plan) -> Problem:
    """What was asked of a version by its people and wishes, without names; its locks are seats that may be unlocked."""
    problem, locks = read_problem(plan.problem), locked_in(plan.problem)
    return replace(problem, pins=tuple(pin for pin in problem.pins if pin not in locks))
