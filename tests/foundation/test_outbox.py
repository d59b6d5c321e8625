"""Mail goes out once, in order, over a real SMTP server; what cannot be sent waits or is shown, and stops nothing (trust P5-P7)."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from flask import Flask

from scheduler.core.refusal import Refusal
from scheduler.foundation import bounces, clock, delivery, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import Mail, MailState, OutboxMail
from scheduler.visits.models import Visit
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
        self.visitor = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        self.visitor = session.host_name
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

    handled = [delivery.deliver_due(), delivery.deliver_due()]

    assert handled == [1, 0]
    assert mailbox.visitor == urlsplit(app.config["BASE_URL"]).hostname
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

    delivery.deliver_due()

    (message,) = mailbox.messages
    assert message["Bcc"] is None
    assert [address.addr_spec for address in message["To"].addresses] == ["ana@school.example"]


def test_refused_address_is_dead_with_the_reason_and_the_next_mail_goes_out(app: Flask, mailbox: Mailbox) -> None:
    put(to="nobody@school.example")
    put()

    delivery.deliver_due()

    refused, sent = rows()
    assert (refused.state, sent.state) == (MailState.DEAD, MailState.SENT)
    assert "550" in refused.error


def test_server_in_a_bad_mood_is_asked_again_later(app: Flask, mailbox: Mailbox) -> None:
    mailbox.answer = "451 come back later"
    put()

    delivery.deliver_due()

    (mail,) = rows()
    assert (mail.state, mail.attempts, mail.lease_until) == (MailState.WAITING, 1, None)
    assert mail.send_at > clock.now()
    assert mailbox.messages == []


def test_mail_that_cannot_be_built_is_shown_and_stops_nothing(app: Flask, mailbox: Mailbox) -> None:
    put(template="registration/mail/no_such_mail")
    put(to="two lines\n@example.org")
    put(facts={})  # what the template asks for is not there
    put()

    delivery.deliver_due()

    assert [mail.state for mail in rows()] == [*[MailState.DEAD] * 3, MailState.SENT]
    assert len(mailbox.messages) == 1


def test_mails_of_one_calendar_entry_keep_their_order(app: Flask, mailbox: Mailbox) -> None:
    put(template="registration/mail/confirmed", chain="one-uid")
    put(template="registration/mail/cancelled", chain="one-uid", facts=FACTS | {"by": "party"})
    with transaction():
        db.session.execute(sa.update(OutboxMail).where(OutboxMail.id == rows()[0].id).values(send_at=clock.now() + timedelta(hours=1)))

    handled = delivery.deliver_due()

    assert handled == 0
    assert mailbox.messages == []


def test_without_a_mail_server_mail_stays_readable(app: Flask) -> None:
    put()

    delivery.deliver_due()

    assert [mail.state for mail in rows()] == [MailState.KEPT]


def login(server: object, session: object, envelope: object, mechanism: str, said: LoginPassword) -> AuthResult:
    return AuthResult(success=(said.login, said.password) == (b"visits@example.org", b"p:w /@"), handled=False)


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_mail_and_password_go_only_to_a_server_that_shows_a_certificate_for_its_name(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scheme: str
) -> None:
    authority, handler, tls = trustme.CA(), Mailbox(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(tls)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    way = {"ssl_context": tls} if scheme == "smtps" else {"tls_context": tls, "require_starttls": True}
    controller = Controller(
        handler, hostname="127.0.0.1", port=free_port(), authenticator=login, auth_require_tls=scheme == "smtp", **way
    )  # fmt: skip
    controller.start()
    seen = []
    try:
        for host, trusted in (("localhost", ""), ("127.0.0.1", str(tmp_path / "ca.pem")), ("localhost", str(tmp_path / "ca.pem"))):
            monkeypatch.setenv("SSL_CERT_FILE", trusted)
            monkeypatch.setitem(app.config, "SMTP_URL", f"{scheme}://visits%40example.org:p%3Aw%20%2F%40@{host}:{controller.port}")
            put()
            delivery.deliver_due()
            seen.append((len(handler.messages), {mail.state for mail in rows()}))
            due_again()
    finally:
        controller.stop()

    assert seen == [(0, {MailState.WAITING}), (0, {MailState.WAITING}), (3, {MailState.SENT})]


def test_two_workers_never_take_the_same_mail(app: Flask, mailbox: Mailbox) -> None:
    for n in range(20):
        put(to=f"ana{n}@school.example")
    due = delivery._due(clock.now())

    first = delivery.claim(OutboxMail, due, limit=10, now=clock.now())
    second = delivery.claim(OutboxMail, due, limit=50, now=clock.now())

    assert (len(first), len(second), set(first) & set(second)) == (10, 10, set())


def test_mail_of_a_killed_worker_is_due_again_when_its_lease_ends(app: Flask, mailbox: Mailbox) -> None:
    put()
    delivery.claim(OutboxMail, delivery._due(clock.now()), limit=10, now=clock.now() - timedelta(minutes=3))

    delivery.deliver_due()

    assert [(mail.state, mail.attempts) for mail in rows()] == [(MailState.SENT, 2)]


class Mood:
    """A mail server that answers in a mood of its own: it keeps silent, hangs up after the mail, or is busy."""

    def __init__(self, mood: str) -> None:
        self.mood, self.taken = mood, 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        self.taken += 1
        if self.mood == "hangs":
            await asyncio.sleep(3)
        if self.mood == "drops":
            server.transport.close()
        return {"hangs": "250 OK", "drops": "250 OK"}.get(self.mood, self.mood)


@contextmanager
def server(app: Flask, mood: str) -> Iterator[Mood]:
    handler = Mood(mood)
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    app.config["SMTP_URL"] = f"smtp+plain://127.0.0.1:{controller.port}"
    try:
        yield handler
    finally:
        app.config["SMTP_URL"] = ""
        controller.stop()


def due_again() -> None:
    """Two minutes pass for mails that wait."""
    with transaction():
        earlier = clock.now() - timedelta(seconds=1)
        db.session.execute(sa.update(OutboxMail).where(OutboxMail.state == MailState.WAITING).values(send_at=earlier))


@pytest.mark.parametrize("mood", ["refuses", "hangs", "drops", "421 shutting down"])
def test_P5_P7_a_server_that_is_away_is_asked_once_and_every_mail_waits(app: Flask, monkeypatch: pytest.MonkeyPatch, mood: str) -> None:
    monkeypatch.setattr(delivery, "TIMEOUT", 0.5)
    for _ in range(3):
        put()
    with server(app, mood) as away:
        if mood == "refuses":
            app.config["SMTP_URL"] = f"smtp+plain://127.0.0.1:{free_port()}"
        delivery.deliver_due()
    now = clock.now()
    waiting = rows()

    assert [(mail.state, mail.attempts, mail.lease_until) for mail in waiting] == [
        (MailState.WAITING, 1, None), (MailState.WAITING, 0, None), (MailState.WAITING, 0, None),
    ]  # fmt: skip
    assert [timedelta(seconds=50) < mail.send_at - now <= timedelta(minutes=1) for mail in waiting] == [True] * 3
    assert away.taken == (0 if mood == "refuses" else 1)
    assert waiting[0].error


def test_P5_after_trouble_of_every_kind_each_mail_arrives_and_a_repeat_has_the_same_message_id(app: Flask, mailbox: Mailbox) -> None:
    put()
    url = app.config["SMTP_URL"]
    with server(app, "drops"):
        delivery.deliver_due()
    app.config["SMTP_URL"] = url
    put()
    due_again()

    delivery.deliver_due()

    assert [message["Message-ID"] for message in mailbox.messages] == [mail.message_id for mail in rows()]
    assert [(mail.state, mail.error) for mail in rows()] == [(MailState.SENT, "")] * 2


@pytest.mark.parametrize(("answer", "state"), [("550 spam", MailState.DEAD), ("451 busy", MailState.WAITING)])
def test_P7_what_one_mail_is_told_stops_no_other(app: Flask, answer: str, state: MailState) -> None:
    put()
    put()
    with server(app, answer):
        delivery.deliver_due()

    assert [(mail.state, mail.attempts, mail.error) for mail in rows()] == [(state, 1, answer)] * 2


def test_P5_a_mail_is_tried_for_two_days_with_growing_pauses_and_is_then_shown(app: Flask) -> None:
    put()
    app.config["SMTP_URL"] = f"smtp+plain://127.0.0.1:{free_port()}"
    waited = []
    try:
        while rows()[0].state == MailState.WAITING:
            db.session.remove()
            delivery.deliver_due()
            waited.append(rows()[0].send_at - clock.now())
            due_again()
            db.session.remove()
    finally:
        app.config["SMTP_URL"] = ""

    assert len(waited) == len(delivery.PAUSES) + 1
    assert waited[:-1] == sorted(waited[:-1])
    assert sum(delivery.PAUSES, timedelta()) == timedelta(hours=48)
    assert (rows()[0].state, rows()[0].error[:34]) == (MailState.DEAD, "The mail server cannot be reached:")


DSN = b"""From: mailer-daemon@mail.example.org
Message-ID: <report@mail.example.org>
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It did not work.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; Ana@School.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such mailbox
--b
Content-Type: text/rfc822-headers

