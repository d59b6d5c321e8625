"""When the clock of the machine was set back: what was written with instants that are yet to come is put right, once."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app

from scheduler.foundation import moments
from scheduler.foundation.daily import DailyRun
from scheduler.foundation.db import db, transaction
from scheduler.foundation.jobs import Job, JobState
from scheduler.foundation.outbox import MailState, OutboxMail

FAR = timedelta(hours=1)
"""Clocks of two machines never differ by as much. What lies less far ahead comes due by itself within that time"""


def notice(*, now: datetime) -> bool:
    """Look when a worker was seen last: an instant far ahead means that the clock was wrong then, and is right now."""
    seen = moments.find(moments.WORKER_SEEN)
    db.session.rollback()
    if seen is None or seen <= now + FAR:
        return False
    current_app.logger.warning("the clock was set back: what was to happen later happens now")
    _mend(now)
    return True


def _mend(now: datetime) -> None:
    """Mail and jobs of that time are due now, nobody holds them any more, hourly limits count from now, and what is done once a day
    is done today. What was done is done: nothing of it is done again."""
    later, waits = now + FAR, MailState.WAITING
    with transaction():
        db.session.execute(
            sa.update(OutboxMail).where(OutboxMail.created_at > later, OutboxMail.state == waits).values(send_at=now, lease_until=None)
        )
        db.session.execute(sa.update(OutboxMail).where(OutboxMail.created_at > later).values(created_at=now))
        db.session.execute(sa.update(Job).where(Job.created_at > later, Job.state == JobState.WAITING).values(run_at=now))
        db.session.execute(sa.update(DailyRun).where(DailyRun.done_on > later.date()).values(done_on=now.date() - timedelta(days=1)))
        for table in (OutboxMail, Job, DailyRun):
            db.session.execute(sa.update(table).where(table.lease_until > later).values(lease_until=None))
        db.session.execute(sa.update(moments.Moment).where(moments.Moment.name == moments.WORKER_SEEN).values(at=now))
