"""Booking: a party asks for seats, confirms its address, or waits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from scheduler.core import booking
from scheduler.core.capacity import Placement, place_party
from scheduler.core.consents import PHOTO_RULE
from scheduler.core.people import address_key
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.registration import at_once, changes, invitees, line, mail, queries, terms
from scheduler.registration.models import (
    BookingKey,
    EntryState,
    Gathering,
    GatheringKind,
    Registration,
    RegistrationState,
    WaitlistEntry,
)
from scheduler.registration.service.teams import Member, has_team, seat_team


@dataclass(frozen=True)
class Wish:
    """How a party would wait: the fewest who would still come, the days that would do, until when it need not be asked."""

    smallest: int | None = None
    """None: all of the party or nobody"""
    window: tuple[date, date] | None = None
    """Any visit of the same school from the first to the last day; None: this one only"""
    confirm_until: datetime | None = None


@dataclass(frozen=True)
class BookingRequest:
    """What a party's lead typed; of a team its people too, the lead first."""

    lead_name: str
    lead_email: str
    organization: str
    school_id: int | None
    party_size: int
    purpose: str = ""
    wait_if_full: bool = False
    """The lead has seen that the party does not fit and asked for the waitlist"""
    wish: Wish = Wish()
    members: tuple[Member, ...] = ()

    def fingerprint(self) -> str:
        """Equal for equal requests (SHA-256); how the party would wait does not count."""
        facts = {name: value for name, value in vars(self).items() if name not in ("wait_if_full", "wish")}
        return hashlib.sha256(json.dumps(facts, sort_keys=True, default=vars).encode()).hexdigest()


class Outcome(StrEnum):
    """What became of a request."""

    CONFIRMED = "confirmed"
    PENDING = "pending"
    MAILED = "mailed"
    """Seats are held, or not: the mail says which (registration rules 1 and 4)"""
    WAITLISTED = "waitlisted"


@dataclass(frozen=True)
class Booked:
    """Where a party stands now; `public_id` names its registration, or its waitlist entry. Empty where only the mail may say more."""

    outcome: Outcome
    public_id: str = ""
    link_round: int = 0


class Full(Refusal):
    """The party does not fit; it can wait."""


def book(
    gathering_id: int, request: BookingRequest, *, key: str, now: datetime, counted: Callable[[], None] = lambda: None
) -> Booked:  # fmt: skip
    """Seat a party at a gathering, or put it on the waitlist when it asks to wait; the same key gives the same answer.

    Refuses with Full when the party does not fit and has not asked to wait. `counted` counts what is booked, in its transaction: one
    that waited for a transaction of its own took a fifth of the whole booking.
    """
    with transaction():
        gathering = queries.lock_gathering(gathering_id)
        known = _known_before(gathering, request, key, now)
        if known.key:
            return _booked_before(gathering, request, key)
        if not line.is_settled(gathering, known, now=now):
            line.settle(gathering, now=now)
            known = _known_before(gathering, request, key, now)
        booked = _book(gathering, request, known, now)
        _keep_key(key, gathering, request, booked, now)
        counted()
    return booked


def _known_before(gathering: Gathering, request: BookingRequest, key: str, now: datetime) -> sa.Row[Any]:
    email = address_key(request.lead_email)
    return at_once.before_booking(gathering, key=key, email=email, name=request.lead_name, school_id=request.school_id, now=now)


