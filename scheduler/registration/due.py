"""What time brings about at gatherings, for the worker to look for: what runs out, who must be asked, which mails are due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from scheduler.core import reminders
from scheduler.core.booking import in_window
from scheduler.core.reminders import Planned, ReminderKind
from scheduler.core.school_days import cutoff
from scheduler.foundation.db import db
from scheduler.registration.models import (
    EntryState,
    Gathering,
    GatheringKind,
    GatheringState,
    MoveRequest,
    MoveState,
    Offer,
    OfferState,
    Registration,
    RegistrationState,
    Reminder,
    ReservedSeats,
    WaitlistEntry,
)
from scheduler.schools import closures_queries as closures

LEAST_DAYS, LEAST_TIME = 3, time(9)
"""When the hosts of a visit with too few people are asked: so many school days before, at this time by their wall (rule 9)"""
LOOKS_AHEAD = timedelta(days=120)
"""No three school days are further apart than this, summer included"""


def to_settle(now: datetime) -> Sequence[int]:
    """Gatherings at which something has run out of time, is released or opens, by id; two statements."""
    moves = sa.and_(MoveRequest.state == MoveState.WAITING, sa.or_(MoveRequest.expires_at <= now, MoveRequest.nudge_at <= now))
    begun = sa.select(Gathering.id).where(Gathering.id == Offer.gathering_id, Gathering.starts_at <= now).exists()
    offers = sa.and_(Offer.state == OfferState.OPEN, sa.or_(Offer.deadline <= now, begun))
    pools = sa.and_(~ReservedSeats.released, ReservedSeats.releases_at <= now)
    ran_out = _ids(
        sa.select(Registration.gathering_id).where(_ran_out(now)),
        sa.select(MoveRequest.gathering_id).where(moves),
        sa.select(Offer.gathering_id).where(offers),
        sa.select(ReservedSeats.gathering_id).where(pools),
    )
    return sorted({*ran_out, *_opened(now)})


def _ran_out(now: datetime) -> sa.ColumnElement[bool]:
    held = sa.and_(Registration.state.in_([RegistrationState.UNVERIFIED, RegistrationState.PENDING]), Registration.expires_at <= now)
    return sa.or_(held, sa.and_(Registration.state == RegistrationState.PENDING, Registration.nudge_at <= now))


def _opened(now: datetime) -> list[int]:
    """Gatherings whose booking opened within a day, while somebody waits for any visit of their school on that day (rule 11)."""
    waits = sa.and_(WaitlistEntry.window_school_id == Gathering.school_id, WaitlistEntry.state == EntryState.WAITING)
    opened = sa.and_(Gathering.state == GatheringState.PUBLISHED, Gathering.opens_at <= now, Gathering.opens_at > now - timedelta(days=1))
    columns = sa.select(Gathering.id, Gathering.starts_wall, WaitlistEntry.window_first, WaitlistEntry.window_last)
    found = db.session.execute(columns.join(WaitlistEntry, waits).where(opened))
    return [gathering_id for gathering_id, starts_wall, first, last in found if in_window(starts_wall.date(), first, last)]


def _ids(*found: sa.Select[Any]) -> Sequence[int]:
    every = sa.union(*found).subquery()
    return db.session.scalars(sa.select(every.c.gathering_id).order_by(every.c.gathering_id)).all()


def too_small(now: datetime, *, only: int | None = None) -> Sequence[int]:
    """Visits with fewer confirmed people than they need whose hosts are asked now (rule 9), by id: three school days before,
    and once more when booking has ended. `only` looks at one."""
    people = sa.select(sa.func.coalesce(sa.func.sum(Registration.party_size), 0)).where(
        Registration.gathering_id == Gathering.id, Registration.state == RegistrationState.CONFIRMED
    )
    coming = sa.and_(Gathering.state == GatheringState.PUBLISHED, Gathering.starts_at > now, Gathering.starts_at <= now + LOOKS_AHEAD)
    once_more = sa.and_(Gathering.closes_at <= now, Gathering.least_asked_at < Gathering.closes_at)
    unasked = sa.and_(~Gathering.least_settled, sa.or_(Gathering.least_asked_at.is_(None), once_more))
    chosen = sa.select(Gathering).where(coming, unasked, people.scalar_subquery() < Gathering.least_people).order_by(Gathering.id)
    if only is not None:
        chosen = chosen.where(Gathering.id == only)
    found = db.session.scalars(chosen).all()
    first = _asked_first([gathering for gathering in found if gathering.least_asked_at is None], now)
    return [gathering.id for gathering in found if gathering.least_asked_at or now >= first[gathering.id]]


def asked_at(gathering: Gathering, now: datetime) -> datetime:
    """When the hosts of a coming visit are asked for the first time whether it takes place with too few people."""
    return _asked_first([gathering], now)[gathering.id]


def _asked_first(gatherings: Sequence[Gathering], now: datetime) -> dict[int, datetime]:
    """The same for several, by id; one statement."""
    if not gatherings:
        return {}
    schools = {gathering.school_id for gathering in gatherings if gathering.school_id}
    last = max(gathering.starts_wall.date() for gathering in gatherings)
    closed = closures.closed_days_of(schools, now.date() - timedelta(days=1), last)
    return {
        gathering.id: cutoff(gathering.starts_wall, LEAST_DAYS, LEAST_TIME, gathering.zone, closed.get(gathering.school_id or 0, {}))
        for gathering in gatherings
    }


def to_remind(now: datetime) -> Sequence[int]:
    """Published visits for which a mail is due that goes at a time of its own (rule 15), by id; three statements."""
    soon = sa.and_(Gathering.starts_at > now, Gathering.starts_at <= now + timedelta(days=8))
    past = sa.and_(Gathering.starts_at > now - timedelta(days=76), Gathering.starts_at <= now - timedelta(days=59))
    chosen = sa.select(Gathering).where(sa.or_(soon, past)).order_by(Gathering.id)
    found = mails_due(db.session.scalars(chosen).all(), now)
    return [gathering_id for gathering_id, mails in found.items() if mails]


def mails_due(gatherings: Iterable[Gathering], now: datetime) -> dict[int, dict[int | None, list[Planned]]]:
    """The mails of each gathering that are due now, by party; None stands for its hosts."""
    listed = [gathering for gathering in gatherings if has_mails(gathering)]
    ids = [gathering.id for gathering in listed]
    parties, sent = _parties(ids), _sent(listed)
    found: dict[int, dict[int | None, list[Planned]]] = {}
    for gathering in listed:
        to_parties = reminders.plan(gathering.starts_wall, gathering.zone, reminders.TO_PARTIES)
        to_hosts = reminders.plan(gathering.starts_wall, gathering.zone, reminders.TO_HOSTS)
        asked = [(None, gathering.created_at, to_hosts), *((party, told_at, to_parties) for party, told_at in parties[gathering.id])]
        every = {
            party: reminders.due(planned, told_at=told_at, sent=sent[gathering.id, party], now=now) for party, told_at, planned in asked
        }
        found[gathering.id] = {party: mails for party, mails in every.items() if mails}
    return found


def has_mails(gathering: Gathering) -> bool:
    """Whether mails go at times of their own: for published visits."""
    return gathering.kind == GatheringKind.VISIT and gathering.state == GatheringState.PUBLISHED


def _parties(gathering_ids: Sequence[int]) -> defaultdict[int, list[tuple[int, datetime]]]:
    """The confirmed parties by gathering, with when each was told everything last: every change of a party is mailed to it."""
    confirmed = sa.and_(Registration.gathering_id.in_(gathering_ids), Registration.state == RegistrationState.CONFIRMED)
    columns = sa.select(Registration.gathering_id, Registration.id, Registration.changed_at).where(confirmed).order_by(Registration.id)
    parties: defaultdict[int, list[tuple[int, datetime]]] = defaultdict(list)
    for gathering_id, registration_id, changed_at in db.session.execute(columns):
        parties[gathering_id].append((registration_id, changed_at))
    return parties


def _sent(gatherings: Sequence[Gathering]) -> defaultdict[tuple[int, int | None], set[ReminderKind]]:
    """The kinds that went, by gathering and party, for the day on which the gathering is now."""
    days = {gathering.id: gathering.starts_wall.date() for gathering in gatherings}
    columns = sa.select(Reminder.gathering_id, Reminder.registration_id, Reminder.kind, Reminder.day)
    sent: defaultdict[tuple[int, int | None], set[ReminderKind]] = defaultdict(set)
    for gathering_id, registration_id, kind, day in db.session.execute(columns.where(Reminder.gathering_id.in_(days))):
        if day == days[gathering_id]:
            sent[gathering_id, registration_id].add(kind)
    return sent
