"""Reads of meetups: what everybody sees, the teams, the plans, and where each person sits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from scheduler.core.text import same_name
from scheduler.foundation.db import db
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.jobs import Job, JobState
from scheduler.meetups.models import Meetup, Plan, PlanState, Seating
from scheduler.registration import queries as registration
from scheduler.registration.models import Attendee, Gathering, GatheringKind, GatheringState, Person, Registration, RegistrationState

PLAN_JOB = "meetups.plan"
IMPORT_KIND = "registrants"


def _meetups() -> sa.Select[Any]:
    return sa.select(Meetup).join(Meetup.gathering).options(contains_eager(Meetup.gathering))


def coming(*, now: datetime) -> Sequence[Meetup]:
    """What everybody may see: published meetups that are not over, soonest first."""
    published = sa.and_(Gathering.kind == GatheringKind.MEETUP, Gathering.state == GatheringState.PUBLISHED)
    return db.session.scalars(_meetups().where(published, Gathering.lasts_past(now)).order_by(Gathering.starts_at, Meetup.id)).all()


def all_meetups(*, now: datetime, past: bool) -> Sequence[Meetup]:
    """The organizers' list: what is coming, soonest first, or the last fifty that are over."""
    if past:
        chosen = _meetups().where(Gathering.ends_at <= now).order_by(Gathering.starts_at.desc()).limit(50)
    else:
        chosen = _meetups().where(Gathering.ends_at > now).order_by(Gathering.starts_at, Meetup.id)
    return db.session.scalars(chosen).all()


def meetup_or_404(public_id: str) -> Meetup:
    """A meetup by its name in addresses, drafts too: for organizers."""
    found: Meetup | None = db.session.scalar(_meetups().where(Gathering.public_id == public_id))
    if found is None:
        abort(404)
    return found


def public_meetup_or_404(public_id: str) -> Meetup:
    """A meetup that everybody may see: published, or cancelled after it was."""
    found = meetup_or_404(public_id)
    if not found.gathering.is_public:
        abort(404)
    return found


def teams_of(gathering_id: int) -> list[Registration]:
    """The teams with their people, by school."""
    return sorted(registration.roster_of(gathering_id), key=lambda team: (same_name(team.organization), team.id))


def asking_at(gathering_id: int) -> Sequence[Registration]:
    """Teams of schools outside the network that wait for the organizers, the one with the least time first."""
    chosen = sa.select(Registration).where(Registration.gathering_id == gathering_id, Registration.state == RegistrationState.PENDING)
    chosen = chosen.options(selectinload(Registration.attendees).joinedload(Attendee.person))
    return db.session.scalars(chosen.order_by(Registration.expires_at, Registration.id)).all()


def unconfirmed_at(gathering_id: int) -> int:
    """How many people hold seats until their lead confirms the address."""
    people = sa.select(sa.func.coalesce(sa.func.sum(Registration.party_size), 0))
    held = sa.and_(Registration.gathering_id == gathering_id, Registration.state == RegistrationState.UNVERIFIED)
    return int(db.session.scalar(people.where(held)) or 0)


def unanswered(*, now: datetime) -> Sequence[tuple[Gathering, int, datetime]]:
    """Coming meetups at which people wait for an answer of the organizers, how many, and until when."""
    people, until = sa.func.sum(Registration.party_size), sa.func.min(Registration.expires_at)
    waits = sa.select(Registration.gathering_id, people.label("people"), until.label("until"))
    coming = sa.and_(Gathering.kind == GatheringKind.MEETUP, Gathering.state == GatheringState.PUBLISHED, Gathering.starts_at > now)
    here = Registration.gathering_id.in_(sa.select(Gathering.id).where(coming))
    totals = waits.where(here, Registration.state == RegistrationState.PENDING).group_by(Registration.gathering_id).subquery()
    chosen = sa.select(Gathering, totals.c.people, totals.c.until).join(totals, totals.c.gathering_id == Gathering.id)
    return [(gathering, int(number), at) for gathering, number, at in db.session.execute(chosen)]


def team_or_404(meetup: Meetup, public_id: str) -> Registration:
    """A team of this meetup."""
    found = registration.registration_or_404(public_id)
    if found.gathering_id != meetup.gathering_id or found.is_cancelled:
        abort(404)
    return found


def team_of_school(gathering_id: int, school_id: int) -> Registration | None:
    """The team that a school has registered, with its people."""
    return db.session.scalar(
        sa.select(Registration)
        .where(
            Registration.gathering_id == gathering_id,
            Registration.school_id == school_id,
            Registration.state == RegistrationState.CONFIRMED,
        )
        .options(selectinload(Registration.attendees).joinedload(Attendee.person))
        .order_by(Registration.id)
        .limit(1)
    )


