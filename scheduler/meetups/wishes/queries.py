"""Reads of wishes: the rows of a meetup, and who said that they need a step-free way."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from scheduler.foundation.db import db
from scheduler.meetups.wishes.models import MeetupWish
from scheduler.registration.models import AccessNeeds, Attendee, Registration, RegistrationState

STEP_FREE = "step_free"
"""The need by its word in core/people.py"""


def wishes_of(meetup_id: int) -> Sequence[MeetupWish]:
    """All wishes with whom they name, in the order in which they were made."""
    chosen = sa.select(MeetupWish).where(MeetupWish.meetup_id == meetup_id).options(selectinload(MeetupWish.named))
    return db.session.scalars(chosen.order_by(MeetupWish.id)).all()


def find_wish(meetup_id: int, wish_id: int) -> MeetupWish | None:
    """One wish of this meetup."""
    return db.session.scalar(sa.select(MeetupWish).where(MeetupWish.meetup_id == meetup_id, MeetupWish.id == wish_id))


def step_free_of(gathering_id: int) -> frozenset[str]:
    """Who said at registration that they need a step-free way, by public id. For the engine and organizers only."""
    rows = db.session.execute(
        sa.select(Attendee.public_id, AccessNeeds.needs)
        .join(AccessNeeds, AccessNeeds.attendee_id == Attendee.id)
        .join(Attendee.registration)
        .where(Registration.gathering_id == gathering_id, Registration.state == RegistrationState.CONFIRMED)
    )
    return frozenset(public_id for public_id, needs in rows if STEP_FREE in needs)
