"""A lead registers a school's team from the public page of a meetup, and changes it by the mailed link (registration rules 2, 3, 4, 5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.core.refusal import Refusal
from scheduler.foundation import outbox
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import OutboxMail
from scheduler.foundation.tokens import derived, new_token
from scheduler.meetups import leads, queries, service
from scheduler.meetups.models import Meetup
from scheduler.registration import links
from scheduler.registration import queries as registration
from scheduler.registration import service as parties
from scheduler.registration.models import BookingKey, Gathering, Person, Registration, RosterChange
from scheduler.registration.people import service as people
from scheduler.registration.people.service import Named, Place, named_as
from scheduler.registration.service import BookingRequest, Member, Outcome
from tests.people import MONDAY

Make = Callable[..., Meetup]
SignIn = Callable[[User], FlaskClient]
Team = tuple[tuple[str, str, str], ...]

LISTED, STRANGE = "tess@example.org", "tess@school.example"
THREE = (("Tess Teacher", "teacher", LISTED), ("Ana Perez", "leader", "ana@x.org"), ("Sam Mora Diaz", "student/9-10", ""))


def typed(*team: tuple[str, str, str], school: str = "Bronx Arena", key: str = "", **more: str) -> dict[str, str]:
    """What a lead sends."""
    lines = {}
    for n, (name, role, email) in enumerate(team):
        lines |= {f"members-{n}-name": name, f"members-{n}-role": role, f"members-{n}-email": email}
    return {"school": school, "photo_rule": "y", "key": key or new_token()} | lines | more


def asked(cast: SimpleNamespace, *more: Member, **facts: object) -> BookingRequest:
    """The same as the use case gets it: a teacher of the member school with two people, and whoever else."""
    members = (Member("Tess Teacher", "teacher", LISTED), Member("Ana Perez", "leader"), Member("Sam D.", "student", None, "9-10"), *more)
    given = {"lead_name": "Tess Teacher", "lead_email": LISTED, "organization": cast.member.name, "school_id": cast.member.id}
    return BookingRequest(**(given | {"party_size": len(members), "members": members} | facts))  # type: ignore[arg-type]


def register(cast: SimpleNamespace, meetup: Meetup, *more: Member, now: datetime = MONDAY, **facts: object) -> parties.Booked:
    return parties.book(meetup.gathering_id, asked(cast, *more, **facts), key=new_token(), now=now)


def team_of(booked: parties.Booked) -> Registration:
    db.session.rollback()
    db.session.expire_all()
    return registration.registration_or_404(booked.public_id)


def who(team: Registration) -> list[tuple[str, str, str, str]]:
    return [(one.name, one.role, one.grade_band, one.email) for one in team.attendees]


def only_team() -> Registration:
    db.session.rollback()
    return db.session.scalars(sa.select(Registration)).one()


def mails() -> list[tuple[str, str]]:
    found = db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id))
    return [(mail.template.removeprefix("registration/mail/"), mail.to_address) for mail in found]


def opened(app: Flask, team: Registration) -> FlaskClient:
    """The lead's browser, which came by the mailed link."""
    client = app.test_client()
    client.get(f"/r/{team.public_id}/{derived(links.PARTY, team.public_id, team.link_round)}")
    return client


def test_lead_of_a_listed_domain_registers_a_team_without_an_account(
    cast: SimpleNamespace, make_meetup: Make, client: FlaskClient
) -> None:  # fmt: skip
    meetup = make_meetup(in_days=30)
    page = f"/meetups/{meetup.gathering.public_id}"

    shown = client.get(page).text
    answer = client.post(f"{page}/register", data=typed(*THREE))
    own = client.get(answer.location).text

    team = only_team()
    assert "A team has 3 to 6 people of one school." in shown
    assert f'href="{page}/register"' in shown
    assert (answer.status_code, answer.location) == (303, f"/registrations/{team.public_id}")
    assert (team.school_id, team.organization, team.party_size, team.photo_rule_version) == (
        cast.member.id, "Bronx Arena High School", 3, "2026-1",
    )  # fmt: skip
    assert who(team) == [
        ("Tess Teacher", "teacher", "", LISTED), ("Ana Perez", "leader", "", "ana@x.org"), ("Sam D.", "student", "9-10", ""),
    ]  # fmt: skip
    assert mails() == [("team_registered", LISTED), ("colleague", "ana@x.org")]
    assert "Your team is registered: 3 people." in own
    assert "Sam D. cannot come in yet" in own


