"""Reads of calendars: what stands in a window of days, whose address this is, where a participant sits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import joinedload

from scheduler.accounts.models import User
from scheduler.calendars.models import FeedAddress, FeedKind
from scheduler.core.months import Month
from scheduler.foundation.db import db, quick_row
from scheduler.foundation.feeds import FeedVersion, Mark
from scheduler.foundation.pages import Page, page_of
from scheduler.meetups.live import own
from scheduler.meetups.models import Meetup, Plan, PlanState, Seating, read_talks
from scheduler.meetups.timing import Talks
from scheduler.registration.at_once import PARTY
from scheduler.registration.models import LONGEST, Attendee, Gathering, GatheringKind, GatheringState, Registration
from scheduler.schools import queries as schools
from scheduler.schools.models import FocusArea, Network, School
from scheduler.schools.slugs import borough_slug
from scheduler.visits.models import Visit, visit_focus_areas

MOST_AT_ONCE, MOST_OF_A_DAY = 100, 3
"""Gatherings of a month that are shown at once, and of a day in a month that has more"""


@dataclass(frozen=True)
class Scope:
    """Which visits a public calendar is about: of one school, of a borough, about a focus area; nothing set means everything."""

    school: School | schools.Choice | None = None
    borough: str = ""
    area: FocusArea | None = None

    @property
    def is_everything(self) -> bool:
        return self == Scope()


class PublicRow(NamedTuple):
    """A gathering in a public feed, by what moves whenever its entry does; cheap to read for a thousand of them."""

    id: int
    school_id: int | None
    starts_at: datetime
    uid: str
    sequence: int
    state: object
    changed_at: object
    """Both as the driver has them: they are only compared, and to make instants of them takes longer than all else"""


_GATHERINGS = sa.inspect(Gathering).local_table.c
_AS_IT_COMES = (sa.type_coerce(_GATHERINGS[name], sa.types.NullType()) for name in ("state", "changed_at"))
_PUBLIC = [*(_GATHERINGS[name] for name in PublicRow._fields[:5]), *_AS_IT_COMES]


def public_rows(since: datetime, until: datetime, *, scope: Scope = Scope(), limit: int) -> Sequence[PublicRow]:
    """Visits and meetups that are or were published and are in the scope, in order; one statement however many."""
    chosen = sa.select(*_PUBLIC).where(_shown(since, until)).order_by(Gathering.starts_at, Gathering.id).limit(limit)
    return list(map(PublicRow._make, db.session.execute(_within(chosen, scope)).all()))


def _within(chosen: sa.Select[Any], scope: Scope) -> sa.Select[Any]:
    if scope.school is not None:
        chosen = chosen.where(Gathering.school_id == scope.school.id)
    if scope.borough:
        chosen = chosen.where(Gathering.school_id.in_(sa.select(School.id).where(School.borough == scope.borough)))
    if scope.area is not None:
        about = sa.select(Visit.gathering_id).join(visit_focus_areas, visit_focus_areas.c.visit_id == Visit.id)
        chosen = chosen.where(Gathering.id.in_(about.where(visit_focus_areas.c.focus_area_id == scope.area.id)))
    return chosen


def is_crowded(month: Month, scope: Scope) -> bool:
    """Whether a month holds more than one looks through at once."""
    some = _of_month(sa.select(Gathering.id), month, scope).limit(MOST_AT_ONCE + 1).subquery()
    return (db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0) > MOST_AT_ONCE


def gatherings_of(month: Month, scope: Scope) -> Sequence[Gathering]:
    """What everybody may see of a month, by the clocks on the walls of the schools, in order; one statement."""
    chosen = _of_month(sa.select(Gathering), month, scope).options(joinedload(Gathering.school))
    return db.session.scalars(chosen.order_by(Gathering.starts_wall, Gathering.id)).all()


def first_of_days(month: Month, scope: Scope) -> tuple[Sequence[Gathering], dict[date, int]]:
    """The first few of each day of a month, and how many more the day has; two statements."""
    day = sa.func.date(Gathering.starts_wall)
    place = sa.func.row_number().over(partition_by=day, order_by=(Gathering.starts_wall, Gathering.id)).label("place")
    ranked = _of_month(sa.select(Gathering.id, place), month, scope).subquery()
    chosen = sa.select(Gathering).join(ranked, ranked.c.id == Gathering.id).where(ranked.c.place <= MOST_OF_A_DAY)
    counted = db.session.execute(_of_month(sa.select(day, sa.func.count()), month, scope).group_by(day))
    more = {date.fromisoformat(str(each)): number - MOST_OF_A_DAY for each, number in counted if number > MOST_OF_A_DAY}
    ordered = chosen.options(joinedload(Gathering.school)).order_by(Gathering.starts_wall, Gathering.id)
    return db.session.scalars(ordered).all(), more


def page_of_month(month: Month, scope: Scope, asked: Mapping[str, str]) -> Page[Gathering]:
    """A page of a month, in order."""
    chosen = _of_month(sa.select(Gathering), month, scope).options(joinedload(Gathering.school))
    return page_of(chosen, [Gathering.starts_wall, Gathering.id], Gathering.public_id, asked)


def _of_month(chosen: sa.Select[Any], month: Month, scope: Scope) -> sa.Select[Any]:
    shown = sa.and_(Gathering.is_public, Gathering.starts_wall >= _begins(month), Gathering.starts_wall < _begins(month.next))
    return _within(chosen.where(shown), scope)


def next_month_with(month: Month, scope: Scope) -> Month | None:
    """The next month in which something takes place."""
    later = sa.select(sa.func.min(Gathering.starts_wall)).where(
        Gathering.state == GatheringState.PUBLISHED, Gathering.starts_wall >= _begins(month.next)
    )
    found = db.session.scalar(_within(later, scope))
    return Month.of(found) if found is not None else None


def _begins(month: Month) -> datetime:
    return datetime.combine(month.first, time())


def gatherings(ids: Collection[int]) -> Sequence[Gathering]:
    """These gatherings with their schools; one statement for a feed."""
    return db.session.scalars(sa.select(Gathering).where(Gathering.id.in_(ids)).options(joinedload(Gathering.school))).all()


@dataclass(frozen=True)
class Standing:
    """The network's name and zone, and where a feed stands: all that a public feed depends on beside its scope and the day."""

    name: str
    time_zone: str
    marks: tuple[Mark, ...]


