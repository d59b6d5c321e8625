"""A feed of a year of visits, written by us and by icalendar: milliseconds and the ratio, each the best of five in one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import icalendar

from scheduler.foundation import ical

VISITS = 500
FIRST = datetime(2026, 9, 8, 13, tzinfo=UTC)


def entries() -> list[ical.Entry]:
    """Visits on five hundred days, with text as long as hosts write."""
    return [
        ical.Entry(
            uid=f"visit-{n}@bench", sequence=1, created_at=FIRST, changed_at=FIRST + timedelta(minutes=n),
            starts_at=FIRST + timedelta(days=n), ends_at=FIRST + timedelta(days=n, hours=2),
            title=f"Student-led conferences, day {n} · Harvest",
            description="You sit in on two conferences, then talk with the teachers. Bring your questions. " * 3,
            location="34 West 14th St, New York, NY 10011", url=f"https://visits.example.org/visits/bench{n}",
        )
        for n in range(VISITS)
    ]  # fmt: skip


def ours(listed: list[ical.Entry]) -> bytes:
    return ical.feed_bytes(map(ical.entry_bytes, listed), name="Open visits", description="All schools", zone="America/New_York")


def theirs(listed: list[ical.Entry]) -> bytes:
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//bench//EN")
    calendar.add("version", "2.0")
    for entry in listed:
        event = icalendar.Event()
        facts = {"uid": entry.uid, "dtstamp": entry.changed_at, "dtstart": entry.starts_at, "dtend": entry.ends_at, "url": entry.url}
        for name, value in facts.items():
            event.add(name, value)
        for name, value in {"summary": entry.title, "description": entry.description, "location": entry.location}.items():
            event.add(name, value)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def milliseconds(write: Callable[[list[ical.Entry]], bytes]) -> float:
    """The quickest of five runs."""
    listed, took = entries(), []
    for _ in range(5):
        began = time.perf_counter()
        write(listed)
        took.append(time.perf_counter() - began)
    return 1000 * min(took)


if __name__ == "__main__":
    base = milliseconds(theirs)
    print(f"{VISITS} visits in a feed       ms   ratio")
    for name, took in (("icalendar", base), ("foundation/ical.py", milliseconds(ours))):
        print(f"{name:<22} {took:8.1f} {base / took:7.1f}")