def _book(gathering: Gathering, request: BookingRequest, known: sa.Row[Any], now: datetime) -> Booked:
    email, asked = address_key(request.lead_email), terms.terms_of(gathering)
    booking.may_book(asked, request.party_size, from_school=_booked_of_school(gathering, request), now=now)
    if known.party and (party := queries.party_of_address(gathering.id, email)) is not None:
        outbox.add(_about(party, gathering), now=now)
        return Booked(Outcome.MAILED)
    if known.offer and (offer := queries.offer_of_address(gathering.id, email)) is not None:
        outbox.add(mail.offered(offer.entry, offer, gathering), now=now)
        return Booked(Outcome.MAILED)
    if has_team(gathering, request.school_id):
        outbox.add(mail.team_there(request.lead_name, email, request.organization, gathering), now=now)
        return Booked(Outcome.MAILED)
    if gathering.kind == GatheringKind.VISIT and known.ahead >= booking.MOST_AHEAD:
        outbox.add(mail.too_many(request.lead_name, email, gathering), now=now)
        return Booked(Outcome.MAILED)
    seats, tier = queries.seats_from(gathering, known.taken), terms.tier_name(known.tier)
    somebody_waits = gathering.strict_line and known.line
    placement = place_party(
        seats, request.party_size, waitlist_open=gathering.waitlist_open, somebody_waits=somebody_waits, tier=tier
    )  # fmt: skip
    if placement == Placement.CONFIRMED:
        return _seat(gathering, request, tier, known, now)
    if request.wait_if_full:
        return _wait(gathering, request, tier, now)
    raise Full(mail.no_longer_fits(seats, tier, request.party_size, somebody_waits=somebody_waits))


def _booked_of_school(gathering: Gathering, request: BookingRequest) -> int:
    if gathering.school_most is None:
        return 0
    return queries.people_by_school(gathering.id)[terms.school_key(request.school_id, request.organization)]


def _about(party: Registration, gathering: Gathering) -> outbox.Mail:
    return mail.verify(party, gathering) if party.state == RegistrationState.UNVERIFIED else mail.known(party, gathering)


def _booked_before(gathering: Gathering, request: BookingRequest, key: str) -> Booked:
    found: Registration | WaitlistEntry | None
    earlier = db.session.get_one(BookingKey, key)
    if earlier.fingerprint != f"{gathering.id}:{request.fingerprint()}"[:64]:
        raise Refusal(say("This form was sent before with other words. Load the page again to book once more."))
    found = db.session.get(Registration, earlier.registration_id) if earlier.registration_id else None
    found = found or (db.session.get(WaitlistEntry, earlier.entry_id) if earlier.entry_id else None)
    return Booked(Outcome(earlier.outcome), found.public_id, found.link_round) if found else Booked(Outcome(earlier.outcome))


def _seat(gathering: Gathering, request: BookingRequest, tier: str, known: sa.Row[Any], now: datetime) -> Booked:
    email = address_key(request.lead_email)
    is_verified = booking.is_listed(email, known.listed_domains)
    standing = booking.standing(terms.terms_of(gathering), is_verified=is_verified, is_member=bool(tier))
    registration = Registration(
        public_id=new_public_id(), uid=changes.new_uid(), gathering_id=gathering.id, gathering=gathering, lead_name=request.lead_name,
        lead_email=email, organization=request.organization, school_id=request.school_id, tier=tier, party_size=request.party_size,
        purpose=request.purpose, photo_rule_version=PHOTO_RULE, state=RegistrationState(standing),
        verified_at=now if is_verified else None, created_at=now, changed_at=now,
    )  # fmt: skip
    if request.members:
        seat_team(registration, request.members, now=now)
    else:
        changes.seat(registration, is_known=known.person, now=now)
    changes.touch_seats(gathering, now=now)
    audit.record("registration booked", f"registration:{registration.id}", actor="link", now=now, school_id=gathering.school_id)
    if standing == booking.Standing.UNVERIFIED:
        registration.expires_at = min(now + booking.HOLD, gathering.starts_at)
        outbox.add(mail.verify(registration, gathering), now=now)
        return Booked(Outcome.MAILED, registration.public_id)
    if standing == booking.Standing.PENDING:
        changes.ask_host(registration, gathering, now=now)
    else:
        outbox.add(mail.confirmed(registration, gathering, asks=known.questions), now=now)
        if request.members:  # else nobody but the lead has an address
            invitees.keep(registration, gathering, now=now)
    if known.waits:
        line.fill_seats(*line.leave_lines(email, gathering, now=now), now=now)
    return Booked(Outcome(standing.value), registration.public_id, registration.link_round)


