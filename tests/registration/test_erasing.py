"""My data and erase me (registration rule 7), and that the same answer comes for every address (trust P10)."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts import service as accounts
from scheduler.accounts.models import Grant, Invitation, SignInSession, User
from scheduler.calendars import service as calendars
from scheduler.core.access import AccessRole
from scheduler.core.questions import Per, QuestionKind
from scheduler.foundation import outbox
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db, transaction
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.outbox import OutboxMail
from scheduler.foundation.tokens import derived
from scheduler.registration import queries, service
from scheduler.registration.door import service as door
from scheduler.registration.models import AttendeeState, Consent, ConsentAnswer, DataLink, Person, Registration, RegistrationState
from scheduler.registration.people import address, permissions
from scheduler.registration.people import service as people
from scheduler.registration.people.service import Named, PartyTold, Place, Told, named_as
from scheduler.registration.privacy import erase, export, mail
from scheduler.registration.privacy import service as privacy
from scheduler.registration.questions import service as questions
from scheduler.registration.questions.service import Wording
from scheduler.registration.twins import plan
from scheduler.registration.twins import service as twins
from scheduler.schools.models import SchoolContact
from scheduler.visits.after import service as after
from scheduler.visits.after.models import TriedAnswer
from scheduler.visits.after.service import DebriefDetails
from scheduler.visits.models import Visit
from scheduler.visits.watches import service as watches
from tests.forgetting import bytes_with, places_of, totals
from tests.people import MONDAY

Make = Callable[..., Visit]
Book = Callable[..., service.Booked]
NAME, ADDRESS = "Tessalina Müllerquist", "t.quist@example.org"
TEXTS = ("Tessalina", "Müllerquist", ADDRESS, "555-0199", "two buses", "a chair with arms", "grading circles", "the blue folder")
LATER = MONDAY + timedelta(days=20)


def party_of(public_id: str) -> Registration:
    db.session.rollback()
    db.session.expire_all()
    return queries.registration_or_404(public_id)


def name_people(public_id: str, *typed: Named, now: datetime = MONDAY) -> None:
    party = party_of(public_id)
    places = [Place(one.public_id, named_as(one), typed[n] if n < len(typed) else named_as(one)) for n, one in enumerate(party.attendees)]
    people.name_people(party.id, places, actor="link", now=now)


@pytest.fixture
def life(cast: SimpleNamespace, make_visit: Make, book: Book) -> SimpleNamespace:
    """Somebody who was at one visit with two others, has booked the next one for all seats, waits, watches, and comes with a colleague."""
    own = {"lead_name": NAME, "lead_email": ADDRESS}
    past = make_visit(cast.here, starts_wall=datetime(2026, 11, 12, 9), ends_wall=datetime(2026, 11, 12, 11))
    full = make_visit(cast.here, title="Full", capacity=4, starts_wall=datetime(2026, 12, 2, 9), ends_wall=datetime(2026, 12, 2, 11))
    others = make_visit(cast.there, title="With others")
    taken = make_visit(cast.there, title="Taken", capacity=1, starts_wall=datetime(2026, 12, 9, 9), ends_wall=datetime(2026, 12, 9, 11))
    question = questions.ask(past.gathering_id, Wording("What interests you?", QuestionKind.TEXT, Per.PARTY), actor="user:1", now=MONDAY)
    key = db.session.scalars(sa.text("SELECT key FROM questions")).one()
    was = book(past, 3, purpose="To see the blue folder", **own)
    colleague, student = Named("Otis Other", "teacher", "otis@example.org"), Named("Lena L.", "student")
    name_people(was.public_id, Named(NAME, "teacher", ADDRESS), colleague, student)
    told = PartyTold("555-0199", "With two buses", given={key: ["grading circles"]})
    people.tell_host(party_of(was.public_id).id, told, actor="link", now=MONDAY)
    mine = party_of(was.public_id).attendees[0]
    needs = Told(["seating"], "a chair with arms", photo=ConsentAnswer.YES)
    people.describe(mine.registration_id, mine.public_id, needs, actor="link", now=MONDAY)
    calendars.make_participant_address(mine.id, now=MONDAY)
    door.mark(
        past.gathering_id, {mine.public_id: AttendeeState.ARRIVED}, close=True, actor="user:1", now=datetime(2026, 11, 12, 20, tzinfo=UTC)
    )
    wrote = DebriefDetails(4, "the blue folder", "grading circles", "a chair with arms", is_shared=True)
    after.reply(mine.id, wrote, now=datetime(2026, 11, 14, tzinfo=UTC))
    after.answer_tried(mine.id, TriedAnswer.YES, "the blue folder", is_shared=True, now=LATER - timedelta(days=1))
    coming = book(full, 4, purpose="Again", **own)
    waits = book(
        full, 2, lead_name="Wanda Waiting", lead_email="wanda@example.org", wish=service.Wish(confirm_until=LATER + timedelta(days=9))
    )
    with_me = book(others, 2, lead_name="Cole Colleague", lead_email="cole@example.org")
    name_people(with_me.public_id, Named("Cole Colleague", "teacher", "cole@example.org"), Named(NAME, "teacher", ADDRESS))
    book(taken, 1)
    book(taken, 1, **own)
    watches.ask(ADDRESS, school_id=cast.there.id, now=MONDAY)
    with transaction():
        db.session.add(SchoolContact(school_id=cast.member.id, name=NAME, email=ADDRESS))
        row = {"line": 2, "cells": [NAME, ADDRESS]}
        other = {"line": 3, "cells": ["Bo Both", "bo@example.org"]}
        db.session.add(
            ImportDraft(
                public_id="drafted", kind="registrants", file_name="list.csv", headers=["Name", "Email"], rows=[row, other], mapping={},
                created_by=1, created_at=LATER,
            )
        )  # fmt: skip
    return SimpleNamespace(past=past, full=full, others=others, was=was, coming=coming, waits=waits, with_me=with_me, question=question)


def ask(now: datetime = LATER, address: str = ADDRESS) -> DataLink:
    privacy.ask(address, now=now)
    return db.session.scalars(sa.select(DataLink).order_by(DataLink.id.desc())).first()  # type: ignore[return-value]


@pytest.mark.both_engines
def test_nothing_is_left_of_somebody_but_numbers(app: Flask, life: SimpleNamespace) -> None:
    """Not in a table, a mail, the log, a file, nor in a free page of the database's file (trust: erasing)."""
    link = ask()
    before = totals(until=LATER)
    assert {place.split(".")[0] for place in places_of(*TEXTS)} >= {
        "access_needs", "answers", "data_links", "debriefs", "import_drafts", "outbox_mails", "party_details", "people", "registrations",
        "school_contacts", "tried", "waitlist_entries", "watches",
    }  # fmt: skip

    erase.erase(link.id, now=LATER)

    assert places_of(*TEXTS) == []
    assert totals(until=LATER) == before
    if db.engine.dialect.name == "sqlite":
        assert bytes_with(Path(str(db.engine.url.database)).parent, *TEXTS, "M\\u00fcllerquist") == []