def test_of_a_student_nothing_but_the_kept_name_is_stored_and_that_only_once_the_address_is_confirmed(
    app: Flask, cast: SimpleNamespace, make_meetup: Make, client: FlaskClient
) -> None:
    meetup = make_meetup(in_days=30)
    team = (("Tess Teacher", "teacher", STRANGE), *THREE[1:])

    answer = client.post(f"/meetups/{meetup.gathering.public_id}/register", data=typed(*team))
    held = only_team()
    before = (answer.location, who(held)[2], str(held.state), registration.seats_of(held.gathering).taken)
    minutes = (held.expires_at - held.created_at).total_seconds() / 60 if held.expires_at else 0
    lead = opened(app, held)
    lead.post(f"/registrations/{held.public_id}/verify")
    stored = [str(value) for table in (Person, BookingKey, OutboxMail) for row in db.session.scalars(sa.select(table))
              for value in vars(row).values()]  # fmt: skip

    assert before == (f"/meetups/{meetup.gathering.public_id}/mailed", ("", "student", "9-10", ""), "unverified", 3)
    assert minutes == 60
    assert [text for text in stored if "Mora" in text or "Diaz" in text or "Sam" in text] == []
    assert mails() == [("verify", STRANGE), ("team_registered", STRANGE), ("colleague", "ana@x.org")]
    theirs = sa.select(OutboxMail).where(OutboxMail.to_address == STRANGE).order_by(OutboxMail.id)
    text = outbox.render(db.session.scalars(theirs).all()[-1]).text
    assert "1 of you has no name on the list yet. Say who comes:" in text
    assert "1 of you has no name yet." in lead.get(f"/registrations/{held.public_id}").text


@pytest.mark.parametrize(
    ("team", "more", "sentence"),
    [
        (THREE, {"photo_rule": ""}, "Tick this to register: the schools ask it of everybody."),
        ((*THREE[:2], ("Sam Mora", "student", "sam@x.org")), {}, "Of students no address is kept. Clear it, or choose another role."),
        (THREE[:2], {}, "A team here has 3 to 6 people, and yours has 2. Name 1 more, or write to the organizers."),
        ((*THREE, *((f"Guest {n}", "", "") for n in range(4))), {}, "A team here has 3 to 6 people, and yours has 7. Leave 1 out"),
        (THREE, {"school": "Bronx Arenna High School"}, "Did you mean Bronx Arena High School? Otherwise tick below to ask."),
        (THREE, {"school": "Hogwarts"}, "No school of the network is called that. Choose one of the list. Otherwise tick below to ask."),
        ((("Sam Mora", "student", LISTED), *THREE[1:]), {}, "An adult of the school leads the team."),
        ((("Tess Teacher", "", ""), *THREE[1:]), {}, "Write your address: the mail that finishes the registration goes there."),
        ((*THREE, ("ana  PEREZ", "", "")), {}, "This name stands above already."),
        ((*THREE, ("", "teacher", "x@x.org")), {}, "Write the name, or clear this line."),
        (THREE, {"website": "http://spam.example"}, "Leave this field empty."),
    ],
)
def test_wrong_team_gets_a_sentence_and_loses_nothing(
    cast: SimpleNamespace, make_meetup: Make, client: FlaskClient, team: Team, more: dict[str, str], sentence: str
) -> None:  # fmt: skip
    meetup = make_meetup(in_days=30)

    answer = client.post(f"/meetups/{meetup.gathering.public_id}/register", data=typed(*team) | more)

    assert answer.status_code == 422
    assert sentence in answer.text
    kept = answer.text.replace("  ", " ")
    assert [name for name, *_ in team if name and f'value="{name.replace("  ", " ")}"' not in kept] == []
    assert ("checked" in answer.text) == ("photo_rule" not in more)
    assert db.session.scalar(sa.select(sa.func.count(Registration.id))) == 0


def test_known_address_and_known_school_get_the_page_of_any_strange_address_and_hear_more_by_mail(
    app: Flask, cast: SimpleNamespace, make_meetup: Make
) -> None:
    meetup = make_meetup(in_days=30)
    page = f"/meetups/{meetup.gathering.public_id}/register"
    app.test_client().post(page, data=typed(*THREE))
    teams = [
        typed(*THREE, school="Harvest"),
        typed(("Nora New", "teacher", STRANGE), *THREE[1:]),
        typed(("Zoe Zhou", "teacher", "zoe@other.example"), *THREE[1:], school="NYC iSchool"),
    ]

    seen = []
    for team in teams:
        shown = app.test_client().post(page, data=team, follow_redirects=True)
        seen.append((shown.request.path, re.sub(r"\S+@\S+", "ADDRESS", shown.text)))

    assert len(set(seen)) == 1
    assert seen[0][0].endswith("/mailed")
    assert mails()[2:] == [("known", LISTED), ("team_there", STRANGE), ("verify", "zoe@other.example")]
    there = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.to_address == STRANGE)).one()
    text = outbox.render(there).text
    assert "Bronx Arena High School has a team here already, so nothing new was registered." in text
    assert [name for name, *_ in THREE if name in text] == []