_NETWORKS, _VERSIONS = sa.inspect(Network).local_table, sa.inspect(FeedVersion).local_table
_STANDING = (
    sa.select(_NETWORKS.c.name, _NETWORKS.c.time_zone, _VERSIONS.c.version, _VERSIONS.c.changed_at)
    .select_from(_NETWORKS.outerjoin(_VERSIONS, _VERSIONS.c.feed == sa.bindparam("feed")))
    .where(_NETWORKS.c.id == 1)
)


def standing(feed: str) -> Standing:
    """All of it in one statement and without a session: nothing else is asked for an unchanged feed."""
    name, time_zone, version, changed_at = quick_row(_STANDING, feed=feed) or ()
    return Standing(name, time_zone, () if version is None else (Mark(feed, version, changed_at),))


def run_gatherings(since: datetime, until: datetime, *, school_ids: Collection[int] | None, limit: int) -> Sequence[Gathering]:
    """The visits of these schools; without schools everything that an organizer looks after, meetups too."""
    chosen = _gatherings(since, until, limit)
    if school_ids is not None:
        chosen = chosen.where(Gathering.kind == GatheringKind.VISIT, Gathering.school_id.in_(school_ids))
    return db.session.scalars(chosen).all()


def meetup_ids(since: datetime) -> Sequence[int]:
    """The meetups that were not over at an instant, as gatherings."""
    return db.session.scalars(sa.select(Gathering.id).where(Gathering.kind == GatheringKind.MEETUP, Gathering.ends_at >= since)).all()


def find_borough(slug: str) -> str | None:
    """The borough that an address means, as schools write it."""
    return next((borough for borough in schools.boroughs() if borough_slug(borough) == slug), None)


def find_focus_area(slug: str) -> FocusArea | None:
    """The focus area that an address means."""
    return db.session.scalar(sa.select(FocusArea).where(FocusArea.slug == slug))


def _gatherings(since: datetime, until: datetime, limit: int) -> sa.Select[Any]:
    return (
        sa.select(Gathering)
        .where(_shown(since, until))
        .options(joinedload(Gathering.school))
        .order_by(Gathering.starts_at, Gathering.id)
        .limit(limit)
    )


