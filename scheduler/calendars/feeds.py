"""The feeds: what each depends on, and its bytes; a body is written once and kept until something that it depends on changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from flask import abort, current_app

from scheduler.calendars import entries, queries
from scheduler.calendars.models import FeedAddress, FeedKind
from scheduler.core.refusal import say
from scheduler.foundation import access, ical
from scheduler.foundation.feeds import Mark, marks
from scheduler.foundation.ical import Entry
from scheduler.meetups.timing import talk_of
from scheduler.registration import queries as registration
from scheduler.registration.models import Attendee, Gathering
from scheduler.schools import queries as schools
from scheduler.schools.models import School

PAST, AHEAD = timedelta(days=60), timedelta(days=400)
MOST_EVENTS, MOST_BYTES = 1000, 990_000
"""A feed has at most 1,000 events and 1 MB (F14); the rest is for what stands before the events"""

piece = lru_cache(maxsize=4096)(ical.entry_bytes)
"""The bytes of one event, kept under all of its facts: an edit is another key, never another value"""


@dataclass(frozen=True)
class Feed:
    """A calendar as it stands now. `facts` are all that its bytes depend on, so feeds with equal facts have equal bytes."""

    facts: tuple[object, ...]
    changed_at: datetime = field(compare=False)
    write: Callable[[], bytes] = field(compare=False, repr=False)


@dataclass(frozen=True)
class Body:
    """The bytes of a feed and their mark (SHA-256), which is the ETag: it moves exactly when the bytes do (S07)."""

    data: bytes
    mark: str


@lru_cache(maxsize=64)
def body_of(feed: Feed) -> Body:
    """A feed written out."""
    data = feed.write()
    return Body(data, hashlib.sha256(data).hexdigest()[:32])


def network(*, now: datetime) -> Feed:
    """Every open visit and every meetup."""
    of = schools.network()
    name = str(say("Open visits · %(network)s", network=of.name))
    about = str(say("Open visits and meetups of all schools, with changes and cancellations."))
    return _public(("network", name, of.time_zone), marks("network"), None, name=name, about=about, zone=of.time_zone, now=now)


def school(of: School, *, now: datetime) -> Feed:
    """The open visits at one school."""
    name = str(say("Open visits at %(school)s", school=of.name))
    about = str(say("The open visits at one school, with changes and cancellations."))
    seen = marks(f"school:{of.id}")
    return _public(("school", of.id, name, of.time_zone), seen, of.id, name=name, about=about, zone=of.time_zone, now=now)


def _public(
    facts: tuple[object, ...], seen: Sequence[Mark], school_id: int | None, *, name: str, about: str, zone: str, now: datetime
) -> Feed:
    since, until = _window(now)

    def write() -> bytes:
        gatherings = queries.public_gatherings(since, until, school_id=school_id, limit=MOST_EVENTS)
        touched = _touched(gatherings)
        return _written([entries.public_entry(gathering, touched) for gathering in gatherings], name=name, about=about, zone=zone)

    return _feed(facts, seen, write, now=now)


def host(address: FeedAddress, *, now: datetime) -> Feed:
    """The visits that somebody runs at this moment; whoever runs none any more has no feed."""
    actor = queries.user_or_404(address.user_id).actor
    if not actor.has(*access.HOSTS.roles):
        abort(404)
    school_ids = None if actor.sees_every_school else sorted(actor.hosted_school_ids)
    own = marks(f"user:{actor.user_id}", *(f"host:{school_id}" for school_id in school_ids or ()), kinds=() if school_ids else ("host",))
    since, until = _window(now)

    def write() -> bytes:
        visits = queries.hosted_visits(since, until, school_ids=school_ids, limit=MOST_EVENTS)
        taken, touched = registration.taken_of([visit.id for visit in visits]), _touched(visits)
        listed = [entries.host_entry(visit, taken.get(visit.id, 0), touched) for visit in visits]
        name, about = str(say("Visits you host")), str(say("Open visits at your schools, with the seats that are taken."))
        return _written(listed, name=name, about=about, zone=schools.network().time_zone)

    return _feed(("host", address.public_id, tuple(school_ids or ())), own, write, now=now, since=address.created_at)


def participant(address: FeedAddress, *, now: datetime) -> Feed:
    """The meetup and the rounds of one participant."""
    attendee = queries.attendee_by_id_or_404(address.attendee_id)
    earliest = _window(now)[0]
    listed = tuple(entry for entry in entries_of(attendee) if entry.ends_at >= earliest)
    gathering = attendee.registration.gathering
    name, about = str(say("Rounds · %(meetup)s", meetup=gathering.title)), str(say("Where you sit in each round."))
    changed_at = max([gathering.changed_at, address.created_at, *(entry.changed_at for entry in listed)])

    def write() -> bytes:
        return _written(listed, name=name, about=about, zone=gathering.time_zone)

    return _feed(("participant", name, listed), (), write, now=now, since=changed_at)


def entries_of(attendee: Attendee) -> list[Entry]:
    """What a participant's calendar holds."""
    return entries.participant_entries(attendee, queries.published_rounds(attendee))


def rounds_now(attendee: Attendee) -> list[tuple[Entry, str]]:
    """The rounds that hold now, each with what it is about."""
    told = queries.published_rounds(attendee)
    listed = entries.participant_entries(attendee, told)[1:]
    prompts = [talk_of(seated.talks, seated.number).prompt for seated in told]
    return [(entry, prompt) for entry, prompt in zip(listed, prompts, strict=True) if not entry.cancelled]


def private(address: FeedAddress, *, now: datetime) -> Feed:
    """What a private address leads to."""
    return (host if address.kind == FeedKind.HOST else participant)(address, now=now)


def download(gathering: Gathering) -> Feed:
    """The file of one gathering: the event exactly as the public feed has it (D01)."""
    entry = entries.public_entry(gathering, _touched([gathering]))
    return Feed(("download", entry), entry.changed_at, lambda: ical.download_bytes(entry))


def _window(now: datetime) -> tuple[datetime, datetime]:
    """Whole days (UTC), so that a feed is the same all day long."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return today - PAST, today + AHEAD


def _feed(
    facts: tuple[object, ...], seen: Sequence[Mark], write: Callable[[], bytes], *, now: datetime, since: datetime | None = None
) -> Feed:
    """A feed changes when its marks move, and at midnight, when a day leaves the window and another enters."""
    today = _window(now)[0] + PAST
    key = (*facts, *seen, today, ical.WRITER_VERSION, current_app.config["BASE_URL"])
    return Feed(key, max([today, since or today, *(mark.changed_at for mark in seen)]), write)


def _touched(gatherings: Iterable[Gathering]) -> dict[str, datetime]:
    return {mark.feed: mark.changed_at for mark in marks(*(f"gathering:{found.id}" for found in gatherings), kinds=("name",))}


def _written(listed: Iterable[Entry], *, name: str, about: str, zone: str) -> bytes:
    pieces, size = [], 0
    for entry in listed:
        size += len(piece(entry))
        if size > MOST_BYTES:
            break  # the soonest were first: what lies furthest ahead comes in as days pass
        pieces.append(piece(entry))
    return ical.feed_bytes(pieces, name=name, description=about, zone=zone)
