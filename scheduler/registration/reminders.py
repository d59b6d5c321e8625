"""What the clock makes us do at a gathering: settle what ran out, ask hosts of small visits, send mails at times of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from scheduler.core.reminders import Planned, ReminderKind
from scheduler.core.times import to_wall
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.registration import due, host_mail, mail, queries, service
from scheduler.registration.models import Gathering, Registration, RegistrationState, Reminder


def settle(gathering_id: int, now: datetime) -> None:
    """End what has run out of time at a gathering, and give what came free to those who wait."""
    service.settle(gathering_id, now=now)


def ask_least(gathering_id: int, now: datetime) -> None:
    """Ask the hosts whether a visit takes place with fewer people than it needs; it is never cancelled by itself (rule 9)."""
    with transaction():
        gathering = queries.lock_gathering(gathering_id)
        if not due.too_small(now, only=gathering_id):  # asked by another worker, settled, or large enough now
            return
        people = sum(party.party_size for party in queries.live_registrations(gathering_id, RegistrationState.CONFIRMED))
        gathering.least_asked_at = now
        host_mail.send("least", None, gathering, people=people, least=gathering.least_people, now=now)
        audit.record("asked about too few people", f"gathering:{gathering_id}", actor="job:clock", now=now, school_id=gathering.school_id)


def remind(gathering_id: int, now: datetime) -> None:
    """Send the mails of a visit that are due now, each party and the hosts one at most (rule 15)."""
    with transaction():
        gathering = queries.lock_gathering(gathering_id)
        for registration_id, planned in due.mails_due([gathering], now).get(gathering_id, {}).items():
            if registration_id is None:
                _tell_hosts(gathering, now)
            else:
                outbox.add(_mail(planned[-1].kind, queries.registration(registration_id), gathering, now), now=now)
            _write_down(gathering, registration_id, planned, now)


def _mail(kind: ReminderKind, registration: Registration, gathering: Gathering, now: datetime) -> outbox.Mail:
    if kind == ReminderKind.WEEK:
        return mail.week(registration, gathering)
    if kind == ReminderKind.TRIED:
        return mail.tried(registration, gathering)
    is_today = to_wall(now, gathering.zone).date() == gathering.starts_wall.date()
    return mail.day_before(registration, gathering, is_today=is_today)


def _tell_hosts(gathering: Gathering, now: datetime) -> None:
    """Who comes, in parties: their names and sizes, and of nobody else in them anything."""
    parties = queries.live_registrations(gathering.id, RegistrationState.CONFIRMED)
    listed = [{"lead": party.lead_name, "organization": party.organization, "people": party.party_size} for party in parties]
    host_mail.send(
        "digest", None, gathering, parties=listed, coming=sum(party.party_size for party in parties), capacity=gathering.capacity,
        pending=len(queries.pending_of(gathering.id)), waiting=queries.waiting_of([gathering.id]).get(gathering.id, 0), now=now,
    )  # fmt: skip


def _write_down(gathering: Gathering, registration_id: int | None, planned: Sequence[Planned], now: datetime) -> None:
    day = gathering.starts_wall.date()
    db.session.add_all(
        Reminder(
            gathering_id=gathering.id, registration_id=registration_id, kind=each.kind, day=day, sent_at=now,
            merged=each is not planned[-1],
        )
        for each in planned
    )  # fmt: skip
