"""The feeds: what each depends on, and its bytes; a body is written once and kept until something that it depends on changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import current_app

from scheduler.calendars import entries, pieces, queries
from scheduler.calendars.queries import Scope
from scheduler.core import times
from scheduler.core.refusal import say
from scheduler.foundation import ical
from scheduler.foundation.feeds import Mark, marks
from scheduler.foundation.ical import Entry
from scheduler.registration.models import Gathering
from scheduler.schools.models import FocusArea, School
from scheduler.schools.queries import Choice

PAST, AHEAD = timedelta(days=60), timedelta(days=400)
MOST_EVENTS, MOST_BYTES = 1000, 990_000
"""A feed has at most 1,000 events and 1 MB (F14); the rest is for what stands before the events"""


@dataclass(frozen=True)
class Written:
    """The bytes of a calendar; `full_from`: it holds as much as one may, and events from this instant on are left out (F14)."""

    data: bytes
    full_from: datetime | None = None


@dataclass(frozen=True)
class Feed:
    """A calendar as it stands now. `facts` are all that its bytes depend on, so feeds with equal facts have equal bytes."""

    facts: tuple[object, ...]
    changed_at: datetime = field(compare=False)
    write: Callable[[], Written] = field(compare=False, repr=False)


@dataclass(frozen=True)
class Body:
    """The bytes of a feed and their mark (SHA-256), which is the ETag: it moves exactly when the bytes do (S07)."""

    data: bytes
    mark: str
    full_from: datetime | None


@lru_cache(maxsize=64)
def body_of(feed: Feed) -> Body:
    """A feed written out."""
    written = feed.write()
    return Body(written.data, hashlib.sha256(written.data).hexdigest()[:32], written.full_from)


def public(scope: Scope, *, now: datetime) -> Feed:
    """The open visits of a scope; without one every open visit and every meetup.

    A school's feed has a number of its own. A borough's and a focus area's go by the network's, which any public change raises:
    their bodies are then joined anew from pieces that are kept, and have the old mark where none of theirs has changed.
    """
    stands = queries.standing(f"school:{scope.school.id}" if scope.school else "network")
    name = name_of(scope, stands.name)
    since, until = window(now)

    def write() -> Written:
        rows = queries.public_rows(since, until, scope=scope, limit=MOST_EVENTS + 1)
        events = list(zip((row.starts_at for row in rows), pieces.public(rows), strict=True))
        return written(events, name=name, about=_about(scope), zone=stands.time_zone)

    facts = (scope.school and scope.school.id, scope.borough, scope.area and scope.area.id, name, stands.time_zone)
    return feed_of(("public", *facts), stands.marks, write, now=now)


def scope_of(gathering: Gathering) -> Scope:
    """The public calendar in which a gathering stands: its school's, and for meetups the network's."""
    return Scope(school=gathering.school)


def name_of(scope: Scope, network: str) -> str:
    """What a calendar program calls the feed."""
    match scope:
        case Scope(school=School() | Choice() as school, area=None):
            return str(say("Open visits at %(school)s", school=school.name))
        case Scope(school=School() | Choice() as school, area=FocusArea() as area):
            return str(say("Open visits at %(school)s: %(area)s", school=school.name, area=area.name))
        case Scope(borough="", area=FocusArea() as area):
            return str(say("Open visits: %(area)s", area=area.name))
        case Scope(borough="", area=None):
            return str(say("Open visits · %(network)s", network=network))
        case Scope(area=FocusArea() as area):
            return str(say("Open visits in %(borough)s: %(area)s", borough=scope.borough, area=area.name))
    return str(say("Open visits in %(borough)s", borough=scope.borough))


def _about(scope: Scope) -> str:
    if scope.is_everything:
        return str(say("Open visits and meetups of all schools, with changes and cancellations."))
    if scope.school and not scope.area:
        return str(say("The open visits at one school, with changes and cancellations."))
    return str(say("The open visits of this choice, with changes and cancellations."))


def download(gathering: Gathering) -> Feed:
    """The file of one gathering: the event exactly as the public feed has it (D01)."""
    entry = entries.public_entry(gathering, touched([gathering]))
    return Feed(("download", entry), entry.changed_at, lambda: Written(ical.download_bytes(entry)))


def window(now: datetime) -> tuple[datetime, datetime]:
    """From when until when a feed holds events: whole days (UTC), so that it is the same all day long."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return today - PAST, today + AHEAD


def feed_of(
    facts: tuple[object, ...], seen: Sequence[Mark], write: Callable[[], Written], *, now: datetime, since: datetime | None = None
) -> Feed:
    """A feed changes when its marks move, and at midnight, when a day leaves the window and another enters."""
    today = window(now)[0] + PAST
    key = (*facts, *seen, today, ical.WRITER_VERSION, current_app.config["BASE_URL"])
    return Feed(key, max([today, since or today, *(mark.changed_at for mark in seen)]), write)


def touched(gatherings: Iterable[Gathering]) -> dict[str, datetime]:
    """When the feeds that these gatherings depend on last changed."""
    return {mark.feed: mark.changed_at for mark in marks(*(f"gathering:{found.id}" for found in gatherings), kinds=("name",))}


Event = tuple[datetime, bytes]
"""When it begins, and its piece"""


def written(events: Sequence[Event], *, name: str, about: str, zone: str) -> Written:
    """As many events as a calendar may hold, the soonest first; where some are left out, the calendar's own description says so."""
    held, size = [], 0
    for _starts_at, data in events[:MOST_EVENTS]:
        size += len(data)
        if size > MOST_BYTES:
            break
        held.append(data)
    full_from = events[len(held)][0] if len(held) < len(events) else None
    told = f"{about} {_left_out(full_from, zone)}" if full_from else about
    return Written(ical.feed_bytes(held, name=name, description=told, zone=zone), full_from)


def as_events(listed: Iterable[Entry]) -> list[Event]:
    """Entries with their pieces."""
    return [(entry.starts_at, pieces.piece(entry)) for entry in listed]


def _left_out(full_from: datetime, zone: str) -> str:
    day = times.day_text(times.to_wall(full_from, ZoneInfo(zone)))
    return str(
        say("This calendar is full: what lies after %(day)s comes in as days pass. Calendars of one school hold it already.", day=day)
    )