def _shown(since: datetime, until: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(Gathering.is_public, Gathering.ends_at >= since, Gathering.starts_at > since - LONGEST, Gathering.starts_at < until)


def address_or_404(public_id: str) -> FeedAddress:
    """A private address that was not replaced."""
    party = joinedload(FeedAddress.registration).joinedload(Registration.gathering).joinedload(Gathering.school)
    found = db.session.scalar(sa.select(FeedAddress).where(FeedAddress.public_id == public_id).options(party))
    if found is None:
        abort(404)
    return found


def host_address(user_id: int) -> FeedAddress | None:
    """The address of somebody's own visits, if they made one."""
    return db.session.scalar(sa.select(FeedAddress).where(FeedAddress.kind == FeedKind.HOST, FeedAddress.user_id == user_id))


def participant_address(attendee_id: int) -> FeedAddress | None:
    """The address of a participant's rounds, if they made one."""
    return db.session.scalar(sa.select(FeedAddress).where(FeedAddress.kind == FeedKind.PARTICIPANT, FeedAddress.attendee_id == attendee_id))


HAS_ADDRESS = sa.exists().where(FeedAddress.kind == FeedKind.REGISTRATION, FeedAddress.registration_id == PARTY)
"""Of a party: asked together with all else about it"""


def registration_address(registration_id: int) -> FeedAddress | None:
    """The address of a party's own entry, if its lead made one."""
    mine = (FeedAddress.kind == FeedKind.REGISTRATION, FeedAddress.registration_id == registration_id)
    return db.session.scalar(sa.select(FeedAddress).where(*mine).options(joinedload(FeedAddress.registration)))


def user_or_404(user_id: int | None) -> User:
    """Whose address it is."""
    found = db.session.get(User, user_id) if user_id is not None else None
    if found is None:
        abort(404)
    return found


def attendee_or_404(public_id: str) -> Attendee:
    """A participant by their name in addresses, with team and gathering."""
    return _attendee_or_404(Attendee.public_id == public_id)


def attendee_by_id_or_404(attendee_id: int | None) -> Attendee:
    """The same by id."""
    return _attendee_or_404(Attendee.id == attendee_id)


def _attendee_or_404(which: sa.ColumnElement[bool]) -> Attendee:
    team = joinedload(Attendee.registration).joinedload(Registration.gathering).joinedload(Gathering.school)
    found = db.session.scalar(sa.select(Attendee).where(which).options(team))
    if found is None or found.registration.gathering.kind != GatheringKind.MEETUP:
        abort(404)
    return found


@dataclass(frozen=True)
class PublishedRound:
    """Where a participant was last told to sit in a round; `is_live` while the plan that holds now says so too."""

    number: int
    table: int | None
    is_live: bool
    published_at: datetime
    """Of the newest plan, also when it no longer has this round"""
    talks: Talks = ()
    """Of the plan that told of this round"""
    span: tuple[datetime, datetime] | None = None
    """By the clock of the meetup; None before it has begun: as published"""


def rounds_of(attendee: Attendee, now: datetime) -> list[PublishedRound]:
    """The rounds of somebody: as published, and once the meetup has begun at its desk as they are seated there."""
    told = published_rounds(attendee)
    if (day := own.find_day(attendee, now)) is None:
        return told
    known = {round.number for round in told}
    return [
        PublishedRound(each.number, each.table, each.has_seat, day.changed_at, each.talks, (each.starts_at, each.ends_at))
        for each in day.rounds if each.has_seat or each.number in known
    ]  # fmt: skip


def published_rounds(attendee: Attendee) -> list[PublishedRound]:
    """Every round that a published plan ever gave to somebody, by number; one statement."""
    rows = db.session.execute(
        sa.select(Plan.state, Plan.published_at, Seating.round, Seating.table, Plan.told)
        .join(Meetup, Meetup.id == Plan.meetup_id)
        .outerjoin(Seating, sa.and_(Seating.plan_id == Plan.id, Seating.attendee_id == attendee.id))
        .where(Meetup.gathering_id == attendee.registration.gathering_id, Plan.published_at.is_not(None))
        .order_by(Plan.published_at, Plan.id)
    ).all()
    rounds: dict[int, PublishedRound] = {}
    for state, _published_at, number, table, told in rows:
        if number is not None:
            rounds[number] = PublishedRound(number, table, state == PlanState.PUBLISHED, rows[-1].published_at, read_talks(told))
    return [rounds[number] for number in sorted(rounds)]
