"""What is done once a day at an hour of the wall clock: a row per name says on which day it was done last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.core.times import to_wall
from scheduler.foundation.claims import claim
from scheduler.foundation.db import Model, db, transaction
from scheduler.foundation.errors import trail

LEASE = timedelta(minutes=10)
"""After that long without an end, another worker begins anew"""
MOST_ATTEMPTS = 3


class DailyRun(Model):
    __tablename__ = "daily_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40), unique=True)
    done_on: Mapped[date]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]


Deed = Callable[[datetime], object]


@dataclass(frozen=True)
class Daily:
    """One thing to do each day, at or after `at` by the clock of `zone`. A day on which no worker runs is left out."""

    name: str
    at: time
    zone: Callable[[], ZoneInfo]
    deed: Deed

    def day_due(self, now: datetime) -> date | None:
        """Today, once the hour has come. An hour that the clocks skip has come when they have; one shown twice comes once."""
        wall = to_wall(now, self.zone())
        return wall.date() if wall.time() >= self.at else None


_dailies: dict[str, Daily] = {}


def every_day(name: str, *, at: time, zone: Callable[[], ZoneInfo]) -> Callable[[Deed], Deed]:
    """Register a function that a worker calls once a day with the time it is.

    It is called again when a worker was killed in the middle or it failed, so it writes what it did in transactions of its own.
    """

    def register(deed: Deed) -> Deed:
        _dailies[name] = Daily(name, at, zone, deed)
        return deed

    return register


def run_due(*, now: datetime) -> int:
    """Do what is due today and not done; returns how many deeds were begun. Of several workers one does each."""
    return sum(_run(daily, day, now) for daily in _dailies.values() if (day := daily.day_due(now)) is not None)


def _run(daily: Daily, day: date, now: datetime) -> int:
    _make_row(daily.name, day)
    due = sa.and_(DailyRun.name == daily.name, DailyRun.done_on < day)
    claimed = claim(DailyRun, due, limit=1, now=now, lease=LEASE)
    for run_id in claimed:
        _do(daily, run_id, day, now)
    return len(claimed)


def _make_row(name: str, day: date) -> None:
    known = db.session.scalar(sa.select(DailyRun.id).where(DailyRun.name == name))
    db.session.rollback()
    if known is not None:
        return
    try:
        with transaction():
            db.session.add(DailyRun(name=name, done_on=day - timedelta(days=1)))
    except IntegrityError:  # another worker was quicker
        return


def _do(daily: Daily, run_id: int, day: date, now: datetime) -> None:
    attempts = db.session.get_one(DailyRun, run_id, populate_existing=True).attempts
    db.session.rollback()
    if attempts > MOST_ATTEMPTS:
        current_app.logger.error("daily %s was begun %s times on %s and never came to an end", daily.name, MOST_ATTEMPTS, day)
        _done(run_id, day)
        return
    try:
        daily.deed(now)
    except Exception as error:  # it is in the log, and is tried again when the lease has run out
        current_app.logger.error("daily %s failed\n%s", daily.name, trail(error))
    else:
        _done(run_id, day)


def _done(run_id: int, day: date) -> None:
    with transaction():
        db.session.execute(sa.update(DailyRun).where(DailyRun.id == run_id).values(done_on=day, attempts=0, lease_until=None))
