"""Attendance certificates: what one says, its code, and what a third person learns from the code. Nothing of them is stored."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from scheduler.core import certificates
from scheduler.core.certificates import Code
from scheduler.core.refusal import Refusal, Sentence, say
from scheduler.registration.models import Attendee, Gathering
from scheduler.visits.after import queries

PURPOSE = "certificate code"


@dataclass(frozen=True)
class Certificate:
    """What is true of one person at one visit."""

    attendee: Attendee

    @property
    def gathering(self) -> Gathering:
        return self.attendee.registration.gathering

    @property
    def name(self) -> str:
        return self.attendee.name

    @property
    def hours(self) -> Sentence:
        gathering, attendee = self.gathering, self.attendee
        minutes = certificates.attended_minutes(gathering.starts_at, gathering.ends_at, attendee.arrived_at, attendee.left_at)
        return certificates.hours_text(minutes)

    @property
    def code(self) -> str:
        return str(Code(self.attendee.public_id, _seal(self.attendee.public_id)))


def _seal(name: str) -> str:
    """Seven letters that only this installation's secret gives (HMAC-SHA256, RFC 2104)."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return certificates.seal_of(hmac.digest(secret, f"{PURPOSE}\n{name}".encode(), "sha256"))


def certificate_of(attendee: Attendee, now: datetime) -> Certificate | None:
    """The certificate of somebody who has a name and was there; None for everybody else."""
    return Certificate(attendee) if attendee.name and queries.was_there(attendee, now) else None


def find(typed: str, *, now: datetime) -> Certificate:
    """The certificate with a code. Refuses what can be no code, and what no certificate has: both look the same from outside,
    whether the seal is wrong or nobody with that name was there."""
    code = certificates.read(typed)
    attendee = queries.find_attendee(code.name) if hmac.compare_digest(code.seal, _seal(code.name)) else None
    found = certificate_of(attendee, now) if attendee else None
    if found is None:
        raise Refusal(say("No certificate has this code."))
    return found
