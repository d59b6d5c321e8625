"""Reads of doubled names and merges: pairs on one list, people of the network who may be the same, what can still be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import joinedload, selectinload

from scheduler.core import twins
from scheduler.core.access import Actor
from scheduler.core.people import STUDENT
from scheduler.core.twins import Known
from scheduler.foundation.db import db
from scheduler.registration import queries as registrations
from scheduler.registration.models import Attendee, Gathering, Merge, Person, Registration, RegistrationState

DAY = timedelta(hours=24)
"""So long a merge can be undone"""
MOST_COMPARED = 5_000
"""People whose names are compared on one page; in a larger network one looks school by school"""
MOST_PAIRS = 100
"""On the page of the network; more are shown once these are settled"""


@dataclass(frozen=True)
class Board:
    """What staff see of doubled names on one list."""

    pairs: Sequence[tuple[Attendee, Attendee]]
    merges: Sequence[Merge]


def board_of(gathering: Gathering, *, now: datetime) -> Board:
    """The doubled names of a gathering that is still to come or going on, and the merges there that can be undone."""
    if gathering.is_cancelled or gathering.is_over(now):
        return Board([], [])
    named = [attendee for party in registrations.roster_of(gathering.id) for attendee in party.attendees if attendee.person]
    return Board(twins.doubles(named), _alive(Merge.gathering_id == gathering.id, now))


def _alive(condition: sa.ColumnElement[bool], now: datetime) -> Sequence[Merge]:
    chosen = sa.select(Merge).where(condition, Merge.created_at > now - DAY).order_by(Merge.id.desc())
    return db.session.scalars(chosen.options(joinedload(Merge.person), joinedload(Merge.gone_person))).all()


def place_or_404(gathering: Gathering, public_id: str) -> Attendee:
    """Somebody with a name on the list of a gathering."""
    found = db.session.scalar(
        _places().where(
            Attendee.public_id == public_id, Registration.gathering_id == gathering.id, Attendee.person_id.is_not(None),
            Registration.state == RegistrationState.CONFIRMED,
        )
    )  # fmt: skip
    return found or abort(404)


def _places() -> sa.Select[Attendee]:
    whole = joinedload(Attendee.registration).joinedload(Registration.gathering)
    chosen = sa.select(Attendee).join(Attendee.registration).execution_options(populate_existing=True)
    return chosen.options(whole, joinedload(Attendee.person), selectinload(Attendee.consents))


def was_merged(gathering: Gathering, *public_ids: str) -> bool:
    """Whether one of two places stayed in a merge that can be undone, and the other is not on the list any more."""
    here = sa.select(Attendee.id, Attendee.public_id).join(Attendee.registration).where(
        Attendee.public_id.in_(public_ids), Registration.gathering_id == gathering.id, Attendee.person_id.is_not(None),
        Registration.state == RegistrationState.CONFIRMED,
    )  # fmt: skip
    left = db.session.execute(here).all()
    return len(left) == 1 and db.session.scalar(sa.select(Merge.id).where(Merge.place_id == left[0].id).limit(1)) is not None


def places_of(*person_ids: int) -> Sequence[Attendee]:
    """Everywhere some people come or came, or would have come."""
    return db.session.scalars(_places().where(Attendee.person_id.in_(person_ids)).order_by(Attendee.id)).all()


def places(*attendee_ids: int) -> Sequence[Attendee]:
    """Places by their ids, in that order."""
    found = {one.id: one for one in db.session.scalars(_places().where(Attendee.id.in_(attendee_ids)))}
    return [found[attendee_id] for attendee_id in attendee_ids if attendee_id in found]


def person_or_404(place_public_id: str) -> Person:
    """A person by one of their places: people have no name in addresses."""
    found = db.session.scalar(sa.select(Person).join(Attendee).where(Attendee.public_id == place_public_id))
    return found or abort(404)


def reach_of(*person_ids: int) -> set[int]:
    """The gatherings where some people have places."""
    chosen = sa.select(Registration.gathering_id).join(Registration.attendees)
    return set(db.session.scalars(chosen.where(Attendee.person_id.in_(person_ids))))


@dataclass(frozen=True)
class Suspect:
    """One of two people who may be the same."""

    person: Person
    school: str
    places: int
    address: str
    """The public id of a place of theirs, by which pages name them"""


def is_large() -> bool:
    """Whether there are more people than one page compares."""
    some = sa.select(Person.id).limit(MOST_COMPARED + 1).subquery()
    return (db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0) > MOST_COMPARED


def may_be_one(school_id: int | None = None) -> tuple[list[tuple[Suspect, Suspect]], bool]:
    """Pairs of adults of the network, or of one school, who may be the same, and whether there are more; three statements, however many
    people there are.

    Whoever stays, unless somebody says otherwise, stands first: who has an address, then who has more places.
    """
    pairs = twins.may_be_one(_adults(school_id))
    shown = pairs[:MOST_PAIRS]
    suspects = _suspects({one.id for pair in shown for one in pair})
    return [_in_turn(suspects[one.id], suspects[other.id]) for one, other in shown], len(pairs) > len(shown)


def _adults(school_id: int | None) -> list[Known]:
    """Of students a first name and an initial are known: that says too little."""
    comes = sa.select(Attendee.id).where(Attendee.person_id == Person.id)
    adults = comes.exists() & ~comes.where(Attendee.role == STUDENT).exists()
    chosen = sa.select(Person.id, Person.name, Person.email, Person.school_id).where(adults).order_by(Person.id)
    if school_id is not None:
        chosen = chosen.where(Person.school_id == school_id)
    return [Known(id, name, email or "", school_id) for id, name, email, school_id in db.session.execute(chosen)]


def _suspects(person_ids: set[int]) -> dict[int, Suspect]:
    people = db.session.scalars(sa.select(Person).where(Person.id.in_(person_ids))).all()
    listed: dict[int, list[tuple[str, str]]] = {}
    chosen = sa.select(Attendee.person_id, Attendee.public_id, Registration.organization).join(Attendee.registration)
    for person_id, public_id, organization in db.session.execute(chosen.where(Attendee.person_id.in_(person_ids)).order_by(Attendee.id)):
        listed.setdefault(person_id or 0, []).append((public_id, organization))
    return {one.id: Suspect(one, listed[one.id][-1][1], len(listed[one.id]), listed[one.id][0][0]) for one in people}


def _in_turn(one: Suspect, other: Suspect) -> tuple[Suspect, Suspect]:
    first, second = sorted((one, other), key=lambda each: (not each.person.email, -each.places, each.person.id))
    return first, second


def merges_of_people(*, now: datetime) -> Sequence[Merge]:
    """Merges of people of the network that can still be undone."""
    return _alive(Merge.gathering_id.is_(None), now)


def merge_or_404(public_id: str, actor: Actor) -> Merge:
    """A merge that this person may undo; everything else is not there."""
    found = db.session.scalar(sa.select(Merge).where(Merge.public_id == public_id).options(joinedload(Merge.gathering)))
    if found is None or not _is_mine(found, actor):
        abort(404)
    return found


def _is_mine(merge: Merge, actor: Actor) -> bool:
    school_id = merge.gathering.school_id if merge.gathering else None
    return actor.sees_every_school if school_id is None else actor.may_host(school_id)


def lock_merge(merge_id: int) -> Merge | None:
    """A merge, held; None once it is gone."""
    chosen = sa.select(Merge).where(Merge.id == merge_id).with_for_update(of=Merge)
    return db.session.scalar(chosen.execution_options(populate_existing=True))


def was_merged_again(merge: Merge) -> bool:
    """Whether somebody of a merge is part of a later one, which is undone first."""
    people = (merge.person_id, merge.gone_person_id)
    later = sa.or_(Merge.person_id.in_(people), Merge.gone_person_id.in_(people))
    return db.session.scalar(sa.select(Merge.id).where(Merge.id > merge.id, later).limit(1)) is not None


def to_forget(now: datetime) -> Sequence[int]:
    """Merges that can no longer be undone."""
    return db.session.scalars(sa.select(Merge.id).where(Merge.created_at <= now - DAY).order_by(Merge.id)).all()