@pytest.mark.both_engines
def test_what_is_to_come_is_cancelled_first_and_whoever_waits_moves_up(app: Flask, life: SimpleNamespace) -> None:
    link = ask()

    erase.erase(link.id, now=LATER)

    party = party_of(life.coming.public_id)
    assert (party.state, party.cancelled_by) == (RegistrationState.CANCELLED, "party")
    moved_up = db.session.scalars(sa.select(Registration).where(Registration.lead_email == "wanda@example.org")).one()
    assert (moved_up.state, moved_up.gathering_id) == (RegistrationState.CONFIRMED, life.full.gathering_id)
    told = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.template == mail.ERASED)).one()
    assert told.to_address == "hana.host@example.org"
    assert "A party of 4 people from Bronx Arena High School does not come" in outbox.render(told).text


def test_party_of_a_colleague_goes_on_with_a_free_place(app: Flask, life: SimpleNamespace) -> None:
    erase.erase(ask().id, now=LATER)

    party = party_of(life.with_me.public_id)
    assert (party.state, party.party_size) == (RegistrationState.CONFIRMED, 2)
    assert [attendee.name for attendee in party.attendees] == ["Cole Colleague", ""]


def test_pseudonym_is_the_same_wherever_somebody_was_and_others_keep_their_names(app: Flask, life: SimpleNamespace) -> None:
    erase.erase(ask().id, now=LATER)

    party = party_of(life.was.public_id)
    first, *rest = [attendee.name for attendee in party.attendees]
    assert re.fullmatch("Former visitor [0-9a-f]{6}", first)
    assert rest == ["Otis Other", "Lena L."]
    assert (party.lead_name, party.lead_email, party_of(life.coming.public_id).lead_name) == (first, "", first)
    [draft] = db.session.scalars(sa.select(ImportDraft))
    assert [row["cells"] for row in draft.rows] == [["Bo Both", "bo@example.org"]]


