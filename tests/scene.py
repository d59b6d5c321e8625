"""One of everything: a scene in which every room has something to show, and every name is hostile, for tests that walk all routes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from scheduler.accounts import service as accounts
from scheduler.accounts.models import Grant, Invitation
from scheduler.calendars import links as calendar_links
from scheduler.calendars import service as calendars
from scheduler.calendars.models import FeedAddress
from scheduler.core.access import AccessRole
from scheduler.core.invitations import Deed
from scheduler.core.pairing.wishes import Kind
from scheduler.core.questions import Per, QuestionKind
from scheduler.core.recurrence import Rule
from scheduler.core.times import to_wall
from scheduler.core.tours.rules import Turn
from scheduler.foundation import outbox, ticks
from scheduler.foundation.db import db, transaction
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.jobs import Job, JobState
from scheduler.foundation.outbox import OutboxMail
from scheduler.foundation.tables import Table
from scheduler.foundation.tokens import derived
from scheduler.meetups import imports as registrants
from scheduler.meetups import queries as meetups
from scheduler.meetups import service as meetup_service
from scheduler.meetups.invitations import service as invitations
from scheduler.meetups.invitations.models import InvitedContact
from scheduler.meetups.live import queries as live_queries
from scheduler.meetups.live import service as live
from scheduler.meetups.live.screens import links as screen_links
from scheduler.meetups.live.screens import queries as screen_queries
from scheduler.meetups.live.screens import service as screens
from scheduler.meetups.memory import service as memory
from scheduler.meetups.memory.models import EarlierMeetup
from scheduler.meetups.models import Meetup
from scheduler.meetups.wishes.models import MeetupWish
from scheduler.registration import links, queries
from scheduler.registration import service as registration
from scheduler.registration.door import links as door_links
from scheduler.registration.door import queries as door_queries
from scheduler.registration.door import service as door
from scheduler.registration.models import AttendeeState, DataLink, Gathering, GreeterLink, Merge, Question, Registration, WaitlistEntry
from scheduler.registration.people import service as people
from scheduler.registration.people.service import Named, Place, Told, named_as
from scheduler.registration.privacy import service as privacy
from scheduler.registration.questions import service as questions
from scheduler.registration.questions.service import Wording
from scheduler.registration.service import Member
from scheduler.schools import closures, imports
from scheduler.schools import service as schools
from scheduler.schools.closures import Row
from scheduler.schools.closures_lines import ClosureDetails
from scheduler.schools.models import Closure, ClosureSource, FocusArea, School
from scheduler.schools.resources.models import Resource
from scheduler.visits import series
from scheduler.visits import service as visits
from scheduler.visits.after import mail as after
from scheduler.visits.after import service as afterwards
from scheduler.visits.models import Visit, VisitSeries
from scheduler.visits.tours import service as tours
from scheduler.visits.tours.service import StopDetails
from scheduler.visits.watches import service as watches
from scheduler.visits.watches.models import Watch
from tests import people as cast_of
from tests.hostile import NAME, SHORT
from tests.meetups.conftest import details as meetup_details
from tests.meetups.test_live import publish_quickly
from tests.schools.test_resources import a_file, share

ACTOR = "user:1"


class Scene:
    """Who is in it, some of what was made, and `links`: the addresses that stand in mails and on papers and nowhere else."""

    visit: Visit
    party: Registration
    past: Visit
    asks: Visit
    foreign: Visit
    meetup: Meetup
    later: Meetup
    there: Registration
    feed: str
    screen: str
    parts_of: Callable[[str], Mapping[str, Any]]
    """What to put into the parts of a route's address"""

    def __init__(self, cast: SimpleNamespace, now: datetime) -> None:
        self.cast, self.now = cast, now
        self.links: list[str] = []


def make(cast: SimpleNamespace, now: datetime) -> Scene:
    """All of it, as of now."""
    with transaction():
        for school in (cast.here, cast.there, cast.member):
            school.name, school.short_name, school.about, school.arrival_notes = f"{NAME} {school.slug}", SHORT, NAME, NAME
        for user in (cast.host, cast.organizer):
            user.name = NAME
    scene = Scene(cast, now)
    _visit_with_everything(scene)
    _other_visits(scene)
    _closures_and_lists(scene)
    _meetups(scene)
    _rows_of_their_own(scene)
    _asked_by_mail(scene)
    ticks.run_due(now=now)
    scene.links += mailed_links()
    db.session.rollback()
    scene.parts_of = _addresses(scene)
    return scene


