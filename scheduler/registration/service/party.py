"""What a party does with its booking: grow, shrink, cancel, move."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from scheduler.core import booking, times
from scheduler.core.capacity import Placement, place_party
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.registration import changes, host_mail, invitees, line, mail, queries, roster, terms
from scheduler.registration.models import (
    EntryState,
    Gathering,
    GatheringKind,
    MoveRequest,
    Registration,
    RegistrationState,
    WaitlistEntry,
)
from scheduler.registration.service.booking import Full, Outcome

Facts = dict[str, object]


def resize(
    registration_id: int, party_size: int, *, without: Collection[str] = (), reason: str = "", passes_cutoff: bool = False, actor: str,
    now: datetime,
) -> None:  # fmt: skip
    """Make a party smaller or larger (rule 7). Seats that come free go to those who wait; `passes_cutoff` is for hosts, and
    `without` names those who stay home, by their attendees' public ids.

    Where it waits to move, it waits with as many people from now on.
    """
    with transaction():
        registration, gathering, held = _lock_party(registration_id, now=now)
        if gathering.kind == GatheringKind.MEETUP:
            raise Refusal(say("The people of a team have names. Take off the list who does not come."))
        others = queries.people_by_school(gathering.id, but=registration.id)
        booking.may_resize(
            terms.terms_of(gathering), registration.party_size, party_size, passes_cutoff=passes_cutoff, reason=reason, now=now,
            from_school=others[terms.school_key(registration.school_id, registration.organization)],
        )  # fmt: skip
        if party_size > registration.party_size:
            _may_grow(registration, gathering, party_size)
        before, registration.party_size = registration.party_size, party_size
        there = list(registration.attendees)
        changes.fit_attendees(registration, without=without, now=now)
        roster.note_size(registration, there, actor=actor, now=now)
        registration.changed_at = times.moved_on(registration.changed_at, now)
        _resize_elsewhere(registration)
        changes.touch_seats(*held.values(), now=now)
        _log("party resized", registration, gathering, actor, now, {"party_size": before}, {"party_size": party_size})
        outbox.add(mail.resized(registration, gathering), now=now)
        invitees.keep(registration, gathering, now=now)
        if gathering.is_closed(now) and not passes_cutoff:
            host_mail.send("late", registration, gathering, before=before, reason=reason, now=now)
        line.fill_seats(*held.values(), now=now)


def _may_grow(registration: Registration, gathering: Gathering, party_size: int) -> None:
    """Refuse what does not fit here, and while seats for as many as the party has now are held on another date."""
    offered = any(entry.open_offer for entry in queries.waits_elsewhere(registration.id))
    if offered or queries.move_of(registration.id) is not None:
        raise Refusal(say("Seats are held for your party on another date. Once that is settled, it can grow."))
    somebody_waits = gathering.strict_line and bool(queries.line_for(gathering))
    more = party_size - registration.party_size
    place_party(queries.seats_of(gathering), more, waitlist_open=False, somebody_waits=somebody_waits, tier=registration.tier)


def _resize_elsewhere(registration: Registration) -> None:
    for entry in queries.waits_elsewhere(registration.id):
        entry.party_size = entry.smallest = registration.party_size
        if entry.open_offer is not None:
            entry.open_offer.size = registration.party_size
    db.session.flush()


def cancel(registration_id: int, *, reason: str, by: str, actor: str, now: datetime) -> None:
    """Cancel a party; `by` is party or host. Cancelling twice is cancelling once."""
    with transaction():
        registration, gathering, held = _lock_party(registration_id, ended_too=True, now=now)
        if not registration.holds_seats:
            return
        booking.may_cancel(terms.terms_of(gathering), passes_cutoff=by == "host", reason=reason, now=now)
        before, was_confirmed = registration.state, registration.is_confirmed
        changes.end(registration, RegistrationState.CANCELLED, reason, by, now=now)
        outbox.add(mail.cancelled(registration, gathering, was_confirmed=was_confirmed), now=now)
        changes.touch_seats(*held.values(), now=now)
        _log("registration cancelled", registration, gathering, actor, now, {"state": before.value}, {"state": "cancelled", "by": by})
        if gathering.is_closed(now) and by == "party":
            host_mail.send("late", registration, gathering, before=registration.party_size, reason=reason, now=now)
        line.fill_seats(*held.values(), now=now)


def move(registration_id: int, gathering_id: int, *, wait_if_full: bool = False, actor: str, now: datetime) -> Outcome:
    """Bring a party to another date (rule 8): take the new seats, then free the old; same booking, same calendar entry.

    Where the other host decides first, the party holds seats at both until then (pending). Refuses with Full where it does not
    fit; `wait_if_full` puts it in line there while it keeps what it has.
    """
    with transaction():
        held = queries.lock_reach(lambda: queries.reach_of(Registration.id == registration_id) | {gathering_id})
        registration = db.session.get_one(Registration, registration_id, populate_existing=True)
        old, new = held[registration.gathering_id], held[gathering_id]
        for gathering in held.values():
            line.settle(gathering, now=now)
        _may_move(registration, old, new, now)
        seats = queries.seats_of(new)
        somebody_waits = new.strict_line and bool(queries.line_for(new))
        placement = place_party(
            seats, registration.party_size, waitlist_open=new.waitlist_open, somebody_waits=somebody_waits, tier=registration.tier
        )  # fmt: skip
        if placement == Placement.WAITLISTED and not wait_if_full:
            raise Full(mail.no_longer_fits(seats, registration.tier, registration.party_size, somebody_waits=somebody_waits))
        outcome = _move(registration, old, new, placement, now)
        _log(f"move {outcome.value}", registration, new, actor, now, {"gathering": old.id}, {"gathering": new.id})
        return outcome


def _may_move(registration: Registration, old: Gathering, new: Gathering, now: datetime) -> None:
    if registration.state != RegistrationState.CONFIRMED:
        raise Refusal(say("Only a confirmed booking can move. Cancel this one and book the other date."))
    if old.id == new.id:
        raise Refusal(say("Your party is booked on this date already. Choose another one."))
    if GatheringKind.MEETUP in (old.kind, new.kind):
        raise Refusal(say("Only bookings of visits can move. Cancel this one and register for the other date."))
    if queries.move_of(registration.id) is not None:
        raise Refusal(say("A host is deciding about another date for you already. Wait for the answer, or keep what you have."))
    booking.may_move(old.starts_at, now=now)
    booked = queries.people_by_school(new.id)[terms.school_key(registration.school_id, registration.organization)]
    booking.may_book(terms.terms_of(new), registration.party_size, from_school=booked, now=now)
    if queries.party_of_address(new.id, registration.lead_email) is not None:
        raise Refusal(say("You have another booking on that date. Make that party larger, or cancel one of the two."))
    if queries.offer_of_address(new.id, registration.lead_email) is not None:
        raise Refusal(say("Seats on that date are held for you already. Open the mail about them to take them."))


def _move(registration: Registration, old: Gathering, new: Gathering, placement: Placement, now: datetime) -> Outcome:
    if placement == Placement.WAITLISTED:
        _wait_there(registration, new, now)
        return Outcome.WAITLISTED
    if booking.standing(terms.terms_of(new), is_verified=True, is_member=bool(registration.tier)) == booking.Standing.PENDING:
        expires, nudge = changes.approval_times(new, now)
        expires = min(expires, old.starts_at)
        request = MoveRequest(registration_id=registration.id, gathering_id=new.id, expires_at=expires, nudge_at=nudge, created_at=now)
        db.session.add(request)
        db.session.flush()
        changes.touch_seats(new, now=now)
        outbox.add(mail.move_asked(registration, new, booking.moment_text(expires, new.zone)), now=now)
        host_mail.send("asked", registration, new, until=booking.moment_text(expires, new.zone), now=now)
        return Outcome.PENDING
    line.fill_seats(*line.move_here(registration, new, now=now), now=now)
    return Outcome.CONFIRMED


def _wait_there(registration: Registration, gathering: Gathering, now: datetime) -> None:
    if queries.entry_of_address(gathering.id, registration.lead_email) is not None:
        return
    entry = WaitlistEntry(
        public_id=new_public_id(), gathering_id=gathering.id, moving_id=registration.id, photo_rule_version=registration.photo_rule_version,
        lead_name=registration.lead_name, lead_email=registration.lead_email, organization=registration.organization,
        school_id=registration.school_id, tier=registration.tier, party_size=registration.party_size, smallest=registration.party_size,
        purpose=registration.purpose, verified_at=registration.verified_at, state=EntryState.WAITING, created_at=now, changed_at=now,
    )  # fmt: skip
    db.session.add(entry)
    db.session.flush()
    outbox.add(mail.waitlisted(entry, gathering), now=now)


def _lock_party(registration_id: int, *, ended_too: bool = False, now: datetime) -> tuple[Registration, Gathering, dict[int, Gathering]]:
    """A party, its gathering and all that its change reaches, held, with what time has ended settled."""
    held = queries.lock_reach(lambda: queries.reach_of(Registration.id == registration_id))
    registration = db.session.get_one(Registration, registration_id, populate_existing=True)
    for gathering in held.values():
        line.settle(gathering, now=now)
    if not registration.holds_seats and not ended_too:
        raise Refusal(say("This booking has ended, so its party cannot change. Book again to come."))
    return registration, held[registration.gathering_id], held


def _log(
    what: str,
    registration: Registration,
    gathering: Gathering,
    actor: str,
    now: datetime,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    about = f"registration:{registration.id}"
    audit.record(what, about, actor=actor, now=now, school_id=gathering.school_id, before=before, after=after)
