"""What hosts decide about parties: approve, decline, seat somebody from the line."""

from __future__ import annotations

from datetime import datetime

from scheduler.core.capacity import place_party
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.registration import changes, line, mail, queries
from scheduler.registration.models import (
    Gathering,
    MoveRequest,
    MoveState,
    Registration,
    RegistrationState,
    WaitlistEntry,
)


def decide(registration_id: int, *, approve: bool, reason: str = "", actor: str, now: datetime) -> None:
    """Approve or decline a party from outside the network; deciding the same twice is deciding once."""
    with transaction():
        registration = db.session.get_one(Registration, registration_id)
        gathering = queries.lock_gathering(registration.gathering_id)
        db.session.refresh(registration)
        wanted = RegistrationState.CONFIRMED if approve else RegistrationState.DECLINED
        if registration.state == wanted:
            return
        line.settle(gathering, now=now)
        if registration.state != RegistrationState.PENDING:
            raise Refusal(say("This party no longer waits for you: it has cancelled, or time ran out. It can book again."))
        if approve:
            changes.confirm(registration, gathering, now=now)
        else:
            changes.end(registration, RegistrationState.DECLINED, reason, "host", now=now)
            outbox.add(mail.declined(registration, gathering), now=now)
        db.session.flush()
        changes.touch_seats(gathering, now=now)
        _log(f"party {wanted.value}", f"registration:{registration.id}", gathering, actor, now)
        line.fill_seats(gathering, now=now)


def decide_move(move_id: int, *, approve: bool, reason: str = "", actor: str, now: datetime) -> None:
    """Approve or decline a party that wants to come on another date; it keeps its seats where it was until then (rule 8)."""
    with transaction():
        move = db.session.get_one(MoveRequest, move_id)
        held = queries.lock_reach(lambda: queries.reach_of(Registration.id == move.registration_id) | {move.gathering_id})
        move = db.session.get_one(MoveRequest, move_id, populate_existing=True)
        for gathering in held.values():
            line.settle(gathering, now=now)
        if move.state != MoveState.WAITING:
            raise Refusal(say("This party no longer waits for you: it has changed its mind, or time ran out."))
        registration, new = db.session.get_one(Registration, move.registration_id, populate_existing=True), held[move.gathering_id]
        move.state = MoveState.APPROVED if approve else MoveState.DECLINED
        db.session.flush()
        if approve:
            line.fill_seats(*line.move_here(registration, new, now=now), now=now)
        else:
            outbox.add(mail.move_declined(registration, new, reason), now=now)
            changes.touch_seats(new, now=now)
            line.fill_seats(new, now=now)
        _log(f"move {move.state.value}", f"registration:{registration.id}", new, actor, now)


def seat_waiting(entry_id: int, gathering_id: int, *, actor: str, now: datetime) -> None:
    """Seat somebody from the line by hand, as after the cutoff, when nobody is asked any more (rule 11)."""
    with transaction():
        moving_id = db.session.get_one(WaitlistEntry, entry_id).moving_id
        held = queries.lock_reach(lambda: queries.reach_of(Registration.id == moving_id) | {gathering_id})
        gathering = held[gathering_id]
        if gathering.is_cancelled or gathering.has_started(now):
            raise Refusal(say("This has begun or was cancelled; nobody can be seated any more."))
        line.settle(gathering, now=now)
        entry = queries.lock_entry(entry_id)
        _may_be_seated(entry, gathering)
        size = min(entry.party_size, queries.seats_of(gathering).left_for(entry.tier))
        registration, freed = line.seat_entry(entry, gathering, size, approved=True, now=now)
        changes.touch_seats(gathering, now=now)
        _log("seated from the waitlist", f"registration:{registration.id}", gathering, actor, now)
        line.fill_seats(*freed, now=now)


def _may_be_seated(entry: WaitlistEntry, gathering: Gathering) -> None:
    if entry not in queries.line_for(gathering):
        raise Refusal(say("This party no longer waits: it has seats, an offer, or has left the line."))
    if entry.lead_email in queries.addresses_at(gathering.id):
        raise Refusal(say("This party has seats here already. Make it larger instead."))
    place_party(queries.seats_of(gathering), entry.smallest, waitlist_open=False, tier=entry.tier)


def settle(gathering_id: int, *, now: datetime) -> int:
    """End what has run out of time at a gathering, and give what came free to those who wait."""
    with transaction():
        return line.settle(queries.lock_gathering(gathering_id), now=now)


def _log(what: str, about: str, gathering: Gathering, actor: str, now: datetime) -> None:
    audit.record(what, about, actor=actor, now=now, school_id=gathering.school_id)