def _visit(scene: Scene, school: School, day: int, *, hour: int = 9, publish: bool = True, **more: object) -> Visit:
    """A visit so many days from today, planned three weeks before it."""
    begins = (scene.now + timedelta(days=day)).replace(tzinfo=None, hour=hour, minute=0, second=0, microsecond=0)
    facts = {
        "title": NAME,
        "description": NAME,
        "place": NAME,
        "arrival_notes": NAME,
        "starts_wall": begins,
        "ends_wall": begins + timedelta(hours=2),
    }
    before = scene.now - timedelta(days=20) if day < 0 else scene.now
    public_id = visits.create_visit(school.id, cast_of.details(**facts | more), publish=publish, actor=ACTOR, now=before)
    return db.session.query(Visit).join(Gathering).filter(Gathering.public_id == public_id).one()


def _book(scene: Scene, visit: Visit, who: str, people: int = 1, *, now: datetime | None = None) -> Registration:
    wanted = cast_of.request(people, lead_name=NAME, lead_email=f"{who}@example.org", organization=NAME, purpose=NAME, wait_if_full=True)
    booked = registration.book(visit.gathering_id, wanted, key=f"the key of {who} at {visit.id}", now=now or scene.now)
    return db.session.scalars(sa.select(Registration).where(Registration.public_id == booked.public_id)).one_or_none()


def _visit_with_everything(scene: Scene) -> None:
    """A visit that is full, with questions, a tour, a greeter and one party that waits."""
    visit = scene.visit = _visit(scene, scene.cast.here, 20, capacity=4)
    for kind, per in ((QuestionKind.TEXT, Per.PARTY), (QuestionKind.CHOICE, Per.ATTENDEE)):
        questions.ask(
            visit.gathering_id,
            Wording(NAME, kind, per=per, options=[NAME, SHORT] if kind == QuestionKind.CHOICE else []),
            actor=ACTOR,
            now=scene.now,
        )
    party = scene.party = _book(scene, visit, "tess", 4)
    named = [
        Named(NAME, "teacher", "tess@example.org"),
        Named(f"{NAME} II", "teacher", "ana@example.org"),
        Named("Sam Mora", "student", "", "9-10"),
    ]
    people.name_people(
        party.id,
        [Place(one.public_id, named_as(one), who) for one, who in zip(party.attendees, named, strict=False)],
        actor="link",
        now=scene.now,
    )
    people.describe(party.id, party.attendees[0].public_id, Told(["step_free"], NAME), actor="link", now=scene.now)
    _book(scene, visit, "wanda", 2)
    begins = visit.gathering.starts_wall
    tours.save(
        visit.id,
        [StopDetails(NAME), StopDetails(SHORT)],
        [Turn(begins, begins + timedelta(minutes=30))],
        version=0,
        actor=ACTOR,
        now=scene.now,
    )
    tours.plan(visit.id, seen=0, actor=ACTOR, now=scene.now)
    link = door.make_link(visit.gathering_id, NAME, scene.now + timedelta(days=40), actor=ACTOR, now=scene.now)
    scene.links += [door_links.greeter_url(door_queries.link_or_404(link)), links.join_url(party.public_id, party.join_round)]


def _other_visits(scene: Scene) -> None:
    """One that was yesterday, one that asks the host about each party, a draft, and the other school's."""
    past = scene.past = _visit(scene, scene.cast.here, -1)
    there = scene.there = _book(scene, past, "peter", 2, now=scene.now - timedelta(days=10))
    share(scene.cast.here, NAME, **a_file())
    afterwards.attach(past.id, [_one(Resource.id)], actor=ACTOR, now=scene.now)
    door.mark(past.gathering_id, {one.public_id: AttendeeState.ARRIVED for one in there.attendees}, close=True, actor=ACTOR, now=scene.now)
    asks = scene.asks = _visit(scene, scene.cast.here, 25, needs_approval=True, least_people=3)
    _book(scene, asks, "olivia", 2)
    mover = _book(scene, _visit(scene, scene.cast.here, 26), "mona", 1)
    registration.move(mover.id, asks.gathering_id, actor="link", now=scene.now)
    _visit(scene, scene.cast.here, 27, publish=False)
    scene.foreign = _visit(scene, scene.cast.there, 20)
    _book(scene, scene.foreign, "fred", 2)
    rule = Rule(
        (scene.now + timedelta(days=30)).date(),
        (scene.now + timedelta(days=50)).date(),
        frozenset({0, 1, 2, 3, 4}),
        1,
        ((time(13), time(14)),),
    )
    expected = series.preview(scene.cast.here, rule, now=scene.now).expected
    series.plan_series(
        scene.cast.here.id,
        rule,
        visits.details_of(asks),
        expected=expected,
        publish=True,
        key="the key of a season",
        actor=ACTOR,
        now=scene.now,
    )


