"""Reads of gatherings, parties and those who wait."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import joinedload, selectinload

from scheduler.core.capacity import Seats
from scheduler.core.waitlist import Waiting
from scheduler.foundation.db import db
from scheduler.registration.models import (
    Attendee,
    BookingKey,
    EntryState,
    Gathering,
    Registration,
    RegistrationState,
    WaitlistEntry,
)


def lock_gathering(gathering_id: int) -> Gathering:
    """The gathering, held until the transaction ends: whoever counts its seats now counts the last word.

    On SQLite the transaction itself holds the lock, and FOR UPDATE says nothing.
    """
    return db.session.scalars(
        sa.select(Gathering).where(Gathering.id == gathering_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def seats_of(gathering: Gathering) -> Seats:
    """Capacity and taken seats, counted anew each time; no counter is kept."""
    return Seats(gathering.capacity, {"": taken_of([gathering.id]).get(gathering.id, 0)})


def taken_of(gathering_ids: Iterable[int]) -> dict[int, int]:
    """Taken seats by gathering; one statement for a whole page."""
    rows = db.session.execute(
        sa.select(Registration.gathering_id, sa.func.sum(Registration.party_size))
        .where(Registration.gathering_id.in_(list(gathering_ids)), Registration.state == RegistrationState.CONFIRMED)
        .group_by(Registration.gathering_id)
    )
    return {gathering_id: int(taken) for gathering_id, taken in rows}


def waiting_of(gathering_ids: Iterable[int]) -> dict[int, int]:
    """People on the waitlist by gathering."""
    rows = db.session.execute(
        sa.select(WaitlistEntry.gathering_id, sa.func.sum(WaitlistEntry.party_size))
        .where(WaitlistEntry.gathering_id.in_(list(gathering_ids)), WaitlistEntry.state == EntryState.WAITING)
        .group_by(WaitlistEntry.gathering_id)
    )
    return {gathering_id: int(people) for gathering_id, people in rows}


def line_of(gathering_id: int) -> list[Waiting]:
    """Who waits, in the order in which they asked."""
    return [Waiting(entry.id, entry.party_size, entry.party_size) for entry in entries_of(gathering_id)]


def entries_of(gathering_id: int) -> Sequence[WaitlistEntry]:
    """The waiting entries of a gathering, in order."""
    return db.session.scalars(
        sa.select(WaitlistEntry)
        .where(WaitlistEntry.gathering_id == gathering_id, WaitlistEntry.state == EntryState.WAITING)
        .order_by(WaitlistEntry.id)
    ).all()


def roster_of(gathering_id: int) -> Sequence[Registration]:
    """The confirmed parties of a gathering with their people, by the lead's name."""
    return db.session.scalars(
        sa.select(Registration)
        .where(Registration.gathering_id == gathering_id, Registration.state == RegistrationState.CONFIRMED)
        .options(selectinload(Registration.attendees).joinedload(Attendee.person), joinedload(Registration.school))
        .order_by(sa.func.lower(Registration.lead_name), Registration.id)
    ).all()


def live_registrations(gathering_id: int) -> Sequence[Registration]:
    """The confirmed parties, in the order in which they booked."""
    return db.session.scalars(
        sa.select(Registration)
        .where(Registration.gathering_id == gathering_id, Registration.state == RegistrationState.CONFIRMED)
        .order_by(Registration.id)
    ).all()


def registration_or_404(public_id: str) -> Registration:
    """A party by its name in addresses, with gathering and school."""
    found = db.session.scalar(
        sa.select(Registration)
        .where(Registration.public_id == public_id)
        .options(
            joinedload(Registration.gathering).joinedload(Gathering.school),
            selectinload(Registration.attendees).joinedload(Attendee.person),
        )
    )
    if found is None:
        abort(404)
    return found


def registration(registration_id: int) -> Registration:
    """A party by its id."""
    return db.session.get_one(Registration, registration_id)


def entry_or_404(public_id: str) -> WaitlistEntry:
    """A waitlist entry by its name in addresses, with its gathering."""
    found = db.session.scalar(
        sa.select(WaitlistEntry)
        .where(WaitlistEntry.public_id == public_id)
        .options(joinedload(WaitlistEntry.gathering).joinedload(Gathering.school))
    )
    if found is None:
        abort(404)
    return found


def people_ahead(entry: WaitlistEntry) -> int:
    """How many people stand before an entry in its line."""
    return int(
        db.session.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(WaitlistEntry.party_size), 0)).where(
                WaitlistEntry.gathering_id == entry.gathering_id,
                WaitlistEntry.state == EntryState.WAITING,
                WaitlistEntry.id < entry.id,
            )
        )
        or 0
    )


def find_key(key: str) -> BookingKey | None:
    """What an earlier submission of the same form led to."""
    return db.session.get(BookingKey, key)
