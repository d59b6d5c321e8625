"""Mail goes out once, in order, over a real SMTP server; what cannot be sent waits or is shown, and stops nothing (trust P5-P7)."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from flask import Flask

from scheduler.foundation import clock, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import Mail, MailState, OutboxMail
from tests.foundation.ical_rules import assert_invitation_rules
from tests.server import free_port

NOW = clock.now()
FACTS = {
    "title": "Modules", "kind": "visit", "day": "Wednesday, December 2", "span": "9:00–11:30 am", "doors": "8:45 am", "zone": "New York",
    "school": "NYC iSchool", "place": "131 6th Ave", "arrival_notes": "", "page_url": "http://localhost/visits/x", "home_url": "http://localhost/",
    "people": 4, "reason": "", "link": {"name": "bcdfghjkmn", "round": 0},
}  # fmt: skip
ENTRY = {
    "uid": "bcdfghjkmnbcdfghjkmn@living-lab-scheduler", "sequence": 0, "created_at": "2026-11-02T15:00:00+00:00",
    "changed_at": "2026-11-02T15:00:00+00:00", "starts_at": "2026-12-02T14:00:00+00:00", "ends_at": "2026-12-02T16:30:00+00:00",
    "title": "Modules · iSchool", "description": "Four of you", "location": "131 6th Ave", "url": "http://localhost/visits/x",
    "cancelled": False, "categories": [],
}  # fmt: skip


class Mailbox:
    """Takes mail, or answers as it is told to."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.messages.append(email.message_from_bytes(content, policy=email.policy.default))  # type: ignore[arg-type]
        return self.answer

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if address.startswith("nobody"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.fixture
def mailbox(app: Flask) -> Iterator[Mailbox]:
    handler = Mailbox()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    app.config["SMTP_URL"] = f"smtp+plain://127.0.0.1:{controller.port}"
    yield handler
    app.config["SMTP_URL"] = ""
    controller.stop()


def put(to: str = "ana@school.example", **more: Any) -> None:
    facts: dict[str, Any] = {"template": "registration/mail/confirmed", "to_name": "Ana", "facts": FACTS, "about": "registration:1"}
    with transaction():
        outbox.add(Mail(to_address=to, **(facts | more)), now=NOW)


def rows() -> list[OutboxMail]:
    return list(db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)))


def test_mail_goes_out_once_with_text_html_and_invitation(app: Flask, mailbox: Mailbox) -> None:
    put(reply_to="host@school.example", invitation={"method": "REQUEST", "entry": ENTRY}, chain=ENTRY["uid"])

    handled = [outbox.deliver_due(), outbox.deliver_due()]

    assert handled == [1, 0]
    (message,) = mailbox.messages
    sent = rows()[0]
    assert (message["Message-ID"], message["Reply-To"], sent.state) == (sent.message_id, "host@school.example", MailState.SENT)
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics",
    ]  # fmt: skip
    invitation, attached = [part.get_payload(decode=True) for part in message.walk()][-2:]
    assert invitation == attached
    assert isinstance(invitation, bytes)
    _, address = app.config["MAIL_FROM"]
    assert_invitation_rules(invitation, method="REQUEST", organizer=address, attendee="ana@school.example")


@pytest.mark.parametrize("name", ["Ana\r\nBcc: all@example.org", "李小龍", 'Ana "the" <b>, López', "\u2028Ana\x0b"])
def test_hostile_name_injects_nothing(app: Flask, mailbox: Mailbox, name: str) -> None:
    put(to_name=name)

    outbox.deliver_due()

    (message,) = mailbox.messages
    assert message["Bcc"] is None
    assert [address.addr_spec for address in message["To"].addresses] == ["ana@school.example"]


def test_refused_address_is_dead_with_the_reason_and_the_next_mail_goes_out(app: Flask, mailbox: Mailbox) -> None:
    put(to="nobody@school.example")
    put()

    outbox.deliver_due()

    refused, sent = rows()
    assert (refused.state, sent.state) == (MailState.DEAD, MailState.SENT)
    assert "550" in refused.error


def test_server_in_a_bad_mood_is_asked_again_later(app: Flask, mailbox: Mailbox) -> None:
    mailbox.answer = "451 come back later"
    put()

    outbox.deliver_due()

    (mail,) = rows()
    assert (mail.state, mail.attempts, mail.lease_until) == (MailState.WAITING, 1, None)
    assert mail.send_at > clock.now()
    assert mailbox.messages == []


def test_mail_that_cannot_be_built_is_shown_and_stops_nothing(app: Flask, mailbox: Mailbox) -> None:
    put(template="registration/mail/no_such_mail")
    put(to="two lines\n@example.org")
    put()

    outbox.deliver_due()

    assert [mail.state for mail in rows()] == [MailState.DEAD, MailState.DEAD, MailState.SENT]
    assert len(mailbox.messages) == 1


def test_mails_of_one_calendar_entry_keep_their_order(app: Flask, mailbox: Mailbox) -> None:
    put(template="registration/mail/confirmed", chain="one-uid")
    put(template="registration/mail/cancelled", chain="one-uid", facts=FACTS | {"by": "party"})
    with transaction():
        db.session.execute(sa.update(OutboxMail).where(OutboxMail.id == rows()[0].id).values(send_at=clock.now() + timedelta(hours=1)))

    handled = outbox.deliver_due()

    assert handled == 0
    assert mailbox.messages == []


def test_without_a_mail_server_mail_stays_readable(app: Flask) -> None:
    put()

    outbox.deliver_due()

    assert [mail.state for mail in rows()] == [MailState.KEPT]


def test_two_workers_never_take_the_same_mail(app: Flask, mailbox: Mailbox) -> None:
    for n in range(20):
        put(to=f"ana{n}@school.example")
    due = outbox._due(clock.now())

    first = outbox.claim(OutboxMail, due, limit=10, now=clock.now())
    second = outbox.claim(OutboxMail, due, limit=50, now=clock.now())

    assert (len(first), len(second), set(first) & set(second)) == (10, 10, set())


def test_mail_of_a_killed_worker_is_due_again_when_its_lease_ends(app: Flask, mailbox: Mailbox) -> None:
    put()
    outbox.claim(OutboxMail, outbox._due(clock.now()), limit=10, now=clock.now() - timedelta(minutes=3))

    outbox.deliver_due()

    assert [(mail.state, mail.attempts) for mail in rows()] == [(MailState.SENT, 2)]