def _closures_and_lists(scene: Scene) -> None:
    """Closed days, one of them over a visit; a calendar that is fetched; a list of each kind that nobody confirmed yet."""
    here, day = scene.cast.here, scene.asks.gathering.starts_wall.date()
    closures.close_days(here.id, ClosureDetails(day, day, NAME), actor=ACTOR, now=scene.now)
    far = date(day.year + 1, 1, 4)
    closures.start_import(here.id, NAME, [Row(1, NAME, ClosureDetails(far, far, NAME))], user_id=scene.cast.administrator.id, now=scene.now)
    imports.start_import(NAME, Table(["name", "borough"], [[NAME, "Bronx"]], [2]), user_id=scene.cast.administrator.id, now=scene.now)
    seats = Table(["Table", "Name", "School", "Email"], [["1", NAME, SHORT, "a@example.org"], ["1", "Bo", NAME, ""]], [2, 3])
    memory.start_import(memory.Earlier(NAME, date(2026, 5, 12)), NAME, seats, user_id=scene.cast.administrator.id, now=scene.now)
    with transaction():
        db.session.add(
            ClosureSource(public_id="cccccccccc", school_id=here.id, url="https://calendar.example.org/a.ics", created_at=scene.now)
        )


def _meetup(scene: Scene, begins: datetime) -> Meetup:
    wall = to_wall(begins, ZoneInfo("America/New_York")).replace(tzinfo=None)
    facts = {"title": NAME, "description": NAME, "place": NAME, "starts_wall": wall, "ends_wall": wall + timedelta(hours=2), "rounds": 3}
    return meetups.meetup_or_404(meetup_service.create_meetup(meetup_details(**facts), publish=True, actor=ACTOR, now=scene.now))


def _teams(scene: Scene, meetup: Meetup, *schools_: School) -> None:
    for school in schools_:
        who = [
            Member(NAME, "teacher", f"t{school.id}@example.org"),
            Member(f"{SHORT} {school.id}", "leader", f"l{school.id}@example.org"),
            Member("Bo Both", "teacher"),
            Member("Sam Mora", "student"),
        ]
        meetup_service.register_team(meetup.id, school.id, who, actor=ACTOR, now=scene.now)


def _meetups(scene: Scene) -> None:
    """One that has just begun, with a plan, a clock and screens; one in a month, to which schools are invited and teams ask to come."""
    cast, now = scene.cast, scene.now
    soon = scene.meetup = _meetup(scene, now + timedelta(minutes=50))
    _teams(scene, soon, cast.here, cast.there, cast.member)
    with transaction():
        soon.students_have_company, soon.spare_cards = False, 2
    publish_quickly(soon, now=now)
    live.start(soon.id, seen=live_queries.state_of(soon, now).mark, user_id=cast.organizer.id, now=now)
    screens.make_link(soon.id, actor=ACTOR, now=now)
    scene.screen = screen_links.screen_url(soon, screen_queries.screen_of(soon.id))
    scene.links.append(scene.screen)
    scene.links += [screen_links.card_url(code) for code in list(screen_queries.codes_of(soon.gathering_id).values())[:1]]
    later = scene.later = _meetup(scene, now + timedelta(days=30))
    _teams(scene, later, cast.here)
    schools.add_contact(cast.member.id, NAME, "ines@example.org", actor=ACTOR, now=now)
    invitations.write_to_schools(later.id, Deed.INVITE, [cast.member.id], NAME, actor=ACTOR, now=now)
    wanted = cast_of.request(3, lead_name=NAME, lead_email="quinn@elsewhere.example", organization=NAME)
    registration.book(later.gathering_id, wanted, key="the key of a strange team", now=now)
    table = Table(["name", "school", "role", "email"], [[NAME, NAME, "teacher", "n@example.org"], ["Bo", SHORT, "student", ""]], [2, 3])
    registrants.start_import(later.id, NAME, table, user_id=cast.administrator.id, now=now)


