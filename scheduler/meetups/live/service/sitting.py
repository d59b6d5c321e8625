"""Somebody sits down: where they were, if that may still be, else at the smallest table that may take them (rounds rule 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa

from scheduler.core import live_tables
from scheduler.core.door import DeedKind, Result
from scheduler.core.live_tables import Floor
from scheduler.core.refusal import Refusal
from scheduler.foundation import audit
from scheduler.foundation.db import db
from scheduler.meetups.live.models import AwayFrom, LiveDeed, SeatChange, Why
from scheduler.meetups.live.service.desk import Desk
from scheduler.registration.door import service as door
from scheduler.registration.models import Attendee, AttendeeState


@dataclass(frozen=True)
class Seat:
    """Where somebody sits now in one round; None: no table may take them."""

    attendee_id: int
    round: int
    table: int | None


def arrives(desk: Desk, attendee: Attendee) -> None:
    """Whoever is at the desk has come; what speaks against it at the door does so here, too."""
    if attendee.state != AttendeeState.ARRIVED or attendee.left_at is not None:
        tell_door(desk, attendee, DeedKind.ARRIVE)


def tell_door(desk: Desk, attendee: Attendee, kind: DeedKind) -> None:
    """The door's list says the same as the desk."""
    claims = door.claims_of([attendee.public_id], kind, at=desk.now)
    answer = door.take_held(desk.gathering, claims, actor=audit.user(desk.user_id), now=desk.now)[0]
    if answer.result not in (Result.OK, Result.ALREADY):
        raise Refusal(answer.explained)


def sit_down(desk: Desk, attendee: Attendee) -> list[Seat]:
    """Somebody is there from now on. In rounds whose tables are known they get a seat; in later ones what is planned for them holds
    again, unless it no longer may."""
    _forget_away(desk, attendee.id)
    for number in range(desk.state.clock.first_free, desk.state.rounds + 1):
        if number in desk.state.kept and not _may_return(desk, attendee, number):
            _give_up(desk, attendee, number)
    return [_seat(desk, attendee, number) for number in desk.state.open_frozen]


def sit_by_card(desk: Desk, attendee: Attendee, table_of: Mapping[int, int]) -> list[Seat]:
    """A guest sits on the chairs of a spare card, in all rounds that are not over. Where that may not be they sit down like any late
    arrival: in a round whose tables nobody knows yet they have none until it is planned anew."""
    _forget_away(desk, attendee.id)
    rounds = range(max(1, desk.state.first_open), desk.state.rounds + 1)
    return [_on_chair(desk, attendee, number, table_of.get(number)) for number in rounds]


def _on_chair(desk: Desk, attendee: Attendee, number: int, table: int | None) -> Seat:
    floor, there = desk.floor(number), desk.state.seats[number].get(attendee.id)
    if there is None and table and table in floor.tables and floor.allows(table, (*floor.tables[table], attendee.public_id), chairs=1):
        change(desk, attendee.id, number, table, Why.LATE)
        if number == max(1, desk.state.first_open):
            desk.write(LiveDeed.SEATED, round=number, attendee_id=attendee.id, table=table)
        return Seat(attendee.id, number, table)
    return _seat(desk, attendee, number) if number in desk.state.open_frozen else Seat(attendee.id, number, there)


def _forget_away(desk: Desk, attendee_id: int) -> None:
    rows = sa.delete(AwayFrom).where(AwayFrom.run_id == desk.row.id, AwayFrom.attendee_id == attendee_id)
    db.session.execute(rows.where(AwayFrom.round >= desk.state.first_open))


def _seat(desk: Desk, attendee: Attendee, number: int) -> Seat:
    there = desk.state.seats[number].get(attendee.id) or _kept(desk, attendee, number)
    if there is not None:
        return Seat(attendee.id, number, there)
    table = live_tables.seat_for(desk.floor(number), attendee.public_id)
    if table is None:
        stay_away(desk, attendee.id, number)
    else:
        change(desk, attendee.id, number, table, Why.LATE)
        desk.write(LiveDeed.SEATED, round=number, attendee_id=attendee.id, table=table)
    return Seat(attendee.id, number, table)


def _kept(desk: Desk, attendee: Attendee, number: int) -> int | None:
    """The table that waits for somebody, if they may still sit there and are not alone."""
    table = desk.state.kept[number].get(attendee.id)
    return table if table and _may_return(desk, attendee, number) and desk.floor(number).tables.get(table) else None


def _may_return(desk: Desk, attendee: Attendee, number: int) -> bool:
    table, floor = desk.state.kept[number].get(attendee.id), desk.floor(number)
    return table is None or floor.allows(table, (*floor.tables.get(table, ()), attendee.public_id))


def _give_up(desk: Desk, attendee: Attendee, number: int) -> None:
    """In a round to come what was kept for somebody no longer may be: they have no table until it is planned anew."""
    stay_away(desk, attendee.id, number)


def stay_away(desk: Desk, attendee_id: int, number: int, *, has_left: bool = False) -> None:
    """Somebody has no seat in a round, whatever the plan says."""
    db.session.merge(
        AwayFrom(
            run_id=desk.row.id, attendee_id=attendee_id, round=number, has_left=has_left, created_by=desk.user_id, created_at=desk.now
        )
    )  # fmt: skip


def change(desk: Desk, attendee_id: int, number: int, table: int, why: Why) -> None:
    """Write down that somebody sits elsewhere than planned."""
    before = desk.state.seats[number].get(attendee_id)
    db.session.add(
        SeatChange(
            run_id=desk.row.id, round=number, attendee_id=attendee_id, table_before=before, table=table, why=why,
            created_by=desk.user_id, created_at=desk.now,
        )
    )  # fmt: skip


def with_kept(floor: Floor, desk: Desk, number: int) -> Floor:
    """A round with those who are away at the seats that wait for them."""
    waiting = {desk.state.people[id].public_id: table for id, table in desk.state.kept[number].items()}
    return replace(floor, seats={**waiting, **floor.seats})
