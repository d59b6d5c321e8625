"""Reads for the landing pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import abort

from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from scheduler.registration.models import Gathering, GatheringKind, GatheringState, Registration, RegistrationState
from scheduler.schools.models import FocusArea, School

EXPECTED = timedelta(days=7)
"""People are counted so far ahead: further on most have not booked yet"""


@dataclass(frozen=True)
class Counts:
    """The network in numbers."""

    schools: int
    open_visits: int
    people_expected: int


def counts(*, now: datetime) -> Counts:
    """Schools, visits to come, and people booked for those of the next days."""
    coming = sa.and_(Gathering.kind == GatheringKind.VISIT, Gathering.state == GatheringState.PUBLISHED, Gathering.starts_at > now)
    soon = sa.select(Gathering.id).where(coming, Gathering.starts_at <= now + EXPECTED)
    people = sa.select(sa.func.coalesce(sa.func.sum(Registration.party_size), 0))
    people = people.where(Registration.gathering_id.in_(soon), Registration.state == RegistrationState.CONFIRMED)
    return Counts(
        db.session.scalar(sa.select(sa.func.count(School.id))) or 0,
        db.session.scalar(sa.select(sa.func.count()).select_from(Gathering).where(coming)) or 0,
        int(db.session.scalar(people) or 0),
    )


def find_school(slug: str) -> School | None:
    """A school of the directory by its name in addresses."""
    return db.session.scalar(sa.select(School).where(School.slug == slug))


def find_focus_area(slug: str) -> FocusArea | None:
    """A focus area by its name in addresses."""
    return db.session.scalar(sa.select(FocusArea).where(FocusArea.slug == slug))


def newest_mails() -> Sequence[OutboxMail]:
    """The hundred newest mails."""
    return db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id.desc()).limit(100)).all()


def mail_or_404(mail_id: int) -> OutboxMail:
    """One mail."""
    mail = db.session.get(OutboxMail, mail_id)
    if mail is None:
        abort(404)
    return mail
