"""Students and what is permitted: attested by an adult, only added, seen by whoever runs the gathering (registration rules 3, 5, 8, 9)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.core.refusal import Refusal
from scheduler.foundation import access
from scheduler.foundation.db import db, transaction
from scheduler.foundation.paths import PACKAGE
from scheduler.foundation.tokens import derived
from scheduler.meetups import queries as meetups
from scheduler.meetups.service import create_meetup
from scheduler.registration import links, queries, service
from scheduler.registration.door import links as door_links
from scheduler.registration.door import queries as door_queries
from scheduler.registration.door import service as door
from scheduler.registration.models import AccessNeeds, Consent, ConsentAnswer, Gathering, Registration, RegistrationState, RosterChange
from scheduler.registration.models.parties import ConsentsAreOnlyAdded
from scheduler.registration.people import permissions
from scheduler.registration.people import service as people
from scheduler.registration.people.service import Named, Place, Told, named_as
from scheduler.registration.service import Member, Team
from scheduler.visits.models import Visit
from tests.meetups.conftest import details
from tests.people import MONDAY

Make = Callable[..., Visit]
Book = Callable[..., service.Booked]
SignIn = Callable[[User], FlaskClient]
START = datetime(2026, 12, 2, 14, tzinfo=UTC)
"""Of the visit that the cast makes"""


def party_of(booked: service.Booked) -> Registration:
    db.session.rollback()
    db.session.expire_all()
    return queries.registration_or_404(booked.public_id)


def name(booked: service.Booked, *typed: Named, now: datetime = MONDAY) -> None:
    """The lead types people into the places of a party, in their order."""
    party = party_of(booked)
    places = [Place(one.public_id, named_as(one), who) for one, who in zip(party.attendees, typed, strict=False)]
    people.name_people(party.id, places, actor="link", now=now)


@pytest.fixture
def with_student(cast: SimpleNamespace, make_visit: Make, book: Book) -> service.Booked:
    """A party of two at a visit on December 2: Tess and a student."""
    booked = book(make_visit(cast.here), 2)
    name(booked, Named("Tess Teacher", "teacher", "tess@example.org"), Named("Sam Mora Diaz", "student", "", "9-10"))
    return booked


def attest(booked: service.Booked, answer: str = "yes", signed: str = "Tess Teacher", now: datetime = START) -> None:
    party = party_of(booked)
    permissions.attest(party.id, party.attendees[1].public_id, ConsentAnswer(answer), signed, actor="link", now=now)


def check_in(booked: service.Booked, now: datetime = START) -> str:
    party = party_of(booked)
    return door.check_in(party.gathering_id, [party.attendees[1].public_id], actor="greeter:1", now=now)[0].result.value


def answers() -> list[tuple[str, str, str, str, str, datetime]]:
    found = db.session.scalars(sa.select(Consent).order_by(Consent.id).execution_options(populate_existing=True))
    return [(one.kind.value, one.version, one.answer.value, one.actor, one.by_name, one.created_at) for one in found]


def test_student_is_stopped_until_an_adult_attests_and_every_answer_stays(with_student: service.Booked) -> None:
    seen = [check_in(with_student)]
    for n, answer in enumerate(("no", "unknown", "yes")):
        attest(with_student, answer, now=START + timedelta(minutes=n))
        seen.append(check_in(with_student, START + timedelta(minutes=n)))

    assert seen == ["permission", "permission", "permission", "ok"]
    said = [("no", 0), ("unknown", 1), ("yes", 2)]
    assert answers() == [("guardian", "2026-1", answer, "link", "Tess Teacher", START + timedelta(minutes=n)) for answer, n in said]
    assert [consent.by_attendee_id for consent in db.session.scalars(sa.select(Consent))] == [party_of(with_student).attendees[0].id] * 3


def test_nobody_attests_as_a_student_nor_after_the_end_nor_while_nothing_is_certain(with_student: service.Booked) -> None:
    refused = []
    for who, now in (("sam d.", START), ("Tess Teacher", START + timedelta(hours=4))):
        with pytest.raises(Refusal) as no:
            attest(with_student, signed=who, now=now)
        refused.append(str(no.value))
    with transaction():
        db.session.get_one(Registration, party_of(with_student).id).state = RegistrationState.PENDING
    with pytest.raises(Refusal) as no:
        attest(with_student)
    refused.append(str(no.value))

    assert refused == [
        "A student cannot say this. Write the name of the adult who knows that the paper is at school.",
        "This is over, so no permission is needed any more.",
        "Permissions are asked for once it is certain that the party comes.",
    ]
    assert answers() == []


def test_students_of_a_party_are_named_only_once_it_is_confirmed(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    booked = book(make_visit(cast.here, needs_approval=True), 2, organization="Elsewhere High")

    with pytest.raises(Refusal, match="Students can be named once it is certain that you come"):
        name(booked, Named("Tess Teacher", "", "tess@example.org"), Named("Sam Mora", "student"))
    name(booked, Named("Tess Teacher", "", "tess@example.org"), Named("Ana Perez", "teacher"))

    assert [one.name for one in party_of(booked).attendees] == ["Tess Teacher", "Ana Perez"]


def test_whoever_comes_instead_begins_without_permissions_and_no_answer_is_lost(with_student: service.Booked) -> None:
    attest(with_student, now=MONDAY)
    party = party_of(with_student)
    told = Told(photo=ConsentAnswer.YES)
    people.describe(party.id, party.attendees[1].public_id, told, actor="link", now=MONDAY)

    name(with_student, Named("Tess Teacher", "teacher", "tess@example.org"), Named("Luis Gómez", "student"))

    luis = party_of(with_student).attendees[1]
    assert (luis.name, luis.may_enter, luis.may_be_pictured) == ("Luis G.", False, False)
    assert [(kind, answer) for kind, _, answer, *_ in answers()] == [
        ("guardian", "yes"), ("photo", "yes"), ("photo", "unknown"), ("guardian", "unknown"),
    ]  # fmt: skip


def test_answer_that_code_tries_to_write_over_is_refused(with_student: service.Booked) -> None:
    attest(with_student)

    with pytest.raises(ConsentsAreOnlyAdded), transaction():
        db.session.scalars(sa.select(Consent)).one().answer = ConsentAnswer.NO

    assert [answer for _, _, answer, *_ in answers()] == ["yes"]


def test_no_statement_of_ours_changes_or_deletes_answers() -> None:
    """But where somebody is erased who signed for others: the name goes, the answers stay."""
    wrong = re.compile(r"(update|delete)\(\s*Consent\b|consents\.(clear|remove|pop)|session\.delete\(consent")

    found = [str(file.relative_to(PACKAGE)) for file in Path(PACKAGE).rglob("*.py") if wrong.search(file.read_text())]

    assert found == ["registration/privacy/traces.py"]


def test_unanswered_photos_are_a_no_at_the_door_and_on_paper(
    cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn
) -> None:  # fmt: skip
    booked = book(make_visit(cast.here, in_days=20), 2, now=datetime.now(UTC))
    party = party_of(booked)
    name(booked, Named("Tess Teacher", "", "tess@example.org"), Named("Ana Perez"), now=datetime.now(UTC))
    people.describe(party.id, party.attendees[0].public_id, Told(photo=ConsentAnswer.YES), actor="link", now=datetime.now(UTC))

    guests = door_queries.arrivals_of(party_of(booked).gathering).guests
    paper = sign_in(cast.host).get(f"/workspace/door/{party_of(booked).gathering.public_id}/paper").text

    assert [(guest.attendee.name, guest.no_photos) for guest in guests] == [("Tess Teacher", False), ("Ana Perez", True)]
    assert paper.count("no photos") == 1


# Pages


def test_adult_attests_on_the_partys_page_while_the_gathering_goes_on(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book, client: FlaskClient
) -> None:
    booked = book(make_visit(cast.here, in_days=20), 2, now=datetime.now(UTC))
    name(booked, Named("Tess Teacher", "", "tess@example.org"), Named("Sam Mora", "student"), now=datetime.now(UTC))
    party = party_of(booked)
    with transaction():
        gathering = db.session.get_one(Gathering, party.gathering_id)
        gathering.closes_at = gathering.starts_at = datetime.now(UTC) - timedelta(minutes=10)
        gathering.ends_at = datetime.now(UTC) + timedelta(hours=2)
    party = party_of(booked)
    own, page = f"/registrations/{party.public_id}", f"/registrations/{party.public_id}/people/{party.attendees[1].public_id}/permission"
    stranger = client.get(page).status_code
    client.get(f"/r/{party.public_id}/{derived(links.PARTY, party.public_id, party.link_round)}")

    before = client.get(own).text
    unsigned = client.post(page, data={"answer": "yes", "signed": " "})
    done = client.post(page, data={"answer": "yes", "signed": "Tess Teacher"}, follow_redirects=True)
    of_an_adult = client.get(page.replace(party.attendees[1].public_id, party.attendees[0].public_id)).status_code

    assert (stranger, of_an_adult) == (404, 404)
    assert f'href="{page}"' in before
    assert unsigned.status_code == 422
    assert "This is needed." in unsigned.text
    assert 'checked id="answer-0"' in unsigned.text
    assert "Saved: Sam M. can come in." in done.text
    assert f'href="{page}"' not in done.text


def test_students_address_on_the_page_of_a_visit_gets_a_sentence(
    cast: SimpleNamespace, make_visit: Make, book: Book, client: FlaskClient
) -> None:  # fmt: skip
    booked = book(make_visit(cast.here, in_days=20), 2, now=datetime.now(UTC))
    party = party_of(booked)
    client.get(f"/r/{party.public_id}/{derived(links.PARTY, party.public_id, party.link_round)}")
    page = f"/registrations/{party.public_id}/people"
    hidden = dict(re.findall(r'<input id="[^"]*" name="([^"]*)" type="hidden" value="([^"]*)">', client.get(page).text))
    sam = {"people-1-name": "Sam Mora", "people-1-role": "student/11-12", "people-1-email": "sam@x.org"}

    wrong = client.post(page, data=hidden | {"people-0-name": "Tess Teacher"} | sam)
    right = client.post(page, data=hidden | {"people-0-name": "Tess Teacher"} | sam | {"people-1-email": ""})

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert "Of students no address is kept. Clear it, or choose another role." in wrong.text
    assert 'value="Sam Mora"' in wrong.text
    assert [(one.name, one.role, one.grade_band) for one in party_of(booked).attendees][1] == ("Sam M.", "student", "11-12")


def test_staff_see_what_changed_since_a_day_and_no_old_names(
    cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn
) -> None:  # fmt: skip
    booked = book(make_visit(cast.here, in_days=20), 2, now=datetime.now(UTC))
    for who in (Named("Ana Perez"), Named("Ana Pérez"), Named("Luis Gómez")):
        name(booked, Named("Tess Teacher", "", "tess@example.org"), who, now=datetime.now(UTC))
    service.resize(party_of(booked).id, 3, actor="user:1", now=datetime.now(UTC))
    service.resize(party_of(booked).id, 2, actor="link", now=datetime.now(UTC))
    page = f"/workspace/roster/{party_of(booked).gathering.public_id}"
    host = sign_in(cast.host)

    shown = host.get(page).text
    later = host.get(f"{page}?since={(datetime.now(UTC) + timedelta(days=2)).date()}").text
    wrong = host.get(f"{page}?since=soon")

    assert [change.kind.value for change in db.session.scalars(sa.select(RosterChange).order_by(RosterChange.id))] == [
        "named", "corrected", "replaced", "added", "left",
    ]  # fmt: skip
    assert "comes instead of somebody" in shown
    assert "Luis Gómez" in shown
    assert "Ana" not in shown
    assert "Nobody was added, replaced or taken off." in later
    assert (wrong.status_code, "There is no day soon." in wrong.text) == (422, True)
    assert [sign_in(user).get(page).status_code for user in (cast.other_host, cast.viewer, cast.organizer)] == [404, 404, 200]


def test_staff_read_every_answer_of_one_person(
    cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn
) -> None:  # fmt: skip
    booked = book(make_visit(cast.here, in_days=20), 2, now=datetime.now(UTC))
    name(booked, Named("Tess Teacher", "", "tess@example.org"), Named("Sam Mora", "student"), now=datetime.now(UTC))
    attest(booked, "no", now=datetime.now(UTC))
    attest(booked, "yes", "Nora Neighbor", now=datetime.now(UTC))
    party = party_of(booked)
    page = f"/workspace/roster/{party.gathering.public_id}/people/{party.attendees[1].public_id}"

    shown = sign_in(cast.host).get(page).text

    assert (
        shown.index("Permission of a guardian: yes") < shown.index("signed by Nora Neighbor") < shown.index("Permission of a guardian: no")
    )
    assert 'href="/texts/guardian/2026-1"' in shown
    assert [sign_in(user).get(page).status_code for user in (cast.other_host, cast.viewer)] == [404, 404]


NEEDLE = "needs-a-blue-chair"


def with_need(registration_id: int) -> str:
    """Say that somebody of a party needs something; returns the person's public id."""
    party = queries.registration_or_404(db.session.get_one(Registration, registration_id).public_id)
    place = party.attendees[0].public_id
    people.describe(party.id, place, Told(["step_free"], NEEDLE), actor="link", now=datetime.now(UTC))
    return place


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_what_somebody_needs_is_seen_by_staff_of_that_gathering_and_by_nobody_else(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn
) -> None:
    """Put where it could be seen at a visit and at a meetup, then every page that takes their names is opened as every role (rule 8)."""
    now = datetime.now(UTC)
    visit = make_visit(cast.here, in_days=20)
    day = visit.gathering.starts_wall.replace(hour=16)
    planned = details(starts_wall=day, ends_wall=day + timedelta(hours=2))
    meetup = meetups.meetup_or_404(create_meetup(planned, publish=True, actor="user:1", now=now))
    party = party_of(book(visit, now=now))
    team = Team(cast.member.name, cast.member.id, [Member("Tina Team", "teacher", "tina@example.org")])
    team_id = service.register_team(meetup.gathering_id, team, actor="user:1", now=now)
    people_of = {visit.gathering.public_id: with_need(party.id), meetup.gathering.public_id: with_need(team_id)}
    parties = {visit.gathering.public_id: party.public_id, meetup.gathering.public_id: queries.registration(team_id).public_id}
    greeters = {
        name: door_links.greeter_url(door_queries.link_or_404(door.make_link(of, "Gus", now + timedelta(days=40), actor="user:1", now=now)))
        for name, of in ((visit.gathering.public_id, visit.gathering_id), (meetup.gathering.public_id, meetup.gathering_id))
    }
    assert db.session.query(AccessNeeds).count() == 2
    walkers = {role: sign_in(getattr(cast, role)) for role in ("host", "other_host", "organizer", "viewer")}
    walkers |= {"nobody": app.test_client(), "greeter": app.test_client()}
    for url in greeters.values():
        walkers["greeter"].get(url.removeprefix("http://127.0.0.1:8000").removeprefix("http://localhost"))

    seen: dict[str, set[str]] = {role: set() for role in walkers}
    walked: dict[str, set[str]] = {role: set() for role in walkers}
    for gathering, kind in ((visit.gathering.public_id, "VISIT"), (meetup.gathering.public_id, "MEETUP")):
        code = greeters[gathering].split("/")[-2]
        for role, walker in walkers.items():
            for path in pages_about(app, role, gathering, parties[gathering], people_of[gathering], code) - walked[role]:
                walked[role].add(path)
                if NEEDLE in walker.get(path).text:
                    seen[role].add(path.replace(gathering, kind).replace(people_of[gathering], "PERSON"))

    of_visit = {"/workspace/roster/VISIT", "/workspace/roster/VISIT/people/PERSON", "/workspace/visits/VISIT"}
    of_all = of_visit | {"/workspace/roster/MEETUP", "/workspace/roster/MEETUP/people/PERSON"}
    assert seen == {
        "host": of_visit, "organizer": of_all, "other_host": set(), "viewer": set(), "nobody": set(),
        "greeter": set(),
    }  # fmt: skip


def pages_about(app: Flask, role: str, gathering: str, party: str, person: str, code: str) -> set[str]:
    """Every page to read that looks at who asks like this, with the names of a gathering, its party and its person put in."""
    paths = set()
    for rule in app.url_map.iter_rules():
        policy = access.policy_of(rule.endpoint)
        meant = {"nobody": not policy.roles, "greeter": policy is access.LINK}.get(role, bool(policy.roles)) if policy else True
        if not meant or "GET" not in (rule.methods or ()) or rule.endpoint == "static" or rule.arguments - KNOWN:
            continue
        first = party if rule.rule.startswith(("/registrations", "/join")) else code if rule.rule.startswith("/door/") else gathering
        values = {"public_id": first, "team_id": party, "attendee_id": person, "place": person, "slug": "harvest-collegiate-high-school"}
        with app.test_request_context():
            paths.add(app.url_map.bind("localhost").build(rule.endpoint, {name: values[name] for name in rule.arguments}))
    return paths


KNOWN = {"public_id", "team_id", "attendee_id", "place", "slug"}
