"""What people do with private calendar addresses: make one, and replace it when somebody else has seen it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from scheduler.accounts.models import User
from scheduler.calendars import fetches
from scheduler.calendars.models import FeedAddress, FeedKind
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.registration.models import Attendee, Registration

Owner = type[User] | type[Attendee] | type[Registration]


def make_host_address(user_id: int, *, now: datetime) -> str:
    """Give a host an address of their own; one they had before is dead from now on. Returns its public id."""
    with transaction():
        _hold(User, user_id)
        return _replace(FeedAddress(kind=FeedKind.HOST, user_id=user_id), FeedAddress.user_id == user_id, audit.user(user_id), now)


def make_participant_address(attendee_id: int, *, now: datetime) -> str:
    """The same for a participant of a meetup, who came by a mailed link."""
    with transaction():
        _hold(Attendee, attendee_id)
        return _replace(
            FeedAddress(kind=FeedKind.PARTICIPANT, attendee_id=attendee_id), FeedAddress.attendee_id == attendee_id, "link", now
        )


def make_registration_address(registration_id: int, *, now: datetime) -> str:
    """The same for a party, whose lead came by a mailed link."""
    with transaction():
        _hold(Registration, registration_id)
        own = FeedAddress(kind=FeedKind.REGISTRATION, registration_id=registration_id)
        return _replace(own, FeedAddress.registration_id == registration_id, "link", now)


def _hold(owner: Owner, owner_id: int) -> None:
    """Two clicks at once leave one address."""
    db.session.scalars(sa.select(owner.id).where(owner.id == owner_id).with_for_update()).one()


def _replace(address: FeedAddress, earlier: sa.ColumnElement[bool], actor: str, now: datetime) -> str:
    dead = sa.delete(FeedAddress).where(FeedAddress.kind == address.kind, earlier).returning(FeedAddress.public_id)
    for public_id in db.session.scalars(dead).all():
        fetches.forget(public_id)
    address.public_id, address.created_at = new_public_id(), now
    db.session.add(address)
    db.session.flush()
    audit.record("calendar address made", f"feed_address:{address.id}", actor=actor, now=now, after={"kind": address.kind.value})
    return address.public_id
