"""Reads of the door: who is expected with what the door must know of them, who is here, and whose links open it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import joinedload, selectinload

from scheduler.core.access import Actor
from scheduler.core.door import ASKED_AFTER, ASKED_UNTIL, LINK_LASTS, Standing
from scheduler.core.times import clock_text, to_wall
from scheduler.foundation.db import db
from scheduler.registration.models import (
    Attendee,
    AttendeeState,
    DoorDeed,
    Gathering,
    GatheringState,
    GreeterLink,
    Registration,
    RegistrationState,
    Roster,
)
from scheduler.registration.questions import queries as questions

STANDINGS = {
    RegistrationState.CONFIRMED: Standing.COMES,
    RegistrationState.PENDING: Standing.UNDECIDED,
    RegistrationState.UNVERIFIED: Standing.UNDECIDED,
}


@dataclass(frozen=True)
class Guest:
    """One person of the roster, as phone and paper show them."""

    attendee: Attendee
    gathering: Gathering
    notes: Sequence[str] = ()
    """Answers that the host wants to have at the door"""

    @property
    def is_here(self) -> bool:
        return self.attendee.state == AttendeeState.ARRIVED and self.attendee.left_at is None

    @property
    def state(self) -> str:
        """expected, here, left or absent."""
        if self.attendee.state == AttendeeState.ARRIVED:
            return "left" if self.attendee.left_at else "here"
        return self.attendee.state.value

    @property
    def since(self) -> str:
        """When they came, by the clock on the wall."""
        return self._clock(self.attendee.arrived_at)

    @property
    def until(self) -> str:
        """When they left."""
        return self._clock(self.attendee.left_at)

    def _clock(self, at: datetime | None) -> str:
        return clock_text(to_wall(at, self.gathering.zone)) if at else ""

    @property
    def may_enter(self) -> bool:
        return self.attendee.may_enter

    @property
    def no_photos(self) -> bool:
        """Of everybody with a name who has not said yes."""
        return self.attendee.person is not None and not self.attendee.may_be_pictured


@dataclass(frozen=True)
class Group:
    """A party and its people."""

    party: Registration
    guests: Sequence[Guest]

    @property
    def here(self) -> int:
        return sum(guest.is_here for guest in self.guests)

    @property
    def missing(self) -> list[Guest]:
        """Who can still be checked in."""
        return [guest for guest in self.guests if not guest.is_here]


@dataclass(frozen=True)
class Arrivals:
    """Everybody who is expected at one gathering, party by party in the order of their leads' names."""

    gathering: Gathering
    groups: Sequence[Group] = field(default_factory=list)

    @property
    def guests(self) -> list[Guest]:
        return [guest for group in self.groups for guest in group.guests]

    @property
    def here(self) -> int:
        return sum(guest.is_here for guest in self.guests)

    @property
    def arrived(self) -> int:
        """Also those who have left again."""
        return sum(guest.attendee.state == AttendeeState.ARRIVED for guest in self.guests)

    @property
    def unmarked(self) -> int:
        """People of whom nobody said anything; they count in no rate (rule 17)."""
        return sum(guest.attendee.state == AttendeeState.EXPECTED for guest in self.guests)

    @property
    def expected(self) -> int:
        return len(self.guests)


def arrivals_of(gathering: Gathering) -> Arrivals:
    """The roster of a gathering with what the door must know; the same number of statements however many people there are."""
    found = db.session.scalars(
        sa.select(Registration)
        .where(Registration.gathering_id == gathering.id, Registration.state == RegistrationState.CONFIRMED)
        .options(_people())
        .order_by(sa.func.lower(Registration.lead_name), Registration.id)
        .execution_options(populate_existing=True)
    ).all()
    told = questions.door_notes(gathering.id)
    return Arrivals(
        gathering,
        [Group(party, [Guest(attendee, gathering, told.get(attendee.id, ())) for attendee in party.attendees]) for party in found],
    )


def _people() -> sa.orm.interfaces.LoaderOption:
    people = selectinload(Registration.attendees)
    return people.options(joinedload(Attendee.person), selectinload(Attendee.consents))


def not_coming(gathering_id: int) -> Sequence[sa.Row[str, str, RegistrationState]]:
    """Code, lead and state of the parties that are not, or not yet, expected: the door tells them apart from strangers."""
    columns = sa.select(Registration.public_id, Registration.lead_name, Registration.state)
    chosen = columns.where(Registration.gathering_id == gathering_id, Registration.state != RegistrationState.CONFIRMED)
    return db.session.execute(chosen.order_by(Registration.id)).all()


def party_of_code(code: str) -> Registration | None:
    """The party whose code was read, wherever it is booked."""
    chosen = sa.select(Registration).where(Registration.public_id == code.lower())
    return db.session.scalar(chosen.options(joinedload(Registration.gathering).joinedload(Gathering.school)))


def attendees_named(public_ids: Sequence[str]) -> dict[str, Attendee]:
    """People by their public ids, with party and permissions; whoever changes them holds their gathering."""
    chosen = sa.select(Attendee).where(Attendee.public_id.in_(public_ids)).execution_options(populate_existing=True)
    found = db.session.scalars(chosen.options(joinedload(Attendee.registration), selectinload(Attendee.consents)))
    return {attendee.public_id: attendee for attendee in found}


def standing_of(registration: Registration, gathering_id: int) -> Standing:
    """How a party stands at one door."""
    if registration.gathering_id != gathering_id and registration.holds_seats:
        return Standing.ELSEWHERE
    return STANDINGS.get(registration.state, Standing.ENDED)


