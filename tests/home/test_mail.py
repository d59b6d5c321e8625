"""The page of mail, sending again what did not arrive, and mail that comes back (trust P7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.foundation import clock, delivery
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import MailState, OutboxMail
from scheduler.visits.models import Visit
from tests.foundation.test_outbox import DSN, put, rows

Make = Callable[..., Visit]
SignIn = Callable[[User], FlaskClient]
SECRET = "a secret of twenty letters and more"


def set_state(mail: OutboxMail, state: MailState, error: str = "") -> None:
    with transaction():
        values = {"state": state, "error": error, "sent_at": clock.now() if state == MailState.SENT else None}
        db.session.execute(sa.update(OutboxMail).where(OutboxMail.id == mail.id).values(**values))
    db.session.expire_all()


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def test_organizers_see_what_did_not_arrive_with_the_reason(cast: SimpleNamespace, sign_in: SignIn) -> None:
    for address in ("ana@school.example", "ben@school.example"):
        put(address, to_name=address[:3].title())
    set_state(rows()[0], MailState.DEAD, "550 no such mailbox")

    browser = sign_in(cast.organizer)
    everything, dead = text_of(browser, "/workspace/mail"), text_of(browser, "/workspace/mail?state=dead")

    assert "1 mail did not arrive." in everything
    assert [[name in page for name in ("Ana", "Ben")] for page in (everything, dead)] == [[True, True], [True, False]]
    assert "550 no such mailbox" in dead
    kept = text_of(browser, "/workspace/mail?state=nonsense&kind=nothing&before=x")
    assert "Ana" in kept


@pytest.mark.parametrize("who", ["host", "viewer"])
def test_P8_mail_is_for_organizers_and_administrators(cast: SimpleNamespace, sign_in: SignIn, who: str) -> None:
    put()
    browser, mail_id = sign_in(getattr(cast, who)), rows()[0].id

    answers = [
        browser.get("/workspace/mail").status_code, browser.get(f"/workspace/mail/{mail_id}").status_code,
        browser.post(f"/workspace/mail/{mail_id}/again", data={"address": "ana@school.example"}).status_code,
    ]  # fmt: skip

    assert answers == [404] * 3


def test_a_corrected_mail_goes_again_as_a_new_one(cast: SimpleNamespace, sign_in: SignIn) -> None:
    put("ana@scool.example")
    dead = rows()[0]
    before = dead.message_id
    set_state(dead, MailState.DEAD, "550 no such mailbox")
    browser = sign_in(cast.organizer)

    wrong = browser.post(f"/workspace/mail/{dead.id}/again", data={"address": "ana@"})
    sent = browser.post(f"/workspace/mail/{dead.id}/again", data={"address": "ana@school.example"})
    twice = browser.post(f"/workspace/mail/{dead.id}/again", data={"address": "ana@school.example"})
    delivery.deliver_due()

    [mail] = rows()
    assert [answer.status_code for answer in (wrong, sent, twice)] == [422, 303, 409]
    assert "on its way or was delivered already" in twice.get_data(as_text=True)
    assert (mail.to_address, mail.state, mail.error, mail.message_id != before) == ("ana@school.example", MailState.KEPT, "", True)
    line = db.session.scalars(sa.select(AuditLine).where(AuditLine.what == "mail sent again")).one()
    assert (line.about, line.after) == (f"mail:{mail.id}", {"changed": ["to_address"]})


@pytest.mark.parametrize("template", ["accounts/mail/invitation", "registration/mail/verify"])
def test_P9_a_mail_that_proves_an_address_goes_to_no_other(cast: SimpleNamespace, sign_in: SignIn, template: str) -> None:
    put("ada@school.example", template=template)
    dead = rows()[0]
    set_state(dead, MailState.DEAD, "550 no")
    browser, press = sign_in(cast.organizer), f"/workspace/mail/{dead.id}/again"

    elsewhere = browser.post(press, data={"address": "olga@example.org"})
    there = browser.post(press, data={"address": "ada@school.example"})

    assert (elsewhere.status_code, there.status_code) == (409, 303)
    assert "so it goes to no other" in elsewhere.text
    assert [mail.to_address for mail in rows()] == ["ada@school.example"]


def test_what_a_later_mail_has_overtaken_does_not_go_again(cast: SimpleNamespace, sign_in: SignIn) -> None:
    put(chain="one-uid")
    put(chain="one-uid")
    set_state(rows()[0], MailState.DEAD, "550 no")

    answer = sign_in(cast.organizer).post(f"/workspace/mail/{rows()[0].id}/again", data={"address": "ana@school.example"})

    assert answer.status_code == 409
    assert "A later mail about this booking says how it is now" in answer.get_data(as_text=True)
    assert rows()[0].state == MailState.DEAD


def test_one_persons_mail_is_found_without_their_address_in_any_address(cast: SimpleNamespace, sign_in: SignIn) -> None:
    for address in ("ana@school.example", "ben@school.example", "ana@school.example"):
        put(address)
    browser = sign_in(cast.organizer)

    found = browser.post("/workspace/mail", data={"address": "ANA@school.example"})
    unknown = browser.post("/workspace/mail", data={"address": "nobody@school.example"})

    assert (found.status_code, found.location) == (303, f"/workspace/mail/{rows()[2].id}")
    page = text_of(browser, found.location)
    history = page.partition("Everything that went")[2]
    assert len(re.findall("Booking confirmed", history)) == 2
    assert unknown.status_code == 422
    assert "No mail was written to this address." in unknown.get_data(as_text=True)


def report(client: FlaskClient, secret: str = SECRET, **body: Any) -> int:
    return client.post("/mail/bounces", headers={"Authorization": f"Bearer {secret}"}, **body).status_code


def test_mail_that_comes_back_is_shown_with_the_reason(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "BOUNCE_SECRET", SECRET)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    for address in ("ana@school.example", "ben@school.example", "cy@school.example"):
        put(address)
    for mail in rows():
        set_state(mail, MailState.SENT)
    first, second, third = rows()

    answers = [
        report(client, json={"message_id": first.message_id, "reason": "550 mailbox\r\nfull"}),
        report(client, data=DSN.replace(b"<original@localhost>", second.message_id.encode()), content_type="message/rfc822"),
        report(client, json={"address": "CY@school.example", "reason": "slow", "final": False}),
        report(client, json={"message_id": "<unknown@localhost>"}),
        report(client, data=b"{", content_type="application/json"),
        report(client, secret=f"{SECRET}x", json={"message_id": third.message_id}),
    ]

    assert answers == [204, 204, 204, 204, 422, 404]
    assert [(mail.state, mail.error, mail.bounced_at is not None) for mail in rows()] == [
        (MailState.DEAD, "550 mailbox full", True), (MailState.DEAD, "550 5.1.1 no such mailbox", True), (MailState.SENT, "", False),
    ]  # fmt: skip


def test_ten_wrong_secrets_from_one_address_make_it_wait_and_nobody_else(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "BOUNCE_SECRET", SECRET)
    guesser, other = {"REMOTE_ADDR": "2001:db8::1"}, {"REMOTE_ADDR": "192.0.2.7"}
    body: dict[str, Any] = {"json": {"message_id": "<unknown@localhost>"}}

    guesses = [report(client, secret=f"guess {n}", environ_base=guesser, **body) for n in range(12)]
    waits = client.post(
        "/mail/bounces", headers={"Authorization": f"Bearer {SECRET}"}, environ_base={"REMOTE_ADDR": "2001:db8::ffff"}, **body
    )  # fmt: skip

    assert guesses == [404] * 10 + [429] * 2
    assert (waits.status_code, 0 < int(waits.headers["Retry-After"]) <= 60) == (429, True)
    assert report(client, environ_base=other, **body) == 204


def test_without_a_secret_nobody_reports(client: FlaskClient) -> None:
    assert (report(client, json={"address": "x"}), report(client, secret="", json={"address": "x"})) == (404, 404)
