"""The log of changes: administrators narrow it, page through it and take it along; nobody else sees it (workspace rule 6)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.foundation import audit
from scheduler.foundation.db import transaction
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


@pytest.mark.parametrize("who", ["host", "organizer", "viewer"])
def test_P8_log_is_for_administrators(cast: SimpleNamespace, sign_in: SignIn, who: str) -> None:
    assert [sign_in(getattr(cast, who)).get(page).status_code for page in ("/workspace/log", "/workspace/log/log.csv")] == [404, 404]
