"""Everybody of a party who has an address has the calendar entry by mails of their own (calendars M08, M10 to M13)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.foundation import outbox
from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from scheduler.meetups import leads
from scheduler.meetups import service as meetups
from scheduler.registration import mail as party_mail
from scheduler.registration import service
from scheduler.registration.models import ConsentAnswer, DataLink, Invitee, Registration
from scheduler.registration.people import address
from scheduler.registration.people import service as people
from scheduler.registration.people.service import Named, Told
from scheduler.registration.privacy import erase
from scheduler.registration.privacy import service as privacy
from scheduler.registration.service import Member
from scheduler.visits import service as visits
from scheduler.visits.models import Visit
from tests.people import MONDAY
from tests.registration.test_invitations import NEXT_WEEK, assert_chain, edit, later, mails, party_of, read
from tests.registration.test_people import name

Make = Callable[..., Visit]
Book = Callable[..., service.Booked]
LEAD = Named("Tess Teacher", "teacher", "tess@example.org")
ANA, LUIS = Named("Ana Perez", "teacher", "ana@x.org"), Named("Luis Gómez", "leader", "luis@x.org")
STUDENT = Named("Sam Mora Diaz", "student", "", "9-10")


def sent(*to: str) -> list[tuple[str, str, str]]:
    """The invitations to these addresses, or all but the lead's: kind, method and address in their order."""
    return [
        (mail.template.rsplit("/", 1)[-1], (mail.invitation or {})["method"], mail.to_address)
        for mail in mails()
        if mail.invitation and (mail.to_address in to if to else mail.to_address != LEAD.email)
    ]


def chain_of(app: Flask, email: str) -> list[tuple[str, str]]:
    """What one person's calendar was told, after every rule about each mail and about the chain was checked."""
    found = [mail for mail in mails() if mail.invitation and mail.to_address == email]
    events = [read(app, mail) for mail in found]
    assert_chain(events)
    assert len({mail.chain for mail in found}) == 1
    return [((mail.invitation or {})["method"], event["SEQUENCE"]) for mail, event in zip(found, events, strict=True)]


def entry_now(booked: service.Booked) -> tuple[str, int, datetime]:
    party = party_of(booked)
    entry = party_mail.entry_of(party, party.gathering)
    return entry.uid, entry.sequence, entry.starts_at


