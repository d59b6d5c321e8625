"""Private feeds: what a host or an organizer runs, a participant's rounds, a party's own entry, as their owner may see them now."""

from __future__ import annotations

from datetime import datetime

from flask import abort

from scheduler.calendars import entries, queries
from scheduler.calendars.feeds import MOST_EVENTS, Feed, Written, as_events, feed_of, touched, window, written
from scheduler.calendars.models import FeedAddress, FeedKind
from scheduler.core.refusal import say
from scheduler.foundation import access
from scheduler.foundation.feeds import Mark, marks
from scheduler.foundation.ical import Entry
from scheduler.meetups.timing import talk_of
from scheduler.registration import mail
from scheduler.registration import queries as registration
from scheduler.registration.models import Attendee
from scheduler.schools import queries as schools


def feed(address: FeedAddress, *, now: datetime) -> Feed:
    """What a private address leads to."""
    return {FeedKind.HOST: host, FeedKind.PARTICIPANT: participant, FeedKind.REGISTRATION: party}[address.kind](address, now=now)


def host(address: FeedAddress, *, now: datetime) -> Feed:
    """What somebody runs at this moment: a host the visits of their schools, an organizer all visits and meetups.

    Whoever runs nothing any more has no feed.
    """
    actor = queries.user_or_404(address.user_id).actor
    if not actor.has(*access.HOSTS.roles):
        abort(404)
    school_ids = None if actor.sees_every_school else sorted(actor.hosted_school_ids)
    since, until = window(now)

    def write() -> Written:
        run = queries.run_gatherings(since, until, school_ids=school_ids, limit=MOST_EVENTS + 1)
        taken, seen_since = registration.taken_of([gathering.id for gathering in run]), touched(run)
        listed = [entries.host_entry(gathering, taken.get(gathering.id, 0), seen_since) for gathering in run]
        return written(as_events(listed), name=_name(school_ids), about=_about(school_ids), zone=schools.network().time_zone)

    own = _marks_of(actor.user_id, school_ids, since)
    facts = ("host", address.public_id, None if school_ids is None else tuple(school_ids))
    return feed_of(facts, own, write, now=now, since=address.created_at)


def _marks_of(user_id: int | None, school_ids: list[int] | None, since: datetime) -> tuple[Mark, ...]:
    if school_ids is not None:
        return marks(f"user:{user_id}", *(f"host:{school_id}" for school_id in school_ids))
    return marks(f"user:{user_id}", *(f"gathering:{meetup_id}" for meetup_id in queries.meetup_ids(since)), kinds=("host",))


def _name(school_ids: list[int] | None) -> str:
    return str(say("Visits and meetups you organize") if school_ids is None else say("Visits you host"))


def _about(school_ids: list[int] | None) -> str:
    if school_ids is None:
        return str(say("Open visits and meetups of all schools, with the seats that are taken."))
    return str(say("Open visits at your schools, with the seats that are taken."))


def participant(address: FeedAddress, *, now: datetime) -> Feed:
    """The meetup and the rounds of one participant."""
    attendee = queries.attendee_by_id_or_404(address.attendee_id)
    earliest = window(now)[0]
    listed = tuple(entry for entry in entries_of(attendee, now=now) if entry.ends_at >= earliest)
    gathering = attendee.registration.gathering
    name, about = str(say("Rounds · %(meetup)s", meetup=gathering.title)), str(say("Where you sit in each round."))
    changed_at = max([gathering.changed_at, address.created_at, *(entry.changed_at for entry in listed)])

    def write() -> Written:
        return written(as_events(listed), name=name, about=about, zone=gathering.time_zone)

    return feed_of(("participant", name, listed), (), write, now=now, since=changed_at)


def entries_of(attendee: Attendee, *, now: datetime) -> list[Entry]:
    """What a participant's calendar holds."""
    return entries.participant_entries(attendee, queries.rounds_of(attendee, now))


def rounds_now(attendee: Attendee, *, now: datetime) -> list[tuple[Entry, str]]:
    """The rounds that hold now, each with what it is about."""
    told = queries.rounds_of(attendee, now)
    listed = entries.participant_entries(attendee, told)[1:]
    prompts = [talk_of(seated.talks, seated.number).prompt for seated in told]
    return [(entry, prompt) for entry, prompt in zip(listed, prompts, strict=True) if not entry.cancelled]


def party(address: FeedAddress, *, now: datetime) -> Feed:
    """The entry of one party, exactly as its invitation has it (M13); empty while the party waits for a yes."""
    registration = address.registration
    assert registration is not None, "the address is gone with its party"
    gathering = registration.gathering
    entry = mail.entry_of(registration, gathering)
    # Waitlisted and pending parties have no entry. One that was confirmed stays when it is cancelled, until its day has passed (F10).
    is_told = registration.is_confirmed or (registration.is_cancelled and registration.confirmed_at is not None)
    listed = (entry,) if is_told and entry.ends_at >= window(now)[0] else ()
    name = str(say("Your booking · %(title)s", title=gathering.title))

    def write() -> Written:
        return written(as_events(listed), name=name, about="", zone=gathering.time_zone)

    return feed_of(("party", name, listed, gathering.time_zone), (), write, now=now, since=max(address.created_at, entry.changed_at))
