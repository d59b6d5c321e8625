"""Who is away for a while, comes back, or leaves (rounds rule 8)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from scheduler.core.door import DeedKind
from scheduler.foundation.db import transaction
from scheduler.meetups.live.models import LiveDeed
from scheduler.meetups.live.service.desk import Desk, hold
from scheduler.meetups.live.service.sitting import Seat, arrives, sit_down, stay_away, tell_door
from scheduler.registration.models import AttendeeState


def mark_away(meetup_id: int, attendee_ids: Collection[int], *, user_id: int, now: datetime) -> None:
    """People are away from now on, until somebody says that they are back: in the round under way and in those to come."""
    with transaction():
        desk = hold(meetup_id, user_id=user_id, now=now)
        for attendee_id in sorted(set(attendee_ids)):
            _away(desk, attendee_id, LiveDeed.AWAY)
        desk.done("away", people=len(set(attendee_ids)))


def back_again(meetup_id: int, attendee_id: int, *, user_id: int, now: datetime) -> list[Seat]:
    """Somebody who was away or had left is back: at their table, if they still may sit there, else at the smallest that may take them."""
    with transaction():
        desk = hold(meetup_id, user_id=user_id, now=now)
        attendee = desk.person(attendee_id)
        if attendee.left_at is not None:
            arrives(desk, attendee)
        seats = sit_down(desk, attendee)
        desk.write(LiveDeed.HERE, round=desk.state.first_open, attendee_id=attendee_id)
        desk.done("back", attendee=attendee_id)
        return seats


def leave(meetup_id: int, attendee_id: int, *, user_id: int, now: datetime) -> None:
    """Somebody goes home; the door's list knows it, too."""
    with transaction():
        desk = hold(meetup_id, user_id=user_id, now=now)
        attendee = desk.person(attendee_id)
        if attendee.state == AttendeeState.ARRIVED and attendee.left_at is None:
            tell_door(desk, attendee, DeedKind.LEAVE)
        _away(desk, attendee_id, LiveDeed.LEFT)
        desk.done("left", attendee=attendee_id)


def _away(desk: Desk, attendee_id: int, deed: LiveDeed) -> None:
    desk.person(attendee_id)
    for number in range(desk.state.first_open, desk.state.rounds + 1):
        stay_away(desk, attendee_id, number, has_left=deed == LiveDeed.LEFT)
    desk.write(deed, round=min(desk.state.first_open, desk.state.rounds), attendee_id=attendee_id)
