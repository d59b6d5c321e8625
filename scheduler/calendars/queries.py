"""Reads of calendars: what stands in a window of days, whose address this is, where a participant sits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import joinedload

from scheduler.accounts.models import User
from scheduler.calendars.models import FeedAddress, FeedKind
from scheduler.foundation.db import db
from scheduler.meetups.models import Meetup, Plan, PlanState, Seating, read_talks
from scheduler.meetups.timing import Talks
from scheduler.registration.models import Attendee, Gathering, GatheringKind, Registration


def public_gatherings(since: datetime, until: datetime, *, school_id: int | None = None, limit: int) -> Sequence[Gathering]:
    """Visits and meetups that are or were published, of one school or of all, in order; one statement however many."""
    chosen = _gatherings(since, until, limit)
    if school_id is not None:
        chosen = chosen.where(Gathering.school_id == school_id)
    return db.session.scalars(chosen).all()


def hosted_visits(since: datetime, until: datetime, *, school_ids: Collection[int] | None, limit: int) -> Sequence[Gathering]:
    """The visits of these schools, or of all."""
    chosen = _gatherings(since, until, limit).where(Gathering.kind == GatheringKind.VISIT)
    if school_ids is not None:
        chosen = chosen.where(Gathering.school_id.in_(school_ids))
    return db.session.scalars(chosen).all()


def _gatherings(since: datetime, until: datetime, limit: int) -> sa.Select[Any]:
    return (
        sa.select(Gathering)
        .where(Gathering.is_public, Gathering.ends_at >= since, Gathering.starts_at < until)
        .options(joinedload(Gathering.school))
        .order_by(Gathering.starts_at, Gathering.id)
        .limit(limit)
    )


def address_or_404(public_id: str) -> FeedAddress:
    """A private address that was not replaced."""
    found = db.session.scalar(sa.select(FeedAddress).where(FeedAddress.public_id == public_id))
    if found is None:
        abort(404)
    return found


def host_address(user_id: int) -> FeedAddress | None:
    """The address of somebody's own visits, if they made one."""
    return db.session.scalar(sa.select(FeedAddress).where(FeedAddress.kind == FeedKind.HOST, FeedAddress.user_id == user_id))


def participant_address(attendee_id: int) -> FeedAddress | None:
    """The address of a participant's rounds, if they made one."""
    return db.session.scalar(sa.select(FeedAddress).where(FeedAddress.kind == FeedKind.PARTICIPANT, FeedAddress.attendee_id == attendee_id))


def user_or_404(user_id: int | None) -> User:
    """Whose address it is."""
    found = db.session.get(User, user_id) if user_id is not None else None
    if found is None:
        abort(404)
    return found


def attendee_or_404(public_id: str) -> Attendee:
    """A participant by their name in addresses, with team and gathering."""
    return _attendee_or_404(Attendee.public_id == public_id)


def attendee_by_id_or_404(attendee_id: int | None) -> Attendee:
    """The same by id."""
    return _attendee_or_404(Attendee.id == attendee_id)


def _attendee_or_404(which: sa.ColumnElement[bool]) -> Attendee:
    team = joinedload(Attendee.registration).joinedload(Registration.gathering).joinedload(Gathering.school)
    found = db.session.scalar(sa.select(Attendee).where(which).options(team))
    if found is None or found.registration.gathering.kind != GatheringKind.MEETUP:
        abort(404)
    return found


@dataclass(frozen=True)
class PublishedRound:
    """Where a participant was last told to sit in a round; `is_live` while the plan that holds now says so too."""

    number: int
    table: int | None
    is_live: bool
    published_at: datetime
    """Of the newest plan, also when it no longer has this round"""
    talks: Talks = ()
    """Of the plan that told of this round"""


def published_rounds(attendee: Attendee) -> list[PublishedRound]:
    """Every round that a published plan ever gave to somebody, by number; one statement."""
    rows = db.session.execute(
        sa.select(Plan.state, Plan.published_at, Seating.round, Seating.table, Plan.told)
        .join(Meetup, Meetup.id == Plan.meetup_id)
        .outerjoin(Seating, sa.and_(Seating.plan_id == Plan.id, Seating.attendee_id == attendee.id))
        .where(Meetup.gathering_id == attendee.registration.gathering_id, Plan.published_at.is_not(None))
        .order_by(Plan.published_at, Plan.id)
    ).all()
    rounds: dict[int, PublishedRound] = {}
    for state, _published_at, number, table, told in rows:
        if number is not None:
            rounds[number] = PublishedRound(number, table, state == PlanState.PUBLISHED, rows[-1].published_at, read_talks(told))
    return [rounds[number] for number in sorted(rounds)]
