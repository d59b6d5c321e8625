"""Work that a page does not wait for: rows in the database, claimed by workers, with progress one can watch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.foundation import clock
from scheduler.foundation.claims import claim
from scheduler.foundation.db import Model, db, one_of, transaction
from scheduler.foundation.errors import trail

MOST_ATTEMPTS = 3
LEASE = timedelta(seconds=60)


class JobState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Job(Model):
    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    about: Mapped[str] = mapped_column(sa.String(60), index=True)
    live_key: Mapped[str | None] = mapped_column(sa.String(80), unique=True)
    """While it is set no second job with the same key exists: pressing twice makes one plan. Cleared when the job ends."""
    payload: Mapped[dict[str, Any]]
    state: Mapped[JobState] = mapped_column(one_of(JobState), default=JobState.WAITING, index=True)
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict)
    stop_wanted: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str] = mapped_column(sa.String(500), default="")
    created_by: Mapped[int | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


asked = threading.Event()
"""Set where somebody waits for a job: the worker of this process looks at once, those of others within half a second"""

Handler = Callable[[Job], None]
_handlers: dict[str, Handler] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of one kind; it gets the row and writes its own results."""

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return register


def run_due() -> int:
    """Do one due job, if there is one; returns how many were done."""
    now = clock.now()
    due = sa.and_(Job.state == JobState.WAITING, Job.run_at <= now)
    ids = claim(Job, due, limit=1, now=now, lease=LEASE)
    for job_id in ids:
        _run(job_id)
    return len(ids)


def _run(job_id: int) -> None:
    job = db.session.get_one(Job, job_id)
    db.session.rollback()
    if job.attempts > MOST_ATTEMPTS:
        finish(job_id, error="It was started several times and never came to an end.")
        return
    try:
        _handlers[job.kind](job)
    except Exception as error:  # a job's bug is logged and shown at the job; the worker goes on with the next one
        current_app.logger.error("job %s failed\n%s", job_id, trail(error))
        finish(job_id, error=f"{type(error).__name__}: {error}")
    else:
        finish(job_id)


def finish(job_id: int, *, error: str = "") -> None:
    """The job has come to its end, well or badly; its key is free again."""
    values = {"state": JobState.FAILED if error else JobState.DONE, "error": error[:500], "live_key": None, "lease_until": None}
    with transaction():
        db.session.execute(sa.update(Job).where(Job.id == job_id).values(finished_at=clock.now(), **values))


def report(job_id: int, progress: dict[str, Any]) -> bool:
    """Write down how far a job is and keep its lease; True when somebody asked it to stop."""
    with transaction():
        return bool(
            db.session.scalar(
                sa.update(Job).where(Job.id == job_id).values(progress=progress, lease_until=clock.now() + LEASE).returning(Job.stop_wanted)
            )
        )
