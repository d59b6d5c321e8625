"""Seats beside the plan: a late arrival, a thin table, a move by hand, and taking one back (rounds rule 8)."""

from __future__ import annotations

from datetime import datetime

from scheduler.core import live_tables
from scheduler.core.live_tables import Move
from scheduler.core.refusal import Refusal, say
from scheduler.foundation.db import db, transaction
from scheduler.meetups.live.models import LiveDeed, SeatChange, Why
from scheduler.meetups.live.service.desk import Desk, hold
from scheduler.meetups.live.service.sitting import Seat, arrives, change, sit_down, with_kept


def seat_late(meetup_id: int, attendee_id: int, *, user_id: int, now: datetime) -> list[Seat]:
    """Somebody arrives late: they are checked in, and seated in each round whose tables are known and that is not over. Nobody else
    moves. Who has a seat keeps it."""
    with transaction():
        desk = hold(meetup_id, user_id=user_id, now=now)
        attendee = desk.person(attendee_id)
        arrives(desk, attendee)
        seats = sit_down(desk, attendee)
        desk.done("seated", attendee=attendee.id)
        return seats


def move_by_hand(meetup_id: int, attendee_id: int, number: int, table: int, *, user_id: int, now: datetime) -> None:
    """Somebody sits where the organizer says, in a round that is not over; planning anew works around it."""
    with transaction():
        desk = hold(meetup_id, user_id=user_id, now=now)
        attendee = desk.person(attendee_id)
        _refuse_over(desk, number)
        if (attendee_id, number) in desk.state.away or attendee_id in desk.state.kept[number]:
            raise Refusal(say("This person is away in round %(round)d. Say that they are back first.", round=number))
        floor = with_kept(desk.floor(number), desk, number)
        if table not in floor.tables:
            raise Refusal(say("Nobody sits at table %(table)d in round %(round)d. Choose one with people.", table=table, round=number))
        if not live_tables.may_move(floor, attendee.public_id, table):
            text = "A rule or wish speaks against table %(table)d in round %(round)d, or it is full. Choose another."
            raise Refusal(say(text, table=table, round=number))
        if desk.state.seats[number].get(attendee_id) != table:
            change(desk, attendee_id, number, table, Why.HAND)
            desk.write(LiveDeed.MOVED, round=number, attendee_id=attendee_id, table=table)
            desk.done("moved", attendee=attendee_id, round=number)


def merge(meetup_id: int, number: int, table: int, *, user_id: int, now: datetime) -> list[Move]:
    """A table with too few people takes others in, or its people go to others: whichever moves the fewest."""
    with transaction():
        desk = hold(meetup_id, user_id=user_id, now=now)
        _refuse_over(desk, number)
        floor = desk.floor(number)
        if number > desk.state.clock.frozen:
            raise Refusal(say("Round %(round)d can still be planned anew: that makes thin tables well by itself.", round=number))
        if table not in live_tables.thin_tables(floor):
            raise Refusal(say("Table %(table)d has enough people in round %(round)d.", table=table, round=number))
        moves = live_tables.merge(floor, table)
        if not moves:
            text = "No table may take the people of table %(table)d, and nobody may come to them. Move somebody by hand."
            raise Refusal(say(text, table=table))
        ids = {attendee.public_id: attendee.id for attendee in desk.state.people.values()}
        for move in moves:
            change(desk, ids[move.person], number, move.table_to, Why.MERGE)
        desk.write(LiveDeed.MERGED, round=number, table=table, people=len(moves))
        desk.done("merged", round=number, table=table, people=len(moves))
        return moves


def undo_change(meetup_id: int, change_id: int, *, user_id: int, now: datetime) -> None:
    """Take back the newest move of a person in a round that is not over: they sit where they sat before."""
    with transaction():
        desk = hold(meetup_id, user_id=user_id, now=now)
        row = next((change for change in desk.state.changes if change.id == change_id), None)
        if row is None:
            raise Refusal(say("This move was taken back already."))
        _refuse_over(desk, row.round)
        _refuse_later_move(desk, row)
        row.undone_at, row.undone_by = now, user_id
        db.session.flush()
        desk.refuse_broken([row.round], say("A rule or wish speaks against their table from before. Move them by hand instead."))
        desk.write(LiveDeed.UNDONE, round=row.round, attendee_id=row.attendee_id, table=row.table_before)
        desk.done("move taken back", attendee=row.attendee_id, round=row.round)


def _refuse_over(desk: Desk, number: int) -> None:
    if not desk.state.first_open <= number <= desk.state.rounds:
        raise Refusal(say("Round %(round)d is over. Choose one under way or to come.", round=number))


def _refuse_later_move(desk: Desk, row: SeatChange) -> None:
    if any(other.id > row.id and (other.attendee_id, other.round) == (row.attendee_id, row.round) for other in desk.state.changes):
        raise Refusal(say("This person was moved once more since then. Take that move back first."))
