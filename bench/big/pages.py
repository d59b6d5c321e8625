"""Every page that a GET opens, asked by whoever may see it, with things of the sample network in its address; and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import time as clock_time
from datetime import timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from scheduler.accounts import service as accounts
from scheduler.accounts.models import Grant, User
from scheduler.calendars import feeds, pieces
from scheduler.core.access import AccessRole
from scheduler.core.months import Month
from scheduler.core.questions import QuestionKind
from scheduler.core.recurrence import Rule as RuleOfSeries
from scheduler.core.tours.rules import Turn
from scheduler.foundation import access
from scheduler.foundation.clock import now as right_now
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import OutboxMail
from scheduler.meetups.models import Meetup, Plan, PlanState
from scheduler.registration import links
from scheduler.registration.door import links as door_links
from scheduler.registration.door import service as door
from scheduler.registration.models import (
    Attendee,
    DataLink,
    Gathering,
    GatheringState,
    GreeterLink,
    Question,
    Registration,
    RegistrationState,
    WaitlistEntry,
)
from scheduler.registration.privacy.views import COOKIE as DATA_COOKIE
from scheduler.registration.questions import service as questions
from scheduler.registration.questions.service import Wording
from scheduler.schools.models import School
from scheduler.schools.resources.models import Resource
from scheduler.visits import series
from scheduler.visits.models import Visit, VisitSeries
from scheduler.visits.service import details_of
from scheduler.visits.tours import service as tours
from scheduler.visits.tours.service import StopDetails

BUDGET, LEAST, MOST = 0.1, 2, 8
"""Seconds for a page, and how often it is asked at least and at most; the quickest counts"""
NO_PAGE = (
    "static", "home.dev_mail", "home.dev_mail_show", "door.worker", "screens.worker", "log.table", "memory.network_csv", "months.index",
)  # fmt: skip
"""Files and pages of a development machine; what is taken along as a file is as long as there is of it. The calendar is asked for a
month that has visits on each day both times (MORE)."""
ROLES = (AccessRole.ADMINISTRATOR, AccessRole.ORGANIZER, AccessRole.HOST, AccessRole.VIEWER)
ACTOR = "command:bench"
HOST, ORGANIZER, ADMINISTRATOR, VIEWER = AccessRole.HOST, AccessRole.ORGANIZER, AccessRole.ADMINISTRATOR, AccessRole.VIEWER
MORE = (
    ("", "/?borough=Manhattan"),
    ("", "/?focus=grading-practices&party=2"),
    ("", "/?school={slug}&party=3"),
    ("", "/calendar?month={month}"),
    ("", "/calendar?month={month}&view=list"),
    ("", "/calendar?month={month}&at=borough:manhattan"),
    ("", "/school-names?words=school"),
    ("", "/resources?words=rubric"),
    (ADMINISTRATOR, "/workspace/log?who=job"),
    (ADMINISTRATOR, "/workspace/log?who=link"),
    (ADMINISTRATOR, "/workspace/log?what=booked"),
    (ADMINISTRATOR, "/workspace/log?thing=visit:3"),
    (ORGANIZER, "/workspace/mail?state=dead"),
    (ORGANIZER, "/workspace/mail?kind=registration/mail/receipt"),
    (ORGANIZER, "/workspace/meetups?past=1"),
    (ORGANIZER, "/workspace"),
    (HOST, "/workspace"),
    (VIEWER, "/workspace"),
    (HOST, "/workspace/visits"),
    (ORGANIZER, "/workspace/visits/new?school={slug}"),
    (ORGANIZER, "/workspace/visits/series/new?school={slug}"),
    (ORGANIZER, "/workspace/closures?school={slug}"),
    (ORGANIZER, "/workspace/resources?school={slug}"),
    (ORGANIZER, "/workspace/visits?show=all"),
    (ORGANIZER, "/workspace/visits?show=asking"),
    (ORGANIZER, "/workspace/visits?school={slug}"),
    (ORGANIZER, "/workspace/network-map?borough=Manhattan"),
    (VIEWER, "/workspace/network-map"),
)
"""The same pages narrowed, or as somebody else"""


@dataclass(frozen=True)
class Page:
    """One page; its public ids differ from one database to the next, so it is known by its rule."""

    said: str
    role: str
    path: str = field(compare=False)


PLANNED = tuple(
    f"/workspace/meetups/<public_id>/{name}" for name in ("plans/<", "cards", "list", "routes", "sheets", "spare-cards", "tents")
)
"""Pages of a meetup with a plan: that of the sample that took place"""


@dataclass(frozen=True)
class Made:
    """Public names of what is made for the pages that open it."""

    series: str
    question: str
    greeter: str
    other: str
    carries: str


@dataclass(frozen=True)
class Things:
    """What stands in addresses: of the sample network, so that both times are asked for the same."""

    host_school: School
    visit: Gathering
    meetup: Gathering
    party: Registration
    attendee: Attendee
    entry: WaitlistEntry
    resource: Resource
    mail_id: int
    link: DataLink
    team: Registration
    planned: Gathering
    """A meetup with a published plan"""
    made: Made
    """What the sample has none of"""

    def of(self, rule: Rule) -> dict[str, object] | None:
        """The values of a rule's parameters; None for addresses that hold a key, or a thing that the sample network has none of."""
        known: dict[str, object] = {
            "slug": self.host_school.slug, "borough": "manhattan", "focus": "grading-practices", "mail_id": self.mail_id, "version": 1,
            "number": 1, "attendee_id": self.attendee.public_id, "team_id": self.team.public_id, "place": self.attendee.public_id,
            "question_id": self.made.question, "link_id": self.made.greeter, "stays_id": self.attendee.public_id,
            "goes_id": self.made.other, "key": self.team.attendees[0].public_id,
        }  # fmt: skip
        starts = dict.fromkeys(PLANNED, self.planned.public_id) | {
            "/workspace/visits/series": self.made.series, "/door": self.made.greeter,
            "/registrations/<public_id>/one-": self.team.public_id, "/workspace/meetups": self.meetup.public_id,
            "/meetups": self.meetup.public_id, "/registrations": self.party.public_id,
            "/waiting": self.entry.public_id, "/workspace/resources": self.resource.public_id, "/resources": self.resource.public_id,
            "/my-data": self.link.public_id, "/join": self.party.public_id, "/visits": self.visit.public_id,
            "/workspace": self.visit.public_id,
        }  # fmt: skip
        named = next((public_id for start, public_id in starts.items() if rule.rule.startswith(start)), None)
        known |= {"public_id": named} if named else {}
        if "/cards/" in rule.rule:
            known["attendee_id"] = self.made.carries
        return {name: known[name] for name in rule.arguments} if rule.arguments <= known.keys() else None