def _rows_of_their_own(scene: Scene) -> None:
    """What else has pages: a wish, a meetup of earlier, two entries made one, a job, an address of a calendar."""
    stays, goes = scene.party.attendees[:2]
    with transaction():
        db.session.add_all([
            MeetupWish(meetup_id=scene.later.id, kind=Kind.STATION, key="station", table=1, topic=NAME, created_by=1,
            created_at=scene.now),
            EarlierMeetup(public_id="dddddddddd", title=NAME, held_on=date(2026, 5, 12), fingerprint="x", conversations=1,
            created_by=1, created_at=scene.now),
            Job(public_id="ffffffffff", kind=meetups.PLAN_JOB, about=f"meetup:{scene.meetup.id}", state=JobState.FAILED,
            run_at=scene.now, payload={"version": 1}, progress={}, created_by=1, created_at=scene.now),
            Merge(
                public_id="gggggggggg", gathering_id=scene.visit.gathering_id, person_id=stays.person_id, gone_person_id=goes.person_id,
                place_id=stays.id, gone_place_id=goes.id, changes=[], created_by=ACTOR, created_at=scene.now,
            ),
        ])  # fmt: skip
    calendars.make_host_address(scene.cast.host.id, now=scene.now)
    scene.feed = calendar_links.private_url(db.session.scalars(sa.select(FeedAddress)).one())


def _asked_by_mail(scene: Scene) -> None:
    """What waits in somebody's mailbox: links to sign in, to accept an invitation, to see one's data, to hear of new dates."""
    accounts.ask_for_link("hana.host@example.org", browser="a browser", now=scene.now)
    accounts.invite("new@example.org", AccessRole.HOST, scene.cast.here.id, actor=scene.cast.administrator.actor, now=scene.now)
    privacy.ask("tess@example.org", now=scene.now)
    watches.ask("wanda@example.org", school_id=scene.cast.here.id, now=scene.now)


