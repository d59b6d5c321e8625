"""Seats that come free are offered, held, and passed on (visits rules 10, 11; trust P2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from scheduler.core.capacity import Seats
from scheduler.core.refusal import Refusal
from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from scheduler.registration import queries, service
from scheduler.registration.models import Offer, WaitlistEntry
from scheduler.visits import service as visits
from scheduler.visits.models import Visit
from tests.people import MONDAY, SURE

Make = Callable[..., Visit]
Book = Callable[..., service.Booked]
NIGHT = datetime(2026, 11, 3, 2, 30, tzinfo=UTC)
"""Half past nine in the evening in New York"""
SEVEN = datetime(2026, 11, 3, 12, tzinfo=UTC)
DECEMBER = (date(2026, 12, 1), date(2026, 12, 31))


def mails_to(name: str) -> list[str]:
    sent = db.session.query(OutboxMail).filter_by(to_address=f"{name}@example.org").order_by(OutboxMail.id)
    return [mail.template.rsplit("/", 1)[-1] for mail in sent]


def entry_of(booked: service.Booked) -> WaitlistEntry:
    return queries.entry_or_404(booked.public_id)


def offer_to(booked: service.Booked) -> Offer:
    offer = entry_of(booked).open_offer
    assert offer is not None
    return offer


def cancel(booked: service.Booked, *, now: datetime = MONDAY) -> None:
    party = queries.registration_or_404(booked.public_id)
    service.cancel(party.id, reason="ill", by="party", actor="link", now=now)


def wait(book: Book, visit: Visit, name: str, party_size: int = 1, **wish: object) -> service.Booked:
    return book(visit, party_size, lead_email=f"{name}@example.org", wish=service.Wish(**wish))


def test_freed_seat_is_offered_in_the_transaction_that_freed_it_and_held(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=2)
    seated, ann = book(visit, 2), wait(book, visit, "ann", 2)

    cancel(seated)

    offer = offer_to(ann)
    assert (offer.size, offer.mail_at, offer.deadline) == (2, MONDAY, MONDAY + timedelta(hours=24))
    assert queries.seats_of(visit.gathering) == Seats(2, {"": 2})
    assert mails_to("ann") == ["waitlisted", "offered"]


def test_in_the_evening_the_mail_waits_for_the_morning_and_the_deadline_counts_from_then(
    cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    visit = make_visit(cast.here, capacity=1)
    seated, ann = book(visit), wait(book, visit, "ann")

    cancel(seated, now=NIGHT)

    mail = db.session.query(OutboxMail).filter(OutboxMail.template.endswith("offered")).one()
    assert (offer_to(ann).mail_at, mail.send_at, offer_to(ann).deadline) == (SEVEN, SEVEN, SEVEN + timedelta(hours=24))


@pytest.mark.parametrize(("hours_left", "hours_held"), [(100, 24), (40, 10), (8, 2), (3, 2)])
def test_an_offer_holds_a_quarter_of_the_time_left_but_two_hours_at_least(
    cast: SimpleNamespace, make_visit: Make, book: Book, hours_left: int, hours_held: int
) -> None:
    noon = datetime(2026, 11, 20, 12)
    visit = make_visit(cast.here, capacity=1, starts_wall=noon + timedelta(hours=hours_left), ends_wall=noon + timedelta(hours=200))
    seated, ann = book(visit), wait(book, visit, "ann")
    now = visit.gathering.closes_at - timedelta(hours=hours_left)

    cancel(seated, now=now)

    assert offer_to(ann).deadline == now + timedelta(hours=hours_held)


def test_with_less_than_two_hours_left_only_those_move_up_who_need_not_be_asked(
    cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    visit = make_visit(cast.here, capacity=1, starts_wall=datetime(2026, 12, 2, 12), ends_wall=datetime(2026, 12, 2, 14))
    seated, asked, sure = book(visit), wait(book, visit, "asked"), wait(book, visit, "sure", confirm_until=SURE.confirm_until)

    cancel(seated, now=visit.gathering.closes_at - timedelta(minutes=119))

    assert (entry_of(asked).state, entry_of(sure).state) == ("waiting", "taken")
    assert mails_to("sure") == ["waitlisted", "moved_up"]


def test_offer_that_runs_out_goes_to_the_next_and_the_party_is_asked_once_more(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=1)
    seated, ann, bob = book(visit), wait(book, visit, "ann"), wait(book, visit, "bob")
    cancel(seated)

    states = []
    for day in (1, 2, 3):
        service.settle(visit.gathering_id, now=MONDAY + timedelta(days=day))
        states.append((entry_of(ann).state, entry_of(bob).state))

    assert states == [("offered", "waiting"), ("closed", "offered"), ("closed", "offered")]
    assert mails_to("ann") == ["waitlisted", "offered", "offer_over", "offered", "offer_over"]


def test_declined_offer_goes_to_the_next_in_line_and_not_back_to_the_same_party(
    cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    visit = make_visit(cast.here, capacity=1)
    seated, ann, bob = book(visit), wait(book, visit, "ann"), wait(book, visit, "bob")
    cancel(seated)

    for _ in range(2):
        service.decline(entry_of(ann).id, now=MONDAY)

    assert (entry_of(ann).state, entry_of(bob).state) == ("waiting", "offered")


def test_accepting_twice_is_accepting_once(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=2)
    seated, ann = book(visit, 2), wait(book, visit, "ann", 2)
    cancel(seated)

    first, again = (service.accept(entry_of(ann).id, now=MONDAY) for _ in range(2))

    assert first == again == queries.party_of_address(visit.gathering_id, "ann@example.org").public_id
    assert queries.seats_of(visit.gathering) == Seats(2, {"": 2})
    assert mails_to("ann") == ["waitlisted", "offered", "moved_up"]


def test_offer_cannot_be_accepted_after_its_deadline(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=1)
    seated, ann = book(visit), wait(book, visit, "ann")
    cancel(seated)

    with pytest.raises(Refusal, match="the offer ended before your answer came"):
        service.accept(entry_of(ann).id, now=offer_to(ann).deadline)

    assert queries.party_of_address(visit.gathering_id, "ann@example.org") is None


def test_party_that_would_come_with_fewer_is_offered_what_there_is(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=4)
    book(visit, 2)
    seated, ann = book(visit, 2), wait(book, visit, "ann", 4, smallest=2)

    cancel(seated)
    service.accept(entry_of(ann).id, now=MONDAY)

    assert queries.party_of_address(visit.gathering_id, "ann@example.org").party_size == 2


def test_overtaken_party_is_told_how_many_seats_came_free(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=4)
    book(visit, 2)
    seated, big, small = book(visit, 2), wait(book, visit, "big", 4), wait(book, visit, "small", 2)

    cancel(seated)

    assert (entry_of(big).state, entry_of(big).passed_free, entry_of(small).state) == ("waiting", 2, "offered")


def test_address_with_an_offer_gets_no_second_seats_by_booking(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=4)
    book(visit, 2)
    seated, _ = book(visit, 2), wait(book, visit, "ann", 1)
    cancel(seated)

    booked = book(visit, 1, lead_email="ann@example.org")

    assert booked.outcome == service.Outcome.MAILED
    assert queries.seats_of(visit.gathering) == Seats(4, {"": 3})
    assert mails_to("ann") == ["waitlisted", "offered", "offered"]


def test_whoever_books_a_visit_no_longer_waits_for_it(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=4)
    book(visit, 2)
    ann = wait(book, visit, "ann", 4)

    book(visit, 2, lead_email="ann@example.org")

    assert entry_of(ann).state == "withdrawn"


def test_window_entry_is_offered_free_seats_of_another_day_at_once(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    full = make_visit(cast.here, capacity=1)
    free = make_visit(cast.here, capacity=2, starts_wall=datetime(2026, 12, 9, 9), ends_wall=datetime(2026, 12, 9, 11))
    book(full)

    ann = wait(book, full, "ann", 2, window=DECEMBER)

    assert offer_to(ann).gathering_id == free.gathering_id


def test_new_date_goes_to_those_who_wait_for_any_before_the_public(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    full = make_visit(cast.here, capacity=1)
    book(full)
    ann = wait(book, full, "ann", 2, window=DECEMBER)

    added = make_visit(cast.here, capacity=2, starts_wall=datetime(2026, 12, 9, 9), ends_wall=datetime(2026, 12, 9, 11))

    assert offer_to(ann).gathering_id == added.gathering_id


def test_whoever_leaves_a_strict_line_for_another_day_lets_those_behind_through(
    cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    strict = make_visit(cast.here, capacity=3, strict_line=True)
    other = make_visit(cast.here, capacity=3, starts_wall=datetime(2026, 12, 9, 9), ends_wall=datetime(2026, 12, 9, 11))
    book(strict, 2)
    seated = book(other, 3)
    ann, bob = wait(book, strict, "ann", 3, window=DECEMBER), wait(book, strict, "bob")
    assert entry_of(bob).open_offer is None  # Ann stands before him, and all three of her party do not fit

    cancel(seated)

    assert offer_to(ann).gathering_id == other.gathering_id
    assert offer_to(bob).gathering_id == strict.gathering_id


def test_accepting_ends_the_other_waits_of_the_same_days_and_their_offers_go_on(
    cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    one = make_visit(cast.here, capacity=1)
    two = make_visit(cast.here, capacity=1, starts_wall=datetime(2026, 12, 9, 9), ends_wall=datetime(2026, 12, 9, 11))
    first, second = book(one), book(two)
    ann, ann_too, bob = wait(book, one, "ann", window=DECEMBER), wait(book, two, "ann"), wait(book, two, "bob")
    cancel(first)
    cancel(second)

    service.accept(entry_of(ann).id, now=MONDAY)

    assert (entry_of(ann_too).state, entry_of(bob).state) == ("withdrawn", "offered")
    assert [queries.seats_of(visit.gathering).taken for visit in (one, two)] == [1, 1]


def test_seats_taken_without_asking_end_the_other_waits_too(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    one = make_visit(cast.here, capacity=1)
    two = make_visit(cast.here, capacity=1, starts_wall=datetime(2026, 12, 9, 9), ends_wall=datetime(2026, 12, 9, 11))
    first, _ = book(one), book(two)
    wait(book, one, "ann", window=DECEMBER, confirm_until=SURE.confirm_until)
    ann_too = wait(book, two, "ann", confirm_until=SURE.confirm_until)

    cancel(first)

    assert entry_of(ann_too).state == "withdrawn"


def test_who_has_three_bookings_ahead_is_asked_and_cannot_take_a_fourth(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    full, *others = (
        make_visit(cast.there, capacity=2, starts_wall=datetime(2026, 12, day, 9), ends_wall=datetime(2026, 12, day, 11))
        for day in (1, 2, 3, 4)
    )
    seated, ann = book(full, 2), wait(book, full, "ann", confirm_until=SURE.confirm_until)
    for visit in others:
        book(visit, lead_email="ann@example.org")

    cancel(seated)

    with pytest.raises(Refusal, match=r"You have 3 bookings ahead, which is the most\. Cancel one of them, then take these seats\."):
        service.accept(entry_of(ann).id, now=MONDAY)


def test_after_the_cutoff_nobody_is_asked_and_the_host_seats_those_who_wait(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=1, cutoff_days=2)
    seated, ann, bob = book(visit), wait(book, visit, "ann"), wait(book, visit, "bob")
    late = visit.gathering.closes_at
    cancel(seated, now=late)
    before = entry_of(ann).state

    service.seat_waiting(entry_of(bob).id, visit.gathering_id, actor="user:1", now=late)

    assert (before, entry_of(ann).state, entry_of(bob).state) == ("waiting", "waiting", "taken")
    with pytest.raises(Refusal, match="No seat is left"):
        service.seat_waiting(entry_of(ann).id, visit.gathering_id, actor="user:1", now=late)


def test_host_cannot_seat_whoever_waits_for_another_visit_or_has_seats(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit, other = make_visit(cast.here, capacity=4), make_visit(cast.there, capacity=4)
    book(visit, 3)
    ann = wait(book, visit, "ann", 2)

    with pytest.raises(Refusal, match="This party no longer waits"):
        service.seat_waiting(entry_of(ann).id, other.gathering_id, actor="user:1", now=MONDAY)

    assert queries.seats_of(other.gathering).taken == 0


def test_cancelled_visit_ends_its_offers_and_whoever_would_come_another_day_waits_on(
    cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    visit = make_visit(cast.here, capacity=2)
    seated, ann, bob = book(visit, 2), wait(book, visit, "ann"), wait(book, visit, "bob", window=DECEMBER)
    cancel(seated)

    visits.cancel_visit(visit.id, "Snow", actor="user:1", now=MONDAY)

    assert (entry_of(ann).state, entry_of(bob).state) == ("closed", "waiting")
    assert (mails_to("ann")[-1], mails_to("bob")[-1]) == ("waitlist_closed", "offer_over")
    with pytest.raises(Refusal, match="the offer has ended"):
        service.accept(entry_of(bob).id, now=MONDAY)
