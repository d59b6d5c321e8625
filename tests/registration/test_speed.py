"""What a booking and the list ask of the database, and that what is made beforehand is what would be made each time."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from types import SimpleNamespace

from flask import Flask, render_template_string
from flask.testing import FlaskClient

from scheduler.registration.door import codes
from scheduler.registration.models import Registration
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


def test_list_takes_three_statements_however_many_visits_it_shows(
    client: FlaskClient, cast: SimpleNamespace, make_visit: Make, count_statements: Count
) -> None:
    make_visit(cast.here, in_days=20)
    one = count_statements(lambda: client.get("/"))
    for day in range(21, 26):
        make_visit(cast.there, in_days=day)

    assert (one, count_statements(lambda: client.get("/"))) == (3, 3)


def test_sentences_stand_in_compiled_pages_and_what_is_put_into_them_is_escaped(app: Flask) -> None:
    page = '{{ _("Tom & co") }} {{ _("for %(who)s", who=name) }} {% trans who=name %}100 % of {{ who }}{% endtrans %}'
    with app.test_request_context():
        shown = render_template_string(page, name="<b>")

    assert shown == "Tom & co for &lt;b&gt; 100 % of &lt;b&gt;"
    assert "gettext" not in str(app.jinja_env.compile(page, raw=True))


def test_code_of_a_name_is_what_the_library_draws() -> None:
    chance = random.Random(7)
    names = ["".join(chance.choices("BCDFGHJKMNPQRSTVWXZ", k=10)) for _ in range(40)]

    assert [codes.party_svg(Registration(public_id=name.lower())) for name in names] == [codes.svg(name) for name in names]
