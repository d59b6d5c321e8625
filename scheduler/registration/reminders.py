"""What the clock makes us do at a gathering: settle what ran out, ask hosts of small visits."""

from __future__ import annotations

from datetime import datetime

from scheduler.foundation import audit
from scheduler.foundation.db import transaction
from scheduler.registration import due, host_mail, queries, service
from scheduler.registration.models import RegistrationState


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
