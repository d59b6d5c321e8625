"""What a calendar program sees from one fetch to the next (calendars S01 to S07)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.calendars import links, queries, service
from scheduler.core.access import AccessRole
from scheduler.foundation.db import db, transaction
from scheduler.foundation.feeds import raise_names
from scheduler.visits import service as visits
from scheduler.visits.models import Visit
from tests.calendars.conftest import Fetch
from tests.foundation.ical_rules import Component
from tests.people import MONDAY, details

Make = Callable[..., Visit]
LATER = MONDAY + timedelta(days=1)

TOLD: dict[str, dict[str, Any]] = {
    "start": {"starts_wall": datetime(2026, 12, 2, 9, 30)},
    "end": {"ends_wall": datetime(2026, 12, 2, 12, 0)},
    "day": {"starts_wall": datetime(2026, 12, 3, 9, 0), "ends_wall": datetime(2026, 12, 3, 11, 30)},
    "place": {"place": "Room 5"},
}
UNTOLD: dict[str, dict[str, Any]] = {"title": {"title": "Portfolios"}, "doors": {"doors_minutes": 30}}


def edit(visit: Visit, **more: Any) -> None:
    now = db.session.get_one(Visit, visit.id, populate_existing=True)
    visits.edit_visit(visit.id, details(**more), version=now.gathering.version, actor="user:1", now=LATER)


def stamps(event: Component) -> tuple[str, str]:
    return event["LAST-MODIFIED"], event["DTSTAMP"]


@pytest.mark.parametrize("what", TOLD)
def test_S03_S04_a_new_time_or_place_raises_the_sequence_and_moves_the_stamps(
    cast: SimpleNamespace, make_visit: Make, fetch: Fetch, what: str
) -> None:
    visit = make_visit(cast.here)
    before = fetch()[visit.gathering.uid]

    edit(visit, **TOLD[what])

    after = fetch()[visit.gathering.uid]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == ("0", "1")
    assert stamps(before) < stamps(after) == ("20261103T150000Z", "20261103T150000Z")


@pytest.mark.parametrize("what", UNTOLD)
def test_S02_S04_any_other_change_moves_the_stamps_and_leaves_the_sequence(
    cast: SimpleNamespace, make_visit: Make, fetch: Fetch, what: str
) -> None:
    visit = make_visit(cast.here)
    before = fetch()[visit.gathering.uid]

    edit(visit, **UNTOLD[what])

    after = fetch()[visit.gathering.uid]
    assert before["SEQUENCE"] == after["SEQUENCE"] == "0"
    assert stamps(before) < stamps(after)
    assert before.lines != after.lines


def test_S01_S03_a_cancelled_visit_stays_with_its_last_times_and_a_higher_sequence(
    cast: SimpleNamespace, make_visit: Make, fetch: Fetch
) -> None:
    visit = make_visit(cast.here)
    edit(visit, **TOLD["start"])
    before = fetch()[visit.gathering.uid]

    visits.cancel_visit(visit.id, "Snow", actor="user:1", now=LATER)

    after = fetch()[visit.gathering.uid]
    assert (before["SEQUENCE"], after["SEQUENCE"], after["STATUS"]) == ("1", "2", "CANCELLED")
    assert (after["DTSTART"], after["DTEND"], after["CREATED"]) == (before["DTSTART"], before["DTEND"], before["CREATED"])
    assert stamps(before) < stamps(after)


def test_S05_what_did_not_change_does_not_churn_when_its_neighbor_does(
    client: FlaskClient, cast: SimpleNamespace, make_visit: Make, fetch: Fetch, book: Callable[..., Any]
) -> None:
    visit, neighbor = make_visit(cast.here), make_visit(cast.here)
    before, marked = fetch(), client.get("/feeds/network.ics").headers["ETag"]

    book(neighbor, 3, now=LATER)
    visits.change_capacity(neighbor.id, 20, actor="user:1", now=LATER)

    assert client.get("/feeds/network.ics").headers["ETag"] == marked  # seats are nobody's news
    edit(neighbor, title="Portfolios", capacity=20)
    after = fetch()
    assert after[visit.gathering.uid].lines == before[visit.gathering.uid].lines
    assert after[neighbor.gathering.uid].lines != before[neighbor.gathering.uid].lines
    assert client.get("/feeds/network.ics").headers["ETag"] != marked


def test_S04_a_school_that_is_renamed_moves_the_stamps_of_its_visits_only(cast: SimpleNamespace, make_visit: Make, fetch: Fetch) -> None:
    here, there = make_visit(cast.here), make_visit(cast.there)
    before = fetch()

    with transaction():
        db.session.merge(cast.here).short_name = "Collegiate"
        raise_names([cast.here.id], now=LATER)

    after = fetch()
    assert after[here.gathering.uid]["SUMMARY"].endswith("· Collegiate")
    assert stamps(before[here.gathering.uid]) < stamps(after[here.gathering.uid])
    assert before[here.gathering.uid]["SEQUENCE"] == after[here.gathering.uid]["SEQUENCE"]
    assert before[there.gathering.uid].lines == after[there.gathering.uid].lines


def test_S04_every_seat_moves_the_stamps_of_a_hosts_visit(
    app: Any, cast: SimpleNamespace, make_visit: Make, fetch: Fetch, book: Callable[..., Any]
) -> None:
    visit = make_visit(cast.here, capacity=4)
    service.make_host_address(cast.host.id, now=MONDAY)
    address = queries.host_address(cast.host.id)
    assert address is not None
    path = links.private_url(address).removeprefix(app.config["BASE_URL"])
    seen = [fetch(path)[visit.gathering.uid]]

    for step in (lambda: book(visit, 3), lambda: visits.change_capacity(visit.id, 9, actor="user:1", now=MONDAY), lambda: book(visit, 2)):
        step()
        seen.append(fetch(path)[visit.gathering.uid])

    counts = [event["DESCRIPTION"].partition(" seats")[0] for event in seen]
    assert counts == ["0 of 4", "3 of 4", "3 of 9", "5 of 9"]
    assert [stamps(earlier) < stamps(later) for earlier, later in pairwise(seen)] == [True] * 3
    assert {event["SEQUENCE"] for event in seen} == {"0"}


def test_S06_S07_two_fetches_of_the_same_are_the_same(
    client: FlaskClient, cast: SimpleNamespace, make_visit: Make, make_user: Callable[..., User]
) -> None:
    make_visit(cast.here)
    first = client.get("/feeds/network.ics")
    make_user("Nina Newcomer", AccessRole.VIEWER)

    second = client.get("/feeds/network.ics")

    assert (first.data, first.headers["ETag"], first.headers["Last-Modified"]) == (
        second.data,
        second.headers["ETag"],
        second.headers["Last-Modified"],
    )