def deeds_of(gathering_id: int, attendee_ids: Sequence[int]) -> Sequence[DoorDeed]:
    """All that was taken about some people."""
    mine = sa.and_(DoorDeed.gathering_id == gathering_id, DoorDeed.attendee_id.in_(attendee_ids))
    return db.session.scalars(sa.select(DoorDeed).where(mine).order_by(DoorDeed.id)).all()


def taken_before(nonces: Sequence[str]) -> dict[str, DoorDeed]:
    """What became of deeds that came before, by nonce."""
    return {deed.nonce: deed for deed in db.session.scalars(sa.select(DoorDeed).where(DoorDeed.nonce.in_(nonces)))}


def walk_in_notes(gathering_id: int) -> dict[int, str]:
    """Why people were let in beyond the seats, by attendee id."""
    told = sa.select(DoorDeed.attendee_id, DoorDeed.note).where(DoorDeed.gathering_id == gathering_id, DoorDeed.note != "")
    return {attendee_id: note for attendee_id, note in db.session.execute(told) if attendee_id is not None}


def gathering_for_staff_or_404(public_id: str, actor: Actor) -> Gathering:
    """A gathering that this person runs: a visit of a school they host, or any of the whole network; drafts have no door."""
    found = db.session.scalar(sa.select(Gathering).where(Gathering.public_id == public_id).options(joinedload(Gathering.school)))
    if found is None or found.state == GatheringState.DRAFT or not _runs(actor, found):
        abort(404)
    return found


def _runs(actor: Actor, gathering: Gathering) -> bool:
    return actor.sees_every_school if gathering.school_id is None else actor.may_host(gathering.school_id)


def link_or_404(public_id: str) -> GreeterLink:
    """A greeter's link by its name in addresses, dead ones too."""
    chosen = sa.select(GreeterLink).where(GreeterLink.public_id == public_id)
    found = db.session.scalar(chosen.options(joinedload(GreeterLink.gathering).joinedload(Gathering.school)))
    if found is None:
        abort(404)
    return found


def link_of(gathering_id: int, public_id: str) -> GreeterLink:
    """A greeter's link of this gathering; one of another is not there."""
    found = link_or_404(public_id)
    if found.gathering_id != gathering_id:
        abort(404)
    return found


def links_of(gathering_id: int) -> Sequence[GreeterLink]:
    """The greeters' links of a gathering, newest first."""
    return db.session.scalars(sa.select(GreeterLink).where(GreeterLink.gathering_id == gathering_id).order_by(GreeterLink.id.desc())).all()


def ends_by_default(gathering: Gathering) -> datetime:
    """When a greeter's link ends where nobody says otherwise."""
    return gathering.ends_at + LINK_LASTS


def roster_of(gathering_id: int) -> Roster | None:
    """Whether the roster was asked about and closed; None: neither."""
    return db.session.get(Roster, gathering_id, populate_existing=True)


def _unclosed(now: datetime) -> sa.ColumnElement[bool]:
    """Gatherings that are over by two hours, with people on their roster, and not closed yet."""
    ended = now - ASKED_AFTER
    over = sa.and_(Gathering.lasts_past(now - ASKED_UNTIL), Gathering.ends_at <= ended, Gathering.starts_at < ended)
    some = sa.select(Registration.id).where(Registration.gathering_id == Gathering.id, Registration.state == RegistrationState.CONFIRMED)
    closed = sa.select(Roster.gathering_id).where(Roster.gathering_id == Gathering.id, Roster.closed_at.is_not(None))
    return sa.and_(Gathering.state == GatheringState.PUBLISHED, over, some.exists(), ~closed.exists())


def to_close(actor: Actor, *, now: datetime, most: int | None = None) -> Sequence[Gathering]:
    """The gatherings whose roster this person is asked to close, the oldest first."""
    chosen = sa.select(Gathering).where(_unclosed(now)).options(joinedload(Gathering.school))
    if not actor.sees_every_school:
        chosen = chosen.where(Gathering.school_id.in_(actor.hosted_school_ids))
    return db.session.scalars(chosen.order_by(Gathering.ends_at, Gathering.id).limit(most)).all()


def to_ask(now: datetime, *, only: int | None = None) -> Sequence[int]:
    """Gatherings whose staff were not asked yet to close the roster, by id."""
    asked = sa.select(Roster.gathering_id).where(Roster.gathering_id == Gathering.id, Roster.asked_at.is_not(None))
    recent = Gathering.ends_at > now - ASKED_AFTER - timedelta(days=2)
    chosen = sa.select(Gathering.id).where(_unclosed(now), recent, ~asked.exists()).order_by(Gathering.id)
    if only is not None:
        chosen = chosen.where(Gathering.id == only)
    return db.session.scalars(chosen).all()


def unmarked_by(gathering_ids: Sequence[int]) -> dict[int, int]:
    """How many people of confirmed parties nobody marked, by gathering."""
    unmarked = sa.func.sum(sa.case((Attendee.state == AttendeeState.EXPECTED, 1), else_=0))
    counted = sa.select(Registration.gathering_id, unmarked).join(Attendee.registration)
    confirmed = sa.and_(Registration.gathering_id.in_(gathering_ids), Registration.state == RegistrationState.CONFIRMED)
    rows = db.session.execute(counted.where(confirmed).group_by(Registration.gathering_id))
    return {gathering_id: int(people) for gathering_id, people in rows if people}
