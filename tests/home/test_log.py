"""The log of changes: administrators narrow it, page through it and take it along; nobody else sees it (workspace rule 6)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from tests.people import MONDAY

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def lines(cast: SimpleNamespace) -> None:
    """Five deeds, a day apart; the last one was done a hundred times."""
    deeds = [
        ("network changed", "network:1", f"user:{cast.administrator.id}", {"before": {"name": "Old"}, "after": {"name": "New"}}),
        ("signed in", f"user:{cast.host.id}", f"user:{cast.host.id}", {}),
        ("forgotten in time", "network:1", "job:retention", {"after": {"mail": 3}}),
        ("visit changed", "visit:1", f"user:{cast.host.id}", {"before": {"capacity": 12}, "after": {"capacity": 14}}),
        *[("visit changed", "visit:12", "link", {})] * 100,
    ]
    with transaction():
        for day, (what, about, actor, more) in enumerate(deeds):
            audit.record(what, about, actor=actor, now=MONDAY + timedelta(days=min(day, 4)), **more)


def deeds(client: FlaskClient, narrowed: str) -> list[tuple[str, str, str]]:
    """Who, what and which thing of each line of the file."""
    answer = client.get(f"/workspace/log/log.csv?{narrowed}")
    assert (answer.status_code, answer.content_type) == (200, "text/csv; charset=utf-8")
    return [(row["Who"], row["What"], row["Thing"]) for row in csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))]


def test_log_is_narrowed_by_who_what_thing_and_days(cast: SimpleNamespace, sign_in: SignIn, lines: None) -> None:
    client = sign_in(cast.administrator)
    host = f"user:{cast.host.id}"
    changed = (host, "visit changed", "visit:1")

    found = {
        narrowed: deeds(client, narrowed)
        for narrowed in (f"who={host}", "who=job", "what=signed+in", "thing=visit:1", "since=2026-11-05&until=2026-11-05", "who=greeter")
    }

    assert found == {
        f"who={host}": [changed, (host, "signed in", host)],
        "who=job": [("job:retention", "forgotten in time", "network:1")],
        "what=signed+in": [(host, "signed in", host)],
        "thing=visit:1": [changed],
        "since=2026-11-05&until=2026-11-05": [changed],
        "who=greeter": [],
    }
    assert len(deeds(client, "thing=visit")) == 101


def test_page_names_people_shows_before_and_after_and_leads_on(cast: SimpleNamespace, sign_in: SignIn, lines: None) -> None:
    client = sign_in(cast.administrator)

    first = unescape(client.get("/workspace/log?what=visit+changed").text)
    pages = [first]
    while 'rel="next"' in pages[-1]:
        pages.append(unescape(client.get(pages[-1].partition('rel="next" href="')[2].partition('"')[0]).text))

    assert [page.count(">visit:12</a>") for page in pages] == [50, 50, 0]
    assert "Hana Host" in pages[2]
    assert '<span class="hint">capacity</span> 12 → 14' in pages[2]
    assert "Nothing fits." in client.get("/workspace/log?thing=school").text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("since=2026-13-01", "There is no day 2026-13-01."), ("who=nobody", "Choose one of the list."), (f"thing={'x' * 61}", "up to 60 fit")],
)
def test_what_the_log_cannot_be_narrowed_by_is_said(cast: SimpleNamespace, sign_in: SignIn, typed: str, sentence: str) -> None:
    client = sign_in(cast.administrator)

    page, file = client.get(f"/workspace/log?{typed}"), client.get(f"/workspace/log/log.csv?{typed}")

    assert (page.status_code, file.status_code) == (422, 302)
    assert sentence in unescape(page.text)


@pytest.fixture
def hundred_more(cast: SimpleNamespace) -> list[int]:
    """More people than a plain list may hold, two of them with the same name; their numbers."""
    rows = [{"name": f"Staff Member {n % 100}", "email": f"staff-{n}@example.org", "created_at": MONDAY} for n in range(101)]
    with transaction():
        db.session.execute(sa.insert(User), rows)
    return list(db.session.scalars(sa.select(User.id).where(User.email.like("staff-%")).order_by(User.id)))


def test_up_to_a_hundred_people_stand_in_a_list_and_of_more_one_types_a_name(
    cast: SimpleNamespace, sign_in: SignIn, lines: None, request: pytest.FixtureRequest
) -> None:
    client = sign_in(cast.administrator)

    few = client.get("/workspace/log").text
    request.getfixturevalue("hundred_more")
    many = client.get(f"/workspace/log?who=user:{cast.host.id}").text

    assert (few.count(">Hana Host</option>"), 'method="get" action="/workspace/log"' in few) == (1, True)
    kinds_and_deeds = 4 + 1 + 4
    assert (many.count("<option"), 'method="post" action="/workspace/log"' in many) == (kinds_and_deeds, True)
    assert f'value="Hana Host (user:{cast.host.id})"' in many


def test_name_that_is_typed_leads_to_an_address_with_a_number(
    cast: SimpleNamespace, sign_in: SignIn, lines: None, hundred_more: list[int]
) -> None:
    client = sign_in(cast.administrator)
    host, alike = f"user:{cast.host.id}", (f"user:{hundred_more[0]}", f"user:{hundred_more[100]}")
    typed = (
        "hana host",
        host,
        f"Hana Host ({host})",
        f"Staff Member 0 ({alike[1]})",
        "The service by itself",
        "",
        "Staff Member 0",
        "Hanna Host",
    )

    answers = {who: client.post("/workspace/log", data={"who": who, "what": "visit changed", "since": ""}) for who in typed}

    at = "/workspace/log?"
    assert {who: unquote(answer.location or "") for who, answer in answers.items()} == {
        "hana host": f"{at}who={host}&what=visit+changed", host: f"{at}who={host}&what=visit+changed",
        f"Hana Host ({host})": f"{at}who={host}&what=visit+changed",
        f"Staff Member 0 ({alike[1]})": f"{at}who={alike[1]}&what=visit+changed",
        "The service by itself": f"{at}who=job&what=visit+changed", "": f"{at}what=visit+changed", "Staff Member 0": "", "Hanna Host": "",
    }  # fmt: skip
    refused = {who: unescape(answers[who].text) for who in ("Staff Member 0", "Hanna Host")}
    assert [answers[who].status_code for who in refused] == [422, 422]
    assert all(f'value="{who}"' in page for who, page in refused.items())
    assert f"Did you mean Staff Member 0 ({alike[0]}); Staff Member 0 ({alike[1]})" in refused["Staff Member 0"]
    assert f"“Hanna Host” is nobody’s name, or of more than one. Did you mean Hana Host ({host})?" in refused["Hanna Host"]


def test_names_near_what_is_typed_are_told_to_administrators(cast: SimpleNamespace, sign_in: SignIn, hundred_more: list[int]) -> None:
    found = {
        words: sign_in(cast.administrator).post("/workspace/log/names", data={"words": words}).json for words in ("staff member 9", "")
    }

    assert found == {"staff member 9": [f"Staff Member {n} (user:{hundred_more[n]})" for n in (9, 90, 91, 92, 93, 94, 95, 96)], "": []}


@pytest.mark.parametrize("who", ["host", "organizer", "viewer"])
def test_P8_log_is_for_administrators(cast: SimpleNamespace, sign_in: SignIn, who: str) -> None:
    client = sign_in(getattr(cast, who))

    assert [client.get(page).status_code for page in ("/workspace/log", "/workspace/log/log.csv")] == [404, 404]
    assert [client.post(page).status_code for page in ("/workspace/log", "/workspace/log/names")] == [404, 404]
