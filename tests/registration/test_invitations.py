"""Invitations update and cancel themselves: what goes out for one party, mail by mail (calendars M01 to M13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from scheduler.foundation import outbox
from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from scheduler.meetups import service as meetups
from scheduler.registration import queries, service
from scheduler.registration.models import Registration
from scheduler.registration.people import address
from scheduler.registration.service import Member
from scheduler.visits import service as visits
from scheduler.visits.models import Visit
from tests.foundation.ical_rules import Component, assert_invitation_rules
from tests.people import MONDAY, details

Make = Callable[..., Visit]
Book = Callable[..., service.Booked]
STRUCTURE = ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics"]
NEXT_WEEK = {"starts_wall": datetime(2026, 12, 9, 9, 0), "ends_wall": datetime(2026, 12, 9, 11, 30)}


def later(hours: int) -> datetime:
    return MONDAY + timedelta(hours=hours)


def edit(visit_id: int, **more: Any) -> None:
    visit = db.session.get_one(Visit, visit_id, populate_existing=True)
    visits.edit_visit(visit_id, details(**more), version=visit.gathering.version, actor="user:1", now=later(1))


def party_of(booked: service.Booked) -> Registration:
    db.session.rollback()
    db.session.expire_all()
    return queries.registration_or_404(booked.public_id)


def mails() -> list[OutboxMail]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)))


def read(app: Flask, mail: OutboxMail) -> Component:
    """The event of one invitation, after every rule about its mail was checked."""
    message, method = outbox.build(mail), (mail.invitation or {})["method"]
    parts = list(message.walk())
    assert [part.get_content_type() for part in parts] == STRUCTURE, "M02"
    for name in ("From", "To", "Subject", "Date", "Message-ID"):
        assert len(message.get_all(name, [])) == 1, f"M01 one {name}"
    assert (message["Bcc"], message["Cc"], len(message["To"].addresses)) == (None, None, 1), "M01 one recipient"
    calendar, attached = parts[4], parts[5]
    assert (calendar.get_param("method"), calendar.get_param("charset"), attached.get_filename()) == (method, "UTF-8", "invite.ics"), "M03"
    data = calendar.get_payload(decode=True)
    assert data == attached.get_payload(decode=True), "M03 byte-equal"
    assert isinstance(data, bytes)
    assert_words(message, mail, method)
    [event] = assert_invitation_rules(data, method=method, organizer=app.config["MAIL_FROM"][1], attendee=mail.to_address).inside
    return event


def assert_words(message: EmailMessage, mail: OutboxMail, method: str) -> None:
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        words = body.get_content()
        told = [mail.facts["title"], mail.facts["day"], mail.facts["span"], *(["cancel"] if method == "CANCEL" else [])]
        assert [word for word in told if word not in words] == [], f"M04 {kind}"


def assert_chain(events: list[Component]) -> None:
    """M10 to M12: what stays, what rises, and that a CANCEL carries the last times."""
    assert len({(event["UID"], event["ORGANIZER"], event["ATTENDEE"]) for event in events}) == 1, "M10"
    for before, after in pairwise(events):
        assert before["DTSTAMP"] < after["DTSTAMP"], "M11 DTSTAMP strictly later"
        assert int(before["SEQUENCE"]) < int(after["SEQUENCE"]), "M11 SEQUENCE up"
        if after["STATUS"] == "CANCELLED":
            assert (before["DTSTART"], before["DTEND"]) == (after["DTSTART"], after["DTEND"]), "M12 the last times"


Story = Callable[[int, Visit, Visit], object]
STORIES: dict[str, tuple[list[Story], list[str]]] = {
    "time, place, and the party cancels": (
        [
            lambda party, here, there: edit(here.id, starts_wall=datetime(2026, 12, 2, 10, 0)),
            lambda party, here, there: edit(here.id, starts_wall=datetime(2026, 12, 2, 10, 0), place="Room 5"),
            lambda party, here, there: service.cancel(party, reason="", by="party", actor="link", now=later(2)),
        ],
        ["REQUEST", "REQUEST", "REQUEST", "CANCEL"],
    ),
    "a move, and the school cancels": (
        [
            lambda party, here, there: service.move(party, there.gathering_id, wait_if_full=False, actor="link", now=later(1)),
            lambda party, here, there: visits.cancel_visit(there.id, "Snow", actor="user:1", now=later(2)),
        ],
        ["REQUEST", "REQUEST", "CANCEL"],
    ),
    "the host takes the party out": (
        [lambda party, here, there: service.cancel(party, reason="Too many", by="host", actor="user:1", now=later(2))],
        ["REQUEST", "CANCEL"],
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_M01_to_M12_each_change_goes_out_as_an_update_of_the_same_entry(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book, story: str
) -> None:
    here, there = make_visit(cast.here), make_visit(cast.there, **NEXT_WEEK)
    party_id = party_of(book(here, 2)).id
    steps, methods = STORIES[story]

    for step in steps:
        step(party_id, here, there)

    sent = [mail for mail in mails() if mail.invitation]
    events = [read(app, mail) for mail in sent]
    assert [(mail.invitation or {})["method"] for mail in sent] == methods
    assert {mail.chain for mail in sent} == {events[0]["UID"]}  # one chain: they go out in order
    assert len({mail.message_id for mail in sent}) == len(sent)
    assert_chain(events)


def test_M10_a_new_address_is_invited_and_the_old_one_is_told_that_its_entry_goes(
    app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    party = party_of(book(make_visit(cast.here), 2))

    address.use_new_address(party.id, "tess@new.example", 0, now=later(1))

    sent = [(mail.to_address, read(app, mail)) for mail in mails() if mail.invitation]
    assert [(to, event["STATUS"], event["SEQUENCE"]) for to, event in sent] == [
        ("tess@example.org", "CONFIRMED", "0"), ("tess@example.org", "CANCELLED", "1"), ("tess@new.example", "CONFIRMED", "1"),
    ]  # fmt: skip
    assert len({event["UID"] for _, event in sent}) == 1
    assert_chain([event for to, event in sent if to == "tess@example.org"])


def test_M10_a_team_of_a_meetup_is_invited_and_hears_that_it_is_cancelled(app: Flask, cast: SimpleNamespace) -> None:
    facts = meetups.MeetupDetails(
        title="Fall meetup", description="", starts_wall=datetime(2026, 12, 2, 16, 0), ends_wall=datetime(2026, 12, 2, 18, 0),
        time_zone="America/New_York", place="131 6th Ave", capacity=40, rounds=3, format=meetups.Format.TABLES, table_size=4, team_most=6,
    )  # fmt: skip
    meetups.create_meetup(facts, publish=True, actor="command:test", now=MONDAY)
    meetup_id = db.session.scalars(sa.select(meetups.Meetup.id)).one()
    meetups.register_team(meetup_id, cast.here.id, [Member("Ana Lead", "leader", "ana@example.org")], actor="user:1", now=MONDAY)

    meetups.cancel_meetup(meetup_id, "Snow", actor="user:1", now=later(1))

    sent = [mail for mail in mails() if mail.invitation]
    assert [(mail.invitation or {})["method"] for mail in sent] == ["REQUEST", "CANCEL"]
    assert_chain([read(app, mail) for mail in sent])


def test_who_waits_or_is_not_confirmed_gets_no_invitation(app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    full, asks = make_visit(cast.here, capacity=2), make_visit(cast.there, needs_approval=True)
    book(full, 2)
    waiting, pending = book(full, 1), party_of(book(asks, 2, organization="Somewhere Else"))
    edit(full.id, starts_wall=datetime(2026, 12, 2, 10, 0), capacity=2)
    service.cancel(pending.id, reason="", by="party", actor="link", now=later(2))

    invited = {mail.template.rsplit("/", 1)[-1]: mail.to_address for mail in mails() if mail.invitation}

    assert waiting.outcome == service.Outcome.WAITLISTED
    assert set(invited) == {"confirmed", "changed"}
    assert len(set(invited.values())) == 1
