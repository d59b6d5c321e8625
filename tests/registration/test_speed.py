"""What a booking asks of the database, and that pieces of pages are told apart by what they show."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace

from flask import Flask, render_template_string
from flask.testing import FlaskClient

from scheduler.visits.models import Visit

Make = Callable[..., Visit]
Count = Callable[[Callable[[], object]], int]


def typed(page: str, school: str) -> dict[str, str]:
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    return {
        "key": key[1], "lead_name": "Tess", "lead_email": "tess@example.org", "organization": school, "party_size": "1",
        "photo_rule": "y",
    }  # fmt: skip


def book_one(client: FlaskClient, visit: str, school: str) -> str:
    """The page, the form, the confirmation; returns what the last one says."""
    page = client.get(f"/visits/{visit}")
    sent = client.post(f"/visits/{visit}/book", data=typed(page.text, school))
    return str(client.get(sent.headers["Location"]).text)


def test_booking_takes_at_most_twenty_statements_however_many_are_booked(
    client: FlaskClient, cast: SimpleNamespace, make_visit: Make, count_statements: Count
) -> None:
    first, second = (make_visit(cast.here, in_days=20).gathering.public_id for _ in range(2))
    school, said = cast.there.name, list[str]()

    one = count_statements(lambda: said.append(book_one(client, first, school)))
    another = count_statements(lambda: said.append(book_one(client, second, school)))

    assert ["You are booked: 1 person." in page for page in said] == [True, True]
    assert (one <= 20, another <= 20) == (True, True)


def test_kept_piece_follows_what_it_shows_and_nobody_elses_is_shown(app: Flask) -> None:
    page = "{% for name in names %}{% kept name %}<b>{{ name }}</b>{% endkept %}{% endfor %}"
    with app.test_request_context():
        shown = [render_template_string(page, names=names) for names in (["Ana", "Bo"], ["Bo", "<Cy>"], ["Ana"])]

    assert shown == ["<b>Ana</b><b>Bo</b>", "<b>Bo</b><b>&lt;Cy&gt;</b>", "<b>Ana</b>"]


def test_piece_of_nothing_is_rendered_each_time(app: Flask) -> None:
    with app.test_request_context():
        shown = [render_template_string("{% kept none %}{{ n }}{% endkept %}", n=n) for n in (1, 2)]

    assert shown == ["1", "2"]