def _addresses(scene: Scene) -> Callable[[str], dict[str, object]]:
    """What stands for the parts of an address, by the beginning of its route: of each kind the thing with most to show."""
    visit, past, asks, soon, later = (each.gathering.public_id for each in (scene.visit, scene.past, scene.asks, scene.meetup, scene.later))
    party, there = queries.registration_or_404(scene.party.public_id), queries.registration_or_404(scene.there.public_id)
    team, stranger = (
        meetups.teams_of(scene.meetup.gathering_id)[0],
        _one(Registration.public_id, Registration.lead_email == "quinn@elsewhere.example"),
    )
    drafts = dict(db.session.execute(sa.select(ImportDraft.kind, ImportDraft.public_id)).all())
    was, greeter = there.attendees[0].public_id, _one(GreeterLink.public_id)
    entry, olivia = _one(WaitlistEntry.public_id), _one(Registration.public_id, Registration.lead_email == "olivia@example.org")
    mona, file = _one(Registration.public_id, Registration.lead_email == "mona@example.org"), _one(Resource.public_id)
    question, area = _one(Question.public_id, Question.per == Per.PARTY), _one(FocusArea.slug)
    stays, goes = (one.public_id for one in party.attendees[:2])
    member, slug = scene.cast.member.slug, scene.cast.here.slug
    invited, mail = _one(InvitedContact.public_id), _one(OutboxMail.id, OutboxMail.to_address == "tess@example.org")
    known = {
        "/a/": {"signed": _token(links.address_url({"name": party.public_id, "round": party.link_round}, "new@example.org"))},
        "/c/": {"code": screen_queries.codes_of(scene.meetup.gathering_id)[team.attendees[0].public_id]},
        "/calendars/rounds/": {
            "public_id": team.attendees[0].public_id,
            "token": _token(calendar_links.rounds_url(team.attendees[0].public_id)),
        },
        "/certificate/": {"public_id": was, "token": derived(after.CERTIFICATE, was)},
        "/debrief/": {"public_id": was, "token": _token(after.debrief_url(was)), "resource_id": file},
        "/tried/": {"public_id": was, "token": _token(after.tried_url(was))},
        "/door/": {"public_id": greeter, "token": "x"},
        "/feeds/boroughs/": {"borough": "manhattan", "focus": area},
        "/feeds/focus/": {"focus": area},
        "/feeds/private/": {"public_id": _one(FeedAddress.public_id), "token": scene.feed.rpartition("/")[2].removesuffix(".ics")},
        "/feeds/schools/": {"slug": slug, "focus": area},
        "/invited/": {"public_id": invited, "token": "x"},
        "/j/": {"public_id": party.public_id, "token": "x"},
        "/join/": {"public_id": party.public_id},
        "/meetups/": {"public_id": later},
        "/my-data/": {"public_id": _one(DataLink.public_id), "token": "x"},
        "/new-dates/": {"public_id": _one(Watch.public_id), "token": "x"},
        "/r/": {"public_id": party.public_id, "token": "x"},
        "/registrations/<public_id>/one": {"public_id": team.public_id},
        "/registrations/<public_id>/files": {"public_id": there.public_id, "resource_id": file},
        "/registrations/": {"public_id": party.public_id, "place": party.attendees[2].public_id},
        "/resources/": {"public_id": file},
        "/schools/": {"slug": slug},
        "/screen/": {"public_id": soon, "token": _token(scene.screen)},
        "/texts/": {"kind": "guardian", "version": "2026-1"},
        "/visits/": {"public_id": visit},
        "/w/": {"public_id": entry, "token": "x"},
        "/waiting/": {"public_id": entry},
        "/dev/": {"mail_id": mail},
        "/workspace/closures/calendars": {"public_id": "cccccccccc"},
        "/workspace/closures/import": {"public_id": drafts["closures"]},
        "/workspace/closures/": {"public_id": _one(Closure.public_id)},
        "/workspace/door/<public_id>/r": {"public_id": past},
        "/workspace/door/": {"public_id": visit, "link_id": greeter},
        "/workspace/doubles/": {"stays_id": stays, "goes_id": goes},
        "/workspace/earlier-meetups/import": {"draft_id": drafts["earlier"]},
        "/workspace/earlier-meetups/": {"public_id": _one(EarlierMeetup.public_id)},
        "/workspace/gatherings/": {"public_id": visit, "stays_id": stays, "goes_id": goes},
        "/workspace/mail/": {"mail_id": mail},
        "/workspace/meetups/<public_id>/requests": {"public_id": later, "team_id": stranger},
        "/workspace/meetups/<public_id>/import": {"public_id": later, "draft_id": drafts["registrants"]},
        "/workspace/meetups/<public_id>/schools": {"public_id": later, "slug": member},
        "/workspace/meetups/<public_id>/wishes": {"public_id": later, "wish_id": _one(MeetupWish.id)},
        "/workspace/meetups/<public_id>/desk/people": {"public_id": soon, "key": team.attendees[0].public_id, "deed": "away"},
        "/workspace/meetups/<public_id>/plan/": {"public_id": soon, "job_id": _one(Job.public_id)},
        "/workspace/meetups/<public_id>/plan-": {"public_id": soon, "kind": "wide"},
        "/workspace/meetups/": {
            "public_id": soon,
            "version": 1,
            "attendee_id": team.attendees[0].public_id,
            "team_id": team.public_id,
            "job_id": _one(Job.public_id),
            "change_id": 1,
            "number": 1,
            "table": 1,
            "deed": "pause",
        },
        "/workspace/merges/": {"public_id": _one(Merge.public_id)},
        "/workspace/people/": {"invitation_id": _one(Invitation.id), "grant_id": _one(Grant.id)},
        "/workspace/questions/": {"public_id": visit, "question_id": question},
        "/workspace/resources/": {"public_id": file},
        "/workspace/roster/": {"public_id": visit, "attendee_id": stays},
        "/workspace/schools/import": {"public_id": drafts["schools"]},
        "/workspace/schools/": {"slug": slug},
        "/workspace/visits/series": {"public_id": _one(VisitSeries.public_id)},
        "/workspace/visits/closed-days": {"public_id": asks},
        "/workspace/visits/<public_id>/moves": {"public_id": asks, "party_id": mona},
        "/workspace/visits/<public_id>/parties": {"public_id": asks, "party_id": olivia},
        "/workspace/visits/<public_id>/replies": {"public_id": past},
        "/workspace/visits/<public_id>/waiting": {"public_id": visit, "entry_id": entry},
        "/workspace/visits/": {"public_id": visit, "mail_id": mail},
        "/invitations/": {"token": "x"},
        "/sign-in/": {"token": "x"},
    }
    return lambda rule: next((values for start, values in known.items() if rule.startswith(start)), {})


def _one(column: Any, *conditions: Any) -> Any:
    return db.session.scalars(sa.select(column).where(*conditions).order_by(column).limit(1)).one()


def _token(url: str) -> str:
    return url.rpartition("/")[2]


def mails() -> list[bytes]:
    """Every mail, as it goes out."""
    return [outbox.build(mail).as_bytes() for mail in db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id))]


def mailed_links() -> list[str]:
    """The addresses of ours that stand in mails, one of each kind, and of every party."""
    found: dict[str, str] = {}
    for mail in db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)):
        for url in re.findall(r"https?://[^\s<>\"]+", outbox.render(mail).text):
            kind = urlsplit(url).path if "/r/" in url else re.sub(r"[^/]{10,}", "…", urlsplit(url).path)
            found.setdefault(kind, url)
    return list(found.values())
