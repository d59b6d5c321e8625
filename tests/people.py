"""The fixed cast of the tests, and makers of what they meet: schools, visits, parties."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts import service as accounts
from scheduler.accounts.models import Grant, User
from scheduler.core.access import AccessRole
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_token
from scheduler.registration import service as registration
from scheduler.registration.models import Gathering
from scheduler.schools.models import FocusArea, School, Tier
from scheduler.visits import service as visits
from scheduler.visits.models import Visit

MONDAY = datetime(2026, 11, 2, 15, tzinfo=UTC)
"""Ten in the morning in New York, two days after the clocks went back"""


def new_school(name: str = "Harvest Collegiate High School", **more: Any) -> School:
    slug = more.pop("slug", name.lower().replace(" ", "-")[:60])
    facts = {"short_name": name.split()[0], "tier": Tier.LIVING_LAB, "borough": "Manhattan", "time_zone": "America/New_York"}
    areas = [FocusArea(slug=area.replace(" ", "-"), name=area) for area in more.pop("focus", [])]
    return School(slug=slug, name=name, created_at=MONDAY, focus_areas=areas, **(facts | more))


def new_user(name: str, role: AccessRole, school: School | None = None) -> User:
    user = User(email=f"{name.lower().replace(' ', '.')}@example.org", name=name, created_at=MONDAY)
    user.grants.append(Grant(role=role, school_id=school.id if school else None))
    return user


@pytest.fixture
def make_school(app: Flask) -> Callable[..., School]:
    def make(*words: Any, **more: Any) -> School:
        with transaction():
            db.session.add(school := new_school(*words, **more))
        return school

    return make


@pytest.fixture
def make_user(app: Flask) -> Callable[..., User]:
    def make(*words: Any) -> User:
        with transaction():
            db.session.add(user := new_user(*words))
        return user

    return make


@pytest.fixture
def cast(app: Flask) -> SimpleNamespace:
    """A host at one Living Lab, a host at another, an organizer, an administrator, a viewer; and a member school."""
    here = new_school("Harvest Collegiate High School", address="34 West 14th St, New York, NY 10011", focus=["performance assessment"])
    there = new_school("NYC iSchool", short_name="iSchool", private_address="The blue door, 131 6th Ave")
    member = new_school("Bronx Arena High School", short_name="Bronx Arena", tier=Tier.ACTIVE_MEMBER, borough="Bronx")
    with transaction():
        db.session.add_all([here, there, member])
        db.session.flush()
        people = {
            "host": new_user("Hana Host", AccessRole.HOST, here), "other_host": new_user("Otto Other", AccessRole.HOST, there),
            "organizer": new_user("Olga Organizer", AccessRole.ORGANIZER), "viewer": new_user("Vera Viewer", AccessRole.VIEWER),
            "administrator": new_user("Ada Administrator", AccessRole.ADMINISTRATOR),
        }  # fmt: skip
        db.session.add_all(people.values())
    return SimpleNamespace(here=here, there=there, member=member, **people)


@pytest.fixture
def sign_in(app: Flask) -> Callable[[User], FlaskClient]:
    """A browser in which somebody is signed in."""

    def browser_of(user: User) -> FlaskClient:
        client = app.test_client()
        token = accounts.start_session(user.id, now=datetime.now(UTC))
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = token, True
        return client

    return browser_of


def details(**more: Any) -> visits.VisitDetails:
    """What a host types about a visit; by default on Wednesday, December 2, 2026, from 9:00 to 11:30, open to all until it begins."""
    facts: dict[str, Any] = {
        "title": "Student-led conferences, start to finish", "description": "Sit in on two conferences.",
        "starts_wall": datetime(2026, 12, 2, 9, 0), "ends_wall": datetime(2026, 12, 2, 11, 30), "doors_minutes": 15, "capacity": 12,
        "party_most": 6, "waitlist_open": True, "place": "34 West 14th St", "private_place": "", "arrival_notes": "Ring twice.",
        "focus_area_ids": [], "school_most": None, "opens_days": None, "cutoff_days": 0, "needs_approval": False,
    }  # fmt: skip
    return visits.VisitDetails(**(facts | more))


@pytest.fixture
def make_visit(app: Flask) -> Callable[..., Visit]:
    """A published visit at a school; `in_days` counts from today for tests that go through pages."""

    def make(school: School, *, publish: bool = True, now: datetime = MONDAY, in_days: int | None = None, **more: Any) -> Visit:
        if in_days is not None:
            now = datetime.now(UTC)
            day = (now + timedelta(days=in_days)).replace(tzinfo=None, hour=9, minute=0, second=0, microsecond=0)
            more = {"starts_wall": day, "ends_wall": day + timedelta(hours=2, minutes=30)} | more
        public_id = visits.create_visit(school.id, details(**more), publish=publish, actor="command:test", now=now)
        return db.session.query(Visit).join(Gathering).filter(Gathering.public_id == public_id).one()

    return make


SURE = registration.Wish(confirm_until=MONDAY + timedelta(days=365))
"""Seats that come free are taken without asking."""


def request(party_size: int = 1, **more: Any) -> registration.BookingRequest:
    """What a lead types."""
    facts: dict[str, Any] = {
        "lead_name": "Tess Teacher", "lead_email": "tess@example.org", "organization": "Bronx Arena High School", "school_id": None,
    }  # fmt: skip
    return registration.BookingRequest(**(facts | {"party_size": party_size} | more))


@pytest.fixture
def book(app: Flask) -> Callable[..., registration.Booked]:
    """Book at a visit as a party that waits when it does not fit, each from an address of its own that need not be confirmed."""
    numbers = count(1)

    def book_at(visit: Visit, party_size: int = 1, *, key: str | None = None, now: datetime = MONDAY, **more: Any) -> registration.Booked:
        more.setdefault("wait_if_full", True)
        more.setdefault("lead_email", "tess@example.org" if (number := next(numbers)) == 1 else f"tess.{number}@example.org")
        return registration.book(visit.gathering_id, request(party_size, **more), key=key or new_token(), now=now)

    return book_at
