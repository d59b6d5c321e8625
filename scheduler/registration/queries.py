"""Reads of gatherings, parties and those who wait."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, time
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import joinedload, load_only, selectinload

from scheduler.core.capacity import Seats
from scheduler.core.refusal import Refusal, say
from scheduler.foundation.db import db
from scheduler.registration.models import (
    HOLDING,
    Attendee,
    BookingKey,
    EntryState,
    Gathering,
    GatheringKind,
    GatheringState,
    MoveRequest,
    MoveState,
    Offer,
    OfferState,
    Person,
    Registration,
    RegistrationState,
    ReservedSeats,
    WaitlistEntry,
)
from scheduler.registration.seats import claims as seat_claims
from scheduler.registration.terms import school_key
from scheduler.schools.models import School, SchoolContact

NAMED = load_only(School.slug, School.name, School.short_name, School.tier, School.borough, School.time_zone)
"""A school as those see it who come to it: a driver takes longer over each column than a database over the row"""


def lock_gathering(gathering_id: int) -> Gathering:
    """The gathering, held until the transaction ends: whoever counts its seats now counts the last word.

    On SQLite the transaction itself holds the lock, and FOR UPDATE says nothing.
    """
    if db.engine.dialect.name != "sqlite":
        db.session.execute(_HOST, {"id": gathering_id})
    return db.session.scalars(_HELD_ONE, {"id": gathering_id}).unique().one()


def lock_gatherings(gathering_ids: Iterable[int]) -> dict[int, Gathering]:
    """Several gatherings, held in the order of their ids, so that two transactions never wait for each other (rule 21).

    Their schools are held before: who waits for any visit of a school in some days stands in several lines at once, so the
    other visits of a held school can be held later.
    """
    wanted = sorted(set(gathering_ids))
    if db.engine.dialect.name != "sqlite":  # there the transaction itself holds everything
        db.session.execute(_HOSTS, {"ids": wanted})
    return {gathering.id: gathering for gathering in db.session.scalars(_HELD, {"ids": wanted}).unique()}


def _hosts(wanted: sa.ColumnElement[bool]) -> sa.Select[int]:
    schools = School.id.in_(sa.select(Gathering.school_id).where(wanted))
    return sa.select(School.id).where(schools).order_by(School.id).with_for_update(key_share=True)


def _held(wanted: sa.ColumnElement[bool]) -> sa.Select[Gathering]:
    """With all that a deed there asks of it: whose it is, to whom answers go, what is reserved."""
    contacts = joinedload(School.contacts).load_only(SchoolContact.school_id, SchoolContact.email)
    whole = joinedload(Gathering.school).options(NAMED, contacts), joinedload(Gathering.reserved)
    held = sa.select(Gathering).where(wanted).order_by(Gathering.id).with_for_update(of=Gathering)
    return held.options(*whole).execution_options(populate_existing=True)


_ONE, _SEVERAL = Gathering.id == sa.bindparam("id"), Gathering.id.in_(sa.bindparam("ids", expanding=True))
_HOST, _HELD_ONE = _hosts(_ONE), _held(_ONE)
_HOSTS, _HELD = _hosts(_SEVERAL), _held(_SEVERAL)


def lock_reach(reach: Callable[[], set[int]]) -> dict[int, Gathering]:
    """Every gathering that a change reaches, held. Refuses when it reached others by the time they were held."""
    held = lock_gatherings(reach())
    if not reach() <= set(held):
        raise Refusal(say("This changed a moment ago. Load the page again."))
    return held


def lock_with_reach(gathering_ids: Collection[int]) -> dict[int, Gathering]:
    """Gatherings about to be cancelled, with every other where their parties ask for seats or wait for some, held."""
    return lock_reach(lambda: reach_of(Registration.gathering_id.in_(gathering_ids)) | set(gathering_ids))


def reach_of(*parties: sa.ColumnElement[bool]) -> set[int]:
    """Where the parties that fulfill a condition have seats, ask a host for some, or wait to move to."""
    seated = sa.select(Registration.gathering_id).where(*parties)
    asked = sa.select(MoveRequest.gathering_id).join(MoveRequest.registration).where(MoveRequest.state == MoveState.WAITING, *parties)
    movers = WaitlistEntry.moving_id.in_(sa.select(Registration.id).where(*parties))
    waited = sa.select(WaitlistEntry.gathering_id).where(movers, WaitlistEntry.state.in_([EntryState.WAITING, EntryState.OFFERED]))
    return set(db.session.scalars(sa.union(seated, asked, waited)))


def reach_of_entry(entry_id: int) -> set[int]:
    """Where an entry asked and was offered seats, and all that the booking which would move reaches."""
    asked = sa.select(WaitlistEntry.gathering_id).where(WaitlistEntry.id == entry_id)
    offered = sa.select(Offer.gathering_id).where(Offer.entry_id == entry_id, Offer.state == OfferState.OPEN)
    moves = sa.select(WaitlistEntry.moving_id).where(WaitlistEntry.id == entry_id).scalar_subquery()
    return set(db.session.scalars(sa.union(asked, offered))) | reach_of(Registration.id == moves)


def lock_entry(entry_id: int) -> WaitlistEntry:
    """An entry with its offers, held; its gathering is held before."""
    held = sa.select(WaitlistEntry).where(WaitlistEntry.id == entry_id).options(selectinload(WaitlistEntry.offers))
    return db.session.scalars(held.with_for_update(of=WaitlistEntry).execution_options(populate_existing=True)).one()


def seats_of(gathering: Gathering) -> Seats:
    """Capacity and taken seats, counted anew each time; no counter is kept."""
    taken = {tier: int(people) for _, tier, people in db.session.execute(_taken(), {"ids": [gathering.id]})}
    return Seats(gathering.capacity, taken, {pool.tier.value: pool.seats for pool in gathering.reserved if not pool.released})


def seats_from(gathering: Gathering, taken: int) -> Seats:
    """The same from the sum, where it is known already; who took them is asked only where some are kept for schools of a tier."""
    return seats_of(gathering) if any(not pool.released for pool in gathering.reserved) else Seats(gathering.capacity, {"": taken})


def seats_by(gatherings: Iterable[Gathering]) -> dict[int, Seats]:
    """The seats of several gatherings, by id: two statements for a whole page."""
    listed = list(gatherings)
    taken: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for gathering_id, tier, people in db.session.execute(_taken(), {"ids": [gathering.id for gathering in listed]}):
        taken[gathering_id][tier] = int(people)
    kept: defaultdict[int, dict[str, int]] = defaultdict(dict)
    pools = sa.select(ReservedSeats).where(ReservedSeats.gathering_id.in_([gathering.id for gathering in listed]), ~ReservedSeats.released)
    for pool in db.session.scalars(pools):
        kept[pool.gathering_id][pool.tier.value] = pool.seats
    return {gathering.id: Seats(gathering.capacity, taken[gathering.id], kept[gathering.id]) for gathering in listed}


@cache
def _taken() -> sa.Select[Any]:
    claims = seat_claims(sa.bindparam("ids", expanding=True))
    return sa.select(claims.c.gathering_id, claims.c.tier, sa.func.sum(claims.c.people)).group_by(claims.c.gathering_id, claims.c.tier)


def taken_of(gathering_ids: Iterable[int]) -> dict[int, int]:
    """Taken seats by gathering; one statement for a whole page."""
    taken: Counter[int] = Counter()
    for gathering_id, _, people in db.session.execute(_taken(), {"ids": list(gathering_ids)}):
        taken[gathering_id] += int(people)
    return dict(taken)


def waiting_of(gathering_ids: Iterable[int]) -> dict[int, int]:
    """People on the waitlist by gathering, counted where they asked."""
    return {gathering_id: int(people) for gathering_id, people in db.session.execute(_WAITING, {"ids": list(gathering_ids)})}


_WAITING = (
    sa.select(WaitlistEntry.gathering_id, sa.func.sum(WaitlistEntry.party_size))
    .where(WaitlistEntry.gathering_id.in_(sa.bindparam("ids", expanding=True)), WaitlistEntry.state == EntryState.WAITING)
    .group_by(WaitlistEntry.gathering_id)
)


def people_by_school(gathering_id: int, *, but: int | None = None) -> Counter[str]:
    """How many people of each school or organization have seats, by its key; `but` leaves one party out."""
    who = (Registration.school_id, Registration.organization, Registration.party_size)
    parties = sa.select(*who).where(Registration.gathering_id == gathering_id, Registration.state.in_(HOLDING))
    moves = sa.select(*who).join(MoveRequest, MoveRequest.registration_id == Registration.id)
    moves = moves.where(MoveRequest.gathering_id == gathering_id, MoveRequest.state == MoveState.WAITING)
    if but is not None:
        parties, moves = parties.where(Registration.id != but), moves.where(Registration.id != but)
    offers = sa.select(WaitlistEntry.school_id, WaitlistEntry.organization, Offer.size).join(Offer.entry)
    offers = offers.where(Offer.gathering_id == gathering_id, Offer.state == OfferState.OPEN)
    people: Counter[str] = Counter()
    for school_id, organization, size in db.session.execute(sa.union_all(parties, moves, offers)):
        people[school_key(school_id, organization)] += size
    return people


def party_of_address(gathering_id: int, email: str) -> Registration | None:
    """The party of an address that has seats at a gathering, or has asked its host to move there (registration rule 4)."""
    comes = sa.select(MoveRequest.registration_id).where(MoveRequest.gathering_id == gathering_id, MoveRequest.state == MoveState.WAITING)
    return db.session.scalar(
        sa.select(Registration)
        .where(
            sa.or_(Registration.gathering_id == gathering_id, Registration.id.in_(comes)), Registration.lead_email == email,
            Registration.state.in_(HOLDING),
        )
        .limit(1)
    )  # fmt: skip


def offer_of_address(gathering_id: int, email: str) -> Offer | None:
    """The seats of a gathering that are held for somebody who waits."""
    held = sa.and_(Offer.gathering_id == gathering_id, Offer.state == OfferState.OPEN, WaitlistEntry.lead_email == email)
    return db.session.scalar(sa.select(Offer).join(Offer.entry).where(held).options(joinedload(Offer.entry)).limit(1))


def addresses_at(gathering_id: int) -> set[str]:
    """The addresses for which seats of a gathering are taken or held; none of them gets others there."""
    parties = sa.select(Registration.lead_email).where(Registration.gathering_id == gathering_id, Registration.state.in_(HOLDING))
    moves = sa.select(Registration.lead_email).join(MoveRequest, MoveRequest.registration_id == Registration.id)
    moves = moves.where(MoveRequest.gathering_id == gathering_id, MoveRequest.state == MoveState.WAITING)
    offers = sa.select(WaitlistEntry.lead_email).join(Offer, Offer.entry_id == WaitlistEntry.id)
    offers = offers.where(Offer.gathering_id == gathering_id, Offer.state == OfferState.OPEN)
    return set(db.session.scalars(sa.union(parties, moves, offers)))


def entry_of_address(gathering_id: int, email: str) -> WaitlistEntry | None:
    """The entry with which an address waits at a gathering."""
    alive = WaitlistEntry.state.in_([EntryState.WAITING, EntryState.OFFERED])
    return db.session.scalar(
        sa.select(WaitlistEntry).where(WaitlistEntry.gathering_id == gathering_id, WaitlistEntry.lead_email == email, alive).limit(1)
    )


def dates_to_move_to(registration: Registration, *, now: datetime, limit: int = 30) -> list[tuple[Gathering, Seats]]:
    """Other visits that can be booked now, with their seats: those of the same school first, then by date."""
    here = registration.gathering
    can = sa.and_(Gathering.state == GatheringState.PUBLISHED, Gathering.closes_at > now, ~Gathering.paused)
    opened = sa.or_(Gathering.opens_at.is_(None), Gathering.opens_at <= now)
    chosen = sa.select(Gathering).where(Gathering.kind == here.kind, Gathering.id != here.id, can, opened)
    chosen = chosen.where(Gathering.starts_at > now).options(joinedload(Gathering.school)).order_by(Gathering.starts_at, Gathering.id)
    found = list(db.session.scalars(chosen.where(Gathering.school_id == here.school_id).limit(limit)))
    elsewhere = Gathering.school_id.is_distinct_from(here.school_id)
    found += db.session.scalars(chosen.where(elsewhere).limit(limit - len(found))) if len(found) < limit else ()
    seats = seats_by(found)
    return [(gathering, seats[gathering.id]) for gathering in found]


def waits_elsewhere(registration_id: int) -> Sequence[WaitlistEntry]:
    """Dates to which a party moves when seats come free there."""
    alive = WaitlistEntry.state.in_([EntryState.WAITING, EntryState.OFFERED])
    chosen = sa.select(WaitlistEntry).where(WaitlistEntry.moving_id == registration_id, alive)
    chosen = chosen.options(joinedload(WaitlistEntry.gathering), selectinload(WaitlistEntry.offers)).order_by(WaitlistEntry.id)
    return db.session.scalars(chosen.execution_options(populate_existing=True)).all()


def gathering_or_404(public_id: str) -> Gathering:
    """A gathering that everybody may see, by its name in addresses."""
    found = db.session.scalar(sa.select(Gathering).where(Gathering.public_id == public_id, Gathering.is_public))
    if found is None:
        abort(404)
    return found


def bookings_ahead(email: str, *, now: datetime) -> int:
    """How many bookings with seats an address has ahead of it, at visits."""
    ahead = sa.select(sa.func.count(Registration.id)).join(Registration.gathering)
    coming = sa.and_(Gathering.kind == GatheringKind.VISIT, Gathering.state == GatheringState.PUBLISHED, Gathering.starts_at > now)
    return db.session.scalar(ahead.where(Registration.lead_email == email, Registration.state.in_(HOLDING), coming)) or 0


def _in_line(gathering: Gathering) -> sa.Select[int]:
    """The ids of those who asked here, and of those for whom any visit of its school on this day will do."""
    day, school = gathering.starts_wall.date(), gathering.school_id
    window = sa.and_(WaitlistEntry.window_school_id == school, WaitlistEntry.window_first <= day, WaitlistEntry.window_last >= day)
    meant = sa.or_(WaitlistEntry.gathering_id == gathering.id, window) if school else WaitlistEntry.gathering_id == gathering.id
    return sa.select(WaitlistEntry.id).where(meant, WaitlistEntry.state == EntryState.WAITING).order_by(WaitlistEntry.id)


def somebody_waits(gathering: Gathering) -> bool:
    """Whether there is a line at all."""
    return db.session.scalar(_in_line(gathering).limit(1)) is not None


def line_for(gathering: Gathering) -> Sequence[WaitlistEntry]:
    """Who waits for seats of a gathering, in the order of the line, each held."""
    held = _in_line(gathering)
    ids = db.session.scalars(held.with_for_update()).all()
    chosen = sa.select(WaitlistEntry).where(WaitlistEntry.id.in_(ids)).execution_options(populate_existing=True)
    return db.session.scalars(chosen.order_by(WaitlistEntry.priority.desc(), WaitlistEntry.id)).all()


def entries_at_school(email: str, gathering: Gathering) -> Sequence[WaitlistEntry]:
    """What an address waits for, or is offered, at the school of a gathering; without a school, at the gathering."""
    here = Gathering.id == gathering.id
    if (school := gathering.school_id) is not None:
        here = sa.or_(Gathering.school_id == school, WaitlistEntry.window_school_id == school)
    alive = WaitlistEntry.state.in_([EntryState.WAITING, EntryState.OFFERED])
    chosen = sa.select(WaitlistEntry).join(WaitlistEntry.gathering).where(WaitlistEntry.lead_email == email, alive, here)
    chosen = chosen.options(joinedload(WaitlistEntry.gathering), selectinload(WaitlistEntry.offers))
    return db.session.scalars(chosen.order_by(WaitlistEntry.id).execution_options(populate_existing=True)).all()


def lock_window_visits(entries: Iterable[WaitlistEntry]) -> list[Gathering]:
    """The visits that would do for those who wait for any of a school in some days, held; their school is held already."""
    windows = {(entry.window_school_id, entry.window_first, entry.window_last) for entry in entries if entry.window_school_id}
    if not windows:
        return []
    days = [
        (school, datetime.combine(first, time()), datetime.combine(last, time.max)) for school, first, last in windows if first and last
    ]
    meant = [sa.and_(Gathering.school_id == school, Gathering.starts_wall.between(first, last)) for school, first, last in days]
    chosen = sa.select(Gathering.id).where(Gathering.state == GatheringState.PUBLISHED, sa.or_(*meant))
    return list(lock_gatherings(db.session.scalars(chosen)).values())


def entries_of(gathering_id: int) -> Sequence[WaitlistEntry]:
    """Those who asked at a gathering and still wait or have an offer, in the order of the line."""
    return db.session.scalars(
        sa.select(WaitlistEntry)
        .where(WaitlistEntry.gathering_id == gathering_id, WaitlistEntry.state.in_([EntryState.WAITING, EntryState.OFFERED]))
        .options(selectinload(WaitlistEntry.offers))
        .order_by(WaitlistEntry.priority.desc(), WaitlistEntry.id)
    ).all()


def offers_of(gathering_id: int) -> Sequence[Offer]:
    """The open offers of a gathering with their entries."""
    return db.session.scalars(
        sa.select(Offer)
        .where(Offer.gathering_id == gathering_id, Offer.state == OfferState.OPEN)
        .options(joinedload(Offer.entry))
        .order_by(Offer.id)
    ).all()


def parties_due(gathering_id: int, *, now: datetime) -> Sequence[Registration]:
    """Parties whose hold or whose time for an answer is over, or whose host is to be reminded; the soonest to expire first."""
    waiting = Registration.state.in_([RegistrationState.UNVERIFIED, RegistrationState.PENDING])
    due = sa.or_(Registration.expires_at <= now, Registration.nudge_at <= now)
    chosen = sa.select(Registration).where(Registration.gathering_id == gathering_id, waiting, due)
    return db.session.scalars(chosen.order_by(Registration.expires_at, Registration.id)).all()


def pending_of(gathering_id: int) -> Sequence[Registration]:
    """Parties that wait for the host's decision, soonest to expire first."""
    return db.session.scalars(
        sa.select(Registration)
        .where(Registration.gathering_id == gathering_id, Registration.state == RegistrationState.PENDING)
        .order_by(Registration.expires_at, Registration.id)
    ).all()


