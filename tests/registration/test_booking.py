"""Parties get seats, wait, move up, shrink and leave (visits rules 1, 7, 10, 14; trust P1, P2, P4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest

from scheduler.core.capacity import Seats
from scheduler.core.refusal import Refusal
from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from scheduler.foundation.tokens import new_token
from scheduler.registration import queries, service
from scheduler.registration.models import Registration
from scheduler.registration.privacy import retention
from scheduler.visits import service as visits
from scheduler.visits.models import Visit
from tests.people import MONDAY, SURE, details, request

pytestmark = pytest.mark.both_engines

Make = Callable[..., Visit]
Book = Callable[..., service.Booked]


def mails() -> list[tuple[str, str]]:
    return [(mail.template.rsplit("/", 1)[-1], mail.to_address) for mail in db.session.query(OutboxMail).order_by(OutboxMail.id)]


def registration_of(booked: service.Booked) -> Registration:
    return queries.registration_or_404(booked.public_id)


def test_party_that_fits_is_confirmed_and_mailed(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=12)

    booked = book(visit, 4)

    assert booked.outcome == service.Outcome.CONFIRMED
    assert queries.seats_of(visit.gathering) == Seats(12, {"": 4})
    assert mails() == [("confirmed", "tess@example.org")]


def test_party_that_does_not_fit_waits_and_takes_no_seats(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=4)
    book(visit, 3)

    late = book(visit, 2, lead_email="late@example.org")

    assert late.outcome == service.Outcome.WAITLISTED
    assert queries.seats_of(visit.gathering).left == 1
    assert mails()[-1] == ("waitlisted", "late@example.org")


def test_party_that_has_not_asked_to_wait_is_offered_the_waitlist_and_nothing_is_stored(
    cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    visit = make_visit(cast.here, capacity=4)
    book(visit, 3)

    with pytest.raises(service.Full, match=r"1 seat is left, and your party has 2 people\. A smaller party fits, or yours can wait\."):
        book(visit, 2, wait_if_full=False)

    assert queries.entries_of(visit.gathering_id) == []
    assert mails() == [("confirmed", "tess@example.org")]


def test_a_small_party_takes_a_seat_that_nobody_who_waits_can_use(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=4)
    book(visit, 3)
    book(visit, 2)

    assert book(visit, 1, wait_if_full=False).outcome == service.Outcome.CONFIRMED


def test_in_a_strict_line_free_seats_belong_to_those_who_wait_already(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=4, strict_line=True)
    book(visit, 3)
    book(visit, 2)

    with pytest.raises(service.Full, match="The free seats belong to people who wait already"):
        book(visit, 1, wait_if_full=False)


def test_cancelling_moves_up_the_first_in_line(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=4)
    seated = book(visit, 4)
    first, second = book(visit, 3, lead_email="first@example.org", wish=SURE), book(visit, 2, lead_email="second@example.org", wish=SURE)

    service.cancel(registration_of(seated).id, reason="", by="party", actor="link", now=MONDAY)

    assert queries.entry_or_404(first.public_id).state == "taken"
    assert queries.entry_or_404(second.public_id).state == "waiting"
    assert queries.seats_of(visit.gathering) == Seats(4, {"": 3})
    assert mails()[-2:] == [("cancelled", "tess@example.org"), ("moved_up", "first@example.org")]


def test_cancelling_twice_is_cancelling_once(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    booked = registration_of(book(visit, 2))

    for _ in range(2):
        service.cancel(booked.id, reason="ill", by="party", actor="link", now=MONDAY)

    assert mails() == [("confirmed", "tess@example.org"), ("cancelled", "tess@example.org")]
    assert registration_of(service.Booked(service.Outcome.CONFIRMED, booked.public_id, 0)).sequence == 1


def test_shrinking_frees_seats_for_those_who_wait(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=4)
    seated = book(visit, 4)
    waiting = book(visit, 2, lead_email="waits@example.org", wish=SURE)

    service.resize(registration_of(seated).id, 2, actor="link", now=MONDAY)

    assert queries.entry_or_404(waiting.public_id).registration_id is not None
    assert queries.seats_of(visit.gathering) == Seats(4, {"": 4})


def test_leaving_a_strict_line_lets_the_next_one_move_up(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=4, strict_line=True)
    book(visit, 3)
    blocks, fits = book(visit, 2, lead_email="big@example.org", wish=SURE), book(visit, 1, lead_email="small@example.org", wish=SURE)

    service.withdraw(queries.entry_or_404(blocks.public_id).id, now=MONDAY)

    assert queries.entry_or_404(blocks.public_id).state == "withdrawn"
    assert queries.entry_or_404(fits.public_id).state == "taken"


def test_the_same_form_sent_twice_books_once(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    key, who = new_token(), {"lead_email": "tess@example.org"}

    first, again = book(visit, 2, key=key, **who), book(visit, 2, key=key, **who)

    assert first == again
    assert queries.seats_of(visit.gathering).taken == 2
    assert len(mails()) == 1


def test_the_same_form_with_other_words_is_told_apart(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    key = new_token()
    book(visit, 2, key=key)

    with pytest.raises(Refusal, match="This form was sent before with other words"):
        book(visit, 3, key=key)


def test_keys_are_forgotten_after_a_day(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    key = new_token()
    book(visit, 2, key=key)

    retention.run(MONDAY + timedelta(hours=25))

    assert queries.find_key(key) is None


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("draft", "This is not open for booking yet."),
        ("cancelled", "This was cancelled. Another date may have seats."),
        ("begun", "This has begun; seats can no longer be booked. Another date may have some."),
        ("large", "A party here has up to 6 people. A larger group can write to the host."),
    ],
)
def test_what_cannot_be_booked_says_why(cast: SimpleNamespace, make_visit: Make, book: Book, when: str, sentence: str) -> None:
    visit = make_visit(cast.here, publish=when != "draft")
    if when == "cancelled":
        visits.cancel_visit(visit.id, "Snow", actor="user:1", now=MONDAY)
    now = visit.gathering.starts_at if when == "begun" else MONDAY

    with pytest.raises(Refusal) as refused:
        service.book(visit.gathering_id, request(7 if when == "large" else 1), key=new_token(), now=now)

    assert str(refused.value) == sentence
    assert queries.seats_of(visit.gathering).taken == 0


def test_raised_capacity_goes_to_the_waitlist_first(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=2)
    book(visit, 2)
    book(visit, 2, lead_email="one@example.org", wish=SURE)
    book(visit, 2, lead_email="two@example.org", wish=SURE)

    moved = visits.change_capacity(visit.id, 4, actor="user:1", now=MONDAY)

    assert moved == 1
    assert mails()[-1] == ("moved_up", "one@example.org")


def test_lowered_capacity_drops_nobody_and_seats_nobody_until_it_fits(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=6)
    first = book(visit, 3)
    book(visit, 3)
    visits.change_capacity(visit.id, 4, actor="user:1", now=MONDAY)
    waiting = book(visit, 1, lead_email="waits@example.org", wish=SURE)

    service.resize(registration_of(first).id, 2, actor="link", now=MONDAY)

    assert queries.seats_of(visit.gathering) == Seats(4, {"": 5})
    assert queries.entry_or_404(waiting.public_id).state == "waiting"


def test_cancelled_visit_tells_everybody_who_booked_or_waits(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=2)
    book(visit, 2)
    book(visit, 1, lead_email="waits@example.org", wish=SURE)

    people = visits.cancel_visit(visit.id, "Snow day", actor="user:1", now=MONDAY)

    assert people == 2
    assert mails()[-2:] == [("cancelled_by_host", "tess@example.org"), ("waitlist_closed", "waits@example.org")]


def test_new_time_is_mailed_and_other_edits_are_not(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    book(visit, 2)
    version = visit.gathering.version

    quiet = visits.edit_visit(visit.id, details(description="More words."), version=version, actor="user:1", now=MONDAY)
    later = details(starts_wall=visit.gathering.starts_wall + timedelta(hours=1), ends_wall=visit.gathering.ends_wall + timedelta(hours=1))
    told = visits.edit_visit(visit.id, later, version=version + 1, actor="user:1", now=MONDAY)

    assert (quiet, told) == (0, 1)
    assert mails() == [("confirmed", "tess@example.org"), ("changed", "tess@example.org")]


def test_second_of_two_hosts_is_told_and_nothing_is_overwritten(cast: SimpleNamespace, make_visit: Make) -> None:
    visit = make_visit(cast.here)
    version = visit.gathering.version
    visits.edit_visit(visit.id, details(title="The first host's title"), version=version, actor="user:1", now=MONDAY)

    with pytest.raises(Refusal, match="Somebody else changed this while you were editing"):
        visits.edit_visit(visit.id, details(title="The second host's title"), version=version, actor="user:2", now=MONDAY)

    assert visit.gathering.title == "The first host's title"


def test_a_party_has_an_attendee_for_each_of_its_people_whether_named_or_not(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    booked = book(visit, 3)

    for size, names in ((3, ["Tess Teacher", "", ""]), (5, ["Tess Teacher", "", "", "", ""]), (1, ["Tess Teacher"])):
        if size != 3:
            service.resize(registration_of(booked).id, size, actor="link", now=MONDAY)
        assert [attendee.name for attendee in registration_of(booked).attendees] == names
