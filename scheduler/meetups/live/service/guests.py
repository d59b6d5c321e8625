"""Guests who come unannounced: they are seated at once, by a spare card or at the smallest table (rounds rules 8 and 10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit
from scheduler.foundation.db import transaction
from scheduler.meetups import service
from scheduler.meetups.live.service.desk import Desk, hold
from scheduler.meetups.live.service.sitting import Seat, arrives, sit_by_card, sit_down
from scheduler.meetups.live.spares import Spare, spares_of
from scheduler.registration.door import service as door
from scheduler.registration.door.service import WalkIn
from scheduler.registration.models import Attendee


@dataclass(frozen=True)
class Guest:
    """Somebody who was seated; with a card, where it leads."""

    name: str
    seats: Sequence[Seat]
    card: Spare | None = None

    @property
    def elsewhere(self) -> list[Seat]:
        """Where they do not sit as their card says."""
        return [seat for seat in self.seats if self.card and seat.table != self.card.table_of.get(seat.round)]


def welcome(meetup_id: int, wish: WalkIn, card: int | None, *, nonce: str, user_id: int, now: datetime) -> Guest:
    """Put somebody on the list who was not announced, and seat them at once; nobody else moves. The same nonce gives the same guest."""
    with transaction():
        gathering = service.hold(meetup_id)[1]
        party = door.let_in(gathering, wish, nonce=nonce, at=now, actor=audit.user(user_id), now=now)
        desk = hold(meetup_id, user_id=user_id, now=now)
        return _seated(desk, party.attendees[0].id, card)


def take_card(meetup_id: int, attendee_id: int, card: int, *, user_id: int, now: datetime) -> Guest:
    """Somebody on the list who has no seat, because they walked in at the door, has taken a spare card."""
    with transaction():
        return _seated(hold(meetup_id, user_id=user_id, now=now), attendee_id, card)


def _seated(desk: Desk, attendee_id: int, number: int | None) -> Guest:
    attendee = desk.person(attendee_id)
    card = _card(desk, attendee, number) if number else None
    arrives(desk, attendee)
    seats = sit_by_card(desk, attendee, card.table_of) if card else sit_down(desk, attendee)
    desk.done("guest seated", attendee=attendee.id, card=number)
    return Guest(attendee.name, seats, card)


def _card(desk: Desk, attendee: Attendee, number: int) -> Spare:
    card = next((spare for spare in spares_of(desk.meetup) if spare.number == number), None)
    if card is None:
        raise Refusal(say("There is no spare card %(n)d. Look at the number on the card once more.", n=number))
    seats = desk.state.seats
    is_theirs = all(seats[number].get(attendee.id) == table for number, table in card.table_of.items() if number in seats)
    if card.is_taken and not is_theirs:
        raise Refusal(say("Somebody sits by spare card %(n)d already. Take another card, or seat this guest without one.", n=number))
    return card
