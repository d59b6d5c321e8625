"""Mail to be sent: rows written in the transaction that caused them, delivered at least once with a fixed Message-ID."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app, render_template
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.core.text import without_unshowable
from scheduler.foundation import ical
from scheduler.foundation.db import Model, db, one_of
from scheduler.foundation.tokens import new_public_id


class MailState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    KEPT = "kept"
    """No mail server is set: readable in development, sent to nobody."""
    DEAD = "dead"


class OutboxMail(Model):
    __tablename__ = "outbox_mails"
    __table_args__ = (
        sa.Index("ix_outbox_mails_state_send_at", "state", "send_at"),
        sa.Index("ix_outbox_mails_state", "state", "id"),
        sa.Index("ix_outbox_mails_template", "template", "id"),
        sa.Index("ix_outbox_mails_chain", "chain"),
    )

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


GOES_WHILE_HELD = set[str]()
"""Kinds of mail that go even while mail is held: what lets staff in to look at a restored copy. Rooms add theirs."""

Stop = Callable[[Mapping[str, Any]], str]
_stops: dict[str, Stop] = {}


def stopped_at(template: str) -> Callable[[Stop], Stop]:
    """Register what gives the address at which mails of one kind are stopped (RFC 8058): for mails that somebody subscribed to.

    What answers a booking has none: whoever stopped it would no longer hear that a visit is cancelled.
    """

    def register(stop: Stop) -> Stop:
        _stops[template] = stop
        return stop

    return register


def new_message_id() -> str:
    """The Message-ID of a new mail; it stays through all tries, so that a mail sent twice is seen to be one."""
    return f"<{new_public_id()}.{new_public_id()}@{urlsplit(current_app.config['BASE_URL']).hostname}>"


def add(mail: Mail, *, now: datetime) -> None:
    """Write a mail into the outbox, inside the transaction of the deed that causes it. Who left no address gets none."""
    if not mail.to_address:
        return
    row = {
        "message_id": new_message_id(), "template": mail.template, "to_address": mail.to_address, "to_name": mail.to_name,
        "reply_to": mail.reply_to, "facts": dict(mail.facts), "about": mail.about, "chain": mail.chain,
        "invitation": dict(mail.invitation) if mail.invitation else None, "created_at": now, "send_at": mail.send_at or now,
    }  # fmt: skip
    db.session.execute(_ADDED, row)


_ADDED = sa.insert(db.metadata.tables["outbox_mails"]).inline()
"""Of the table, as nobody reads a mail again in the transaction that wrote it: half of what a mapped object takes"""


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
    if stop := _stops.get(mail.template):
        message["List-Unsubscribe"] = f"<{stop(mail.facts)}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(rendered.text)
    message.add_alternative(rendered.html, subtype="html")
    if rendered.calendar is not None:
        message.add_alternative(rendered.calendar, "text", "calendar", params={"method": rendered.method, "charset": "UTF-8"})
        message.make_mixed()
        message.add_attachment(rendered.calendar, "application", "ics", filename="invite.ics")
    return message
