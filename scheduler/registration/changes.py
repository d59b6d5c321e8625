"""What a change of a gathering or a party means; every function works inside the caller's transaction, with the gathering held."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from scheduler.core import school_days, teams, times
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import outbox, rows
from scheduler.foundation.db import db
from scheduler.foundation.feeds import raise_feeds as raise_feeds
from scheduler.foundation.tokens import new_public_id
from scheduler.registration import host_mail, invitees, mail, queries
from scheduler.registration.models import (
    Attendee,
    AttendeeState,
    EntryState,
    Gathering,
    GatheringKind,
    GatheringState,
    MoveState,
    OfferState,
    Person,
    Registration,
    RegistrationState,
    ReservedSeats,
)
from scheduler.registration.questions import answers
from scheduler.schools import closures, closures_queries
from scheduler.schools.models import Tier

ANNOUNCED = ("starts_wall", "ends_wall", "time_zone", "place", "private_place")
"""A change of these raises the calendar entry's sequence and is mailed to everybody (RFC 5546, 2.1.4)."""
LOOKS_BACK = timedelta(days=120)
"""Closures so long before a visit may count in its cutoffs."""


def new_uid() -> str:
    """The UID of a calendar entry (RFC 7986, 5.3): random, never from a title or a host name."""
    return f"{new_public_id()}{new_public_id()}@living-lab-scheduler"


def set_times(gathering: Gathering, starts_wall: datetime, ends_wall: datetime, time_zone: str) -> None:
    """Write down the wall times a person typed, and the instants that follow from them and the rules of booking."""
    gathering.starts_wall, gathering.ends_wall, gathering.time_zone = starts_wall, ends_wall, time_zone
    gathering.starts_at = times.from_wall(starts_wall, gathering.zone)
    gathering.ends_at = times.from_wall(ends_wall, gathering.zone)
    derive(gathering)


def derive(gathering: Gathering) -> None:
    """When booking opens and ends and reserved seats are released: days before the start, school days where it says so (rules 2, 3, 6)."""
    day, zone = gathering.starts_wall.date(), gathering.zone
    closed = closures_queries.closed_days(gathering.school_id, day - LOOKS_BACK, day) if gathering.school_id else {}
    at = gathering.cutoff_time or time(15)
    if gathering.kind == GatheringKind.MEETUP:
        gathering.closes_at = teams.closes(gathering.starts_wall, gathering.cutoff_days or 0, zone)
    else:
        gathering.closes_at = school_days.cutoff(gathering.starts_wall, gathering.cutoff_days or 0, at, zone, closed)
    gathering.opens_at = None
    if gathering.opens_days is not None:
        gathering.opens_at = times.settle(datetime.combine(day - timedelta(days=gathering.opens_days), time()), zone)
    for pool in gathering.reserved:
        pool.releases_at = school_days.cutoff(gathering.starts_wall, pool.release_days, at, zone, closed)


@closures.followed_by
def derive_anew(school_id: int | None, now: datetime) -> None:
    """Days were closed or opened: what is counted in school days at that school, or everywhere, is counted again."""
    counted = sa.or_(Gathering.cutoff_days > 0, Gathering.reserved.any())
    chosen = sa.select(Gathering.id).where(Gathering.starts_at > now, Gathering.state != GatheringState.CANCELLED, counted)
    if school_id is not None:
        chosen = chosen.where(Gathering.school_id == school_id)
    for gathering in queries.lock_gatherings(db.session.scalars(chosen)).values():
        derive(gathering)


def reserve(gathering: Gathering, seats: Mapping[Tier, int], release_days: int, *, now: datetime) -> bool:
    """Keep seats for schools of some tiers until so many school days before the start (rule 6). True when that changed anything."""
    wanted = {tier: (number, release_days) for tier, number in seats.items() if number}
    if wanted == {pool.tier: (pool.seats, pool.release_days) for pool in gathering.reserved}:
        return False
    gathering.reserved.clear()
    db.session.flush()
    gathering.reserved = [
        ReservedSeats(tier=tier, seats=number, release_days=days, releases_at=gathering.starts_at, released=False)
        for tier, (number, days) in wanted.items()
    ]
    derive(gathering)
    for pool in gathering.reserved:
        pool.released = now >= pool.releases_at
    return True


def announced_facts(gathering: Gathering) -> dict[str, Any]:
    """What everybody who booked was told; compared before and after an edit."""
    return {name: getattr(gathering, name) for name in ANNOUNCED}


def refuse_stale(gathering: Gathering, version: int) -> None:
    """Two people edit one gathering: the second is told, and nothing of theirs is written."""
    if gathering.version != version:
        raise Refusal(
            say("Somebody else changed this while you were editing. Your text is still here; compare it with the page and save again.")
        )


