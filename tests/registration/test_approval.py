"""Holds until an address is confirmed, and parties from outside whom the host approves (visits rules 1, 2; registration rules 1, 4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from scheduler.core.refusal import Refusal
from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from scheduler.registration import queries, service
from scheduler.registration.models import Registration
from scheduler.visits.models import Visit
from tests.people import MONDAY

Make = Callable[..., Visit]
Book = Callable[..., service.Booked]
HOST = "user:1"
UNKNOWN = "tess@elsewhere.example"
"""An address that must be confirmed"""


def mails() -> list[tuple[str, str]]:
    return [(mail.template.rsplit("/", 1)[-1], mail.to_address) for mail in db.session.query(OutboxMail).order_by(OutboxMail.id)]


def party_of(booked: service.Booked) -> Registration:
    return queries.registration_or_404(booked.public_id)


@pytest.fixture
def visit(cast: SimpleNamespace, make_visit: Make) -> Visit:
    """Its host wants to be asked."""
    return make_visit(cast.here, capacity=4, needs_approval=True)


def test_member_is_confirmed_at_once_and_outsider_waits_for_the_host(cast: SimpleNamespace, visit: Visit, book: Book) -> None:
    member, outsider = book(visit, 2, school_id=cast.member.id), book(visit, 2, lead_email="out@example.org", organization="Elsewhere")

    assert (member.outcome, outsider.outcome) == (service.Outcome.CONFIRMED, service.Outcome.PENDING)
    assert queries.seats_of(visit.gathering).left == 0
    assert mails()[1:] == [("asked", "out@example.org"), ("host_asked", "hana.host@example.org")]


def test_address_that_is_not_listed_holds_its_seats_for_an_hour(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=2)
    held = book(visit, 2, lead_email=UNKNOWN)
    waiting = book(visit, 2, lead_email="ann@example.org")

    service.settle(visit.gathering_id, now=MONDAY + timedelta(minutes=59))
    before = party_of(held).state
    service.settle(visit.gathering_id, now=MONDAY + timedelta(minutes=60))

    assert (held.outcome, before, party_of(held).state) == (service.Outcome.MAILED, "unverified", "expired")
    assert queries.entry_or_404(waiting.public_id).state == "offered"
    assert mails()[-2:] == [("unconfirmed", UNKNOWN), ("offered", "ann@example.org")]


def test_confirming_the_address_books_a_member_and_asks_the_host_about_an_outsider(cast: SimpleNamespace, visit: Visit, book: Book) -> None:
    member, outsider = book(visit, 1, lead_email="mia@member.example", school_id=cast.member.id), book(visit, 1, lead_email=UNKNOWN)

    outcomes = [service.verify(party_of(booked).id, now=MONDAY) for booked in (member, outsider)]

    assert outcomes == [service.Outcome.CONFIRMED, service.Outcome.PENDING]
    assert mails()[2:] == [("confirmed", "mia@member.example"), ("asked", UNKNOWN), ("host_asked", "hana.host@example.org")]


def test_confirming_twice_is_confirming_once_and_after_the_hour_is_too_late(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    quick, slow = book(visit, 1, lead_email=UNKNOWN), book(visit, 1, lead_email="slow@elsewhere.example")

    outcomes = [service.verify(party_of(quick).id, now=MONDAY) for _ in range(2)]
    with pytest.raises(Refusal, match="The hour in which we held your seats is over"):
        service.verify(party_of(slow).id, now=MONDAY + timedelta(hours=1))

    assert outcomes == [service.Outcome.CONFIRMED] * 2
    assert mails()[2:] == [("confirmed", UNKNOWN)]


def test_second_booking_under_an_address_takes_no_seats_and_the_mail_says_which_it_is(
    cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    visit = make_visit(cast.here)
    book(visit, 2, lead_email="ann@example.org")

    again = book(visit, 3, lead_email=" Ann@Example.org ")

    assert (again.outcome, again.public_id) == (service.Outcome.MAILED, "")
    assert queries.seats_of(visit.gathering).taken == 2
    assert mails()[-1] == ("known", "ann@example.org")


def test_address_has_three_bookings_ahead_at_most_and_hears_so_by_mail_only(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    dates = [make_visit(cast.here, starts_wall=datetime(2026, 12, day, 9), ends_wall=datetime(2026, 12, day, 11)) for day in (1, 2, 3, 4)]

    outcomes = [book(date, 1, lead_email="ann@example.org").outcome for date in dates]

    assert outcomes == [service.Outcome.CONFIRMED] * 3 + [service.Outcome.MAILED]
    assert queries.seats_of(dates[-1].gathering).taken == 0
    assert mails()[-1] == ("too_many", "ann@example.org")


def test_approved_party_is_booked_and_declined_party_is_told_why(visit: Visit, book: Book) -> None:
    yes, no = book(visit, 2, lead_email="yes@example.org"), book(visit, 2, lead_email="no@example.org")

    for _ in range(2):
        service.decide(party_of(yes).id, approve=True, actor=HOST, now=MONDAY)
        service.decide(party_of(no).id, approve=False, reason="Exams", actor=HOST, now=MONDAY)

    assert (party_of(yes).state, party_of(no).state, party_of(no).cancel_reason) == ("confirmed", "declined", "Exams")
    assert queries.seats_of(visit.gathering).taken == 2
    assert mails()[-2:] == [("confirmed", "yes@example.org"), ("declined", "no@example.org")]


def test_host_is_reminded_at_half_time_and_after_three_school_days_the_seats_go_back(visit: Visit, book: Book) -> None:
    asked = book(visit, 2, lead_email="out@example.org")
    waiting = book(visit, 4, lead_email="ann@example.org")

    for hours in (35, 36, 37, 72):
        service.settle(visit.gathering_id, now=MONDAY + timedelta(hours=hours))

    assert party_of(asked).state == "expired"
    assert queries.entry_or_404(waiting.public_id).state == "offered"
    told = [mail for mail, address in mails() if address in ("out@example.org", "hana.host@example.org")]
    assert told == ["asked", "host_asked", "host_asked_again", "unanswered"]


def test_approval_expires_at_the_cutoff_where_that_comes_first(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, cutoff_days=2, needs_approval=True)
    day_before = visit.gathering.closes_at - timedelta(hours=20)

    asked = party_of(book(visit, 2, now=day_before))

    assert (asked.expires_at, asked.nudge_at) == (visit.gathering.closes_at, day_before + timedelta(hours=10))


def test_host_who_decides_too_late_is_told(visit: Visit, book: Book) -> None:
    asked = party_of(book(visit, 2))

    with pytest.raises(Refusal, match="This party no longer waits for you"):
        service.decide(asked.id, approve=True, actor=HOST, now=MONDAY + timedelta(days=3))

    assert not queries.seats_of(visit.gathering).is_full


def test_outsider_who_accepts_an_offer_waits_for_the_host(cast: SimpleNamespace, visit: Visit, book: Book) -> None:
    seated = book(visit, 4, school_id=cast.member.id)
    waiting = queries.entry_or_404(book(visit, 2, lead_email="out@example.org").public_id)
    service.cancel(party_of(seated).id, reason="", by="party", actor="link", now=MONDAY)

    service.accept(waiting.id, now=MONDAY)

    assert queries.party_of_address(visit.gathering_id, "out@example.org").state == "pending"
    assert mails()[-2:] == [("asked", "out@example.org"), ("host_asked", "hana.host@example.org")]