def moves_to(gathering_id: int) -> Sequence[MoveRequest]:
    """Parties that want to move here and wait for the host."""
    return db.session.scalars(
        sa.select(MoveRequest)
        .where(MoveRequest.gathering_id == gathering_id, MoveRequest.state == MoveState.WAITING)
        .options(joinedload(MoveRequest.registration).joinedload(Registration.gathering))
        .order_by(MoveRequest.id)
    ).all()


def move_of(registration_id: int) -> MoveRequest | None:
    """Where a party wants to move, while the host has not decided."""
    waits = sa.and_(MoveRequest.registration_id == registration_id, MoveRequest.state == MoveState.WAITING)
    return db.session.scalar(sa.select(MoveRequest).where(waits).options(joinedload(MoveRequest.gathering)))


def roster_of(gathering_id: int) -> Sequence[Registration]:
    """The confirmed parties of a gathering with their people, by the lead's name."""
    return db.session.scalars(
        sa.select(Registration)
        .where(Registration.gathering_id == gathering_id, Registration.state == RegistrationState.CONFIRMED)
        .options(selectinload(Registration.attendees).joinedload(Attendee.person), joinedload(Registration.school))
        .order_by(sa.func.lower(Registration.lead_name), Registration.id)
    ).all()


def live_registrations(gathering_id: int, *states: RegistrationState) -> Sequence[Registration]:
    """The parties that have seats (or only those in these states), in the order in which they booked."""
    return db.session.scalars(
        sa.select(Registration)
        .where(Registration.gathering_id == gathering_id, Registration.state.in_(states or HOLDING))
        .order_by(Registration.id)
    ).all()


def registration_or_404(public_id: str) -> Registration:
    """A party by its name in addresses, with gathering and school."""
    found = db.session.scalars(_BY_NAME, {"public_id": public_id}).unique().one_or_none()
    if found is None:
        abort(404)
    return found


_BY_NAME = (
    sa.select(Registration)
    .where(Registration.public_id == sa.bindparam("public_id"))
    .options(
        joinedload(Registration.gathering).joinedload(Gathering.school).options(NAMED),
        joinedload(Registration.attendees).joinedload(Attendee.person).load_only(Person.name, Person.email),
    )
)


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
    """How many people stand before an entry in the line where it asked."""
    before = sa.or_(WaitlistEntry.priority > entry.priority, sa.and_(WaitlistEntry.priority == entry.priority, WaitlistEntry.id < entry.id))
    return int(
        db.session.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(WaitlistEntry.party_size), 0)).where(
                WaitlistEntry.gathering_id == entry.gathering_id, WaitlistEntry.state == EntryState.WAITING, before
            )
        )
        or 0
    )


def find_key(key: str) -> BookingKey | None:
    """What an earlier submission of the same form led to."""
    return db.session.get(BookingKey, key)
