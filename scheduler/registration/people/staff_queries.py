"""Reads for whoever runs a gathering: what changed among the people, and what one of them permitted when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import joinedload, selectinload

from scheduler.accounts.models import User
from scheduler.core.times import settle
from scheduler.foundation.db import db
from scheduler.registration.models import Attendee, Gathering, Registration, RosterChange

MOST_CHANGES = 300


def changes_since(gathering: Gathering, day: date) -> Sequence[RosterChange]:
    """What changed from the beginning of a day on, the newest first; the three hundred newest."""
    begins = settle(datetime(day.year, day.month, day.day), gathering.zone)  # noqa: DTZ001 - by the clock on the wall
    here = sa.and_(RosterChange.gathering_id == gathering.id, RosterChange.at >= begins)
    whom = joinedload(RosterChange.attendee).joinedload(Attendee.person)
    chosen = sa.select(RosterChange).where(here).options(whom, joinedload(RosterChange.registration))
    return db.session.scalars(chosen.order_by(RosterChange.at.desc(), RosterChange.id.desc()).limit(MOST_CHANGES)).all()


def attendee_or_404(gathering_id: int, public_id: str) -> Attendee:
    """Somebody of a gathering, with the party and every answer about permissions."""
    here = sa.and_(Attendee.public_id == public_id, Registration.gathering_id == gathering_id)
    chosen = sa.select(Attendee).join(Attendee.registration).where(here)
    found = db.session.scalar(chosen.options(joinedload(Attendee.person), selectinload(Attendee.consents)))
    if found is None:
        abort(404)
    return found


def staff_names(actors: Sequence[str]) -> dict[str, str]:
    """The names of those who are called user:<number> in our lists."""
    ids = {int(actor.removeprefix("user:")) for actor in actors if actor.startswith("user:") and actor[5:].isdecimal()}
    rows = db.session.execute(sa.select(User.id, User.name).where(User.id.in_(ids)))
    return {f"user:{user_id}": name for user_id, name in rows}
