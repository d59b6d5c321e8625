"""Seats kept for schools of a tier until they are released, and how many of one school may come (visits rules 2, 6, 10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from scheduler.core.capacity import NotEnoughSeats
from scheduler.core.refusal import Refusal
from scheduler.registration import queries, service
from scheduler.schools.models import Tier
from scheduler.visits import service as visits
from scheduler.visits.models import Visit
from tests.people import MONDAY

Make = Callable[..., Visit]
Book = Callable[..., service.Booked]
RELEASE = datetime(2026, 11, 18, 20, tzinfo=UTC)
"""Ten school days before Wednesday, December 2, at three in the afternoon in New York"""


@pytest.fixture
def visit(cast: SimpleNamespace, make_visit: Make) -> Visit:
    """Six seats, two of them for active members."""
    return make_visit(cast.here, capacity=6, reserved={Tier.ACTIVE_MEMBER: 2})


def test_others_cannot_have_reserved_seats_and_are_told_that_they_are_kept(visit: Visit, book: Book) -> None:
    book(visit, 4)

    with pytest.raises(service.Full, match="The seats that are left are kept for other schools for now"):
        book(visit, 1, wait_if_full=False)


def test_party_uses_the_seats_of_its_own_tier_first_and_then_those_of_all(cast: SimpleNamespace, visit: Visit, book: Book) -> None:
    book(visit, 1, school_id=cast.member.id)
    seats = queries.seats_of(visit.gathering)
    book(visit, 3, school_id=cast.member.id)

    assert (seats.left, seats.left_for("active_member")) == (4, 5)
    assert queries.seats_of(visit.gathering).left == 2


def test_released_seats_go_to_those_who_wait_before_the_public(visit: Visit, book: Book) -> None:
    book(visit, 4)
    waiting = book(visit, 2, lead_email="ann@example.org")

    with pytest.raises(service.Full):
        book(visit, 2, wait_if_full=False, now=RELEASE)
    service.settle(visit.gathering_id, now=RELEASE)

    assert visit.gathering.reserved[0].releases_at == RELEASE
    assert queries.entry_or_404(waiting.public_id).state == "offered"


def test_freed_seat_of_a_pool_goes_to_its_tier_though_others_stand_before(cast: SimpleNamespace, visit: Visit, book: Book) -> None:
    book(visit, 4)
    member = book(visit, 2, school_id=cast.member.id)
    other, own = book(visit, 2, lead_email="other@example.org"), book(visit, 2, lead_email="own@example.org", school_id=cast.member.id)

    service.cancel(queries.registration_or_404(member.public_id).id, reason="", by="party", actor="link", now=MONDAY)

    assert (queries.entry_or_404(other.public_id).state, queries.entry_or_404(own.public_id).state) == ("waiting", "offered")


def test_party_does_not_grow_into_seats_kept_for_others(visit: Visit, book: Book) -> None:
    tess = queries.registration_or_404(book(visit, 4).public_id)

    with pytest.raises(NotEnoughSeats, match="The seats that are left are kept for other schools"):
        service.resize(tess.id, 5, actor="link", now=MONDAY)


def test_more_seats_than_there_are_cannot_be_reserved(cast: SimpleNamespace, make_visit: Make, visit: Visit) -> None:
    with pytest.raises(Refusal, match="14 seats are reserved and there are 12"):
        make_visit(cast.there, capacity=12, reserved={Tier.ACTIVE_MEMBER: 14})
    with pytest.raises(Refusal, match="2 seats are reserved and there are 1"):
        visits.change_capacity(visit.id, 1, actor="user:1", now=MONDAY)


def test_only_so_many_people_of_one_school_can_come(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=12, school_most=6)
    book(visit, 4, organization="Elsewhere High")

    with pytest.raises(Refusal, match=r"Up to 6 people of one school can come, and 4 of yours are booked\. A party of 2 fits"):
        book(visit, 3, organization="elsewhere  high")

    assert book(visit, 3, organization="Another").outcome == service.Outcome.CONFIRMED


def test_who_waits_is_passed_over_while_enough_of_the_same_school_have_seats(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=6, party_most=4, school_most=4)
    book(visit, 3, organization="Elsewhere")
    seated = book(visit, 3, organization="Another")
    same = book(visit, 1, organization="Elsewhere", lead_email="same@example.org")
    same_too = book(visit, 1, organization="Elsewhere", lead_email="same.too@example.org")
    other = book(visit, 2, organization="Third", lead_email="other@example.org")

    service.cancel(queries.registration_or_404(seated.public_id).id, reason="", by="party", actor="link", now=MONDAY)

    assert [queries.entry_or_404(booked.public_id).state for booked in (same, same_too, other)] == ["offered", "waiting", "offered"]