def touch(gathering: Gathering, *, now: datetime) -> None:
    """Something that calendars show has changed."""
    gathering.version += 1
    gathering.changed_at = times.moved_on(gathering.changed_at, now)
    public = [f"school:{gathering.school_id}"] if gathering.school_id else []
    raise_feeds([*_private_feeds(gathering), *public, "network"], now=now)


def touch_seats(*gatherings: Gathering, now: datetime) -> None:
    """The number of seats or of people has changed, which only hosts and participants see in their calendars."""
    raise_feeds([feed for gathering in gatherings for feed in _private_feeds(gathering)], now=now)


def _private_feeds(gathering: Gathering) -> list[str]:
    return [f"gathering:{gathering.id}", *([f"host:{gathering.school_id}"] if gathering.school_id else [])]


def announce(gathering: Gathering, *, now: datetime) -> int:
    """Tell every party that time or place changed, confirmed ones with an update of their calendar entry. Returns how many parties."""
    gathering.sequence += 1
    parties = queries.live_registrations(gathering.id, RegistrationState.CONFIRMED, RegistrationState.PENDING)
    for registration in parties:
        registration.sequence += 1
        registration.changed_at = times.moved_on(registration.changed_at, now)
        outbox.add(mail.changed(registration, gathering), now=now)
        invitees.keep(registration, gathering, anew=True, now=now)
    return len(parties)


def cancel_gathering(gathering: Gathering, reason: str, *, now: datetime) -> int:
    """Cancel for good: everybody who has seats or waits is told why. Returns how many people had seats."""
    if gathering.state == GatheringState.CANCELLED:
        raise Refusal(say("This is cancelled already. Everybody was told."))
    if gathering.state == GatheringState.PUBLISHED:
        gathering.sequence += 1  # a draft was in nobody's calendar
    gathering.state, gathering.cancel_reason = GatheringState.CANCELLED, reason
    told = 0
    for registration in queries.live_registrations(gathering.id):
        told += registration.party_size
        was_confirmed = registration.is_confirmed
        end(registration, RegistrationState.CANCELLED, reason, "host", now=now)
        outbox.add(mail.cancelled_by_host(registration, gathering, was_confirmed=was_confirmed), now=now)
    _end_line(gathering, now)
    for move in queries.moves_to(gathering.id):
        move.state = MoveState.CLOSED
        outbox.add(mail.move_declined(move.registration, gathering, reason), now=now)
    touch(gathering, now=now)
    return told


def _end_line(gathering: Gathering, now: datetime) -> None:
    """Whoever asked here is told; whoever would come on another day as well goes on waiting."""
    for offer in queries.offers_of(gathering.id):
        offer.state, offer.entry.state = OfferState.CLOSED, EntryState.WAITING
        if offer.entry.window_school_id is not None:
            outbox.add(mail.offer_over(offer.entry, gathering, again=True), now=now)
    db.session.flush()
    for entry in queries.entries_of(gathering.id):
        if entry.window_school_id is None:
            entry.state, entry.changed_at = EntryState.CLOSED, now
            outbox.add(mail.waitlist_closed(entry, gathering), now=now)


def end(registration: Registration, state: RegistrationState, reason: str, by: str, *, now: datetime) -> None:
    """A party has no seats any more; its calendar entry ends with it, and so does its wish to be elsewhere: all it reaches is held."""
    registration.state, registration.cancel_reason, registration.cancelled_by = state, reason, by
    registration.expires_at = registration.nudge_at = None
    registration.sequence += 1
    registration.changed_at = times.moved_on(registration.changed_at, now)
    close_moves(registration)
    for entry in queries.waits_elsewhere(registration.id):
        if entry.open_offer is not None:
            entry.open_offer.state = OfferState.CLOSED
        entry.state, entry.changed_at = EntryState.WITHDRAWN, now
    invitees.keep(registration, registration.gathering, anew=True, now=now)
    db.session.flush()


def seat(registration: Registration, *, now: datetime, role: str = "", is_known: bool = True) -> None:
    """Store a party: its lead is the first attendee, and whoever else comes is named later.

    `is_known`: the lead may be a person who is here already; else nobody is looked for.
    """
    if registration.state in (None, RegistrationState.CONFIRMED):
        registration.confirmed_at = now
    who = registration.lead_name, registration.lead_email, registration.school_id, registration.is_sample
    lead = person_of(*who, now=now) if is_known else _new_person(*who, now)
    if sa.inspect(lead).transient:
        rows.store(lead)
    rows.store(registration)
    attendee = Attendee(
        public_id=new_public_id(), registration_id=registration.id, person_id=lead.id, is_lead=True, role=role, created_at=now
    )  # fmt: skip
    rows.store(attendee)
    set_committed_value(attendee, "person", lead)
    set_committed_value(registration, "attendees", [attendee])
    if registration.party_size > 1:
        fit_attendees(registration, now=now)


