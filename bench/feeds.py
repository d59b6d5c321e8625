"""Feeds: what writing one costs beside icalendar, and what a full request costs; milliseconds, each the best of some rounds in one run."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler import create_app
from scheduler.calendars import entries, feeds, pieces, queries
from scheduler.foundation import access, ical
from scheduler.foundation.db import db, transaction
from scheduler.foundation.feeds import raise_feeds
from scheduler.foundation.migrating import upgrade
from scheduler.registration.models import Gathering, GatheringKind, GatheringState
from scheduler.schools.models import School, Tier

WRITTEN = (100, 1_000, 10_000)
ROUNDS = 5
CHANGES = 30
REQUESTS = 300
FEED = "/feeds/network.ics"
FIRST = datetime(2026, 9, 8, 13, tzinfo=UTC)
DESCRIPTION = "You sit in on two conferences, then talk with the teachers. Bring your questions. " * 3


def listed(number: int) -> list[ical.Entry]:
    """Visits on as many days, with text as long as hosts write."""
    return [
        ical.Entry(
            uid=f"visit-{n}@bench", sequence=1, created_at=FIRST, changed_at=FIRST + timedelta(minutes=n),
            starts_at=FIRST + timedelta(days=n), ends_at=FIRST + timedelta(days=n, hours=2),
            title=f"Student-led conferences, day {n} · Harvest", description=DESCRIPTION,
            location="34 West 14th St, New York, NY 10011", url=f"https://visits.example.org/visits/bench{n}",
        )
        for n in range(number)
    ]  # fmt: skip


def ours(facts: list[ical.Entry]) -> bytes:
    return ical.feed_bytes(map(ical.entry_bytes, facts), name="Open visits", description="All schools", zone="America/New_York")


def joined(pieces: list[bytes]) -> bytes:
    return ical.feed_bytes(pieces, name="Open visits", description="All schools", zone="America/New_York")


def theirs(facts: list[ical.Entry]) -> bytes:
    """The naive way: objects of the library, written out at each fetch."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//bench//EN")
    calendar.add("version", "2.0")
    for entry in facts:
        event = icalendar.Event()
        stamps = {"dtstamp": entry.changed_at, "created": entry.created_at, "last-modified": entry.changed_at}
        times = {"dtstart": entry.starts_at, "dtend": entry.ends_at}
        texts = {"summary": entry.title, "description": entry.description, "location": entry.location}
        plain = {"uid": entry.uid, "sequence": entry.sequence, "status": "CONFIRMED", "url": entry.url}
        for name, value in {**stamps, **times, **texts, **plain}.items():
            event.add(name, value)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def milliseconds(act: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The quickest of some rounds."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return 1000 * min(took)


def table(title: str, rows: dict[str, float], base: float) -> None:
    print(f"\n{title:<44} {'ms':>9} {'ratio':>9}")
    for name, took in rows.items():
        print(f"{name:<44} {took:9.3f} {base / took:9.1f}")


def writing(number: int) -> None:
    """The writer alone: from facts, and from pieces that are kept."""
    facts = listed(number)
    pieces = [ical.entry_bytes(entry) for entry in facts]
    naive = milliseconds(lambda: theirs(facts), 1 if number > 1000 else ROUNDS)
    rows = {"icalendar, to_ical()": naive, "ours, from facts": milliseconds(lambda: ours(facts))}
    table(f"{number} events, written", rows | {"ours, pieces joined": milliseconds(lambda: joined(pieces))}, naive)


def filled(app: Flask, number: int) -> None:
    """As many visits of one school in the window of the feeds, written straight into the tables."""
    now = datetime.now(UTC).replace(microsecond=0)
    with transaction():
        school = School(
            slug="harvest", name="Harvest Collegiate", short_name="Harvest", tier=Tier.LIVING_LAB, borough="Manhattan",
            time_zone="America/New_York", created_at=FIRST,
        )  # fmt: skip
        db.session.add(school)
        db.session.flush()
        rows = [row_of(n, school.id, now) for n in range(number)]
        db.session.execute(sa.insert(Gathering), rows)
        raise_feeds(["network", f"school:{school.id}"], now=now)


def row_of(n: int, school_id: int, now: datetime) -> dict[str, object]:
    starts = now + timedelta(days=n % 360 + 1, minutes=n)
    return {
        "public_id": f"bench{n}", "uid": f"bench-{n}@living-lab-scheduler", "kind": GatheringKind.VISIT, "school_id": school_id,
        "title": f"Student-led conferences, day {n}", "description": DESCRIPTION, "time_zone": "America/New_York",
        "starts_wall": starts.replace(tzinfo=None), "ends_wall": starts.replace(tzinfo=None) + timedelta(hours=2), "starts_at": starts,
        "ends_at": starts + timedelta(hours=2), "closes_at": starts, "capacity": 12, "place": "34 West 14th St, New York, NY 10011",
        "state": GatheringState.PUBLISHED, "created_at": FIRST, "changed_at": now,
    }  # fmt: skip


def retitle(number: int) -> None:
    """One visit changes, as an edit would have it."""
    now = datetime.now(UTC)
    with transaction():
        db.session.execute(sa.update(Gathering).where(Gathering.public_id == "bench7").values(title=f"Title {number}", changed_at=now))
        raise_feeds(["network"], now=now)
    db.session.remove()


def naive_request() -> bytes:
    """What a fetch would cost without anything kept: rows, entries, objects of the library."""
    since, until = feeds.window(datetime.now(UTC))
    gatherings = queries.gatherings([row.id for row in queries.public_rows(since, until, limit=1_000)])
    body = theirs([entries.public_entry(gathering, {}) for gathering in gatherings])
    db.session.remove()
    return body


def requests(number: int) -> None:
    """Full requests through the application, on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder}/bench.db", "DATA_DIR": Path(folder), "SECRET_KEY": "bench"})
        app.add_url_rule("/empty", "empty", access.open_to(access.ANYONE)(lambda: ""))
        with app.app_context():
            upgrade()
            filled(app, number)
        client = app.test_client()
        mark = client.get(FEED).headers["ETag"]
        naive = in_context(app, naive_request)
        rows = {
            "icalendar, built at each fetch": naive,
            "first fetch, nothing kept": milliseconds(lambda: cold(client), 3),
            "after one of them changed": changed_one(app, client),
            "unchanged, 200 with the body": milliseconds(lambda: client.get(FEED), REQUESTS),
            "unchanged, 304": milliseconds(lambda: client.get(FEED, headers={"If-None-Match": mark}), REQUESTS),
            "an empty route": milliseconds(lambda: client.get("/empty"), REQUESTS),
            "a simple page (/schools)": milliseconds(lambda: client.get("/schools"), 100),
        }
        table(f"{number} events, full requests", rows, naive)
        with app.app_context():
            db.engine.dispose()


def in_context(app: Flask, act: Callable[[], object]) -> float:
    with app.test_request_context():
        return milliseconds(act)


def cold(client: FlaskClient) -> None:
    feeds.body_of.cache_clear()
    pieces.forget()
    client.get(FEED)


def changed_one(app: Flask, client: FlaskClient) -> float:
    took = []
    for number in range(CHANGES):
        with app.app_context():
            retitle(number)
        took.append(milliseconds(lambda: client.get(FEED), 1))
    return min(took)


if __name__ == "__main__":
    for amount in WRITTEN:
        writing(amount)
    for amount in (100, 1_000):
        requests(amount)
