"""What time brings about at gatherings, for the worker to look for: what runs out, what is released, who must be asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from scheduler.core.school_days import cutoff
from scheduler.core.times import to_wall
from scheduler.foundation.db import db
from scheduler.registration.models import (
    Gathering,
    GatheringState,
    MoveRequest,
    MoveState,
    Offer,
    OfferState,
    Registration,
    RegistrationState,
    ReservedSeats,
)
from scheduler.schools import closures_queries as closures

LEAST_DAYS, LEAST_TIME = 3, time(9)
"""When the hosts of a visit with too few people are asked: so many school days before, at this time by their wall (rule 9)"""
LOOKS_AHEAD = timedelta(days=120)
"""No three school days are further apart than this, summer included"""


def to_settle(now: datetime) -> Sequence[int]:
    """Gatherings at which something has run out of time or is released, by id; one statement."""
    moves = sa.and_(MoveRequest.state == MoveState.WAITING, sa.or_(MoveRequest.expires_at <= now, MoveRequest.nudge_at <= now))
    begun = sa.select(Gathering.id).where(Gathering.id == Offer.gathering_id, Gathering.starts_at <= now).exists()
    offers = sa.and_(Offer.state == OfferState.OPEN, sa.or_(Offer.deadline <= now, begun))
    pools = sa.and_(~ReservedSeats.released, ReservedSeats.releases_at <= now)
    return _ids(
        sa.select(Registration.gathering_id).where(_ran_out(now)),
        sa.select(MoveRequest.gathering_id).where(moves),
        sa.select(Offer.gathering_id).where(offers),
        sa.select(ReservedSeats.gathering_id).where(pools),
    )


def _ran_out(now: datetime) -> sa.ColumnElement[bool]:
    held = sa.and_(Registration.state.in_([RegistrationState.UNVERIFIED, RegistrationState.PENDING]), Registration.expires_at <= now)
    return sa.or_(held, sa.and_(Registration.state == RegistrationState.PENDING, Registration.nudge_at <= now))


def _ids(*found: sa.Select[Any]) -> Sequence[int]:
    every = sa.union(*found).subquery()
    return db.session.scalars(sa.select(every.c.gathering_id).order_by(every.c.gathering_id)).all()


def too_small(now: datetime, *, only: int | None = None) -> Sequence[int]:
    """Visits with fewer confirmed people than they need whose hosts are asked now (rule 9), by id: three school days before,
    and once more when booking has ended. `only` looks at one."""
    people = sa.select(sa.func.coalesce(sa.func.sum(Registration.party_size), 0)).where(
        Registration.gathering_id == Gathering.id, Registration.state == RegistrationState.CONFIRMED
    )
    coming = sa.and_(Gathering.state == GatheringState.PUBLISHED, Gathering.starts_at > now, Gathering.starts_at <= now + LOOKS_AHEAD)
    once_more = sa.and_(Gathering.closes_at <= now, Gathering.least_asked_at < Gathering.closes_at)
    unasked = sa.and_(~Gathering.least_settled, sa.or_(Gathering.least_asked_at.is_(None), once_more))
    chosen = sa.select(Gathering).where(coming, unasked, people.scalar_subquery() < Gathering.least_people).order_by(Gathering.id)
    if only is not None:
        chosen = chosen.where(Gathering.id == only)
    return [gathering.id for gathering in db.session.scalars(chosen) if gathering.least_asked_at or now >= asked_at(gathering, now)]


def asked_at(gathering: Gathering, now: datetime) -> datetime:
    """When the hosts of a visit are asked for the first time whether it takes place with too few people."""
    today, day = to_wall(now, gathering.zone).date(), gathering.starts_wall.date()
    closed = closures.closed_days(gathering.school_id, today, day) if gathering.school_id else {}
    return cutoff(gathering.starts_wall, LEAST_DAYS, LEAST_TIME, gathering.zone, closed)
