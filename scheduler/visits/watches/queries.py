"""Reads of watches: whom to tell of which dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from scheduler.foundation.db import db
from scheduler.registration.models import Gathering, GatheringState
from scheduler.visits.models import Visit, visit_focus_areas
from scheduler.visits.queries import visits
from scheduler.visits.watches.models import Watch


def find_watch(public_id: str) -> Watch | None:
    """A watch by its name in addresses."""
    return db.session.scalar(_with_names().where(Watch.public_id == public_id))


def watches_of(email: str) -> Sequence[Watch]:
    """What an address hears of, in the order in which it asked."""
    return db.session.scalars(_with_names().where(Watch.email == email, Watch.confirmed_at.is_not(None)).order_by(Watch.id)).all()


def lock_watches_of(email: str) -> Sequence[Watch]:
    """The same, held until the transaction ends."""
    held = sa.select(Watch).where(Watch.email == email, Watch.confirmed_at.is_not(None)).order_by(Watch.id).with_for_update()
    db.session.scalars(held.execution_options(populate_existing=True)).all()
    return watches_of(email)


def addresses_with_news(until: datetime, *, now: datetime) -> Sequence[str]:
    """Addresses for which a date was published that they were not told of."""
    found = sa.select(Watch.email).distinct().join(Visit, _watched()).join(Visit.gathering)
    return db.session.scalars(found.where(_new(until, now)).order_by(Watch.email)).all()


def news_for(email: str, until: datetime, *, now: datetime) -> Sequence[Visit]:
    """Those dates, soonest first, each once."""
    watched = sa.select(Visit.id).join(Watch, _watched()).join(Visit.gathering).where(Watch.email == email, _new(until, now))
    return db.session.scalars(visits().where(Visit.id.in_(watched)).order_by(Gathering.starts_at, Visit.id)).all()


def _with_names() -> sa.Select[Watch]:
    return sa.select(Watch).options(joinedload(Watch.school), joinedload(Watch.focus_area))


def _watched() -> sa.ColumnElement[bool]:
    about = sa.exists().where(visit_focus_areas.c.visit_id == Visit.id, visit_focus_areas.c.focus_area_id == Watch.focus_area_id)
    return sa.or_(Watch.school_id == Visit.school_id, about)


def _new(until: datetime, now: datetime) -> sa.ColumnElement[bool]:
    published = sa.and_(Visit.published_at > Watch.told_until, Visit.published_at <= until)
    return sa.and_(Watch.confirmed_at.is_not(None), published, Gathering.state == GatheringState.PUBLISHED, Gathering.starts_at > now)
