"""What needs a host: parties that wait for an answer, visits to which too few people come, rosters to close (rules 2, 9, 17)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from scheduler.core.access import Actor
from scheduler.core.refusal import Sentence, count
from scheduler.core.school_days import cutoff
from scheduler.foundation.db import db, row_by_row
from scheduler.registration import due
from scheduler.registration.door import queries as door
from scheduler.registration.due import LEAST_DAYS, LEAST_TIME, LOOKS_AHEAD
from scheduler.registration.models import Gathering, GatheringKind, GatheringState, MoveRequest, MoveState, Registration, RegistrationState
from scheduler.registration.seats import among
from scheduler.schools import closures_queries as closures
from scheduler.visits import queries
from scheduler.visits.models import Visit

MOST = 50
"""Of a kind on one page; the most pressing ones, and when these are settled the next follow"""


@dataclass(frozen=True)
class Need:
    """One gathering, what it needs, and until when; where that is past, since then."""

    gathering: Gathering
    said: Sentence
    until: datetime
    page: str = "visits_workspace.manage"
    """The endpoint where it is dealt with"""


def needs_of(actor: Actor, *, now: datetime) -> list[Need]:
    """What needs a host, the most pressing first; the same number of statements however many visits there are."""
    found = [*_unanswered(actor, now), *_too_small(actor, now), *_unclosed(actor, now)]
    return sorted(found, key=lambda need: (need.until, need.gathering.id))


def _unclosed(actor: Actor, now: datetime) -> list[Need]:
    """Rosters of visits, and for organizers of meetups, that nobody has closed two hours after the end."""
    found = door.to_close(actor, now=now, most=MOST)
    unmarked = door.unmarked_by([gathering.id for gathering in found]) if found else {}
    said = "Who came? %(n)d person is not marked", "Who came? %(n)d people are not marked"
    return [Need(each, count(unmarked.get(each.id, 0), *said), each.ends_at, "door_desk.roster") for each in found]


def _unanswered(actor: Actor, now: datetime) -> list[Need]:
    people, until = sa.func.sum(Registration.party_size).label("people"), sa.func.min(Registration.expires_at).label("until")
    # Whoever waits first, by an index of their own, and then what they wait for: of all that is coming it is little.
    pending = sa.select(Registration.gathering_id, people, until).where(among(Registration.state, RegistrationState.PENDING))
    moves = sa.select(MoveRequest.gathering_id, Registration.party_size, MoveRequest.expires_at).join(MoveRequest.registration)
    waiting = moves.where(MoveRequest.state == MoveState.WAITING)
    asked = sa.union_all(pending.group_by(Registration.gathering_id), waiting).subquery()
    people, until = sa.func.sum(asked.c.people).label("people"), sa.func.min(asked.c.until).label("until")
    coming = row_by_row(sa.and_(Gathering.kind == GatheringKind.VISIT, *_to_come(now)))
    pressing = sa.select(Gathering.id, people, until).join(asked, asked.c.gathering_id == Gathering.id).where(coming, _hosted(actor))
    totals = pressing.group_by(Gathering.id).order_by(until, Gathering.id).limit(MOST).subquery()
    chosen = _visits().join(totals, totals.c.id == Gathering.id).add_columns(totals.c.people, totals.c.until)
    found = db.session.execute(chosen)
    said = "%(n)d person waits for your answer", "%(n)d people wait for your answer"
    return [Need(visit.gathering, count(int(number), *said), deadline) for visit, number, deadline in found]


def _too_small(actor: Actor, now: datetime) -> list[Need]:
    booked = _booked()
    asked = sa.and_(Gathering.least_people.is_not(None), ~Gathering.least_settled, Gathering.starts_at <= now + LOOKS_AHEAD)
    chosen = _visits().add_columns(booked).where(*_to_come(now), _hosted(actor), asked, booked < Gathering.least_people)
    found = db.session.execute(chosen.order_by(Gathering.starts_at, Gathering.id).limit(MOST)).all()
    if not found:
        return []
    days = [visit.gathering.starts_wall.date() for visit, _ in found]
    closed = closures.closed_days_of({visit.school_id for visit, _ in found}, min(min(days), now.date()), max(days))
    said = "%(n)d person is booked, and %(least)d are needed", "%(n)d people are booked, and %(least)d are needed"
    return [
        Need(visit.gathering, count(int(number), *said, least=visit.gathering.least_people), visit.gathering.starts_at)
        for visit, number in found
        if now >= _asked_at(visit.gathering, closed[visit.school_id])
    ]


def _visits() -> sa.Select[Any]:
    """Visits whose gatherings know their school: a need keeps no more of a visit than its gathering."""
    return queries.visits().options(contains_eager(Visit.gathering).contains_eager(Gathering.school))


def _asked_at(gathering: Gathering, closed: Collection[date]) -> datetime:
    return cutoff(gathering.starts_wall, LEAST_DAYS, LEAST_TIME, gathering.zone, closed)


def _booked() -> sa.ScalarSelect[int]:
    people = sa.select(sa.func.coalesce(sa.func.sum(Registration.party_size), 0))
    confirmed = sa.and_(Registration.gathering_id == Gathering.id, Registration.state == RegistrationState.CONFIRMED)
    return people.where(confirmed).correlate(Gathering).scalar_subquery()


def _to_come(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return Gathering.state == GatheringState.PUBLISHED, Gathering.starts_at > now


def _hosted(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.true() if actor.sees_every_school else Gathering.school_id.in_(actor.hosted_school_ids)


def is_too_small(visit: Visit, booked: int, *, now: datetime) -> bool:
    """Whether the host of a visit is asked now if it takes place with so few people."""
    gathering = visit.gathering
    if gathering.least_people is None or booked >= gathering.least_people or gathering.least_settled:
        return False
    coming = gathering.state == GatheringState.PUBLISHED and now < gathering.starts_at <= now + LOOKS_AHEAD
    return coming and now >= due.asked_at(gathering, now)
