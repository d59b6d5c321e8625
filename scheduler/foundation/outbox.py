"""Mail to be sent: rows written in the transaction that caused them, delivered at least once with a fixed Message-ID."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
from flask import current_app, render_template
from jinja2 import TemplateError
from sqlalchemy.orm import Mapped, aliased, mapped_column

from scheduler.core.text import without_unshowable
from scheduler.foundation import clock, ical
from scheduler.foundation.claims import claim
from scheduler.foundation.db import Model, db, one_of, transaction
from scheduler.foundation.tokens import new_public_id

PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440)]
"""How long after each failure the next try waits; two days in all, then a person looks."""


class MailState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    KEPT = "kept"
    """No mail server is set: readable in development, sent to nobody."""
    DEAD = "dead"


class OutboxMail(Model):
    __tablename__ = "outbox_mails"
    __table_args__ = (sa.Index("ix_outbox_mails_state_send_at", "state", "send_at"), sa.Index("ix_outbox_mails_chain", "chain"))

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(sa.String(80), unique=True)
    template: Mapped[str] = mapped_column(sa.String(80))
    to_address: Mapped[str] = mapped_column(sa.String(254), index=True)
    to_name: Mapped[str] = mapped_column(sa.String(200))
    reply_to: Mapped[str | None] = mapped_column(sa.String(254))
    facts: Mapped[dict[str, Any]]
    """What the template is filled with; JSON"""
    invitation: Mapped[dict[str, Any] | None]
    """The calendar entry that travels along: {"method": REQUEST or CANCEL, "entry": ical.entry_to_json(…)}"""
    about: Mapped[str] = mapped_column(sa.String(60), index=True)
    chain: Mapped[str | None] = mapped_column(sa.String(255))
    """Mails of one chain (a calendar UID) go out in order"""
    created_at: Mapped[datetime]
    send_at: Mapped[datetime]
    state: Mapped[MailState] = mapped_column(one_of(MailState), default=MailState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    """When a mail server further on gave it back"""
    error: Mapped[str] = mapped_column(sa.String(500), default="")


@dataclass(frozen=True)
class Mail:
    """One mail to one person. `template` names templates/<template>.txt and .html, which set subject and body."""

    template: str
    to_address: str
    to_name: str
    facts: Mapping[str, Any]
    about: str
    reply_to: str | None = None
    invitation: Mapping[str, Any] | None = None
    chain: str | None = None
    send_at: datetime | None = None


@dataclass
class Rendered:
    """A mail as it will be read."""

    subject: str
    text: str
    html: str
    calendar: bytes | None = None
    method: str = ""


def add(mail: Mail, *, now: datetime) -> None:
    """Write a mail into the outbox, inside the transaction of the deed that causes it. Who left no address gets none."""
    if not mail.to_address:
        return
    host = urlsplit(current_app.config["BASE_URL"]).hostname
    db.session.add(
        OutboxMail(
            message_id=f"<{new_public_id()}.{new_public_id()}@{host}>", template=mail.template, to_address=mail.to_address,
            to_name=mail.to_name, reply_to=mail.reply_to, facts=dict(mail.facts), about=mail.about, chain=mail.chain,
            invitation=dict(mail.invitation) if mail.invitation else None, created_at=now, send_at=mail.send_at or now,
        )
    )  # fmt: skip


def recently_to(address: str, template: str, *, since: datetime) -> int:
    """How many mails of one kind went to an address since an instant: for limits that need no counter of their own."""
    return db.session.scalar(
        sa.select(sa.func.count())
        .select_from(OutboxMail)
        .where(OutboxMail.to_address == address, OutboxMail.template == template, OutboxMail.created_at >= since)
    ) or 0  # fmt: skip


def render(mail: OutboxMail) -> Rendered:
    """Fill the templates of a mail; needs an application context, no request."""
    facts = {"to_name": mail.to_name, **mail.facts}
    text = render_template(f"{mail.template}.txt", **facts)
    first, _, body = text.strip().partition("\n")
    subject = without_unshowable(first.removeprefix("Subject:").strip())
    rendered = Rendered(subject, body.strip() + "\n", render_template(f"{mail.template}.html", subject=subject, **facts))
    if mail.invitation:
        rendered.method = mail.invitation["method"]
        organizer_name, organizer_address = current_app.config["MAIL_FROM"]
        rendered.calendar = ical.invitation_bytes(
            ical.entry_from_json(mail.invitation["entry"]), method=rendered.method, organizer_name=organizer_name,
            organizer_address=organizer_address, attendee_name=mail.to_name, attendee_address=mail.to_address,
        )  # fmt: skip
    return rendered


def build(mail: OutboxMail) -> EmailMessage:
    """The message as it goes over the wire (RFC 5322; calendar parts as RFC 6047 asks)."""
    rendered = render(mail)
    name, address = current_app.config["MAIL_FROM"]
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = Address(without_unshowable(mail.to_name), addr_spec=mail.to_address)
    message["Subject"] = rendered.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    if mail.reply_to:
        message["Reply-To"] = Address(addr_spec=mail.reply_to)
    message.set_content(rendered.text)
    message.add_alternative(rendered.html, subtype="html")
    if rendered.calendar is not None:
        message.add_alternative(rendered.calendar, "text", "calendar", params={"method": rendered.method, "charset": "UTF-8"})
        message.make_mixed()
        message.add_attachment(rendered.calendar, "application", "ics", filename="invite.ics")
    return message


def deliver_due(*, limit: int = 50) -> int:
    """Send what is due; returns how many rows were handled. A mail that fails waits; it never stops the others."""
    now = clock.now()
    ids = claim(OutboxMail, _due(now), limit=limit, now=now)
    if not ids:
        return 0
    smtp = None
    for mail_id in ids:
        smtp = _deliver(mail_id, smtp)
    if smtp is not None:
        _quit(smtp)
    return len(ids)


def _due(now: datetime) -> sa.ColumnElement[bool]:
    earlier = aliased(OutboxMail)
    waits_for_earlier = (
        sa.select(earlier.id)
        .where(earlier.chain == OutboxMail.chain, earlier.id < OutboxMail.id, earlier.state == MailState.WAITING)
        .exists()
    )  # fmt: skip
    return sa.and_(OutboxMail.state == MailState.WAITING, OutboxMail.send_at <= now, ~waits_for_earlier)


def _deliver(mail_id: int, smtp: smtplib.SMTP | None) -> smtplib.SMTP | None:
    mail = db.session.get_one(OutboxMail, mail_id)
    try:
        message = build(mail)
    except (ValueError, TypeError, KeyError, TemplateError) as error:  # this mail cannot be built, ever: staff see it with the reason
        _settle(mail_id, MailState.DEAD, error=f"The mail cannot be built: {error}")
        return smtp
    if not current_app.config["SMTP_URL"]:
        _settle(mail_id, MailState.SENT if current_app.config["PRODUCTION"] else MailState.KEPT)
        return None
    try:
        smtp = smtp or connect(current_app.config["SMTP_URL"])
        smtp.send_message(message)
    except (OSError, smtplib.SMTPException, ValueError) as error:  # ValueError: a password that SMTP has no letters for
        _fail(mail_id, mail.attempts, error)
        if smtp is not None:
            smtp.close()  # whatever the server thinks now, the next mail begins anew
        return None
    _settle(mail_id, MailState.SENT)
    return smtp


def connect(url: str) -> smtplib.SMTP:
    """A connection to the mail server of an smtp://, smtps:// or smtp+plain:// address."""
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=20)
    else:
        smtp = smtplib.SMTP(host, parts.port or (587 if parts.scheme == "smtp" else 25), timeout=20)
    try:
        if parts.scheme == "smtp":
            smtp.starttls()
        if parts.username:
            smtp.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        smtp.close()
        raise
    return smtp


def _quit(smtp: smtplib.SMTP) -> None:
    try:
        smtp.quit()
    except (OSError, smtplib.SMTPException):
        smtp.close()


def _fail(mail_id: int, attempts: int, error: Exception) -> None:
    refused = isinstance(error, smtplib.SMTPRecipientsRefused) and all(code >= 500 for code, _ in error.recipients.values())
    if refused or attempts > len(PAUSES):
        _settle(mail_id, MailState.DEAD, error=str(error))
    else:
        _settle(mail_id, MailState.WAITING, error=str(error), send_at=clock.now() + PAUSES[min(attempts, len(PAUSES)) - 1])


def _settle(mail_id: int, state: MailState, *, error: str = "", send_at: datetime | None = None) -> None:
    values: dict[str, Any] = {"state": state, "error": error[:500], "lease_until": None}
    if state == MailState.SENT:
        values["sent_at"] = clock.now()
    if send_at:
        values["send_at"] = send_at
    with transaction():
        db.session.execute(sa.update(OutboxMail).where(OutboxMail.id == mail_id).values(**values))