@pytest.mark.both_engines
def test_two_entries_that_staff_made_one_are_erased_together(app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    """Under either address, also within the day on which the merge can be undone."""
    first = book(make_visit(cast.here), lead_name=NAME, lead_email=ADDRESS)
    second = book(make_visit(cast.there), lead_name="T. Müllerquist", lead_email="tessa@example.org")
    one, other = (party_of(booked.public_id).attendees[0].person_id or 0 for booked in (first, second))
    stays, goes = (db.session.get_one(Person, person_id) for person_id in (one, other))
    mark = plan.of_people(stays, goes, now=MONDAY).mark
    twins.merge_people(one, other, mark=mark, actor="user:1", now=MONDAY)

    erase.erase(ask(MONDAY, "tessa@example.org").id, now=MONDAY)

    assert places_of("Tessalina", "Müllerquist", ADDRESS, "tessa@") == []
    assert {party_of(booked.public_id).state for booked in (first, second)} == {RegistrationState.CANCELLED}


def test_colleague_who_took_the_place_of_a_lead_stays(app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    booked = book(make_visit(cast.here), lead_name="Ana Pérez", lead_email="ana@example.org")
    name_people(booked.public_id, Named("Luis Gómez", "teacher", "luis@example.org"))

    erase.erase(ask(MONDAY, "ana@example.org").id, now=MONDAY)

    own = [f"{place}: Luis Gómez" for place in ("invitees.name", "outbox_mails.to_name", "outbox_mails.to_name", "people.name")]
    assert (places_of("ana@", "Ana Pérez"), places_of("Luis Gómez")) == ([], own)  # he is told that it leaves his calendar


@pytest.mark.both_engines
def test_whoever_signed_for_a_student_is_erased_and_the_permission_stays(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    booked = book(make_visit(cast.here), 2, lead_name=NAME, lead_email=ADDRESS)
    name_people(booked.public_id, Named(NAME, "teacher", ADDRESS), Named("Sam Mora", "student", "", "9-10"))
    sam = party_of(booked.public_id).attendees[1].public_id
    permissions.attest(party_of(booked.public_id).id, sam, ConsentAnswer.YES, NAME, actor="link", now=MONDAY)

    erase.erase(ask(LATER + timedelta(days=30)).id, now=LATER + timedelta(days=30))

    said = db.session.execute(sa.select(Consent.answer, Consent.by_attendee_id, Consent.by_name)).one()
    assert (said.answer, said.by_attendee_id, said.by_name.startswith("Former visitor ")) == (ConsentAnswer.YES, None, True)
    assert places_of(*TEXTS) == []


def test_nobody_gets_at_somebody_by_writing_their_address_into_a_booking(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    book(make_visit(cast.here), lead_name=NAME, lead_email=ADDRESS, purpose="the blue folder")
    trap = book(make_visit(cast.there), lead_name=NAME, lead_email="mallory@example.org")
    name_people(trap.public_id, Named(NAME, "teacher", ADDRESS))

    with app.test_request_context():
        data = export.zipped("mallory@example.org", now=LATER)
    erase.erase(ask(MONDAY, "mallory@example.org").id, now=MONDAY)

    archive = zipfile.ZipFile(io.BytesIO(data))
    assert not any(ADDRESS in archive.read(name).decode(errors="ignore") for name in archive.namelist())
    assert {"registrations.lead_email: " + ADDRESS, "registrations.purpose: the blue folder"} <= set(places_of(ADDRESS, "the blue folder"))


@pytest.mark.both_engines
def test_mails_to_an_earlier_address_go_as_well(app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    booked = book(make_visit(cast.here), lead_name=NAME, lead_email="old@example.org")
    address.use_new_address(party_of(booked.public_id).id, ADDRESS, 0, now=MONDAY)

    erase.erase(ask(MONDAY).id, now=MONDAY)

    assert places_of(ADDRESS, "old@example.org", "Tessalina") == []


def test_mail_that_names_somebody_goes_to_its_host_without_the_name(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    visit = make_visit(cast.here, needs_approval=True)
    book(visit, lead_name=NAME, lead_email=ADDRESS, organization=NAME)
    asked = sa.select(OutboxMail).where(OutboxMail.template == "registration/mail/host_asked")
    assert NAME in outbox.render(db.session.scalars(asked).one()).text

    erase.erase(ask().id, now=LATER)

    db.session.expire_all()
    assert "Former visitor" in outbox.render(db.session.scalars(asked).one()).text
    assert places_of(*TEXTS) == []


def test_whoever_signed_in_no_longer_does(app: Flask, cast: SimpleNamespace) -> None:
    with transaction():
        host = db.session.get_one(User, cast.host.id)
        host.email, host.name = ADDRESS, NAME
    accounts.start_session(cast.host.id, now=LATER)
    accounts.invite(ADDRESS, AccessRole.ORGANIZER, None, actor=cast.administrator.actor, now=LATER)
    calendars.make_host_address(cast.host.id, now=LATER)

    erase.erase(ask().id, now=LATER)

    assert places_of(*TEXTS) == []
    left = [db.session.scalars(sa.select(table.id).where(table.user_id == cast.host.id)).all() for table in (Grant, SignInSession)]
    assert (left, db.session.scalars(sa.select(Invitation)).all()) == ([[], []], [])


@pytest.mark.both_engines
def test_last_administrator_stays_until_there_is_another(app: Flask, cast: SimpleNamespace) -> None:
    link = ask(address=cast.administrator.email)

    with pytest.raises(accounts.LastAdministrator):
        erase.erase(link.id, now=LATER)

    db.session.expire_all()
    assert db.session.get_one(User, cast.administrator.id).name == "Ada Administrator"


def test_log_names_what_went_by_number_only(app: Flask, life: SimpleNamespace) -> None:
    erase.erase(ask().id, now=LATER)

    line = db.session.scalars(sa.select(AuditLine).where(AuditLine.what == "erased")).one()
    assert (line.actor, line.after["cancelled"], line.after["rows"]["registrations"]) == ("link", 1, 2)


def test_my_data_holds_what_is_ones_own_and_nobody_else(app: Flask, life: SimpleNamespace) -> None:
    with app.test_request_context():
        archive = zipfile.ZipFile(io.BytesIO(export.zipped(ADDRESS, now=LATER)))

    everything = "\n".join(archive.read(name).decode("utf-8-sig") for name in archive.namelist())
    held = json.loads(archive.read("data.json"))["held"]
    assert all(text in everything for text in TEXTS)
    assert not any(name in everything for name in ("Otis", "Lena", "Cole", "Wanda", "otis@", "cole@"))
    assert {"registrations", "attendees", "answers", "consents", "debriefs", "tried", "watches", "outbox_mails"} <= held.keys()
    assert [(one["gathering"], one["party_size"]) for one in held["registrations"]] == [
        ("Student-led conferences, start to finish", 3),
        ("Full", 4),
    ]
    assert held["answers"][0] | {"changed_at": ""} == {
        "question": "What interests you?", "gathering": "Student-led conferences, start to finish", "starts": "2026-11-12T09:00:00",
        "given": ["grading circles"], "changed_at": "",
    }  # fmt: skip
    assert archive.read("calendar.ics").count(b"BEGIN:VEVENT") == 2
    assert "registrations.csv" in archive.namelist()


def test_every_address_gets_the_same_answer_and_five_mails_an_hour(app: Flask, client: FlaskClient, life: SimpleNamespace) -> None:
    answers = [client.post("/my-data", data={"email": typed}) for typed in (ADDRESS, "nobody@example.org")]

    assert [(answer.status_code, answer.location) for answer in answers] == [(303, "/my-data/asked")] * 2
    mails = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.template == mail.ASKED).order_by(OutboxMail.id)).all()
    assert [sent.to_address for sent in mails] == [ADDRESS, "nobody@example.org"]
    assert len({re.sub("/my-data/.*", "", outbox.render(sent).text) for sent in mails}) == 1
    for _ in range(6):
        client.post("/my-data", data={"email": "Nobody@example.org "})
    assert outbox.recently_to("nobody@example.org", mail.ASKED, since=MONDAY) == 5


def test_asking_is_the_same_work_for_every_address(
    app: Flask, life: SimpleNamespace, count_statements: Callable[[Callable[[], object]], int]
) -> None:
    work = [count_statements(lambda typed=typed: privacy.ask(typed, now=LATER)) for typed in (ADDRESS, "nobody@example.org")]

    assert work[0] == work[1]


def open_link(client: FlaskClient, address: str = ADDRESS) -> str:
    link = ask(datetime.now(UTC), address)
    return str(client.get(f"/my-data/{link.public_id}/key/{derived(mail.PURPOSE, link.public_id)}").location)


def test_link_shows_hands_over_and_erases(app: Flask, client: FlaskClient, life: SimpleNamespace) -> None:
    page = open_link(client)
    assert ADDRESS not in page

    shown, taken, asked = client.get(page), client.get(f"{page}/my-data.zip"), client.get(f"{page}/erase")
    done = client.post(f"{page}/erase")

    assert (shown.status_code, "Download all of it" in shown.text) == (200, True)
    assert (taken.mimetype, zipfile.ZipFile(io.BytesIO(taken.data)).testzip()) == ("application/zip", None)
    assert re.search(r"was at \d gatherings?, under a made-up name", asked.text)
    assert (done.status_code, done.location) == (303, "/my-data/erased")
    assert client.post(f"{page}/erase").location == "/my-data/erased"
    assert client.get(page).status_code == 404
    assert places_of(ADDRESS, "Tessalina") == []


def test_looking_changes_nothing(app: Flask, client: FlaskClient, life: SimpleNamespace) -> None:
    page = open_link(client)
    before = places_of(*TEXTS)

    for path in (page, f"{page}/my-data.zip", f"{page}/erase"):
        client.get(path)

    assert places_of(*TEXTS) == before


@pytest.mark.parametrize("path", ["", "/my-data.zip", "/erase"])
def test_without_the_link_there_is_nothing(app: Flask, life: SimpleNamespace, path: str) -> None:
    link = ask(datetime.now(UTC))

    assert app.test_client().get(f"/my-data/{link.public_id}{path}").status_code == 404
    assert app.test_client().post(f"/my-data/{link.public_id}/erase").status_code == 404
    assert app.test_client().get(f"/my-data/{link.public_id}/key/{derived('another purpose', link.public_id)}").status_code == 404


def test_link_ends_after_a_day(app: Flask, client: FlaskClient) -> None:
    link = ask(datetime.now(UTC) - timedelta(hours=25))

    page = client.get(f"/my-data/{link.public_id}/key/{derived(mail.PURPOSE, link.public_id)}")

    assert (page.status_code, "This link has ended" in page.text) == (404, True)


def test_page_says_why_the_last_administrator_stays(app: Flask, client: FlaskClient, cast: SimpleNamespace) -> None:
    page = open_link(client, cast.administrator.email)

    answers = [client.get(f"{page}/erase"), client.post(f"{page}/erase")]

    assert [(answer.status_code, "This is the last administrator." in answer.text) for answer in answers] == [(200, True), (409, True)]


def test_address_under_which_nothing_is_held_is_told_so(app: Flask, client: FlaskClient) -> None:
    assert "We hold nothing under your address" in client.get(open_link(client, "nobody@example.org")).text


def test_privacy_page_lists_every_kind_in_plain_words(app: Flask, client: FlaskClient) -> None:
    page = client.get("/privacy")

    assert page.status_code == 200
    for words in ("What somebody needs at the place", "7 days after the gathering", "24 months after your last gathering", "30 days after"):
        assert words in page.text
    assert '<a href="/privacy">' in client.get("/").text


def test_security_txt_says_whom_to_tell(app: Flask, client: FlaskClient) -> None:
    """RFC 9116; trust P20."""
    text = client.get("/.well-known/security.txt").text

    fields = dict(line.split(": ", 1) for line in text.splitlines())
    assert {"Contact", "Expires", "Canonical", "Policy"} <= fields.keys()
    assert timedelta(days=90) < datetime.fromisoformat(fields["Expires"]) - datetime.now(UTC) < timedelta(days=365)
