"""Reads for moves by hand: the seats of a version as the core takes them, one round as people see it, and the moves made so far."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from scheduler.core.pairing.plan import Plan as EnginePlan
from scheduler.core.pairing.plan import Round, Table
from scheduler.core.pairing.room import table_id
from scheduler.foundation.db import db
from scheduler.meetups.by_hand.models import PlanMove
from scheduler.meetups.models import Plan, Seating
from scheduler.registration.models import Attendee, Registration


@dataclass(frozen=True)
class Seat:
    """One person's table in one round, both from 1; no table: sits out."""

    round: int
    table: int | None
    person: str


def seats_of(plan_id: int) -> list[Seat]:
    """Who sits where in all rounds, without names: light enough for an answer at each step of a hand."""
    chosen = sa.select(Seating.round, Seating.table, Attendee.public_id).join(Attendee, Attendee.id == Seating.attendee_id)
    return [Seat(*row) for row in db.session.execute(chosen.where(Seating.plan_id == plan_id).order_by(Seating.id))]


def engine_plan(seats: Iterable[Seat]) -> EnginePlan:
    """Seats as the core takes them: rounds from 0, table 7 is T7.

    >>> engine_plan([Seat(1, 7, "ana"), Seat(1, None, "ben")]).rounds
    (Round(number=0, tables=(Table(id='T7', members=('ana',), spare=None),), sits_out=('ben',)),)
    """
    rounds: defaultdict[int, defaultdict[int | None, list[str]]] = defaultdict(lambda: defaultdict(list))
    for seat in seats:
        rounds[seat.round][seat.table].append(seat.person)
    return EnginePlan(tuple(_round(number, tables) for number, tables in sorted(rounds.items())))


def _round(number: int, tables: dict[int | None, list[str]]) -> Round:
    seated = sorted((table, people) for table, people in tables.items() if table is not None)
    return Round(number - 1, tuple(Table(table_id(table), tuple(people)) for table, people in seated), tuple(tables.get(None, ())))


def round_of(plan_id: int, number: int) -> Sequence[Seating]:
    """Who sits where in one round, with names and schools, by table."""
    return db.session.scalars(
        sa.select(Seating)
        .join(Seating.attendee)
        .join(Attendee.registration)
        .where(Seating.plan_id == plan_id, Seating.round == number)
        .options(
            contains_eager(Seating.attendee).contains_eager(Attendee.registration).joinedload(Registration.school),
            contains_eager(Seating.attendee).joinedload(Attendee.person),
        )
        .order_by(Seating.table, Seating.id)
    ).all()


def attendees_called(public_ids: Collection[str]) -> Sequence[Attendee]:
    """Some people, for sentences that name them."""
    chosen = sa.select(Attendee).join(Attendee.registration).where(Attendee.public_id.in_(public_ids))
    options = contains_eager(Attendee.registration).joinedload(Registration.school), joinedload(Attendee.person)
    return db.session.scalars(chosen.options(*options).order_by(Attendee.id)).all()


def seat_of(plan_id: int, number: int, public_id: str) -> Seating | None:
    """One person's seat in one round."""
    chosen = sa.select(Seating).join(Seating.attendee).where(Seating.plan_id == plan_id, Seating.round == number)
    return db.session.scalar(chosen.where(Attendee.public_id == public_id).options(contains_eager(Seating.attendee)))


def seat_of_attendee(plan_id: int, number: int, attendee_id: int) -> Seating | None:
    """The same, by the id that a move keeps."""
    chosen = sa.select(Seating).where(Seating.plan_id == plan_id, Seating.round == number, Seating.attendee_id == attendee_id)
    return db.session.scalar(chosen)


def moves_of(plan_id: int) -> Sequence[PlanMove]:
    """The moves by hand that made a version what it is, last first."""
    chosen = sa.select(PlanMove).where(PlanMove.plan_id == plan_id).order_by(PlanMove.id.desc())
    return db.session.scalars(chosen.options(joinedload(PlanMove.attendee), joinedload(PlanMove.other))).all()


def moves_made(plan_ids: Collection[int]) -> Counter[int]:
    """How many moves by hand each version has."""
    chosen = sa.select(PlanMove.plan_id, sa.func.count()).where(PlanMove.plan_id.in_(plan_ids)).group_by(PlanMove.plan_id)
    return Counter({row[0]: row[1] for row in db.session.execute(chosen)})


def locks_made(plan: Plan) -> int:
    """How many seats of a version are locked."""
    chosen = sa.select(sa.func.count()).select_from(Seating).where(Seating.plan_id == plan.id, Seating.locked)
    return db.session.scalar(chosen) or 0
