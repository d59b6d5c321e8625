"""What the service remembers about itself: a row a name, with an instant."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.foundation.db import Model, db, transaction

MAIL_HELD = "mail held"
"""Since when no mail goes out, because this database was restored from a backup; no row: it goes"""
WORKER_SEEN = "worker seen"
"""When a worker last looked at the clock"""
EVERY = timedelta(minutes=1)
"""How often a worker writes down that it is there: each look would be a commit every few seconds for nothing"""


class Moment(Model):
    __tablename__ = "moments"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    at: Mapped[datetime]


def find(name: str) -> datetime | None:
    """The instant of a name."""
    return db.session.scalar(sa.select(Moment.at).where(Moment.name == name))


def note_worker(*, now: datetime) -> None:
    """A worker is there. Of several, one a minute writes it down."""
    seen = find(WORKER_SEEN)
    db.session.rollback()
    if seen is not None and seen > now - EVERY:
        return
    try:
        with transaction():
            changed = db.session.execute(sa.update(Moment).where(Moment.name == WORKER_SEEN).values(at=now).returning(Moment.name)).all()
            if not changed:
                db.session.add(Moment(name=WORKER_SEEN, at=now))
    except IntegrityError:  # another worker was quicker
        return
