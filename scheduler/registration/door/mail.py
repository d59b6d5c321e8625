"""Asks whoever runs a gathering to close its roster."""

from __future__ import annotations

from datetime import datetime

from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import Mail
from scheduler.foundation.templating import absolute
from scheduler.registration import host_mail, mail
from scheduler.registration import queries as registration
from scheduler.registration.door import queries
from scheduler.registration.models import Roster


def ask_to_close(gathering_id: int, now: datetime) -> None:
    """Two hours after the end the staff are asked, once, to say who came; nobody is absent by itself (rule 17)."""
    with transaction():
        gathering = registration.lock_gathering(gathering_id)
        if not queries.to_ask(now, only=gathering_id):  # asked by another worker, or closed by now
            return
        roster = queries.roster_of(gathering_id) or Roster(gathering_id=gathering_id)
        roster.asked_at = now
        db.session.add(roster)
        arrivals = queries.arrivals_of(gathering)
        facts = mail.facts_of(gathering) | {
            "manage_url": absolute("door_desk.roster", public_id=gathering.public_id),
            "arrived": arrivals.arrived, "unmarked": arrivals.unmarked,
        }  # fmt: skip
        for user in host_mail.staff_of(gathering):
            outbox.add(Mail("registration/mail/host_roster", user.email, user.name, facts, f"gathering:{gathering.id}"), now=now)
        audit.record("asked to close the roster", f"gathering:{gathering_id}", actor="job:clock", now=now, school_id=gathering.school_id)
