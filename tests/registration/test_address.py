"""Mail about a booking goes elsewhere: confirmed at the new address, announced to the old (registration rule 5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from scheduler.core.refusal import Refusal
from scheduler.foundation import outbox
from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from scheduler.foundation.tokens import derived
from scheduler.registration import links, queries, service
from scheduler.registration.models import Person, Registration
from scheduler.registration.people import address
from scheduler.visits.models import Visit
from tests.people import MONDAY

Make = Callable[..., Visit]
Book = Callable[..., service.Booked]


def party_of(booked: service.Booked) -> Registration:
    db.session.rollback()
    db.session.expire_all()
    return queries.registration_or_404(booked.public_id)


def mails() -> list[tuple[str, str]]:
    db.session.rollback()
    return [(mail.template.rsplit("/", 1)[-1], mail.to_address) for mail in db.session.query(OutboxMail).order_by(OutboxMail.id)]


def own(client: FlaskClient, booked: service.Booked) -> str:
    party = party_of(booked)
    return str(client.get(f"/r/{party.public_id}/{derived(links.PARTY, party.public_id, party.link_round)}").location)


def test_new_address_counts_once_its_owner_has_said_so(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book, client: FlaskClient
) -> None:
    booked = book(make_visit(cast.here, in_days=20), 2, now=datetime.now(UTC))
    page, elsewhere = own(client, booked), app.test_client()

    asked = client.post(f"{page}/address", data={"email": " Tess@New.example "})
    mail = db.session.query(OutboxMail).filter_by(to_address="tess@new.example").one()
    [link] = re.findall(r"https?://[^/]+(/a/\S+)", outbox.render(mail).text)
    opened = elsewhere.get(link)
    before = party_of(booked).lead_email
    done = elsewhere.post(link)
    again = elsewhere.post(link)

    assert (asked.status_code, opened.status_code, before) == (303, 200, "tess@example.org")
    assert "Is tess@new.example your address?" in opened.text
    assert (done.location, party_of(booked).lead_email) == (page, "tess@new.example")
    assert mails()[1:] == [("address", "tess@new.example"), ("address_changed", "tess@example.org"), ("confirmed", "tess@new.example")]
    assert client.get(page).status_code == 404  # the old link and its cookie are dead
    assert elsewhere.get(page).status_code == 200
    assert again.status_code == 409
    assert [(person.name, person.email) for person in db.session.query(Person)] == [("Tess Teacher", "tess@new.example")]
    assert all(outbox.render(mail).text for mail in db.session.query(OutboxMail))


def test_address_that_has_seats_here_is_told_apart_only_behind_its_own_mail(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    booked, other = book(visit, 2), book(visit, 1)
    taken = party_of(other).lead_email

    address.ask_new_address(party_of(booked).id, taken, actor="link", now=MONDAY)
    with pytest.raises(Refusal) as refused:
        address.use_new_address(party_of(booked).id, taken, 0, now=MONDAY)

    assert mails()[-1] == ("address", taken)
    assert str(refused.value) == "This address has another booking here. Make that party larger, or cancel one of the two."
    assert party_of(booked).lead_email == "tess@example.org"


def test_one_address_gets_at_most_five_of_these_mails_an_hour(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    party = party_of(book(make_visit(cast.here), 2))

    for minute in range(8):
        address.ask_new_address(party.id, "somebody@x.org", actor="link", now=MONDAY + timedelta(minutes=minute))
    address.ask_new_address(party.id, "somebody@x.org", actor="link", now=MONDAY + timedelta(minutes=70))

    assert mails().count(("address", "somebody@x.org")) == 6


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ("tess at new", 422, "This is not an e-mail address. It looks like ana@school.org."),
        ("tess@EXAMPLE.org", 409, "Mail about this booking goes to tess@example.org already."),
    ],
)
def test_wrong_new_address_is_told_and_kept(
    cast: SimpleNamespace, make_visit: Make, book: Book, client: FlaskClient, typed: str, status: int, sentence: str
) -> None:
    booked = book(make_visit(cast.here, in_days=20), 2, now=datetime.now(UTC))

    answer = client.post(f"{own(client, booked)}/address", data={"email": typed})

    assert (answer.status_code, sentence in answer.text, f'value="{typed}"' in answer.text) == (status, True, True)


def test_link_that_was_changed_or_is_for_something_else_opens_nothing(client: FlaskClient, app: Flask) -> None:
    with app.test_request_context():
        right = links.address_url({"name": "nothing-there", "round": 0}, "a@x.org").partition("/a/")[2]

    assert [client.get(f"/a/{signed}").status_code for signed in ("x", right[:-1], right)] == [404, 404, 404]
