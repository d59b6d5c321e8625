"""What a gathering or a party may have and mostly has not, asked in one statement for all of it instead of one for each.

Whoever hears "yes" reads the thing itself, as before; a booking or a party's page hears some ten times "no" and asks for nothing more.
Rooms above this one add what they show of a party.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from scheduler.foundation.db import UTCDateTime, columns
from scheduler.registration.models import (
    HOLDING,
    BookingKey,
    EntryState,
    Gathering,
    GatheringKind,
    GatheringState,
    MoveRequest,
    MoveState,
    Offer,
    OfferState,
    PartyDetails,
    Person,
    Question,
    Registration,
    RegistrationState,
    ReservedSeats,
    WaitlistEntry,
)
from scheduler.registration.seats import among, taken_at
from scheduler.schools.choosing.queries import NAMES
from scheduler.schools.models import Network, School
from scheduler.schools.queries import CALLED, keep_called

GATHERING = sa.bindparam("gathering_id", type_=sa.Integer)
HOST = sa.bindparam("host_id", type_=sa.Integer)
"""The school that receives, if there is one"""
DAY = sa.bindparam("day", type_=sa.Date)
NOW = sa.bindparam("now", type_=UTCDateTime())
EMAIL = sa.bindparam("email", type_=sa.String)
NAME = sa.bindparam("name", type_=sa.String)
KEY = sa.bindparam("key", type_=sa.String)
SCHOOL = sa.bindparam("school_id", type_=sa.Integer)
"""The school that comes, if it is of the directory"""
PARTY = sa.bindparam("registration_id", type_=sa.Integer)


class AtOnce:
    """Questions by name, each a value or whether something is there; all answers are one row. For a page the network's words that stand
    on it come along."""

    def __init__(self, *, for_page: bool = False, **questions: sa.ColumnElement[Any]) -> None:
        self._questions, self._for_page = questions, for_page
        self._statement = self._written()

    def add(self, **questions: sa.ColumnElement[Any]) -> None:
        """Ask more; once, when the application is put together."""
        self._questions |= questions
        self._statement = self._written()

    def _written(self) -> sa.Select[Any]:
        asked = sa.select(*(question.label(name) for name, question in self._questions.items()))
        return asked.add_columns(*CALLED).where(Network.id == 1) if self._for_page else asked

    def of(self, **given: object) -> sa.Row[Any]:
        """The answers about one thing."""
        row = columns(self._statement, **given).one()
        if self._for_page:
            keep_called(row)
        return row


_MOVERS = (MoveRequest.gathering_id == GATHERING, among(MoveRequest.state, MoveState.WAITING))
_HELD = (Offer.gathering_id == GATHERING, among(Offer.state, OfferState.OPEN))
_ALIVE = among(WaitlistEntry.state, EntryState.WAITING, EntryState.OFFERED)
TAKEN = taken_at(GATHERING)
"""Seats that are spoken for (rule 1)"""
_waiting = WaitlistEntry.gathering_id == GATHERING, among(WaitlistEntry.state, EntryState.WAITING)
WAITING = sa.func.coalesce(sa.select(sa.func.sum(WaitlistEntry.party_size)).where(*_waiting).scalar_subquery(), sa.literal_column("0"))
"""People who wait, counted where they asked"""

_in_window = sa.and_(WaitlistEntry.window_school_id == HOST, WaitlistEntry.window_first <= DAY, WaitlistEntry.window_last >= DAY)
_line = sa.exists().where(
    sa.or_(WaitlistEntry.gathering_id == GATHERING, _in_window), among(WaitlistEntry.state, EntryState.WAITING)
)  # fmt: skip
_undecided = among(Registration.state, RegistrationState.UNVERIFIED, RegistrationState.PENDING)
_due = sa.or_(Registration.expires_at <= NOW, Registration.nudge_at <= NOW)
_moving_here = sa.select(MoveRequest.registration_id).where(*_MOVERS)
_of_address = sa.or_(Registration.gathering_id == GATHERING, Registration.id.in_(_moving_here))
_offered = sa.select(Offer.id).join(Offer.entry).where(*_HELD, WaitlistEntry.lead_email == EMAIL)
_coming = (among(Gathering.kind, GatheringKind.VISIT), among(Gathering.state, GatheringState.PUBLISHED), Gathering.starts_at > NOW)
_ahead = sa.select(sa.func.count(Registration.id)).join(Registration.gathering)
_at_host = sa.or_(WaitlistEntry.gathering_id == GATHERING, WaitlistEntry.window_school_id == HOST, Gathering.school_id == HOST)
_waits_at_host = sa.select(WaitlistEntry.id).join(WaitlistEntry.gathering).where(WaitlistEntry.lead_email == EMAIL, _ALIVE, _at_host)

BEFORE_BOOKING = AtOnce(
    key=sa.exists().where(BookingKey.key == KEY),
    due=sa.exists().where(Registration.gathering_id == GATHERING, _undecided, _due),
    moves=sa.exists().where(*_MOVERS),
    offers=sa.exists().where(*_HELD),
    line=_line,
    taken=TAKEN,
    party=sa.exists().where(_of_address, Registration.lead_email == EMAIL, among(Registration.state, *HOLDING)),
    offer=_offered.exists(),
    ahead=_ahead.where(Registration.lead_email == EMAIL, among(Registration.state, *HOLDING), *_coming).scalar_subquery(),
    waits=_waits_at_host.exists(),
    person=sa.exists().where(Person.email == EMAIL, Person.name == NAME),
    questions=sa.exists().where(Question.gathering_id == GATHERING),
    tier=sa.select(School.tier).where(School.id == SCHOOL).scalar_subquery(),
    listed_domains=sa.select(Network.listed_domains).where(Network.id == 1).scalar_subquery(),
)
"""All that decides about a party that asks for seats, with the gathering held"""

OF_PARTY = AtOnce(
    for_page=True,
    taken=TAKEN,
    move=sa.exists().where(MoveRequest.registration_id == PARTY, among(MoveRequest.state, MoveState.WAITING)),
    waits=sa.exists().where(WaitlistEntry.moving_id == PARTY, _ALIVE),
    questions=sa.exists().where(Question.gathering_id == GATHERING),
    reserved=sa.exists().where(ReservedSeats.gathering_id == GATHERING, ~ReservedSeats.released),
    told=sa.exists().where(PartyDetails.registration_id == PARTY),
)
"""What a party's own page shows beside its booking"""

OF_VISIT = AtOnce(for_page=True, taken=TAKEN, waiting=WAITING, school_names=NAMES)
"""What the page of a visit shows beside the visit itself"""


def before_booking(
    gathering: Gathering, *, key: str, email: str, name: str, school_id: int | None, now: datetime
) -> sa.Row[Any]:  # fmt: skip
    return BEFORE_BOOKING.of(
        gathering_id=gathering.id, host_id=gathering.school_id, day=_day(gathering), key=key, email=email, name=name,
        school_id=school_id, now=now,
    )  # fmt: skip


def of_visit(gathering: Gathering) -> sa.Row[Any]:
    return OF_VISIT.of(gathering_id=gathering.id, host_id=gathering.school_id)


def of_party(registration: Registration) -> sa.Row[Any]:
    gathering = registration.gathering
    return OF_PARTY.of(gathering_id=gathering.id, registration_id=registration.id, host_id=gathering.school_id)


def _day(gathering: Gathering) -> date:
    return gathering.starts_wall.date()
