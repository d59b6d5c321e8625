"""How calendar programs are answered (calendars H01 to H14)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from threading import Barrier
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from scheduler.accounts.models import User
from scheduler.calendars import feeds, links, pieces, queries, service
from scheduler.calendars.queries import Scope
from scheduler.foundation.db import db, transaction
from scheduler.foundation.feeds import marks, raise_feeds, raise_names
from scheduler.registration.models import Gathering
from scheduler.visits import service as visits
from scheduler.visits.models import Visit
from tests.people import MONDAY, details

Make = Callable[..., Visit]
FEED = "/feeds/network.ics"
CAPACITY = details().capacity


@pytest.fixture
def addresses(app: Flask, cast: SimpleNamespace, make_visit: Make) -> list[str]:
    """One address of each kind that everybody, or whoever holds it, may fetch."""
    visit = make_visit(cast.here)
    service.make_host_address(cast.host.id, now=MONDAY)
    private = queries.host_address(cast.host.id)
    assert private is not None
    path = links.private_url(private).removeprefix(app.config["BASE_URL"])
    return [FEED, f"/feeds/schools/{cast.here.slug}.ics", path, f"/visits/{visit.gathering.public_id}.ics"]


def told(answer: TestResponse) -> tuple[int, bytes]:
    return answer.status_code, answer.data


def test_H01_H02_H09_every_client_gets_the_same_bytes_whatever_it_is_and_whoever_is_signed_in(
    app: Flask, client: FlaskClient, addresses: list[str], cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient]
) -> None:
    odd = {"Accept": "text/html", "Accept-Language": "es, de", "User-Agent": "Google-Calendar-Importer", "Cookie": "scheduler=x"}
    for address in addresses:
        plain = client.get(address)
        feeds.body_of.cache_clear()
        pieces.forget()
        others = [client.get(address), app.test_client().get(address, headers=odd), sign_in(cast.administrator).get(address)]

        assert plain.status_code == 200
        assert plain.content_type == "text/calendar; charset=utf-8"
        assert ".ics" in plain.headers["Content-Disposition"]
        assert [(answer.data, answer.headers["ETag"]) for answer in others] == [(plain.data, plain.headers["ETag"])] * 3


def test_H08_H13_feeds_may_be_kept_for_minutes_and_carry_no_cookie(
    addresses: list[str], client: FlaskClient, cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient]
) -> None:
    for address in addresses:
        for browser in (client, sign_in(cast.host)):
            answer = browser.get(address, headers={"Accept-Encoding": "gzip"})

            kept = "private" if "private" in address else "public"
            assert answer.headers["Cache-Control"] == f"{kept}, max-age=300"
            assert {"Set-Cookie", "Vary", "Content-Encoding", "Location"} & set(answer.headers.keys()) == set()


def test_H04_what_is_known_already_is_not_sent_again(addresses: list[str], client: FlaskClient) -> None:
    for address in addresses:
        mark = client.get(address).headers["ETag"]
        known = [mark, f"W/{mark}", f'"other", {mark}, "more"', "*"]

        answers = [client.get(address, headers={"If-None-Match": value}) for value in known]

        assert [told(answer) for answer in answers] == [(304, b"")] * 4
        assert {answer.headers["ETag"] for answer in answers} == {mark}
        same = ("Cache-Control", "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy")
        assert len({tuple(answer.headers[name] for name in same) for answer in answers}) == 1
        assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_H05_H06_H07_a_time_counts_where_no_mark_is_named_and_only_if_it_is_a_time(addresses: list[str], client: FlaskClient) -> None:
    for address in addresses:
        first = client.get(address)
        mark, changed = first.headers["ETag"], first.headers["Last-Modified"]
        asked = [
            {"If-Modified-Since": changed},
            {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
            {"If-Modified-Since": "last week"},
            {"If-Modified-Since": changed, "If-None-Match": '"other"'},
            {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT", "If-None-Match": mark},
        ]

        statuses = [client.get(address, headers=headers).status_code for headers in asked]

        assert statuses == [304, 200, 200, 200, 304]
        assert parsedate_to_datetime(changed) <= datetime.now(UTC)


def test_H10_head_is_get_without_the_body_and_nothing_is_posted(addresses: list[str], client: FlaskClient) -> None:
    for address in addresses:
        whole, head = client.get(address), client.head(address)

        same = ("Content-Type", "Content-Length", "ETag", "Last-Modified", "Cache-Control", "Content-Disposition")
        assert told(head) == (200, b"")
        assert [head.headers[name] for name in same] == [whole.headers[name] for name in same]
        refused = [client.open(address, method=method) for method in ("POST", "PUT", "DELETE")]
        assert [(answer.status_code, set(answer.headers["Allow"].split(", "))) for answer in refused] == [
            (405, {"GET", "HEAD", "OPTIONS"})
        ] * 3


def test_H11_unknown_wrong_and_replaced_addresses_are_not_there(
    app: Flask, client: FlaskClient, addresses: list[str], cast: SimpleNamespace
) -> None:
    old = addresses[2]
    before = client.get(old).status_code
    service.make_host_address(cast.host.id, now=MONDAY)
    new = queries.host_address(cast.host.id)
    assert new is not None
    works = links.private_url(new).removeprefix(app.config["BASE_URL"])
    key = works.rpartition("/")[2]
    wrong = [
        old, works.replace(key, old.rpartition("/")[2]), works.replace(key, "%C3%A9.ics"), works.replace(key, f"x{key}"),
        works.replace(new.public_id, "x"), "/feeds/schools/nowhere.ics", "/visits/nowhere.ics", "/feeds/everything.ics",
    ]  # fmt: skip

    assert (before, client.get(works).status_code) == (200, 200)
    assert [client.get(address).status_code for address in wrong] == [404] * len(wrong)


def test_H12_crawlers_may_read_public_feeds(client: FlaskClient) -> None:
    rules = client.get("/robots.txt").get_data(as_text=True)

    assert not [line for line in rules.splitlines() if line.startswith(("Disallow: /feeds", "Disallow: /visits"))]
    assert "Disallow: /\n" not in f"{rules}\n"


def test_mark_and_time_move_on_with_everything_that_changes_bytes(client: FlaskClient, cast: SimpleNamespace, make_visit: Make) -> None:
    visit, other = make_visit(cast.here), make_visit(cast.there)

    def rename_the_school() -> None:
        with transaction():
            school = db.session.merge(cast.here)
            school.short_name = "Collegiate"
            raise_names([school.id], now=MONDAY)

    def delete() -> None:
        with transaction():
            db.session.delete(db.session.get_one(Visit, other.id))
            db.session.delete(db.session.get_one(Gathering, other.gathering_id))
            raise_feeds(["network"], now=MONDAY)

    steps: list[Callable[[], object]] = [
        lambda: visits.edit_visit(visit.id, details(title="Another title"), version=visit.gathering.version, actor="x", now=MONDAY),
        rename_the_school,
        lambda: visits.cancel_visit(visit.id, "Snow", actor="x", now=MONDAY),
        delete,
    ]
    seen = [feeds.body_of(feed := feeds.public(Scope(), now=MONDAY)).mark]
    times = [feed.changed_at]
    for step in steps:
        step()
        seen.append(feeds.body_of(feed := feeds.public(Scope(), now=MONDAY)).mark)
        times.append(feed.changed_at)

    assert len(set(seen)) == len(steps) + 1
    assert [after - before >= timedelta(seconds=1) for before, after in pairwise(times)] == [True] * len(steps)


def test_mark_and_time_move_on_when_a_day_leaves_the_window(app: Flask, cast: SimpleNamespace, make_visit: Make) -> None:
    make_visit(cast.here, starts_wall=datetime(2026, 11, 10, 9), ends_wall=datetime(2026, 11, 10, 11))
    last = datetime(2027, 1, 9, 23, 59, tzinfo=UTC)

    before, after = (feeds.public(Scope(), now=now) for now in (last, last + timedelta(minutes=1)))

    assert b"BEGIN:VEVENT" in feeds.body_of(before).data
    assert b"BEGIN:VEVENT" not in feeds.body_of(after).data
    assert after.changed_at > before.changed_at


def test_two_changes_that_meet_a_feed_for_the_first_time_at_once_both_count(app: Flask) -> None:
    start = Barrier(8)

    def change(n: int) -> None:
        start.wait()
        with app.app_context(), transaction():
            raise_feeds(["network", f"school:{n % 2}", "network"], now=MONDAY)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(change, range(8)))

    found = {mark.feed: mark.version for mark in marks("network", "school:0", "school:1", "school:2")}
    assert found == {"network": 8, "school:0": 4, "school:1": 4}


def test_changes_within_one_second_are_a_second_apart(app: Flask) -> None:
    with transaction():
        raise_feeds(["network"], now=MONDAY)
        raise_feeds(["network"], now=MONDAY)

    assert [(mark.version, mark.changed_at - MONDAY) for mark in marks("network")] == [(2, timedelta(seconds=1))]


def test_H09_another_process_writes_the_same_bytes(app: Flask, client: FlaskClient, cast: SimpleNamespace, make_visit: Make) -> None:
    make_visit(cast.here, title="Ünïcødé, and so on")
    here = client.get(FEED)
    program = (
        "import sys; from scheduler import create_app\n"
        "app = create_app({'TESTING': True, 'SQLALCHEMY_DATABASE_URI': sys.argv[1], 'SECRET_KEY': 'other'})\n"
        "answer = app.test_client().get('/feeds/network.ics'); print(answer.headers['ETag'])"
    )
    uri = app.config["SQLALCHEMY_DATABASE_URI"]
    there = subprocess.run([sys.executable, "-c", program, uri], capture_output=True, text=True, check=True)

    assert there.stdout.strip() == here.headers["ETag"]
