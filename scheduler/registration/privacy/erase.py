"""Erase me: what is still to come is cancelled, then nothing is left of somebody but numbers under a pseudonym (registration rule 7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from scheduler.accounts import queries as accounts
from scheduler.accounts.models import User
from scheduler.accounts.service import LastAdministrator, refuse_last_administrator
from scheduler.core.refusal import Refusal
from scheduler.foundation import audit, personal
from scheduler.foundation.db import db, sweep, transaction
from scheduler.foundation.feeds import raise_feeds
from scheduler.foundation.personal import Kind
from scheduler.foundation.tokens import new_public_id
from scheduler.registration import changes, line, queries
from scheduler.registration.models import (
    HOLDING,
    Attendee,
    AttendeeState,
    DataLink,
    EntryState,
    Gathering,
    GatheringKind,
    Offer,
    OfferState,
    Person,
    Registration,
    RegistrationState,
    WaitlistEntry,
)
from scheduler.registration.privacy import forget, mail, traces
from scheduler.registration.privacy.held import Held, belonging_to, but_the_asking, held_under, names_in

Leave = Callable[[Registration, Attendee, datetime], None]
Unmark = Callable[[Collection[int]], None]
_leaves: dict[GatheringKind, Leave] = {}
_unmarks: list[Unmark] = []


def leaves_by(kind: GatheringKind, leave: Leave) -> None:
    """Register how somebody leaves a party of others that goes on: rooms above this one know their own."""
    _leaves[kind] = leave


def unmarks_by(unmark: Unmark) -> None:
    """Register what takes away all by which attendees could be known again, given their ids while they still have names."""
    if unmark not in _unmarks:
        _unmarks.append(unmark)


@dataclass(frozen=True)
class Preview:
    """What erasing an address would do."""

    parties: Sequence[Registration]
    """Which are cancelled"""
    places: Sequence[Attendee]
    """In the parties of others, which go on without this person"""
    waits: Sequence[WaitlistEntry]
    roles: Sequence[str]
    kinds: Counter[Kind]
    """How many rows of each kind of data are about this person"""
    been: int
    """At how many gatherings this person stays as a number"""
    refusal: Refusal | None
    """Why it cannot be done now"""

    @property
    def is_nothing(self) -> bool:
        return not self.kinds


def preview(email: str, *, now: datetime) -> Preview:
    """What would be cancelled, what would go, and what would stay as numbers."""
    held, user = held_under(email), accounts.find_user(email)
    places = _places(held, now)
    leaving = {place.id for place in places}
    parties = [party for party in _parties(held, now) if not (party.gathering.kind in _leaves and _others_go_on(party, leaving))]
    return Preview(
        parties, places, _waits(held), [grant.role.value for grant in user.grants] if user else [], kinds_in(but_the_asking(held)),
        len(_been(held, now)), LastAdministrator() if user and accounts.is_last_administrator(user.id) else None,
    )  # fmt: skip


def kinds_in(held: Held) -> Counter[Kind]:
    """How many rows there are in which something of a kind stands."""
    found: Counter[Kind] = Counter()
    for row in personal.tables():
        if keys := held.get(row.table.name):
            for kind in [row.whole] if row.whole else dict.fromkeys(row.personal.values()):
                filled = sa.true() if row.whole else forget.is_filled(row, kind)
                number = db.session.scalar(sa.select(sa.func.count()).where(row.key.in_(keys), filled))
                found += Counter({kind: number or 0})
    return found


def _others_go_on(party: Registration, leaving: set[int]) -> bool:
    return any(attendee.person and attendee.id not in leaving for attendee in party.attendees)


def erase(link_id: int, *, now: datetime) -> None:
    """Erase everybody and everything under the address of a link. Refuses the last administrator."""
    with transaction():
        link = db.session.get(DataLink, link_id, with_for_update=True, populate_existing=True)
        if link is None:
            return
        email = link.email
        user = accounts.find_user(email)
        if user is not None:
            refuse_last_administrator(user.id)
        cancelled = _leave_what_comes(email, now)
        held = held_under(email)
        touched = _gatherings_of(held)
        names, alias = names_in(held), forget.pseudonym(email)
        for unmark in _unmarks:
            unmark(held.get("attendees", ()))
        forget.everything(held, alias=alias)
        traces.erase(held, email, names, alias)
        _forget_who_comes_nowhere(held)
        _end(user, touched, now)
        counts = {name: len(keys) for name, keys in sorted(held.items()) if name != DataLink.__tablename__}
        audit.record("erased", f"data_link:{link_id}", actor="link", now=now, after={"cancelled": cancelled, "rows": counts})
    sweep()


def _leave_what_comes(email: str, now: datetime) -> int:
    """Cancel and free whatever is still to come, and give the seats to those who wait. Returns how many parties are cancelled."""
    locked = queries.lock_reach(lambda: _reach(email, now))
    for place in _places(held_under(email), now):
        _leave(place, now)
    held, freed = held_under(email), set(locked.values())
    parties = _parties(held, now)
    for party in parties:
        gathering, before = locked[party.gathering_id], party.state
        changes.end(party, RegistrationState.CANCELLED, "", "party", now=now)
        mail.tell_hosts(party, gathering, now=now)
        audit.record(
            "registration cancelled", f"registration:{party.id}", actor="link", now=now, school_id=gathering.school_id,
            before={"state": before.value}, after={"state": "cancelled", "by": "party"},
        )  # fmt: skip
    for entry in _waits(held):
        freed |= line.leave(entry, now=now)
    _touch(freed, now)
    line.fill_seats(*sorted(freed, key=lambda gathering: gathering.id), now=now)
    return len(parties)


def _reach(email: str, now: datetime) -> set[int]:
    """Every gathering at which something changes."""
    held = held_under(email)
    coming = sa.and_(Registration.id.in_(held.get("registrations", ())), Registration.state.in_(HOLDING))
    waits = sa.select(WaitlistEntry.id).where(WaitlistEntry.id.in_(held.get("waitlist_entries", ())), _alive())
    asked = sa.select(WaitlistEntry.gathering_id).where(WaitlistEntry.id.in_(waits))
    offered = sa.select(Offer.gathering_id).where(Offer.entry_id.in_(waits), Offer.state == OfferState.OPEN)
    places = {place.registration.gathering_id for place in _places(held, now)}
    return queries.reach_of(coming) | set(db.session.scalars(sa.union(asked, offered))) | places


def _leave(place: Attendee, now: datetime) -> None:
    """A party of others goes on: its place is free again, or its room takes the person off the list."""
    registration = place.registration
    if registration.gathering.kind in _leaves:
        if place.is_lead:  # what the lead wrote for the party goes along
            forget.everything(belonging_to({"registrations": {registration.id}}))
        _leaves[registration.gathering.kind](registration, place, now)
        return
    forget.everything(belonging_to({"attendees": {place.id}}))
    place.person, place.role, place.public_id = None, "", new_public_id()
    db.session.flush()


def _parties(held: Held, now: datetime) -> Sequence[Registration]:
    """Bookings that are still to come."""
    coming = sa.and_(Registration.id.in_(held.get("registrations", ())), Registration.state.in_(HOLDING), Gathering.starts_at > now)
    chosen = sa.select(Registration).join(Registration.gathering).where(coming).options(joinedload(Registration.gathering))
    return db.session.scalars(chosen.order_by(Gathering.starts_at, Registration.id)).all()


def _places(held: Held, now: datetime) -> Sequence[Attendee]:
    """Places that are still to come in parties that go on: those of others, and teams of a room that keeps them."""
    own = held.get("registrations", set())
    coming = sa.and_(Attendee.person_id.in_(held.get("people", ())), Registration.state.in_(HOLDING), Gathering.starts_at > now)
    others = sa.or_(Registration.id.not_in(own), Gathering.kind.in_(list(_leaves)))
    chosen = sa.select(Attendee).join(Attendee.registration).join(Registration.gathering)
    found = db.session.scalars(chosen.where(coming, others, Attendee.state != AttendeeState.ARRIVED).order_by(Attendee.id)).all()
    leaving = {place.id for place in found}
    return [place for place in found if _others_go_on(place.registration, leaving) or place.registration_id not in own]


def _waits(held: Held) -> Sequence[WaitlistEntry]:
    own = WaitlistEntry.id.in_(held.get("waitlist_entries", ()))
    chosen = sa.select(WaitlistEntry).where(own, _alive()).options(joinedload(WaitlistEntry.gathering))
    return db.session.scalars(chosen.order_by(WaitlistEntry.id)).all()


def _alive() -> sa.ColumnElement[bool]:
    return WaitlistEntry.state.in_([EntryState.WAITING, EntryState.OFFERED])


def _been(held: Held, now: datetime) -> set[int]:
    """Gatherings that are over and at which somebody had seats."""
    own = Registration.id.in_(held.get("registrations", ()))
    with_others = Registration.id.in_(sa.select(Attendee.registration_id).where(Attendee.id.in_(held.get("attendees", ()))))
    had = sa.select(Gathering.id).join(Registration, Registration.gathering_id == Gathering.id)
    had = had.where(Registration.state.in_(HOLDING), Gathering.starts_at <= now)
    return set(db.session.scalars(sa.union(had.where(own), had.where(with_others))))


def _gatherings_of(held: Held) -> list[Gathering]:
    """Where hosts see this person in their calendars."""
    own = sa.or_(Registration.id.in_(held.get("registrations", ())), Attendee.id.in_(held.get("attendees", ())))
    chosen = sa.select(Registration.gathering_id).outerjoin(Registration.attendees).where(own)
    return list(db.session.scalars(sa.select(Gathering).where(Gathering.id.in_(chosen)).order_by(Gathering.id)))


def _forget_who_comes_nowhere(held: Held) -> None:
    for person in db.session.scalars(sa.select(Person).where(Person.id.in_(held.get("people", ())))).all():
        changes.forget_unless_comes(person)


def _end(user: User | None, gatherings: Sequence[Gathering], now: datetime) -> None:
    """Calendars that showed the name show it no more, and whoever signed in has no calendar of their own any more."""
    _touch(gatherings, now)
    if user is not None:
        raise_feeds([f"user:{user.id}"], now=now)


def _touch(gatherings: Collection[Gathering], now: datetime) -> None:
    if gatherings:
        changes.touch_seats(*gatherings, now=now)