def test_M10_a_colleague_is_invited_once_when_named_and_again_only_when_the_entry_changes(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    here, there = make_visit(cast.here), make_visit(cast.there, **NEXT_WEEK)
    booked = book(here, 4)

    name(booked, LEAD, ANA, STUDENT)
    name(booked, LEAD, Named("Ana Pérez", "leader", "ana@x.org"), STUDENT)
    service.resize(party_of(booked).id, 5, actor="link", now=MONDAY)
    once = sent()
    edit(here.id, starts_wall=datetime(2026, 12, 2, 10, 0))
    service.move(party_of(booked).id, there.gathering_id, wait_if_full=False, actor="link", now=later(2))
    moved = entry_now(booked)
    service.cancel(party_of(booked).id, reason="ill", by="party", actor="link", now=later(3))

    assert once == [("colleague", "REQUEST", "ana@x.org")]
    assert sent()[1:] == [
        ("colleague_changed", "REQUEST", "ana@x.org"), ("colleague_changed", "REQUEST", "ana@x.org"),
        ("colleague_cancelled", "CANCEL", "ana@x.org"),
    ]  # fmt: skip
    assert chain_of(app, "ana@x.org") == [("REQUEST", "0"), ("REQUEST", "1"), ("REQUEST", "2"), ("CANCEL", "3")]
    lead = [read(app, mail) for mail in mails() if mail.invitation and mail.to_address == LEAD.email]
    theirs = [read(app, mail) for mail in mails() if mail.invitation and mail.to_address == "ana@x.org"]
    same = ("UID", "SEQUENCE", "DTSTART", "DTEND", "DTSTAMP", "SUMMARY")
    assert [[event[key] for key in same] for event in theirs] == [[event[key] for key in same] for event in lead], "M13"
    assert (theirs[2]["UID"], int(theirs[2]["SEQUENCE"])) == moved[:2], "M13"


def test_M10_somebody_else_in_the_place_or_another_address_means_one_cancel_and_one_request(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    booked = book(make_visit(cast.here), 3)
    name(booked, LEAD, ANA, LUIS)
    before = entry_now(booked)

    name(booked, LEAD, Named("Ana Perez", "teacher", "ana@new.org"), now=later(1))
    name(booked, LEAD, Named("Mia New", "", "mia@x.org"), now=later(2))
    name(booked, LEAD, ANA, now=later(3))

    assert sent()[2:] == [
        ("colleague_cancelled", "CANCEL", "ana@x.org"), ("colleague", "REQUEST", "ana@new.org"),
        ("colleague_cancelled", "CANCEL", "ana@new.org"), ("colleague", "REQUEST", "mia@x.org"),
        ("colleague_cancelled", "CANCEL", "mia@x.org"), ("colleague", "REQUEST", "ana@x.org"),
    ]  # fmt: skip
    assert chain_of(app, "ana@x.org") == [("REQUEST", "0"), ("CANCEL", "1"), ("REQUEST", "2")]
    assert before == entry_now(booked)[:1] + before[1:]
    assert entry_now(booked)[1] == 2  # only because somebody came back (S05, M13)


def test_M10_whoever_joins_by_the_link_is_invited_and_whoever_stays_home_hears_it(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    booked = book(make_visit(cast.here), 3)
    party = party_of(booked)
    for key in ("form-1", "form-1", "form-2"):
        place = people.join(party.id, ANA if key == "form-1" else LUIS, Told(), place="", key=key, link_round=0, now=MONDAY)

    service.resize(party.id, 2, without=[place], actor="link", now=later(1))

    assert sent() == [
        ("colleague", "REQUEST", "ana@x.org"), ("colleague", "REQUEST", "luis@x.org"), ("colleague_cancelled", "CANCEL", "luis@x.org"),
    ]  # fmt: skip
    assert entry_now(booked)[1] == 0  # the booking's own entry did not change (S05)


def test_who_waits_or_needs_a_yes_brings_nobody_an_invitation_until_it_comes(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    asks = make_visit(cast.there, needs_approval=True)
    wanted, refused, gone = (book(asks, 2, organization="Somewhere Else") for _ in range(3))
    for n, booked in enumerate((wanted, refused, gone)):
        party = party_of(booked)
        name(booked, Named("Tess Teacher", "", party.lead_email), Named(f"Ana {n}", "", f"ana.{n}@x.org"))
    before = [mail for mail in mails() if mail.invitation]

    service.decide(party_of(refused).id, approve=False, reason="Full", actor="user:1", now=later(1))
    service.cancel(party_of(gone).id, reason="", by="party", actor="link", now=later(1))
    service.decide(party_of(wanted).id, approve=True, actor="user:1", now=later(1))
    service.cancel(party_of(wanted).id, reason="", by="host", actor="user:1", now=later(2))

    theirs = [(mail.template.rsplit("/", 1)[-1], mail.to_address) for mail in mails() if mail.to_address.endswith("@x.org")]
    assert before == []
    assert theirs == [("colleague", "ana.0@x.org"), ("colleague_cancelled", "ana.0@x.org")]


def test_P7_the_mails_of_one_person_wait_for_each_other_and_for_nobody_else(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    booked = book(make_visit(cast.here), 3)
    name(booked, LEAD, ANA, LUIS)
    party = party_of(booked)

    chains = {mail.to_address: mail.chain for mail in mails()}

    assert len(set(chains.values())) == 3
    assert chains[LEAD.email] == party.uid
    assert all((chain or "").startswith(party.uid) for chain in chains.values())


def test_mail_of_a_colleague_names_no_other_and_opens_no_booking(app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    here = make_visit(cast.here)
    booked = book(here, 4, lead_name="Tess Teacher", purpose="To see the blue folder")
    name(booked, LEAD, ANA, LUIS, STUDENT)
    place = party_of(booked).attendees[2].public_id
    people.describe(party_of(booked).id, place, Told(["step_free"], "left arm", ConsentAnswer.NO), actor="link", now=MONDAY)
    edit(here.id, starts_wall=datetime(2026, 12, 2, 10, 0))
    visits.cancel_visit(here.id, "Snow <b>", actor="user:1", now=later(2))

    for mail in (mail for mail in mails() if mail.to_address == "ana@x.org"):
        rendered = outbox.render(mail)
        whole = "\n".join((rendered.subject, rendered.text, rendered.html, (rendered.calendar or b"").decode()))
        assert "Ana Perez" in whole
        assert [word for word in ("Tess", "tess@", "Luis", "Sam", "blue folder", "left arm", "Somewhere") if word in whole] == []
        assert re.findall(r"https?://[^/\s]+/(?:r|j|w|registrations|join)/\S*", whole) == []
        assert [one for one in (party_of(booked).public_id, place) if one in whole] == []
        assert "Snow <b>" not in rendered.html
    assert "Snow &lt;b&gt;" in rendered.html
    assert "Your host canceled: Snow <b>" in rendered.text


def test_P5_one_address_is_invited_five_times_an_hour_and_then_with_the_next_change(
    cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    bookings = [book(make_visit(cast.here, starts_wall=datetime(2026, 12, day, 9), ends_wall=datetime(2026, 12, day, 11)), 2)
                for day in range(1, 8)]  # fmt: skip
    for n, booked in enumerate(bookings):
        name(booked, Named("Tess Teacher", "teacher", party_of(booked).lead_email), ANA, now=MONDAY + timedelta(minutes=n))
    at_first = len(sent("ana@x.org"))

    service.resize(party_of(bookings[6]).id, 3, actor="link", now=later(2))

    assert (at_first, len(sent("ana@x.org"))) == (5, 6)
    assert db.session.query(Invitee).count() == 6


def test_M11_whoever_led_the_party_and_comes_back_as_a_colleague_is_invited_with_a_higher_number(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    booked = book(make_visit(cast.here), 2)
    address.use_new_address(party_of(booked).id, "tess@new.org", 0, now=later(1))

    name(booked, Named("Tess Teacher", "teacher", "tess@new.org"), Named("Tess Elder", "teacher", LEAD.email), now=later(2))
    address.use_new_address(party_of(booked).id, LEAD.email, 1, now=later(3))

    found = [read(app, mail) for mail in mails() if mail.to_address == LEAD.email and mail.invitation]
    assert [(event["STATUS"], event["SEQUENCE"]) for event in found] == [
        ("CONFIRMED", "0"), ("CANCELLED", "1"), ("CONFIRMED", "2"), ("CONFIRMED", "3"),
    ]  # fmt: skip
    assert {mail.chain for mail in mails() if mail.to_address == LEAD.email and mail.invitation} == {party_of(booked).uid}


def test_address_of_a_colleague_that_becomes_the_leads_keeps_its_entry(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    booked = book(make_visit(cast.here), 3)
    name(booked, Named("Luis Gómez", "", "luis@x.org"), LEAD, ANA)  # the lead gave the own place away and took another

    address.use_new_address(party_of(booked).id, "ana@x.org", 0, now=later(1))
    service.cancel(party_of(booked).id, reason="", by="party", actor="link", now=later(2))

    assert [(mail.template.rsplit("/", 1)[-1], (mail.invitation or {}).get("method"), mail.to_address) for mail in mails()] == [
        ("confirmed", "REQUEST", "tess@example.org"), ("colleague", "REQUEST", "luis@x.org"), ("colleague", "REQUEST", "ana@x.org"),
        ("address_changed", None, "tess@example.org"), ("confirmed", "REQUEST", "ana@x.org"),
        ("colleague_cancelled", "CANCEL", "luis@x.org"), ("colleague_cancelled", "CANCEL", "tess@example.org"),
        ("cancelled", "CANCEL", "ana@x.org"),
    ]  # fmt: skip
    assert_chain([read(app, mail) for mail in mails() if mail.to_address == "tess@example.org" and mail.invitation])


@pytest.fixture
def team(app: Flask, cast: SimpleNamespace) -> Registration:
    """A team of four at a meetup: a lead, two colleagues with addresses, a student."""
    facts = meetups.MeetupDetails(
        title="Fall meetup", description="", starts_wall=datetime(2026, 12, 2, 16, 0), ends_wall=datetime(2026, 12, 2, 18, 0),
        time_zone="America/New_York", place="131 6th Ave", capacity=40, rounds=3, format=meetups.Format.TABLES, table_size=4, team_most=6,
    )  # fmt: skip
    meetups.create_meetup(facts, publish=True, actor="command:test", now=MONDAY)
    meetup_id = db.session.scalars(sa.select(meetups.Meetup.id)).one()
    members = [
        Member("Tess Teacher", "teacher", "tess@example.org"), Member("Ana Perez", "leader", "ana@x.org"),
        Member("Luis Gómez", "teacher", "luis@x.org"), Member("Sam Mora", "student"),
    ]  # fmt: skip
    meetups.register_team(meetup_id, cast.here.id, members, actor="user:1", now=MONDAY)
    return db.session.scalars(sa.select(Registration)).one()


def test_M10_who_joins_a_team_is_invited_and_who_is_taken_off_hears_it(app: Flask, team: Registration) -> None:
    leads.add_person(team.id, Member("Mia New", "teacher", "mia@x.org"), actor="link", now=later(1))
    ana = next(one for one in team.attendees if one.name == "Ana Perez")
    leads.take_off(team.id, ana.public_id, actor="link", now=later(2))
    meetups.remove_team(team.id, "Too late", actor="user:1", now=later(3))

    assert sent() == [
        ("colleague", "REQUEST", "ana@x.org"), ("colleague", "REQUEST", "luis@x.org"), ("colleague", "REQUEST", "mia@x.org"),
        ("colleague_cancelled", "CANCEL", "ana@x.org"), ("colleague_cancelled", "CANCEL", "luis@x.org"),
        ("colleague_cancelled", "CANCEL", "mia@x.org"),
    ]  # fmt: skip
    assert [chain_of(app, f"{who}@x.org")[0] for who in ("ana", "luis", "mia")] == [("REQUEST", "0")] * 3


def test_M10_the_next_lead_of_a_team_gets_its_mail_and_the_one_who_goes_a_cancel(
    app: Flask, team: Registration, client: FlaskClient
) -> None:
    meetups.remove_person(team.id, next(one.id for one in team.attendees if one.is_lead), actor="user:1", now=later(1))

    assert sent("tess@example.org", "ana@x.org", "luis@x.org") == [
        ("team_registered", "REQUEST", "tess@example.org"), ("colleague", "REQUEST", "ana@x.org"), ("colleague", "REQUEST", "luis@x.org"),
        ("lead_now", "REQUEST", "ana@x.org"), ("colleague_cancelled", "CANCEL", "tess@example.org"),
    ]  # fmt: skip
    assert chain_of(app, "tess@example.org") == [("REQUEST", "0"), ("CANCEL", "1")]
    now_lead = mails()[-2]
    event, text = read(app, now_lead), outbox.render(now_lead).text
    assert (event["SEQUENCE"], event["UID"], "Tess" in text) == ("1", team.uid, False)
    [link] = re.findall(r"https?://[^/]+(/r/\S+)", text)
    assert client.get(link, follow_redirects=True).status_code == 200
    meetups.cancel_meetup(db.session.scalars(sa.select(meetups.Meetup.id)).one(), "Snow", actor="user:1", now=later(2))
    assert sorted(sent("tess@example.org", "ana@x.org", "luis@x.org")[5:]) == [
        ("cancelled_by_host", "CANCEL", "ana@x.org"), ("colleague_cancelled", "CANCEL", "luis@x.org"),
    ]  # fmt: skip


def test_erased_lead_of_a_visit_ends_the_entry_of_colleagues_and_an_erased_colleague_leaves_no_row(
    cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    booked = book(make_visit(cast.here), 3)
    name(booked, LEAD, ANA, LUIS)

    for somebody in (ANA.email, LEAD.email):
        privacy.ask(somebody, now=later(1))
        erase.erase(db.session.scalars(sa.select(DataLink.id).where(DataLink.email == somebody)).one(), now=later(1))

    assert [(mail.template.rsplit("/", 1)[-1], mail.to_address) for mail in mails() if mail.to_address == LUIS.email] == [
        ("colleague", LUIS.email), ("colleague_cancelled", LUIS.email),
    ]  # fmt: skip
    assert [(one.email, one.ended) for one in db.session.scalars(sa.select(Invitee))] == [(LUIS.email, True)]
    assert [mail.to_address for mail in db.session.scalars(sa.select(OutboxMail)) if mail.to_address in (ANA.email, LEAD.email)] == []
