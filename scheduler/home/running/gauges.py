"""How things stand in the database, in numbers for Prometheus: read when it asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from importlib.metadata import version
from typing import Any

import sqlalchemy as sa

from scheduler.foundation import moments
from scheduler.foundation.db import db
from scheduler.foundation.jobs import Job, JobState
from scheduler.foundation.metrics import Labels, family
from scheduler.home.mail import queries as mail
from scheduler.meetups.models import Plan
from scheduler.registration.models import Gathering


def lines(*, now: datetime) -> Iterator[str]:
    """Everything that is counted here."""
    yield from family("scheduler_info", "gauge", "The version that runs.", [({"version": version("living-lab-scheduler")}, 1)])
    yield from _mail(now)
    states = _by(Job.state, [JobState.WAITING, JobState.FAILED])
    yield from family("scheduler_jobs", "gauge", "Work in the background that waits, and that failed in the last 30 days.", states)
    yield from family("scheduler_gatherings", "gauge", "Gatherings by kind and state.", _gatherings())
    yield from _plans()
    yield from _ages(now)


def _mail(now: datetime) -> Iterator[str]:
    counts = [({"state": state.value}, float(number)) for state, number in mail.counts().items()]
    yield from family("scheduler_outbox_mails", "gauge", "Mails by state; dead ones were given up and need somebody.", counts)
    oldest = mail.oldest_waiting(now)
    age = (now - oldest).total_seconds() if oldest else 0.0
    yield from family("scheduler_outbox_oldest_seconds", "gauge", "Age of the oldest mail that should have gone.", [({}, age)])
    held = float(mail.held_since() is not None)
    yield from family("scheduler_mail_held", "gauge", "1 while a restored copy holds its mail.", [({}, held)])


def _by(column: Any, states: list[Any]) -> list[tuple[Labels, float]]:
    rows = db.session.execute(sa.select(column, sa.func.count()).group_by(column))
    found = Counter({row[0]: row[1] for row in rows})
    return [({"state": state.value}, float(found[state])) for state in states]


def _gatherings() -> list[tuple[Labels, float]]:
    rows = db.session.execute(sa.select(Gathering.kind, Gathering.state, sa.func.count()).group_by(Gathering.kind, Gathering.state))
    return [({"kind": _word(kind), "state": _word(state)}, float(number)) for kind, state, number in rows]


def _word(value: StrEnum) -> str:
    return value.value


def _plans() -> Iterator[str]:
    number, seconds = db.session.execute(sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Plan.seconds), 0.0))).one()
    yield from family("scheduler_plan_seconds_sum", "counter", "Seconds that plans took to make.", [({}, float(seconds))])
    yield from family("scheduler_plan_seconds_count", "counter", "Plans that were made.", [({}, float(number))])


def _ages(now: datetime) -> Iterator[str]:
    seen = moments.find(moments.WORKER_SEEN)
    values: list[tuple[Labels, float]] = [({}, (now - seen).total_seconds())] if seen else []
    yield from family("scheduler_worker_seen_seconds", "gauge", "Since when no worker was seen; 60 and a little more is usual.", values)