def test_second_team_of_a_school_cannot_be_confirmed_behind_the_first(cast: SimpleNamespace, make_meetup: Make) -> None:
    meetup = make_meetup()
    held = register(cast, meetup, lead_email=STRANGE)
    register(cast, meetup)

    with pytest.raises(Refusal) as refused:
        parties.verify(team_of(held).id, now=MONDAY)

    assert str(refused.value) == "A team of your school was confirmed before yours. Cancel this one, or write to the organizers."


def test_capacity_is_never_exceeded_by_teams(cast: SimpleNamespace, make_meetup: Make) -> None:
    meetup = make_meetup(capacity=5)
    register(cast, meetup)

    with pytest.raises(Refusal) as refused:
        register(cast, meetup, lead_email="zoe@example.org", school_id=cast.here.id, organization=cast.here.name)

    assert str(refused.value) == "2 seats are left, and your party has 3 people."
    assert registration.seats_of(meetup.gathering).taken == 3


def test_unknown_school_asks_and_organizers_accept_or_decline_it_with_mail(
    cast: SimpleNamespace, make_meetup: Make, client: FlaskClient, sign_in: SignIn
) -> None:
    meetup, organizer = make_meetup(in_days=30), sign_in(cast.organizer)
    page, work = f"/meetups/{meetup.gathering.public_id}/register", f"/workspace/meetups/{meetup.gathering.public_id}"
    guests = [
        typed(*THREE, school="Hogwarts", as_guest="y"),
        typed(("Zoe Zhou", "teacher", "zoe@example.org"), *THREE[1:], school="Beauxbatons", as_guest="y"),
    ]

    asking = [client.post(page, data=team, follow_redirects=True).text for team in guests]
    hogwarts, beauxbatons = db.session.scalars(sa.select(Registration).order_by(Registration.id))
    shown, today = organizer.get(work).text, organizer.get("/workspace").text
    unreasoned = organizer.post(f"{work}/requests/{beauxbatons.public_id}/decline", data={"reason": " "})
    organizer.post(f"{work}/requests/{hogwarts.public_id}/accept")
    organizer.post(f"{work}/requests/{beauxbatons.public_id}/decline", data={"reason": "Too far"})
    late = organizer.post(f"{work}/requests/{beauxbatons.public_id}/accept")

    assert "so the organizers decide, and answer by" in asking[0]
    assert "2 schools ask to come" in shown
    assert "6 people wait for your answer" in today
    assert [sign_in(user).post(f"{work}/requests/{hogwarts.public_id}/accept").status_code for user in (cast.host, cast.viewer)] == [
        404
    ] * 2
    assert (unreasoned.status_code, late.status_code) == (422, 409)
    assert [(str(team.state), who(team)[2][0]) for team in db.session.scalars(sa.select(Registration).order_by(Registration.id))] == [
        ("confirmed", ""), ("declined", ""),
    ]  # fmt: skip
    assert mails() == [
        ("asked", LISTED), ("host_asked", "olga.organizer@example.org"), ("asked", "zoe@example.org"),
        ("host_asked", "olga.organizer@example.org"), ("team_registered", LISTED), ("colleague", "ana@x.org"),
        ("declined", "zoe@example.org"),
    ]  # fmt: skip


