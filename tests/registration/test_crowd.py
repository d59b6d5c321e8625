"""One network of addresses sends so many bookings an hour, and no more; whoever shares it with a program is told when to come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from scheduler.foundation.db import db
from scheduler.registration.models import Registration
from scheduler.visits.models import Visit

Make = Callable[..., Visit]


@pytest.fixture
def two_an_hour(app: Flask) -> Iterator[None]:
    before, app.config["BOOKINGS_AN_HOUR"] = app.config["BOOKINGS_AN_HOUR"], 2
    yield
    app.config["BOOKINGS_AN_HOUR"] = before


def send(client: FlaskClient, visit: Visit, number: int, address: str = "192.0.2.7") -> TestResponse:
    typed = {
        "key": f"a key of its own, {number}", "lead_name": f"Tess {number}", "lead_email": f"tess.{number}@example.org",
        "organization": "Somewhere", "party_size": "1", "photo_rule": "y",
    }  # fmt: skip
    path = f"/visits/{visit.gathering.public_id}/book"
    return client.post(path, data=typed, environ_base={"REMOTE_ADDR": address})


def test_third_booking_of_an_hour_is_not_taken_and_stays_typed(
    client: FlaskClient, cast: SimpleNamespace, make_visit: Make, two_an_hour: None
) -> None:
    visit = make_visit(cast.here, in_days=20)

    answers = [send(client, visit, number) for number in range(3)]
    elsewhere = send(client, visit, 3, "192.0.2.8")

    assert [answer.status_code for answer in (*answers, elsewhere)] == [303, 303, 409, 303]
    assert "this one was not taken. Send it again in 60 minutes." in answers[2].text
    assert 'value="tess.2@example.org"' in answers[2].text
    assert db.session.scalar(sa.select(sa.func.count(Registration.id))) == 3


def test_without_a_limit_nothing_is_counted(
    client: FlaskClient, cast: SimpleNamespace, make_visit: Make, app: Flask, two_an_hour: None
) -> None:
    app.config["BOOKINGS_AN_HOUR"] = 0
    visit = make_visit(cast.here, in_days=20)

    assert [send(client, visit, number).status_code for number in range(3)] == [303] * 3


def test_what_books_nothing_counts_too_and_a_form_sent_again_does_not(
    client: FlaskClient, cast: SimpleNamespace, make_visit: Make, two_an_hour: None
) -> None:
    visit, full = make_visit(cast.here, in_days=20), make_visit(cast.there, in_days=21, capacity=1)
    send(client, full, 0, "192.0.2.8")

    answers = [send(client, visit, 1), send(client, visit, 1), send(client, full, 2), send(client, full, 3), send(client, visit, 1)]

    assert [answer.status_code for answer in answers] == [303, 303, 409, 409, 303]
    assert ["Very many bookings" in answer.text for answer in answers] == [False, False, False, True, False]
    assert db.session.scalar(sa.select(sa.func.count(Registration.id))) == 2
