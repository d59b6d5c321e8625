"""The waitlist at work: what time has ended, and who gets free seats. Inside the caller's transaction, with the gathering held.

Freed and added seats are offered in the transaction that freed or added them, before anybody else can take them (rule 11).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from scheduler.core import booking
from scheduler.core.waitlist import Grant, Waiting, offer_deadline, overtaken, walk
from scheduler.foundation import outbox
from scheduler.foundation.db import db
from scheduler.foundation.tokens import new_public_id
from scheduler.registration import changes, host_mail, mail, queries, terms
from scheduler.registration.models import (
    EntryState,
    Gathering,
    GatheringState,
    MoveState,
    Offer,
    OfferState,
    Registration,
    RegistrationState,
    WaitlistEntry,
)


def is_settled(gathering: Gathering, known: sa.Row[Any], *, now: datetime) -> bool:
    """Whether time has ended nothing here and nobody waits, by what is `known` before a booking."""
    releases = any(not pool.released and now >= pool.releases_at for pool in gathering.reserved)
    return not (known.due or known.moves or known.offers or known.line or releases)


def settle(gathering: Gathering, *, now: datetime) -> int:
    """End what has run out of time, then give free seats to those who wait. Returns how many parties moved up or were asked."""
    _end_waiting(gathering, now)
    _end_moves(gathering, now)
    ended = [offer for offer in queries.offers_of(gathering.id) if now >= min(offer.deadline, gathering.starts_at)]
    for offer in ended:
        pass_on(offer, OfferState.EXPIRED, gathering, now=now)
    for pool in gathering.reserved:
        pool.released = pool.released or now >= pool.releases_at
    db.session.flush()
    return fill_seats(gathering, *queries.lock_window_visits(offer.entry for offer in ended), now=now)


def _end_waiting(gathering: Gathering, now: datetime) -> None:
    for registration in queries.parties_due(gathering.id, now=now):
        if registration.expires_at and now >= registration.expires_at:
            over = mail.unconfirmed if registration.state == RegistrationState.UNVERIFIED else mail.unanswered
            changes.end(registration, RegistrationState.EXPIRED, "", "time", now=now)
            outbox.add(over(registration, gathering), now=now)
            changes.touch_seats(gathering, now=now)
        else:
            registration.nudge_at = None
            host_mail.send("asked_again", registration, gathering, now=now)


def _end_moves(gathering: Gathering, now: datetime) -> None:
    for move in queries.moves_to(gathering.id):
        if now >= move.expires_at:
            move.state = MoveState.DECLINED
            outbox.add(mail.move_declined(move.registration, gathering, ""), now=now)
        elif move.nudge_at and now >= move.nudge_at:
            move.nudge_at = None
            host_mail.send("asked_again", move.registration, gathering, now=now)


def fill_seats(*gatherings: Gathering, now: datetime) -> int:
    """Give free seats to those who wait, in order (rules 10, 11), also where that frees some; the earliest visit first.

    Returns how many got seats or were asked.
    """
    todo, given = set(gatherings), 0
    while todo:
        todo.remove(gathering := min(todo, key=lambda one: (one.starts_at, one.id)))
        grants, freed = _fill(gathering, now)
        given += grants
        todo |= freed
    return given


def _fill(gathering: Gathering, now: datetime) -> tuple[int, set[Gathering]]:
    """One walk through the line. Until the cutoff each is asked first, unless it said not to. With it, where seats came free by that."""
    if gathering.state != GatheringState.PUBLISHED or gathering.is_closed(now) or gathering.opens_later(now):
        return 0, set()
    if not queries.somebody_waits(gathering):  # as nearly always, and it is asked first because it costs the least
        return 0, set()
    seats = queries.seats_of(gathering)
    if seats.is_full or not (entries := {entry.id: entry for entry in queries.line_for(gathering)}):
        return 0, set()
    asking = offer_deadline(now, gathering.closes_at, gathering.zone)
    line = [waiting for waiting in _line(gathering, entries.values(), now) if asking or waiting.confirms]
    grants = walk(seats, line, strict=gathering.strict_line, room=_room(gathering, line))
    for entry_id, free in overtaken(seats, line, grants).items():
        entries[entry_id].passed_free = free
    confirming, freed = {waiting.entry_id for waiting in line if waiting.confirms}, set[Gathering]()
    for grant in grants:
        entry = entries[grant.entry_id]
        if entry.state != EntryState.WAITING or entry.lead_email in queries.addresses_at(gathering.id):
            freed.add(gathering)  # the same people waited twice and have seats by now: these go to the next in line
        elif entry.id in confirming:
            freed |= seat_entry(entry, gathering, grant.size, now=now)[1]
        elif asking:
            _offer(entry, gathering, grant, asking.mail_at, asking.deadline, now)
            freed |= _let_through(entry)
    if grants:
        changes.touch_seats(gathering, now=now)
    return len(grants), freed


def _line(gathering: Gathering, entries: Iterable[WaitlistEntry], now: datetime) -> list[Waiting]:
    """The line as the core wants it, without those who have seats here already or are asked about some."""
    here = queries.addresses_at(gathering.id)
    return [
        Waiting(
            entry.id, entry.party_size, entry.smallest, entry.tier, entry.priority, confirms=_confirms(entry, now),
            school=terms.school_key(entry.school_id, entry.organization),
        )
        for entry in entries
        if entry.lead_email not in here
    ]  # fmt: skip


def _confirms(entry: WaitlistEntry, now: datetime) -> bool:
    """Takes seats without being asked. Asked are those who would leave seats elsewhere, and those who have as many bookings as one may."""
    sure = entry.confirm_until is not None and now < entry.confirm_until
    known = entry.verified_at is not None and entry.moving_id is None
    return sure and known and queries.bookings_ahead(entry.lead_email, now=now) < booking.MOST_AHEAD


def _room(gathering: Gathering, line: Sequence[Waiting]) -> dict[str, int]:
    """How many more people each school in line may send."""
    if gathering.school_most is None:
        return {}
    booked = queries.people_by_school(gathering.id)
    return {waiting.school: gathering.school_most - booked[waiting.school] for waiting in line}


def _offer(entry: WaitlistEntry, gathering: Gathering, grant: Grant, mail_at: datetime, deadline: datetime, now: datetime) -> None:
    offer = Offer(
        gathering_id=gathering.id, size=grant.size, state=OfferState.OPEN, mail_at=mail_at, deadline=deadline, created_at=now,
    )  # fmt: skip
    entry.offers.append(offer)
    entry.state, entry.changed_at = EntryState.OFFERED, now
    db.session.flush()
    outbox.add(mail.offered(entry, offer, gathering), now=now)


def pass_on(offer: Offer, state: OfferState, gathering: Gathering, *, now: datetime) -> None:
    """An offer was declined or ran out: the party keeps its place in line once, then its entry closes."""
    entry = offer.entry
    offer.state, entry.changed_at = state, now
    again = not entry.returned and (entry.window_school_id is not None or not gathering.is_closed(now))
    entry.state, entry.returned = (EntryState.WAITING if again else EntryState.CLOSED), True
    outbox.add(mail.offer_over(entry, gathering, again=again), now=now)
    changes.touch_seats(gathering, now=now)
    db.session.flush()


def seat_entry(
    entry: WaitlistEntry, gathering: Gathering, size: int, *, approved: bool = False, now: datetime
) -> tuple[Registration, set[Gathering]]:
    """A party from the line gets seats: a new booking, or its booking elsewhere moves here. Also returns where seats came free by that.

    `approved`: the host is the one who seats it. What a move leaves is held.
    """
    entry.state, entry.changed_at = EntryState.TAKEN, now
    freed = _let_through(entry)
    if entry.moving_id is not None:
        registration = db.session.get_one(Registration, entry.moving_id)
        freed |= move_here(registration, gathering, size=size, now=now)
    else:
        registration = _register(entry, gathering, size, approved, now)
        entry.registration_id = registration.id
        freed |= leave_lines(entry.lead_email, gathering, window=(entry.window_first, entry.window_last), now=now)
    db.session.flush()
    return registration, freed


def move_here(registration: Registration, gathering: Gathering, *, size: int | None = None, now: datetime) -> set[Gathering]:
    """A party that has seats elsewhere comes here instead (rule 8). Everything it reaches is held. Returns where seats came free."""
    old = registration.gathering
    changes.move(registration, old, gathering, size=size, now=now)
    freed = {old, *changes.close_moves(registration)}
    return freed | leave_lines(registration.lead_email, gathering, now=now)


def leave_lines(
    email: str, gathering: Gathering, *, window: tuple[date | None, date | None] = (None, None), now: datetime
) -> set[Gathering]:
    """Who has seats at a visit no longer waits for it, nor for others of the same school in the same days (rule 11).

    The school is held. Returns where offers ended by that, held.
    """
    day, freed = gathering.starts_wall.date(), set[Gathering]()
    first, last = window[0] or day, window[1] or day
    for entry in queries.entries_at_school(email, gathering):
        asked = entry.gathering.starts_wall.date()
        if entry.gathering_id == gathering.id or first <= asked <= last or booking.in_window(day, entry.window_first, entry.window_last):
            freed |= leave(entry, now=now)
    return freed


def leave(entry: WaitlistEntry, *, now: datetime) -> set[Gathering]:
    """Somebody no longer waits. Its school is held. Returns where the seats of its offer came free, held."""
    offer = entry.open_offer
    entry.state, entry.changed_at = EntryState.WITHDRAWN, now
    if offer is not None:
        offer.state = OfferState.CLOSED
    db.session.flush()
    at = offer.gathering_id if offer else entry.gathering_id
    return {*queries.lock_gatherings([at]).values(), *_let_through(entry)}


def _let_through(entry: WaitlistEntry) -> set[Gathering]:
    """Strict lines in which this entry stands no longer: whoever stood behind it may have seats to take. Its school is held."""
    return {gathering for gathering in queries.lock_window_visits([entry]) if gathering.strict_line}


def _register(entry: WaitlistEntry, gathering: Gathering, size: int, approved: bool, now: datetime) -> Registration:
    registration = Registration(
        public_id=new_public_id(), uid=changes.new_uid(), gathering_id=gathering.id, gathering=gathering, lead_name=entry.lead_name,
        lead_email=entry.lead_email, school_id=entry.school_id, organization=entry.organization, tier=entry.tier, party_size=size,
        purpose=entry.purpose, photo_rule_version=entry.photo_rule_version, is_sample=entry.is_sample, verified_at=entry.verified_at,
        state=RegistrationState(booking.standing(terms.terms_of(gathering), is_verified=True, is_member=approved or bool(entry.tier))),
        created_at=now, changed_at=now,
    )  # fmt: skip
    changes.seat(registration, now=now)
    if registration.is_confirmed:
        outbox.add(mail.moved_up(registration, gathering), now=now)
    else:
        changes.ask_host(registration, gathering, now=now)
    return registration