def things() -> Things:
    """Of the school whose host is in the sample."""
    school = db.session.scalars(sa.select(School).join(Grant, Grant.school_id == School.id).where(Grant.role == AccessRole.HOST)).first()
    assert school is not None
    coming = (
        sa.select(Gathering)
        .where(Gathering.starts_at > right_now(), Gathering.state == GatheringState.PUBLISHED)
        .order_by(Gathering.starts_at)
    )
    booked = sa.select(Registration).where(Registration.state == RegistrationState.CONFIRMED)
    is_booked = Gathering.id.in_(booked.with_only_columns(Registration.gathering_id))
    visit = db.session.scalars(coming.join(Visit).where(Visit.school_id == school.id, is_booked)).first()
    meetup = db.session.scalars(coming.join(Meetup)).first()
    assert visit and meetup  # noqa: PT018
    party = db.session.scalars(booked.where(Registration.gathering_id == visit.id)).first()
    team = db.session.scalars(booked.where(Registration.gathering_id == meetup.id)).first()
    assert party and team  # noqa: PT018
    attendee = db.session.scalars(sa.select(Attendee).where(Attendee.registration_id == party.id)).first()
    entry, resource, link = (db.session.scalars(sa.select(model)).first() for model in (WaitlistEntry, Resource, DataLink))
    mail_id = db.session.scalar(sa.select(sa.func.min(OutboxMail.id)))
    planned = db.session.scalars(sa.select(Gathering).join(Meetup).join(Plan).where(Plan.state == PlanState.PUBLISHED)).first()
    assert attendee and entry and resource and link and mail_id and planned  # noqa: PT018
    made = _made(school, visit, attendee, planned)
    return Things(school, visit, meetup, party, attendee, entry, resource, mail_id, link, team, planned, made)