def _wait(gathering: Gathering, request: BookingRequest, tier: str, now: datetime) -> Booked:
    email, wish = address_key(request.lead_email), request.wish
    if (known := queries.entry_of_address(gathering.id, email)) is not None:
        outbox.add(mail.waitlisted(known, gathering), now=now)
        return Booked(Outcome.MAILED)
    first, last = wish.window or (None, None)
    entry = WaitlistEntry(
        public_id=new_public_id(), gathering_id=gathering.id, photo_rule_version=PHOTO_RULE, lead_name=request.lead_name,
        lead_email=email, organization=request.organization, school_id=request.school_id, tier=tier, party_size=request.party_size,
        smallest=min(wish.smallest or request.party_size, request.party_size), confirm_until=wish.confirm_until,
        window_school_id=gathering.school_id if wish.window else None, window_first=first, window_last=last, state=EntryState.WAITING,
        purpose=request.purpose, verified_at=now if terms.is_listed(email) else None, created_at=now, changed_at=now,
    )  # fmt: skip
    db.session.add(entry)
    db.session.flush()
    audit.record("waitlist joined", f"waitlist_entry:{entry.id}", actor="link", now=now, school_id=gathering.school_id)
    outbox.add(mail.waitlisted(entry, gathering), now=now)
    # A smaller party than asked for may fit at once, or all of it on another day that would do.
    line.fill_seats(gathering, *queries.lock_window_visits([entry]), now=now)
    return Booked(Outcome.WAITLISTED if entry.verified_at else Outcome.MAILED, entry.public_id, entry.link_round)


def _keep_key(key: str, gathering: Gathering, request: BookingRequest, booked: Booked, now: datetime) -> None:
    """Remember what the form led to; each night those of days ago are forgotten."""
    fingerprint = f"{gathering.id}:{request.fingerprint()}"[:64]
    db.session.execute(
        _KEPT, {"key": key, "fingerprint": fingerprint, "outcome": booked.outcome.value, "now": now, "name": booked.public_id}
    )


_KEPT = sa.insert(db.metadata.tables["booking_keys"]).values(
    key=sa.bindparam("key"), fingerprint=sa.bindparam("fingerprint"), outcome=sa.bindparam("outcome"), created_at=sa.bindparam("now"),
    **{
        column: sa.select(table.id).where(table.public_id == sa.bindparam("name")).scalar_subquery()
        for column, table in (("registration_id", Registration), ("entry_id", WaitlistEntry))
    },
)  # fmt: skip


def verify(registration_id: int, *, now: datetime) -> Outcome:
    """The lead opened the mail and said so: the seats are theirs, or the host's to decide about. Refuses once the hold has ended."""
    with transaction():
        registration = db.session.get_one(Registration, registration_id)
        gathering = queries.lock_gathering(registration.gathering_id)
        db.session.refresh(registration)
        if registration.state in (RegistrationState.CONFIRMED, RegistrationState.PENDING):
            return Outcome(registration.state.value)
        line.settle(gathering, now=now)
        if registration.state != RegistrationState.UNVERIFIED:
            raise Refusal(say("The hour in which we held your seats is over, and they went back. Book again to come."))
        if has_team(gathering, registration.school_id):
            raise Refusal(say("A team of your school was confirmed before yours. Cancel this one, or write to the organizers."))
        registration.verified_at = now
        standing = booking.standing(terms.terms_of(gathering), is_verified=True, is_member=bool(registration.tier))
        if standing == booking.Standing.PENDING:
            changes.ask_host(registration, gathering, now=now)
        else:
            changes.confirm(registration, gathering, now=now)
        line.fill_seats(*line.leave_lines(registration.lead_email, gathering, now=now), now=now)
        changes.touch_seats(gathering, now=now)
        audit.record("address confirmed", f"registration:{registration.id}", actor="link", now=now, school_id=gathering.school_id)
        return Outcome(standing.value)
