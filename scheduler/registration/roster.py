"""What changed among the people of a party, for whoever runs the gathering (registration rule 5); inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from scheduler.foundation.db import db
from scheduler.registration.models import Attendee, ChangeKind, Registration, RosterChange


def note(registration: Registration, attendee: Attendee | None, kind: ChangeKind, *, actor: str, now: datetime) -> None:
    """Write down that one place changed; not who had it."""
    db.session.flush()
    db.session.add(
        RosterChange(
            gathering_id=registration.gathering_id, registration_id=registration.id, attendee_id=attendee.id if attendee else None,
            kind=kind, actor=actor, at=now,
        )
    )  # fmt: skip


def note_size(registration: Registration, before: Collection[Attendee], *, actor: str, now: datetime) -> None:
    """Write down which places a party has more, and how many it has fewer, than before."""
    for attendee in registration.attendees:
        if attendee not in before:
            note(registration, attendee, ChangeKind.ADDED, actor=actor, now=now)
    for _ in set(before) - set(registration.attendees):
        note(registration, None, ChangeKind.LEFT, actor=actor, now=now)