def attendees_of(gathering_id: int) -> Sequence[Attendee]:
    """Everybody who is expected, in the order in which they were registered, with person, team and school."""
    return db.session.scalars(
        sa.select(Attendee)
        .join(Attendee.registration)
        .where(Registration.gathering_id == gathering_id, Registration.state == RegistrationState.CONFIRMED)
        .options(contains_eager(Attendee.registration).joinedload(Registration.school), joinedload(Attendee.person))
        .order_by(Attendee.id)
    ).all()


def attendees_with_consents(ids: Collection[int]) -> Sequence[Attendee]:
    """Attendees by id, with person, school and what they permitted."""
    chosen = sa.select(Attendee).where(Attendee.id.in_(ids)).order_by(Attendee.id)
    team = joinedload(Attendee.registration).joinedload(Registration.school)
    return db.session.scalars(chosen.options(team, joinedload(Attendee.person), selectinload(Attendee.consents))).all()


def addresses_of(gathering_id: int) -> set[str]:
    """The addresses of everybody who is expected."""
    return set(
        db.session.scalars(
            sa.select(Person.email)
            .join(Attendee, Attendee.person_id == Person.id)
            .join(Attendee.registration)
            .where(Registration.gathering_id == gathering_id, Registration.state == RegistrationState.CONFIRMED, Person.email.is_not(None))
        )
    )


def counts_of(gathering_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Teams and people by gathering."""
    rows = db.session.execute(
        sa.select(Registration.gathering_id, sa.func.count(), sa.func.sum(Registration.party_size))
        .where(Registration.gathering_id.in_(gathering_ids), Registration.state == RegistrationState.CONFIRMED)
        .group_by(Registration.gathering_id)
    )
    return {gathering_id: (teams, int(people)) for gathering_id, teams, people in rows}


def import_or_404(meetup: Meetup, public_id: str) -> ImportDraft:
    """A list that somebody uploaded for this meetup."""
    found = db.session.scalar(
        sa.select(ImportDraft).where(
            ImportDraft.public_id == public_id, ImportDraft.kind == IMPORT_KIND, ImportDraft.about == f"meetup:{meetup.id}"
        )
    )
    if found is None:
        abort(404)
    return found


def plans_of(meetup_id: int) -> Sequence[Plan]:
    """All versions of the whole meetup, newest first, without their seatings; what the desk made for the rounds to come stays there."""
    chosen = sa.select(Plan).where(Plan.meetup_id == meetup_id, Plan.from_round.is_(None))
    return db.session.scalars(chosen.order_by(Plan.version.desc())).all()


def find_plan(meetup_id: int, version: int) -> Plan | None:
    """One version of the whole meetup with who sits where; each person is read once, not once a round."""
    people = selectinload(Plan.seatings).selectinload(Seating.attendee)
    return db.session.scalar(
        sa.select(Plan)
        .where(Plan.meetup_id == meetup_id, Plan.version == version, Plan.from_round.is_(None))
        .options(
            people.joinedload(Attendee.person),
            people.selectinload(Attendee.consents),
            people.joinedload(Attendee.registration).joinedload(Registration.school),
        )
    )


def find_bare_plan(meetup_id: int, version: int) -> Plan | None:
    """One version without who sits where."""
    return db.session.scalar(sa.select(Plan).where(Plan.meetup_id == meetup_id, Plan.version == version))


def bare_plan_or_404(meetup: Meetup, version: int) -> Plan:
    """One version without who sits where, or there is none."""
    found = find_bare_plan(meetup.id, version) if version < 2**31 else None
    if found is None:
        abort(404)
    return found


def plan_or_404(meetup: Meetup, version: int) -> Plan:
    """One version, or there is none."""
    found = find_plan(meetup.id, version) if version < 2**31 else None
    if found is None:
        abort(404)
    return found


def published_version(meetup_id: int) -> int | None:
    """Which version is published."""
    return db.session.scalar(sa.select(Plan.version).where(Plan.meetup_id == meetup_id, Plan.state == PlanState.PUBLISHED))


def last_version(meetup_id: int) -> int:
    """The number of the newest version; 0 before there is one."""
    return db.session.scalar(sa.select(sa.func.max(Plan.version)).where(Plan.meetup_id == meetup_id)) or 0


def next_version(meetup_id: int) -> int:
    """The number of the version that comes next; that of a plan being made is taken."""
    live = live_job(meetup_id)
    return max(last_version(meetup_id), live.payload["version"] if live else 0) + 1


def live_job(meetup_id: int) -> Job | None:
    """The plan that is being made at this moment."""
    return db.session.scalar(
        sa.select(Job).where(Job.kind == PLAN_JOB, Job.about == f"meetup:{meetup_id}", Job.state == JobState.WAITING).limit(1)
    )


def job_or_404(meetup: Meetup, public_id: str) -> Job:
    """A plan that is or was being made for this meetup."""
    found = db.session.scalar(sa.select(Job).where(Job.public_id == public_id, Job.kind == PLAN_JOB, Job.about == f"meetup:{meetup.id}"))
    if found is None:
        abort(404)
    return found