def _made(school: School, visit: Gathering, attendee: Attendee, planned: Gathering) -> Made:
    """A season, a question, a tour and a link for the door, as their host makes them; once, for both times."""
    now, at = right_now(), attendee.registration
    if (greeter := db.session.scalar(sa.select(GreeterLink.public_id))) is None:
        greeter = door.make_link(visit.id, "Gus", now + timedelta(days=90), actor=ACTOR, now=now)
        questions.ask(visit.id, Wording("Which subject?", QuestionKind.TEXT), actor=ACTOR, now=now)
        own = db.session.scalars(sa.select(Visit).where(Visit.gathering_id == visit.id)).one()
        turns = [Turn(visit.starts_wall, visit.starts_wall + timedelta(minutes=30))]
        tours.save(own.id, [StopDetails(f"Room {n}", most_adults=30) for n in (1, 2)], turns, version=0, actor=ACTOR, now=now)
        tours.plan(own.id, seen=0, actor=ACTOR, now=now)
        days = now.date() + timedelta(days=200), now.date() + timedelta(days=220)
        rule = RuleOfSeries(*days, frozenset({0, 2}), 1, ((clock_time(13), clock_time(14)),))
        expected, key = series.preview(school, rule, now=now).expected, "the key of a season"
        series.plan_series(school.id, rule, details_of(own), expected=expected, publish=True, key=key, actor=ACTOR, now=now)
    others = sa.select(Attendee.public_id).join(Attendee.registration).where(Attendee.id != attendee.id, Attendee.person_id.is_not(None))
    carries = sa.select(Attendee.public_id).join(Attendee.registration).where(Registration.gathering_id == planned.id)
    found = [
        db.session.scalars(chosen.limit(1)).one()
        for chosen in (
            sa.select(VisitSeries.public_id), sa.select(Question.public_id).where(Question.gathering_id == visit.id),
            others.where(Registration.gathering_id == at.gathering_id), carries,
        )
    ]  # fmt: skip
    return Made(found[0], found[1], greeter, found[2], found[3])


def pages(app: Flask, found: Things) -> Iterator[Page]:
    """Every page, and some of them narrowed."""
    adapter = app.url_map.bind("127.0.0.1")
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule.startswith("/workspace"), rule.rule)):
        values = found.of(rule)
        policy = access.policy_of(rule.endpoint)
        if values is None or policy is None or policy is access.MACHINES or "GET" not in (rule.methods or ()) or rule.endpoint in NO_PAGE:
            continue
        role = next((role for role in ROLES if role in policy.roles), "")
        yield Page(rule.rule, role, adapter.build(rule.endpoint, values))
    month = Month.of(right_now().date()).next
    for role, path in MORE:
        yield Page(path, role, path.format(slug=found.host_school.slug, month=month))


def clients(app: Flask, found: Things) -> dict[str, FlaskClient]:
    """A browser for each role, signed in; whoever needs a link has opened it."""
    opened = {"": app.test_client()}
    with opened[""].session_transaction() as session:
        session[links.COOKIE] = {each.public_id: each.link_round for each in (found.party, found.team, found.entry)}
        session[links.JOINED] = {found.party.public_id: [found.party.join_round, ""]}
        session[DATA_COOKIE] = found.link.public_id
    greeter = db.session.scalars(sa.select(GreeterLink).where(GreeterLink.public_id == found.made.greeter)).one()
    opened[""].get(urlsplit(door_links.greeter_url(greeter)).path)
    for role in ROLES:
        user_id = db.session.scalars(sa.select(User.id).join(Grant).where(Grant.role == role).order_by(User.id)).first()
        if user_id is None:
            with transaction():
                user = User(email=f"{role}@bench.example.org", name=role, created_at=right_now(), grants=[Grant(role=role)])
                db.session.add(user)
            user_id = user.id
        opened[role] = app.test_client()
        token = accounts.start_session(user_id, now=right_now())
        with opened[role].session_transaction() as session:
            session["_user_id"], session["_fresh"] = token, True
    return opened


def quickest(client: FlaskClient, path: str, *, budget: float = BUDGET, most: float | None = None) -> float | None:
    """Milliseconds of a page, the quickest of some, of which the first finds nothing at hand; None for one that does not answer 200.
    Where it is known how long it may take, it is asked again only while it takes longer, and for as long as the budget lasts."""
    feeds.body_of.cache_clear()
    pieces.forget()
    took: list[float] = []
    while goes_on(took, budget, most):
        began = time.perf_counter()
        status = client.get(path).status_code
        took.append(1000 * (time.perf_counter() - began))
        if status != 200:
            return None
    return min(took)


def goes_on(took: list[float], budget: float, most: float | None) -> bool:
    """Whether a page is asked once more."""
    in_budget = sum(took) < 1000 * budget and len(took) < MOST
    if most is None:
        return len(took) < LEAST or in_budget
    return not took or in_budget or (min(took) > most and len(took) < MOST)
