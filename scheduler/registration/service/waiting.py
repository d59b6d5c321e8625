"""What those do who wait: accept or decline seats, change their wish, leave the line."""

from __future__ import annotations

from datetime import datetime

from scheduler.core.booking import MOST_AHEAD, too_many_ahead
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.registration import changes, line, queries
from scheduler.registration.models import EntryState, Gathering, Offer, OfferState, Registration, WaitlistEntry


def accept(entry_id: int, *, now: datetime) -> str:
    """Take the seats that are held. Whoever has seats no longer waits for others of the same school in the same days (rule 11).

    Returns the public id of the booking; accepting twice is accepting once. Refuses an offer that has ended.
    """
    with transaction():
        entry, held = _lock_entry(entry_id)
        if (taken := _seated(entry)) is not None:
            return taken.public_id
        offer = _open_offer(entry, held, now)
        gathering = held[offer.gathering_id]
        if entry.moving_id is None and queries.bookings_ahead(entry.lead_email, now=now) >= MOST_AHEAD:
            raise Refusal(too_many_ahead())
        offer.state, entry.verified_at = OfferState.ACCEPTED, entry.verified_at or now
        db.session.flush()
        registration, freed = line.seat_entry(entry, gathering, offer.size, now=now)
        changes.touch_seats(gathering, now=now)
        _log("offer accepted", entry, gathering, now)
        line.fill_seats(gathering, *freed, now=now)
        return registration.public_id


def decline(entry_id: int, *, now: datetime) -> None:
    """Let the next in line have the seats; declining twice is declining once."""
    with transaction():
        entry, held = _lock_entry(entry_id)
        if entry.open_offer is None:
            return
        offer = _open_offer(entry, held, now)
        gathering = held[offer.gathering_id]
        line.pass_on(offer, OfferState.DECLINED, gathering, now=now)
        _log("offer declined", entry, gathering, now)
        _fill_without(entry, gathering, now)
        line.fill_seats(*(other for other in queries.lock_window_visits([entry]) if other.id != gathering.id), now=now)


def withdraw(entry_id: int, *, now: datetime) -> None:
    """Leave the waitlist; leaving twice is leaving once."""
    with transaction():
        entry, held = _lock_entry(entry_id)
        if entry.state not in (EntryState.WAITING, EntryState.OFFERED):
            return
        line.fill_seats(*line.leave(entry, now=now), now=now)
        _log("waitlist left", entry, held[entry.gathering_id], now)


def confirm_without_asking(entry_id: int, until: datetime | None, *, now: datetime) -> None:
    """From the mailed link: seats that come free are taken without asking until a moment, or no longer."""
    with transaction():
        entry, held = _lock_entry(entry_id)
        if entry.state not in (EntryState.WAITING, EntryState.OFFERED):
            raise Refusal(say("This place on the waitlist has ended, so nothing can be changed."))
        entry.confirm_until, entry.changed_at = until, now
        entry.verified_at = entry.verified_at or now
        db.session.flush()
        line.settle(held[entry.gathering_id], now=now)
        line.fill_seats(*queries.lock_window_visits([entry]), now=now)


def _lock_entry(entry_id: int) -> tuple[WaitlistEntry, dict[int, Gathering]]:
    """An entry with everything that may change with it, held: gatherings in the order of their ids, then the entry."""
    held = queries.lock_reach(lambda: queries.reach_of_entry(entry_id))
    return queries.lock_entry(entry_id), held


def _seated(entry: WaitlistEntry) -> Registration | None:
    if entry.state != EntryState.TAKEN:
        return None
    found = entry.registration_id or entry.moving_id
    return db.session.get(Registration, found) if found else None


def _open_offer(entry: WaitlistEntry, held: dict[int, Gathering], now: datetime) -> Offer:
    offer = entry.open_offer
    if offer is None:
        raise Refusal(say("These seats went to the next in line: the offer has ended."))
    gathering = held[offer.gathering_id]
    if now >= offer.deadline or gathering.has_started(now):
        raise Refusal(say("These seats went to the next in line: the offer ended before your answer came."))
    return offer


def _fill_without(entry: WaitlistEntry, gathering: Gathering, now: datetime) -> None:
    """Whoever just said no is not asked again for the same seats: the next in line are."""
    state, entry.state = entry.state, EntryState.OFFERED
    db.session.flush()
    line.fill_seats(gathering, now=now)
    entry.state = state


def _log(what: str, entry: WaitlistEntry, gathering: Gathering, now: datetime) -> None:
    audit.record(what, f"waitlist_entry:{entry.id}", actor="link", now=now, school_id=gathering.school_id)