def test_after_the_deadline_only_substitutions_are_possible_and_organizers_pass_it(
    app: Flask, cast: SimpleNamespace, make_meetup: Make, client: FlaskClient
) -> None:
    meetup = make_meetup(in_days=30)
    page = f"/meetups/{meetup.gathering.public_id}"
    team = team_of(register(cast, meetup, Member("Luis Gómez"), now=datetime.now(UTC)))
    lead, own = opened(app, team), f"/registrations/{team.public_id}"
    with transaction():
        db.session.get_one(Gathering, meetup.gathering_id).closes_at = datetime.now(UTC) - timedelta(hours=1)

    late = client.post(f"{page}/register", data=typed(("Zoe Zhou", "", "zoe@example.org"), *THREE[1:], school="Harvest"))
    more = lead.post(f"{own}/one-more", data={"name": "Nora Neighbor", "role": "teacher"})
    fewer = lead.post(f"{own}/one-fewer", data={"who": team.attendees[3].public_id})
    *others, last = [Place(one.public_id, named_as(one), named_as(one)) for one in team.attendees]
    instead = Place(last.public_id, last.seen, Named("Nora Neighbor"))
    people.name_people(team.id, [*others, instead], actor="link", now=datetime.now(UTC))
    service.add_person(team.id, Member("Olaf Late"), actor="user:1", now=datetime.now(UTC))

    assert "A team that is registered can still send somebody else instead, by the link in its mail." in client.get(page).text
    assert (late.status_code, more.status_code, fewer.status_code) == (409, 409, 409)
    assert "A team that is registered can still send somebody else instead" in late.text
    assert 'value="Zoe Zhou"' in late.text
    assert "so only substitutions are possible: write over the name of whoever stays home." in more.text
    assert 'value="Nora Neighbor"' in more.text
    assert [name for name, *_ in who(only_team())] == ["Tess Teacher", "Ana Perez", "Sam D.", "Nora Neighbor", "Olaf Late"]


def test_lead_adds_and_takes_off_until_the_deadline_within_the_sizes(cast: SimpleNamespace, make_meetup: Make) -> None:
    meetup = make_meetup(team_most=4)
    team = team_of(register(cast, meetup))

    leads.add_person(team.id, Member("Luis Gómez", "teacher"), actor="link", now=MONDAY)
    with pytest.raises(Refusal, match="A team here has up to 4 people, and yours has 5"):
        leads.add_person(team.id, Member("Nora Neighbor"), actor="link", now=MONDAY)
    leads.take_off(team.id, only_team().attendees[1].public_id, actor="link", now=MONDAY)
    with pytest.raises(Refusal, match="A team here has at least 3 people"):
        leads.take_off(team.id, team.attendees[1].public_id, actor="link", now=MONDAY)

    db.session.rollback()
    kept = db.session.get_one(Registration, team.id)
    assert (kept.party_size, [name for name, *_ in who(kept)]) == (3, ["Tess Teacher", "Sam D.", "Luis Gómez"])
    assert [(change.kind.value, change.actor) for change in db.session.scalars(sa.select(RosterChange).order_by(RosterChange.id))] == [
        ("added", "link"), ("left", "link"),
    ]  # fmt: skip


def test_somebody_who_is_on_the_list_is_not_added_twice(cast: SimpleNamespace, make_meetup: Make) -> None:
    team = team_of(register(cast, make_meetup()))

    with pytest.raises(Refusal, match="“ana perez” is on the list already"):
        leads.add_person(team.id, Member("ana perez"), actor="link", now=MONDAY)

    assert only_team().party_size == 3


def test_same_form_sent_again_gives_the_same_team(cast: SimpleNamespace, make_meetup: Make) -> None:
    meetup, key = make_meetup(), new_token()

    first = parties.book(meetup.gathering_id, asked(cast), key=key, now=MONDAY)
    again = parties.book(meetup.gathering_id, asked(cast), key=key, now=MONDAY)

    assert again == first
    assert first.outcome == Outcome.CONFIRMED
    assert only_team().party_size == 3


def test_sizes_and_deadline_are_settable_and_said_on_the_public_page(
    cast: SimpleNamespace, make_meetup: Make, client: FlaskClient
) -> None:  # fmt: skip
    meetup = make_meetup(in_days=30, team_least=2, team_most=4, closes_days=10)

    shown = client.get(f"/meetups/{meetup.gathering.public_id}").text

    assert "A team has 2 to 4 people of one school." in shown
    assert (meetup.gathering.starts_wall.date() - timedelta(days=10)).strftime("%A, %B ") in shown
    assert "11:59 pm; after that you can still send somebody else instead." in shown
    assert queries.meetup_or_404(meetup.gathering.public_id).gathering.party_least == 2


def test_audit_log_holds_no_names_of_a_team(cast: SimpleNamespace, make_meetup: Make) -> None:
    register(cast, make_meetup())

    lines = [f"{line.what} {line.about} {line.before} {line.after}" for line in db.session.scalars(sa.select(AuditLine))]

    assert [line for line in lines if any(part in line for part in ("Tess", "Ana", "Sam", "example.org"))] == []