def fit_attendees(registration: Registration, *, without: Collection[str] = (), now: datetime) -> None:
    """As many attendees as the party has people. Who goes first when it shrinks: those `without` whom it comes, by public id,
    then those without a name, then the last ones named; whoever is here already goes last."""
    there = registration.attendees
    for _ in range(registration.party_size - len(there)):
        there.append(Attendee(public_id=new_public_id(), created_at=now))
    others = [attendee for attendee in there if not attendee.is_lead]
    others.sort(key=lambda one: (one.public_id in without, one.arrived_at is None, one.person is None, one.id or 0), reverse=True)
    gone = others[: len(there) - registration.party_size]
    for attendee in gone:
        there.remove(attendee)
    db.session.flush()
    for attendee in gone:
        forget_unless_comes(attendee.person)


def confirm(registration: Registration, gathering: Gathering, *, now: datetime) -> None:
    """It is certain that a party comes: it is told, with the calendar entry."""
    registration.state, registration.confirmed_at = RegistrationState.CONFIRMED, now
    registration.expires_at = registration.nudge_at = None
    registration.changed_at = times.moved_on(registration.changed_at, now)
    outbox.add(mail.confirmed(registration, gathering), now=now)
    invitees.keep(registration, gathering, now=now)


def ask_host(registration: Registration, gathering: Gathering, *, now: datetime) -> None:
    """Leave a party to the host, who is asked at once and reminded half-way (rule 2)."""
    registration.state = RegistrationState.PENDING
    registration.expires_at, registration.nudge_at = approval_times(gathering, now)
    registration.changed_at = times.moved_on(registration.changed_at, now)
    outbox.add(mail.asked(registration, gathering), now=now)
    host_mail.send("asked", registration, gathering, now=now)


def approval_times(gathering: Gathering, now: datetime) -> tuple[datetime, datetime]:
    """Until when the host may decide, and when to remind: three school days, or the cutoff where that comes first."""
    from_day = times.to_wall(now, gathering.zone)
    closed = closures_queries.closed_days(gathering.school_id, from_day.date(), from_day.date() + LOOKS_BACK) if gathering.school_id else {}
    until = times.settle(datetime.combine(school_days.school_days_after(from_day.date(), 3, closed), from_day.time()), gathering.zone)
    expires = min(until, max(gathering.closes_at, now))
    return expires, now + (expires - now) / 2


def move(registration: Registration, old: Gathering, new: Gathering, *, size: int | None = None, now: datetime) -> None:
    """A party comes on another date: same booking, same calendar entry (rule 8). Both gatherings are held.

    After the cutoff of the date it leaves, the host there is told at once (rule 7).
    """
    if old.is_closed(now):
        reason = str(say("They come on another date."))
        host_mail.send("late", registration, old, before=registration.party_size, reason=reason, now=now)
    registration.gathering_id, registration.gathering = new.id, new
    registration.party_size = size or registration.party_size
    fit_attendees(registration, now=now)
    for attendee in registration.attendees:  # whoever was checked in an hour before the old date is expected on the new one
        attendee.state, attendee.arrived_at, attendee.left_at = AttendeeState.EXPECTED, None, None
    answers.carry(registration, new.id)
    registration.sequence += 1
    registration.confirmed_at = now
    registration.changed_at = times.moved_on(registration.changed_at, now)
    db.session.flush()
    touch_seats(old, new, now=now)
    outbox.add(mail.moved(registration, old, new), now=now)
    invitees.keep(registration, new, anew=True, now=now)


def close_moves(registration: Registration) -> list[Gathering]:
    """A party that leaves or has moved no longer waits for a decision elsewhere. Returns where that frees seats."""
    waiting = queries.move_of(registration.id)
    if waiting is None:
        return []
    waiting.state = MoveState.CLOSED
    db.session.flush()
    return [waiting.gathering]


def person_of(name: str, email: str | None, school_id: int | None, is_sample: bool, *, now: datetime) -> Person:
    """The person with this address and name, or a new one. Without an address nobody is taken for somebody else."""
    if email:
        found = db.session.scalar(sa.select(Person).where(Person.email == email, Person.name == name).order_by(Person.id).limit(1))
        if found is not None:
            return found
    return _new_person(name, email, school_id, is_sample, now)


def _new_person(name: str, email: str | None, school_id: int | None, is_sample: bool, now: datetime) -> Person:
    return Person(name=name, email=email, school_id=school_id, is_sample=is_sample, created_at=now)


def forget_unless_comes(person: Person | None) -> None:
    """Nobody is kept who comes nowhere and came nowhere."""
    if person is not None and not db.session.scalar(sa.select(Attendee.id).where(Attendee.person_id == person.id).limit(1)):
        db.session.delete(person)
        db.session.flush()
