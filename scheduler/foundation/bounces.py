"""Mail that came back: what a mail server or a mail service reports of it, read, and noted at the mail it is about."""

from __future__ import annotations

import email
import email.policy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

import sqlalchemy as sa

from scheduler.core.refusal import Refusal, say
from scheduler.core.text import tidy, without_unshowable
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import MailState, OutboxMail

MOST_REASON = 300
RECENT = timedelta(days=7)
"""A report that names no mail of ours is about the newest to its address that went out within these days"""


@dataclass(frozen=True)
class Bounce:
    """What a report says. One that is not `is_final` says only that mail is late."""

    message_id: str
    address: str
    reason: str
    is_final: bool


def read_report(data: bytes, *, is_json: bool) -> Bounce:
    r"""A report as JSON, or as the mail that mail servers send back (RFC 3464). Refuses what is neither.

    >>> read_report(b'{"message_id": "<a@b>", "reason": "550 no such mailbox"}', is_json=True)
    Bounce(message_id='<a@b>', address='', reason='550 no such mailbox', is_final=True)
    """
    bounce = _from_json(data) if is_json else _from_mail(data)
    if not (bounce.message_id or bounce.address):
        raise Refusal(say("The report names neither a message_id nor an address."))
    return bounce


def _from_json(data: bytes) -> Bounce:
    try:
        facts = json.loads(data)
    except (ValueError, RecursionError):
        raise Refusal(say("The report is no JSON.")) from None
    if not isinstance(facts, dict):
        raise Refusal(say("The report is no JSON object."))
    message_id, address, reason = (_line(facts.get(name, "")) for name in ("message_id", "address", "reason"))
    return Bounce(message_id, address.lower(), reason, facts.get("final", True) is True)


def _from_mail(data: bytes) -> Bounce:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    told: dict[str, str] = {}
    for part in _delivery_parts(message):
        told |= {name.lower(): str(value) for name, value in part.items()}
    if not told:
        raise Refusal(say("This is no report about a mail: it has no message/delivery-status part."))
    address = told.get("final-recipient", told.get("original-recipient", "")).rpartition(";")[2]
    reason = told.get("diagnostic-code", "").partition(";")[2] or told.get("status", "")
    return Bounce(_original_id(data), _line(address).lower(), _line(reason), told.get("action", "").strip().lower() == "failed")


def _delivery_parts(message: EmailMessage) -> Iterator[EmailMessage]:
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status" and isinstance(part.get_payload(), list):
            yield from part.get_payload()  # type: ignore[misc]


def _original_id(data: bytes) -> str:
    """The Message-ID of the mail that came back: the last one in the report, because the report's own stands first."""
    found = re.findall(rb"^Message-ID:\s*(<[^<>\s]{3,200}>)", data, re.IGNORECASE | re.MULTILINE)
    return found[-1].decode("ascii", "replace") if len(found) > 1 else ""


def _line(value: object) -> str:
    return tidy(without_unshowable(" ".join(value.split())))[:MOST_REASON] if isinstance(value, str) else ""


def note(bounce: Bounce, *, now: datetime) -> bool:
    """Note at the mail that it came back, so that staff see it with the reason; False where it is no mail of ours, or only late."""
    if not bounce.is_final:
        return False
    with transaction():
        mail = _mail_of(bounce, now)
        if mail is None:
            return False
        mail.state, mail.bounced_at = MailState.DEAD, now
        mail.error = bounce.reason or "It came back, and nobody says why."
    return True


def _mail_of(bounce: Bounce, now: datetime) -> OutboxMail | None:
    sent = sa.select(OutboxMail).where(OutboxMail.state == MailState.SENT).order_by(OutboxMail.id.desc()).limit(1).with_for_update()
    if bounce.message_id:
        return db.session.scalar(sent.where(OutboxMail.message_id == bounce.message_id))
    return db.session.scalar(sent.where(OutboxMail.to_address == bounce.address, OutboxMail.sent_at >= now - RECENT))
