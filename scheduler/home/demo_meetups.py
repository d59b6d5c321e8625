"""Around the meetup of the sample network: one that took place before it, and the schools that were invited to it. Sends no mail."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from io import StringIO
from threading import Event
from typing import Any

import sqlalchemy as sa

from scheduler.core.pairing.__main__ import answer
from scheduler.core.pairing.instance import write_problem
from scheduler.foundation.db import db
from scheduler.foundation.tokens import new_public_id
from scheduler.meetups import plans
from scheduler.meetups import queries as meetups
from scheduler.meetups.invitations.models import InvitedContact, MeetupInvitation
from scheduler.meetups.models import Format, Meetup
from scheduler.registration import queries, service
from scheduler.registration.models import AttendeeState, Gathering, Roster
from scheduler.schools.models import School, SchoolContact

EARLIER_TEAMS = slice(4, 16)
"""Of the coming meetup's teams those that met before, two people of each"""
STAYED_HOME = (5, 18)
"""Who of those 24 did not come"""
REASON = "Our ninth graders are on a trip that day."


def contacts_of(number: int) -> list[SchoolContact]:
    """Whom to write to at the school of a number: two people at every tenth, nobody at the last two."""
    names = [f"Sample Contact {number}{letter}" for letter in ("ab" if number % 10 == 0 else "a" if number < 45 else "")]
    return [SchoolContact(name=name, email=f"{name.lower().replace(' ', '.')}@example.org", is_sample=True) for name in names]


def took_place(gathering: Gathering, coming: Gathering, *, actor: str, now: datetime) -> None:
    """Twelve schools of the coming meetup met before: three rounds at tables of four, their arrivals marked, the roster closed."""
    meetup = Meetup(gathering=gathering, format=Format.TABLES, rounds=3, table_size=4)
    db.session.add(meetup)
    db.session.flush()
    for team in queries.roster_of(coming.id)[EARLIER_TEAMS]:
        members = [service.Member(one.name, one.role, one.email) for one in team.attendees[:2]]
        came = service.Team(team.organization, team.school_id, members)
        service.add_team(gathering, came, actor=actor, now=now, is_sample=True)
    _seat(meetup, now)
    for number, attendee in enumerate(meetups.attendees_of(gathering.id)):
        came_late = gathering.starts_at - timedelta(minutes=12 - number // 3)
        attendee.state = AttendeeState.ABSENT if number in STAYED_HOME else AttendeeState.ARRIVED
        attendee.arrived_at = None if number in STAYED_HOME else came_late
    db.session.add(Roster(gathering_id=gathering.id, closed_at=gathering.ends_at, closed_by=actor))


def _seat(meetup: Meetup, now: datetime) -> None:
    """A published plan, by a construction of the engine: one step is enough, where nobody need meet anybody twice."""
    problem = write_problem(plans.asked_of(meetup, meetups.attendees_of(meetup.gathering_id), plans.settings_of(meetup)).problem)
    answer({"problem": problem, "seed": 1, "time_limit": plans.TIME_LIMIT, "iterations": 1}, out := StringIO(), Event())
    result: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])["result"]
    plan = plans.add_version(meetup, 1, problem, result, seconds=0.1, user_id=None, now=now)
    plans.make_public(meetup, plan, now=now)


def invite(coming: Gathering, schools: Sequence[School], *, now: datetime) -> None:
    """Thirty schools were invited and have registered; of three more one was reminded, one is silent, and one cannot come."""
    meetup_id = db.session.scalars(sa.select(Meetup.id).where(Meetup.gathering_id == coming.id)).one()
    asked_at = now - timedelta(days=10)
    for number in (*range(30), 41, 42, 43):
        invitation = MeetupInvitation(meetup_id=meetup_id, school_id=schools[number].id, invited_at=asked_at)
        for contact in schools[number].contacts:
            db.session.add(InvitedContact(public_id=new_public_id(), invitation=invitation, contact=contact, written_at=asked_at))
        if number == 41:
            invitation.reminded_at = now - timedelta(days=4)
        if number == 43:
            invitation.declined_at, invitation.reason = now - timedelta(days=6), REASON
            invitation.declined_by = schools[number].contacts[0].id
        db.session.add(invitation)


def take_away() -> None:
    """Sample contacts of schools that stay, and their schools' invitations to a sample meetup that stays."""
    meetups_there = sa.select(Meetup.id).join(Meetup.gathering).where(Gathering.is_sample)
    schools_there = sa.select(School.id).where(School.is_sample)
    of_both = sa.and_(MeetupInvitation.meetup_id.in_(meetups_there), MeetupInvitation.school_id.in_(schools_there))
    db.session.execute(sa.delete(MeetupInvitation).where(of_both))
    db.session.execute(sa.delete(SchoolContact).where(SchoolContact.is_sample))