Message-ID: <original@localhost>
Subject: Booked
--b--
"""


def test_a_report_of_a_mail_server_is_read() -> None:
    late = DSN.replace(b"Action: failed", b"Action: delayed")

    read = [bounces.read_report(data, is_json=False) for data in (DSN, late, DSN.replace(b"\n", b"\r\n"))]

    found = bounces.Bounce("<original@localhost>", "ana@school.example", "550 5.1.1 no such mailbox", is_final=True)
    assert read == [found, replace(found, is_final=False), found]


@pytest.mark.parametrize(
    ("data", "is_json"), [(b"", True), (b"[]", True), (b"{}", True), (b'{"message_id": 7}', True), (b"[" * 9999, True), (b"Hello", False)]
)
def test_what_is_no_report_is_refused(data: bytes, is_json: bool) -> None:
    with pytest.raises(Refusal):
        bounces.read_report(data, is_json=is_json)


def test_P6_who_books_does_not_wait_for_a_mail_server_that_keeps_silent(
    app: Flask, cast: SimpleNamespace, make_visit: Callable[..., Visit], book: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "TIMEOUT", 1.5)
    visit = make_visit(cast.here)
    put()

    def deliver() -> float:
        with app.app_context():
            delivery.deliver_due()
            db.session.remove()
        return time.monotonic()

    with server(app, "hangs") as silent, ThreadPoolExecutor(1) as pool:
        delivering = pool.submit(deliver)
        while not silent.taken:
            time.sleep(0.01)
        began = time.monotonic()
        booked = book(visit, 2)
        booked_at = time.monotonic()
        tried_at = delivering.result()
    print(f"booked in {1000 * (booked_at - began):.0f} ms, while the mail server kept silent for {tried_at - began:.1f} s")

    assert (booked.outcome.value, booked_at < tried_at - 0.5) == ("confirmed", True)
    assert [mail.state for mail in rows()] == [MailState.WAITING] * 2
