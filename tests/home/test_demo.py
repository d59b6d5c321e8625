"""The sample network comes and goes, and leaves alone what real people did."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from scheduler.accounts.models import User
from scheduler.core.memory import between_schools
from scheduler.core.refusal import Refusal
from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from scheduler.home import demo
from scheduler.meetups.invitations import queries as invitations
from scheduler.meetups.memory import queries as memory
from scheduler.meetups.models import Meetup
from scheduler.registration import queries
from scheduler.registration.models import (
    Attendee,
    AttendeeState,
    Gathering,
    GatheringKind,
    GatheringState,
    Person,
    Registration,
    WaitlistEntry,
)
from scheduler.schools import closures_queries as closures
from scheduler.schools.models import FocusArea, Network, School, SchoolContact, Tier
from scheduler.visits.models import Visit
from tests.conftest import empty_tables
from tests.people import MONDAY

LASTS = {"audit_lines", "feed_versions"}
"""Tables that tell what was."""


Rows = list[tuple[sa.Table, list[dict[str, Any]]]]


@pytest.fixture(scope="session")
def rows(house: Flask) -> Rows:
    """All rows of the sample network as of MONDAY, whose making takes ten times as long as putting them back."""
    with house.app_context():
        demo.load(now=MONDAY)
        with db.engine.connect() as connection:
            found = [(table, [dict(row) for row in connection.execute(table.select()).mappings()]) for table in db.metadata.sorted_tables]
        db.session.remove()
        empty_tables()
    return found


@pytest.fixture
def sample(app: Flask, rows: Rows) -> None:
    """The sample network, loaded on MONDAY."""
    with db.engine.begin() as connection:
        for table, listed in rows:
            if table.name == Network.__tablename__:
                connection.execute(table.update(), listed)
            elif listed:
                connection.execute(table.insert(), listed)
                go_on_counting(connection, table)


def go_on_counting(connection: sa.Connection, table: sa.Table) -> None:
    """PostgreSQL does not look which numbers were given by us."""
    if connection.dialect.name == "postgresql" and (column := table.autoincrement_column) is not None:
        sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
        connection.execute(sa.select(sa.func.setval(sequence, sa.select(sa.func.max(column)).scalar_subquery())))


def counted() -> dict[str, int]:
    return {
        table.name: db.session.scalar(sa.select(sa.func.count()).select_from(table))
        for table in db.metadata.sorted_tables
        if table.name not in LASTS
    }


def visits_of(school: School) -> list[Gathering]:
    return list(db.session.scalars(sa.select(Gathering).where(Gathering.school_id == school.id).order_by(Gathering.starts_at)))


def meetups() -> list[Gathering]:
    return list(db.session.scalars(sa.select(Gathering).where(Gathering.kind == GatheringKind.MEETUP).order_by(Gathering.starts_at)))


def attendees(gathering: Gathering) -> list[Attendee]:
    return list(db.session.scalars(sa.select(Attendee).join(Attendee.registration).where(Registration.gathering_id == gathering.id)))


def taken(gathering: Gathering) -> int:
    return queries.taken_of([gathering.id]).get(gathering.id, 0)


def test_the_sample_network_is_33_schools_and_14_samples_with_a_season_and_a_meetup_of_41_teams(sample):
    assert db.session.scalar(sa.select(sa.func.count(School.id))) == 47
    labs = db.session.scalars(sa.select(School).where(School.tier == Tier.LIVING_LAB)).all()
    assert len(labs) == 8
    for lab in labs:
        starts = [visit.starts_at for visit in visits_of(lab)]
        assert len(starts) == 5
        assert starts[0] < MONDAY < starts[1]
    _past, meetup = meetups()
    teams = queries.live_registrations(meetup.id)
    assert (len(teams), sum(team.party_size for team in teams)) == (41, 120)
    assert db.session.scalar(sa.select(sa.func.count(WaitlistEntry.id))) > 0
    states = set(db.session.scalars(sa.select(Gathering.state)))
    assert states == {GatheringState.PUBLISHED, GatheringState.DRAFT, GatheringState.CANCELLED}
    assert {person.is_sample for person in db.session.scalars(sa.select(Person))} == {True}
    for gathering in db.session.scalars(sa.select(Gathering)):
        assert taken(gathering) <= gathering.capacity


@pytest.mark.parametrize("days", [38, *(pytest.param(days, marks=pytest.mark.soak) for days in (0, 23, 60, 103, 107, 250))])
def test_three_closures_lie_ahead_and_nothing_of_the_sample_lies_on_them(app, days):
    now = MONDAY + timedelta(days=days)

    demo.load(now=now)

    closed = closures.network_days(now.date() - timedelta(days=400), now.date() + timedelta(days=800))
    assert set(closed.values()) == {"Thanksgiving", "Winter recess", "Midwinter recess"}
    assert max(closed) <= now.date() + timedelta(days=375)
    assert [gathering.title for gathering in db.session.scalars(sa.select(Gathering)) if gathering.starts_wall.date() in closed] == []
    assert {gathering.starts_wall.weekday() for gathering in db.session.scalars(sa.select(Gathering))} <= {0, 1, 2, 3, 4}


def test_a_meetup_took_place_before_whose_people_come_again_and_have_met(sample):
    past, coming = meetups()
    everybody = {person.person_id for person in attendees(coming)}
    came = [person for person in attendees(past) if person.state == AttendeeState.ARRIVED]
    [held] = memory.held_meetups()
    tables = Counter(len(table) for table in held.tables)
    assert (len(attendees(past)), len(came), {person.person_id for person in attendees(past)} <= everybody) == (24, 22, True)
    assert (held.title, past.ends_at < MONDAY, tables.keys() <= {3, 4}, sum(tables.values())) == ("First meetup", True, True, 18)
    assert max(between_schools(held.tables).values()) <= 4  # nobody twice: two of each school
    meetup = db.session.scalars(sa.select(Meetup).where(Meetup.gathering_id == coming.id)).one()
    assert set(memory.met_before(meetup, attendees(coming)).values()) == {1}


def test_schools_without_a_team_stand_everywhere_with_the_invitation(sample):
    meetup = db.session.scalars(sa.select(Meetup).where(Meetup.gathering_id == meetups()[1].id)).one()
    standings = Counter(row.standing.value for row in invitations.rows_of(meetup))
    assert standings == {"comes": 41, "reminded": 1, "invited": 1, "declined": 1, "not_invited": 1, "no_contact": 2}
    contacts = db.session.scalars(sa.select(SchoolContact)).all()
    assert {(contact.is_sample, contact.email.endswith("@example.org"), contact.name.split()[0]) for contact in contacts} == {
        (True, True, "Sample")
    }
    assert list(db.session.scalars(sa.select(OutboxMail))) == []


def test_loading_it_twice_is_loading_it_once(sample):
    once = counted()

    demo.load(now=MONDAY + timedelta(days=1))

    assert counted() == once


def test_taken_away_nothing_of_it_is_left(sample):
    demo.remove(now=MONDAY)

    assert {table: count for table, count in counted().items() if count} == {"networks": 1}
    assert db.session.get_one(Network, 1).name == demo.UNNAMED


def test_a_real_party_keeps_its_visit_and_its_school(sample, book):
    school = db.session.scalars(sa.select(School).where(School.short_name == "iSchool")).one()
    visit = next(visit for visit in visits_of(school) if visit.starts_at > MONDAY + timedelta(days=35))
    booked = db.session.scalars(sa.select(Visit).where(Visit.gathering_id == visit.id)).one()
    book(booked, 2, lead_email="real@example.net", school_id=school.id)

    demo.remove(now=MONDAY)

    assert list(db.session.scalars(sa.select(School.short_name))) == ["iSchool"]
    assert [party.lead_email for party in db.session.scalars(sa.select(Registration))] == ["real@example.net"]
    assert taken(visit) == 2
    assert [attendee.email for attendee in db.session.scalars(sa.select(Attendee).order_by(Attendee.id))] == ["real@example.net", ""]
    assert db.session.scalar(sa.select(sa.func.count(FocusArea.id))) == len(school.focus_areas)


def test_a_host_of_a_sample_school_keeps_it_and_other_focus_areas_stay(app, make_school, make_user):
    own = make_school("Bridges of Queens", focus=["advisory circles"])
    demo.load(now=MONDAY)
    school = db.session.scalars(sa.select(School).where(School.short_name == "iSchool")).one()
    user = make_user("Real Host", demo.AccessRole.HOST, school)

    demo.remove(now=MONDAY)

    assert set(db.session.scalars(sa.select(School.short_name))) == {own.short_name, "iSchool"}
    assert [user.id] == list(db.session.scalars(sa.select(User.id)))
    assert "advisory circles" in set(db.session.scalars(sa.select(FocusArea.name)))


def test_a_network_that_has_one_of_its_schools_refuses_it_whole(app, make_school):
    make_school("NYC iSchool")

    with pytest.raises(Refusal, match="both have NYC iSchool"):
        demo.load(now=MONDAY)

    assert db.session.scalar(sa.select(sa.func.count(School.id))) == 1


def test_a_name_somebody_gave_the_network_stays(app):
    db.session.get_one(Network, 1).name = "Bay Area Learning Labs"
    db.session.commit()
    try:
        demo.load(now=MONDAY)
        assert db.session.get_one(Network, 1).name == "Bay Area Learning Labs"
        demo.remove(now=MONDAY)
        assert db.session.get_one(Network, 1).name == "Bay Area Learning Labs"
    finally:
        db.session.get_one(Network, 1).name = demo.UNNAMED
        db.session.commit()
