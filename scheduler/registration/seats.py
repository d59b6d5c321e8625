"""What holds seats of a gathering, said once (rule 1): parties, moves that wait for the host, offers to those who wait.

Who counts the seats of one gathering asks `taken_at`, who counts those of many asks `claims`.
"""

from __future__ import annotations

from enum import StrEnum
from functools import reduce
from operator import add
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from scheduler.registration.models import (
    HOLDING,
    Gathering,
    MoveRequest,
    MoveState,
    Offer,
    OfferState,
    Registration,
    ReservedSeats,
    WaitlistEntry,
)


def among(column: InstrumentedAttribute[Any], *words: StrEnum) -> sa.ColumnElement[bool]:
    """As IN, which would be written anew each time. Our own words stand in the statement: some thirty of them take longer to be handed
    over than to be read."""
    return sa.or_(*(column == sa.literal_column(f"'{word.value}'", column.type) for word in words))


class _Holding(NamedTuple):
    """One kind of rows that hold seats: where they stand, whose seats, of which tier, how many, and while what is true."""

    rows: Any
    gathering_id: Any
    tier: Any
    people: Any
    holds: sa.ColumnElement[bool]


_mover = sa.join(MoveRequest, Registration, MoveRequest.registration_id == Registration.id)
_offered = sa.join(Offer, WaitlistEntry, Offer.entry_id == WaitlistEntry.id)
_KINDS = (
    _Holding(Registration, Registration.gathering_id, Registration.tier, Registration.party_size, among(Registration.state, *HOLDING)),
    _Holding(_mover, MoveRequest.gathering_id, Registration.tier, Registration.party_size, among(MoveRequest.state, MoveState.WAITING)),
    _Holding(_offered, Offer.gathering_id, WaitlistEntry.tier, Offer.size, among(Offer.state, OfferState.OPEN)),
)


def claims(gathering_ids: sa.BindParameter[Any]) -> sa.Subquery:
    """Rows of gathering, tier and people for everything that holds seats of some gatherings."""
    return sa.union_all(
        *(
            sa.select(kind.gathering_id, kind.tier, kind.people.label("people"))
            .select_from(kind.rows)
            .where(kind.gathering_id.in_(gathering_ids), kind.holds)
            for kind in _KINDS
        )
    ).subquery()


def taken_at(gathering_id: sa.ColumnElement[int] | InstrumentedAttribute[int], tier: sa.ColumnElement[str] | None = None) -> Any:
    """The seats of one gathering that are spoken for, by whomever or by schools of one tier, as a part of another statement."""
    return reduce(add, (_sum(kind, kind.gathering_id == gathering_id, tier) for kind in _KINDS))


def _sum(kind: _Holding, here: sa.ColumnElement[bool], tier: sa.ColumnElement[str] | None) -> sa.ColumnElement[int]:
    people = sa.select(sa.func.sum(kind.people)).select_from(kind.rows).where(here, kind.holds)
    people = people if tier is None else people.where(kind.tier == tier)
    return sa.func.coalesce(people.correlate(Gathering, ReservedSeats).scalar_subquery(), sa.literal_column("0"))
