"""Public feeds and files: what they hold (calendars F01 to F15, D01)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.calendars import feeds, queries
from scheduler.calendars.queries import Scope
from scheduler.core.times import day_text
from scheduler.foundation.db import db, transaction
from scheduler.meetups import service as meetups
from scheduler.registration.models import Gathering, GatheringState
from scheduler.schools import queries as schools_read
from scheduler.schools import service as schools
from scheduler.schools.models import School
from scheduler.visits import service as visits
from scheduler.visits.models import Visit
from tests.calendars.conftest import Fetch
from tests.foundation.ical_rules import Component, assert_download_rules, assert_feed_rules, text_of
from tests.people import MONDAY

Make = Callable[..., Visit]
HOSTILE = "Math, science; art\\New\r\nBEGIN:VEVENT\r\nSUMMARY:mine\r\n\u2028\u0007 Ünïcødé 🎒 " + "ж" * 60


def texts(event: Component) -> dict[str, str]:
    return {name: text_of(event[name]) for name in ("SUMMARY", "LOCATION", "DESCRIPTION")}


@contextmanager
def statements() -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(*facts: Any) -> None:
        asked.append(facts[2])

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def at_school(school: School, days: int, **more: Any) -> dict[str, Any]:
    """Facts of a gathering some days from now, as an import may write them."""
    now = datetime.now(UTC).replace(microsecond=0)
    name = more.pop("name", f"x{days + 1000}")
    return {
        "public_id": name, "uid": f"{name}-uid@living-lab-scheduler", "kind": "visit", "school_id": school.id, "title": "Visit",
        "capacity": 9, "time_zone": "America/New_York", "starts_wall": (now + timedelta(days=days)).replace(tzinfo=None),
        "ends_wall": (now + timedelta(days=days, hours=1)).replace(tzinfo=None), "starts_at": now + timedelta(days=days),
        "closes_at": now + timedelta(days=days), "ends_at": now + timedelta(days=days, hours=1),
        "state": GatheringState.PUBLISHED, "created_at": MONDAY, "changed_at": MONDAY,
    } | more  # fmt: skip


def store(*rows: dict[str, Any]) -> None:
    with transaction():
        db.session.add_all([Gathering(**row) for row in rows])


def test_F07_a_visit_says_what_when_and_where_in_utc_and_by_the_clock_on_the_wall(
    app: Flask, cast: SimpleNamespace, make_visit: Make, fetch: Fetch
) -> None:
    visit = make_visit(cast.here)

    event = fetch()[visit.gathering.uid]

    page = f"{app.config['BASE_URL']}/visits/{visit.gathering.public_id}"
    assert (event["DTSTART"], event["DTEND"], event["URL"]) == ("20261202T140000Z", "20261202T163000Z", page)
    assert (event["SEQUENCE"], event["STATUS"], event["LAST-MODIFIED"]) == ("0", "CONFIRMED", "20261102T150001Z")
    assert texts(event) == {
        "SUMMARY": "Student-led conferences, start to finish · Harvest",
        "LOCATION": "34 West 14th St",
        "DESCRIPTION": f"Wednesday, December 2, 9:00–11:30 am (New York time)\nDoors open at 8:45 am.\n\n{page}",
    }


def test_F12_what_only_visitors_who_booked_may_know_is_not_told(
    cast: SimpleNamespace, make_visit: Make, book: Callable[..., Any], fetch: Fetch
) -> None:
    visit = make_visit(cast.there, place="", private_place="The blue door, 131 6th Ave", arrival_notes="The code is 1717.")
    book(visit, 3, lead_name="Tess Teacher", lead_email="tess@example.org", organization="Bronx Arena High School")
    secrets = ["blue door", "131", "1717", "Tess", "tess@example.org", "Bronx Arena"]

    everywhere = [fetch("/feeds/network.ics", secrets=secrets), fetch("/feeds/schools/nyc-ischool.ics", secrets=secrets)]

    assert [text_of(events[visit.gathering.uid]["LOCATION"]) for events in everywhere] == ["The address is in your confirmation."] * 2


def test_F01_feeds_of_one_school_hold_its_visits_only_and_empty_ones_hold_its_time_zone(
    client: FlaskClient, cast: SimpleNamespace, make_visit: Make, fetch: Fetch
) -> None:
    here, there = make_visit(cast.here), make_visit(cast.there)

    events = {slug: set(fetch(f"/feeds/schools/{slug}.ics")) for slug in (cast.here.slug, cast.there.slug, cast.member.slug)}

    assert events == {cast.here.slug: {here.gathering.uid}, cast.there.slug: {there.gathering.uid}, cast.member.slug: set()}
    assert b"TZID:America/New_York" in client.get(f"/feeds/schools/{cast.member.slug}.ics").data


def test_drafts_are_nowhere_not_even_once_they_are_cancelled(
    client: FlaskClient, cast: SimpleNamespace, make_visit: Make, fetch: Fetch
) -> None:
    draft, dropped = make_visit(cast.here, publish=False), make_visit(cast.here, publish=False)
    visits.cancel_visit(dropped.id, "Nobody knew of it", actor="command:test", now=MONDAY)

    files = [client.get(f"/visits/{visit.gathering.public_id}.ics").status_code for visit in (draft, dropped)]

    assert fetch() == {}
    assert files == [404, 404]


def test_published_meetups_stand_in_the_feed_of_the_network(app: Flask, cast: SimpleNamespace, make_visit: Make, fetch: Fetch) -> None:
    visit = make_visit(cast.here)
    details = meetups.MeetupDetails(
        title="Quarterly meetup", description="", starts_wall=datetime(2026, 12, 9, 15, 30), ends_wall=datetime(2026, 12, 9, 18, 0),
        time_zone="America/New_York", place="The cafeteria", capacity=140, rounds=6, team_most=6,
        format=meetups.Format.TABLES, table_size=4,
    )  # fmt: skip
    public_id = meetups.create_meetup(details, publish=True, actor="command:test", now=MONDAY)
    meetup = db.session.query(Gathering).filter_by(public_id=public_id).one()

    events = fetch()

    assert list(events) == [visit.gathering.uid, meetup.uid]
    assert texts(events[meetup.uid])["SUMMARY"] == "Quarterly meetup"
    assert events[meetup.uid]["URL"] == f"{app.config['BASE_URL']}/meetups/{public_id}"
    assert set(fetch(f"/feeds/schools/{cast.here.slug}.ics")) == {visit.gathering.uid}


@pytest.mark.parametrize("nul", ["", "\x00"])
def test_F03_hostile_titles_names_and_places_stay_text(app: Flask, cast: SimpleNamespace, fetch: Fetch, nul: str) -> None:
    if nul and db.engine.dialect.name == "postgresql":
        nul = "\x1b"  # PostgreSQL stores no NUL at all
    text = (nul + HOSTILE)[:120]
    with transaction():
        db.session.add(
            school := School(
                slug="hostile", name=text, short_name=text[:60], tier="friend", borough="", time_zone="Asia/Kolkata", created_at=MONDAY
            )
        )
    store(at_school(school, 3, title=text, place=text, cancel_reason=text), at_school(cast.here, 4))

    networks, own = fetch(), fetch("/feeds/schools/hostile.ics")

    assert [len(networks), len(own)] == [2, 1]
    shown = texts(next(iter(own.values())))
    assert shown["LOCATION"].startswith("Math, science; art\\New\nBEGIN:VEVENT\nSUMMARY:mine\n")
    assert "·" in shown["SUMMARY"]


def test_F10_a_cancelled_visit_stays_and_says_so_with_its_reason(cast: SimpleNamespace, make_visit: Make, fetch: Fetch) -> None:
    visit = make_visit(cast.here)
    visits.cancel_visit(visit.id, "State testing moved to this day", actor="command:test", now=MONDAY)

    event = fetch()[visit.gathering.uid]

    assert (event["STATUS"], event["TRANSP"], event["SEQUENCE"]) == ("CANCELLED", "TRANSPARENT", "1")
    assert texts(event)["SUMMARY"] == "Canceled: Student-led conferences, start to finish · Harvest"
    assert texts(event)["DESCRIPTION"].startswith("This is cancelled: State testing moved to this day\nWednesday, December 2")


def test_F14_a_feed_holds_sixty_days_that_were_and_four_hundred_that_come(app: Flask, cast: SimpleNamespace, fetch: Fetch) -> None:
    store(*(at_school(cast.here, days) for days in (-62, -58, 0, 398, 402)))

    events = fetch()

    assert [event["UID"].partition("-")[0] for event in events.values()] == ["x942", "x1000", "x1398"]


def test_F14_a_feed_holds_a_thousand_events_and_a_megabyte_at_most(app: Flask, client: FlaskClient, cast: SimpleNamespace) -> None:
    long = "ж" * 120
    store(*(at_school(cast.here, 1 + n % 300, name=f"n{n}", title=long, place=long * 2) for n in range(1100)))

    data = client.get("/feeds/network.ics").data

    assert len(assert_feed_rules(data).inside) > 700
    assert len(data) > 900_000


def test_F15_addresses_come_from_the_setting_and_never_from_the_host_that_was_asked(
    app: Flask, client: FlaskClient, cast: SimpleNamespace, make_visit: Make
) -> None:
    make_visit(cast.here)

    asked = [client.get("/feeds/network.ics", headers={"Host": host}).data for host in ("127.0.0.1", "localhost:81")]

    assert asked[0] == asked[1]
    assert asked[0].count(f"URL:{app.config['BASE_URL']}/visits/".encode()) == 1


def test_D01_the_file_of_one_visit_holds_the_event_exactly_as_the_feed_does(
    client: FlaskClient, cast: SimpleNamespace, make_visit: Make
) -> None:
    visit = make_visit(cast.here)
    make_visit(cast.there)

    answer = client.get(f"/visits/{visit.gathering.public_id}.ics")

    assert_download_rules(answer.data, now=datetime.now(UTC))
    event = answer.data[answer.data.index(b"BEGIN:VEVENT") : answer.data.index(b"END:VCALENDAR")]
    assert event in client.get("/feeds/network.ics").data
    assert answer.headers["Content-Disposition"] == f"attachment; filename=visit-{visit.gathering.public_id}.ics"


def test_a_partys_file_has_the_uid_of_its_invitation_and_opens_for_its_browser_only(
    app: Flask, client: FlaskClient, cast: SimpleNamespace, make_visit: Make, book: Callable[..., Any]
) -> None:
    visit = make_visit(cast.there, place="", private_place="The blue door, 131 6th Ave")
    booked = book(visit, 2)
    address = f"/registrations/{booked.public_id}.ics"
    with client.session_transaction() as session:
        session["parties"] = {booked.public_id: 0}

    own, other = client.get(address), app.test_client().get(address)

    event = assert_download_rules(own.data, now=datetime.now(UTC)).inside[0]
    assert event["UID"] not in (visit.gathering.uid, "")
    assert texts(event)["LOCATION"] == "The blue door, 131 6th Ave"
    assert (own.headers["Cache-Control"], other.status_code) == ("no-store", 404)


def test_a_feed_asks_the_database_as_often_for_fifty_events_as_for_one(app: Flask, client: FlaskClient, cast: SimpleNamespace) -> None:
    counts = []
    for amount in (1, 50):
        store(*(at_school(cast.here, 3, name=f"n{amount}-{n}") for n in range(amount)))
        feeds.body_of.cache_clear()
        db.session.remove()
        with statements() as asked:
            client.get("/feeds/network.ics")
        counts.append(len(asked))

    assert counts[0] == counts[1] <= 6
    with statements() as asked:
        client.get("/feeds/network.ics")
    assert len(asked) <= 4  # what is kept needs the network and the marks only


def test_window_is_whole_days_so_that_a_feed_is_the_same_all_day_long(app: Flask, cast: SimpleNamespace, make_visit: Make) -> None:
    make_visit(cast.here)
    morning, evening, tomorrow = (datetime(2026, 11, day, hour, tzinfo=UTC) for day, hour in ((5, 1), (5, 23), (6, 0)))

    first, second, third = (feeds.public(Scope(), now=now) for now in (morning, evening, tomorrow))

    assert first == second != third
    assert (first.changed_at, third.changed_at) == (datetime(2026, 11, 5, tzinfo=UTC), datetime(2026, 11, 6, tzinfo=UTC))
    assert queries.public_rows(morning, tomorrow, limit=9) == []


def test_a_feed_of_a_choice_holds_what_is_chosen(
    cast: SimpleNamespace, make_visit: Make, make_school: Callable[..., School], fetch: Fetch
) -> None:
    area = cast.here.focus_areas[0]
    bronx = make_school("Comp Sci High", borough="Bronx")
    here, about = make_visit(cast.here), make_visit(cast.here, focus_area_ids=[area.id])
    there, up = make_visit(cast.there, focus_area_ids=[area.id]), make_visit(bronx)
    names = {visit.gathering.uid: name for visit, name in ((here, "here"), (about, "about"), (there, "there"), (up, "up"))}

    held = {
        path: sorted(names[uid] for uid in fetch(f"/feeds/{path}.ics"))
        for path in (
            "boroughs/bronx", "boroughs/manhattan", f"focus/{area.slug}", f"boroughs/manhattan/{area.slug}", f"boroughs/bronx/{area.slug}",
            f"schools/{cast.here.slug}/{area.slug}",
        )
    }  # fmt: skip

    assert held == {
        "boroughs/bronx": ["up"],
        "boroughs/manhattan": ["about", "here", "there"],
        f"focus/{area.slug}": ["about", "there"],
        f"boroughs/manhattan/{area.slug}": ["about", "there"],
        f"boroughs/bronx/{area.slug}": [],
        f"schools/{cast.here.slug}/{area.slug}": ["about"],
    }


@pytest.mark.parametrize("path", ["boroughs/nowhere", "focus/nothing", "boroughs/manhattan/nothing", "schools/nyc-ischool/nothing"])
def test_H11_a_feed_of_what_we_do_not_know_is_not_there(client: FlaskClient, cast: SimpleNamespace, path: str) -> None:
    assert client.get(f"/feeds/{path}.ics").status_code == 404


def test_a_school_that_moves_to_another_borough_takes_its_visits_along(app: Flask, cast: SimpleNamespace, make_visit: Make) -> None:
    make_visit(cast.here)
    before = feeds.body_of(feeds.public(Scope(borough="Manhattan"), now=MONDAY))

    moved = replace(schools.details_of(schools_read.school_or_404(cast.here.slug)), borough="Queens")
    schools.edit_school(cast.here.id, moved, version=1, actor="user:1", now=MONDAY)

    after = feeds.body_of(feeds.public(Scope(borough="Manhattan"), now=MONDAY))
    assert (b"BEGIN:VEVENT" in before.data, b"BEGIN:VEVENT" in after.data) == (True, False)


def test_F14_a_full_feed_and_the_page_say_what_is_left_out(app: Flask, client: FlaskClient, cast: SimpleNamespace) -> None:
    now = datetime.now(UTC)
    store(*(at_school(cast.here, 1 + n // 100, name=f"n{n}") for n in range(1001)))

    calendar = assert_feed_rules(client.get("/feeds/network.ics").data)
    page = client.get("/calendars").get_data(as_text=True)

    day = day_text((now + timedelta(days=11)).astimezone(ZoneInfo("America/New_York")))
    assert len(calendar.inside) == 1000
    assert text_of(calendar["DESCRIPTION"]).endswith(
        f"This calendar is full: what lies after {day} comes in as days pass. Calendars of one school hold it already."
    )
    assert f"what lies after {day} comes in" in page
