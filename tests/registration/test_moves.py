"""Parties change size and come on another date: at once, once the host agrees, or when seats come free (visits rules 7, 8, 11, 21)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from scheduler.core.capacity import Seats
from scheduler.core.refusal import Refusal
from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from scheduler.registration import queries, service
from scheduler.registration.models import MoveRequest, Registration
from scheduler.visits import service as visits
from scheduler.visits.models import Visit
from tests.people import MONDAY

Make = Callable[..., Visit]
Book = Callable[..., service.Booked]
HOST = "user:1"


def mails() -> list[tuple[str, str]]:
    return [(mail.template.rsplit("/", 1)[-1], mail.to_address) for mail in db.session.query(OutboxMail).order_by(OutboxMail.id)]


def party_of(booked: service.Booked) -> Registration:
    return queries.registration_or_404(booked.public_id)


def taken(*dates: Visit) -> list[int]:
    return [queries.seats_of(visit.gathering).taken for visit in dates]


@pytest.fixture
def here(cast: SimpleNamespace, make_visit: Make) -> Visit:
    return make_visit(cast.here, capacity=4)


@pytest.fixture
def make_there(cast: SimpleNamespace, make_visit: Make) -> Callable[..., Visit]:
    """A visit of another school a week later."""
    times = {"starts_wall": datetime(2026, 12, 9, 9), "ends_wall": datetime(2026, 12, 9, 11)}
    return lambda **more: make_visit(cast.there, **(times | {"capacity": 4} | more))


def move(booked: service.Booked, to: Visit, *, now: datetime = MONDAY, wait_if_full: bool = False) -> service.Outcome:
    return service.move(party_of(booked).id, to.gathering_id, wait_if_full=wait_if_full, actor="link", now=now)


def request_of(booked: service.Booked) -> MoveRequest:
    found = queries.move_of(party_of(booked).id)
    assert found is not None
    return found


@pytest.mark.both_engines
def test_moving_takes_the_new_seats_and_frees_the_old_with_the_same_calendar_entry(
    here: Visit, make_there: Callable[..., Visit], book: Book
) -> None:
    there, tess = make_there(), book(here, 3)
    uid, sequence = party_of(tess).uid, party_of(tess).sequence

    outcome = move(tess, there)

    assert outcome == service.Outcome.CONFIRMED
    assert taken(here, there) == [0, 3]
    assert (party_of(tess).uid, party_of(tess).sequence) == (uid, sequence + 1)
    assert mails() == [("confirmed", "tess@example.org"), ("moved", "tess@example.org")]


def test_seats_that_a_move_leaves_are_offered_at_once(here: Visit, make_there: Callable[..., Visit], book: Book) -> None:
    there, tess = make_there(), book(here, 4)
    waiting = book(here, 2, lead_email="ann@example.org")

    move(tess, there)

    assert queries.entry_or_404(waiting.public_id).state == "offered"


def test_move_that_the_host_decides_holds_seats_at_both_until_then(here: Visit, make_there: Callable[..., Visit], book: Book) -> None:
    there, tess = make_there(needs_approval=True), book(here, 3)
    outcome, during = move(tess, there), taken(here, there)

    service.decide_move(request_of(tess).id, approve=True, actor=HOST, now=MONDAY)

    assert (outcome, during, taken(here, there)) == (service.Outcome.PENDING, [3, 3], [0, 3])
    assert [mail for mail, _ in mails()] == ["confirmed", "move_asked", "host_asked", "moved"]


def test_declined_move_keeps_what_the_party_has(here: Visit, make_there: Callable[..., Visit], book: Book) -> None:
    there, tess = make_there(needs_approval=True), book(here, 3)
    move(tess, there)

    service.decide_move(request_of(tess).id, approve=False, reason="Exams", actor=HOST, now=MONDAY)

    assert taken(here, there) == [3, 0]
    assert mails()[-1] == ("move_declined", "tess@example.org")


def test_move_that_nobody_decided_in_three_school_days_has_ended(here: Visit, make_there: Callable[..., Visit], book: Book) -> None:
    there, tess = make_there(needs_approval=True), book(here, 3)
    move(tess, there)
    asked = request_of(tess)

    with pytest.raises(Refusal, match="This party no longer waits for you"):
        service.decide_move(asked.id, approve=True, actor=HOST, now=MONDAY + timedelta(days=3))
    service.settle(there.gathering_id, now=MONDAY + timedelta(days=3))

    assert asked.expires_at == MONDAY + timedelta(days=3)
    assert taken(here, there) == [3, 0]


def test_cancelling_while_a_move_waits_frees_seats_at_both_dates(here: Visit, make_there: Callable[..., Visit], book: Book) -> None:
    there, tess = make_there(needs_approval=True), book(here, 4)
    move(tess, there)
    waiting = book(there, 2, lead_email="ann@example.org")

    service.cancel(party_of(tess).id, reason="", by="party", actor="link", now=MONDAY)

    assert taken(here, there) == [0, 2]
    assert queries.entry_or_404(waiting.public_id).state == "offered"


def test_cancelled_visit_frees_the_seats_that_its_parties_had_asked_for_elsewhere(
    here: Visit, make_there: Callable[..., Visit], book: Book
) -> None:
    there, tess = make_there(needs_approval=True), book(here, 4)
    move(tess, there)
    waiting = book(there, 2, lead_email="ann@example.org")

    visits.cancel_visit(here.id, "Snow", actor=HOST, now=MONDAY)

    assert taken(there) == [2]
    assert queries.entry_or_404(waiting.public_id).state == "offered"


def test_party_cannot_grow_while_a_host_decides_about_its_seats_elsewhere(
    here: Visit, make_there: Callable[..., Visit], book: Book
) -> None:
    there, tess = make_there(capacity=2, needs_approval=True), book(here, 2)
    move(tess, there)

    with pytest.raises(Refusal, match="Seats are held for your party on another date"):
        service.resize(party_of(tess).id, 3, actor="link", now=MONDAY)

    assert taken(here, there) == [2, 2]


def test_where_the_other_date_is_full_the_party_waits_there_and_keeps_its_seats(
    here: Visit, make_there: Callable[..., Visit], book: Book
) -> None:
    there, tess = make_there(), book(here, 3)
    full = book(there, 4, lead_email="ann@example.org")
    with pytest.raises(service.Full):
        move(tess, there)

    outcome = move(tess, there, wait_if_full=True)
    service.cancel(party_of(full).id, reason="", by="party", actor="link", now=MONDAY)
    waiting = queries.entries_of(there.gathering_id)[0]
    during = taken(here, there)
    service.accept(waiting.id, now=MONDAY)

    assert (outcome, during, taken(here, there)) == (service.Outcome.WAITLISTED, [3, 3], [0, 3])
    assert mails()[-1] == ("moved", "tess@example.org")


def test_party_that_shrinks_while_it_waits_to_move_is_offered_as_many_seats_as_it_needs_now(
    here: Visit, make_there: Callable[..., Visit], book: Book
) -> None:
    there, tess = make_there(), book(here, 3)
    book(there, 2, lead_email="ann@example.org")
    move(tess, there, wait_if_full=True)

    service.resize(party_of(tess).id, 2, actor="link", now=MONDAY)

    assert queries.seats_of(there.gathering) == Seats(4, {"": 4})
    assert [(offer.size, offer.entry.party_size) for offer in queries.offers_of(there.gathering_id)] == [(2, 2)]


def test_party_that_cancels_lets_go_of_seats_offered_to_it_elsewhere(here: Visit, make_there: Callable[..., Visit], book: Book) -> None:
    there, tess = make_there(), book(here, 3)
    full = book(there, 4, lead_email="ann@example.org")
    move(tess, there, wait_if_full=True)
    service.cancel(party_of(full).id, reason="", by="party", actor="link", now=MONDAY)
    waiting = queries.entries_of(there.gathering_id)[0]

    service.cancel(party_of(tess).id, reason="", by="party", actor="link", now=MONDAY)

    assert (waiting.state, taken(here, there)) == ("withdrawn", [0, 0])
    with pytest.raises(Refusal, match="the offer has ended"):
        service.accept(waiting.id, now=MONDAY)


def test_address_with_seats_on_the_other_date_cannot_move_there(here: Visit, make_there: Callable[..., Visit], book: Book) -> None:
    there, tess = make_there(), book(here, 2)
    book(there, 1, lead_email="tess@example.org")

    with pytest.raises(Refusal, match="You have another booking on that date"):
        move(tess, there)

    assert taken(here, there) == [2, 1]


def test_after_the_cutoff_a_smaller_party_says_why_and_its_host_is_told(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, cutoff_days=2)
    tess, late = party_of(book(visit, 3)), visit.gathering.closes_at

    with pytest.raises(Refusal, match="Tell your host in a word why"):
        service.resize(tess.id, 2, actor="link", now=late)
    service.resize(tess.id, 2, reason="One is ill", actor="link", now=late)
    with pytest.raises(Refusal, match="a party can only get smaller"):
        service.resize(tess.id, 3, reason="Well again", actor="link", now=late)

    assert mails()[-2:] == [("resized", "tess@example.org"), ("host_late", "hana.host@example.org")]


def test_leaving_for_another_date_after_the_cutoff_is_told_to_the_host(
    cast: SimpleNamespace, make_visit: Make, make_there: Callable[..., Visit], book: Book
) -> None:
    visit, there = make_visit(cast.here, cutoff_days=2), make_there()
    tess = book(visit, 3)

    move(tess, there, now=visit.gathering.closes_at)

    assert sorted(mails()[-2:]) == [("host_late", "hana.host@example.org"), ("moved", "tess@example.org")]


def test_host_passes_the_cutoff_and_it_is_not_mailed_to_the_host(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, cutoff_days=2)
    tess = party_of(book(visit, 3))

    service.resize(tess.id, 4, passes_cutoff=True, actor=HOST, now=visit.gathering.closes_at)

    assert mails()[-1] == ("resized", "tess@example.org")


def test_in_a_strict_line_a_party_does_not_grow_into_seats_of_those_who_wait(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=4, strict_line=True)
    tess = book(visit, 3)
    book(visit, 2, lead_email="ann@example.org")

    with pytest.raises(Refusal, match="No seat is left"):
        service.resize(party_of(tess).id, 4, actor="link", now=MONDAY)

    assert taken(visit) == [3]
