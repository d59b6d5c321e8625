"""What time brings about without anybody pressing a button: holds, approvals, moves and offers end, seats are released, hosts are asked
(visits rules 1, 2, 6, 8, 9, 11)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from scheduler.foundation import ticks
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import OutboxMail
from scheduler.registration import due, queries, service
from scheduler.registration.models import Gathering
from scheduler.schools import closures
from scheduler.schools.closures import ClosureDetails
from scheduler.schools.models import Tier
from scheduler.visits.models import Visit
from tests.people import MONDAY

Make = Callable[..., Visit]
Book = Callable[..., service.Booked]


@pytest.fixture(autouse=True)
def no_mails_in_time(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    """Mails that go at times of their own have tests of their own."""
    monkeypatch.delitem(ticks._ticks, "mails in time")


def mails(since: int = 0) -> list[tuple[str, str]]:
    """Kind and address of the mails in the outbox, without the first ones."""
    db.session.rollback()
    listed = [(mail.template.rsplit("/", 1)[-1], mail.to_address) for mail in db.session.query(OutboxMail).order_by(OutboxMail.id)]
    return listed[since:]


def look(now: datetime) -> int:
    """A worker looks; returns how many gatherings it dealt with."""
    done = ticks.run_due(now=now)
    db.session.rollback()
    return done


def hours(n: float) -> datetime:
    return MONDAY + timedelta(hours=n)


def local(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A time by the clock in New York."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)


def state_of(booked: service.Booked) -> str:
    db.session.rollback()
    return queries.registration_or_404(booked.public_id).state


def test_unconfirmed_seats_go_back_after_an_hour_and_are_offered_at_once(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=4)
    held = book(visit, 4, lead_email="new@school.org")
    book(visit, 2, lead_email="waits@example.org")
    before = len(mails())

    done = [look(hours(0.99)), look(hours(1)), look(hours(1))]

    assert done == [0, 1, 0]
    assert state_of(held) == "expired"
    assert mails(before) == [("unconfirmed", "new@school.org"), ("offered", "waits@example.org")]


def test_host_is_reminded_half_way_and_seats_go_back_when_nobody_answers(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, needs_approval=True)
    asked = book(visit, 4)
    before, until = len(mails()), queries.registration_or_404(asked.public_id).expires_at
    assert until

    done = [look(now) for now in (hours(1), MONDAY + (until - MONDAY) / 2, until - timedelta(minutes=1), until, until)]

    assert done == [0, 1, 0, 1, 0]
    assert state_of(asked) == "expired"
    assert mails(before) == [("host_asked_again", cast.host.email), ("unanswered", "tess@example.org")]


def test_offer_that_nobody_takes_goes_to_the_next_in_line(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=4)
    seated = book(visit, 4)
    book(visit, 4, lead_email="first@example.org")
    book(visit, 4, lead_email="second@example.org")
    service.cancel(queries.registration_or_404(seated.public_id).id, reason="", by="party", actor="link", now=MONDAY)
    before = len(mails())
    deadline = queries.offers_of(visit.gathering_id)[0].deadline

    done = [look(deadline - timedelta(seconds=1)), look(deadline), look(deadline)]

    # The first keeps its place in line, and so it is asked once more.
    assert done == [0, 1, 0]
    assert mails(before) == [("offer_over", "first@example.org"), ("offered", "first@example.org")]
    deadline = queries.offers_of(visit.gathering_id)[0].deadline
    look(deadline)
    assert mails(before)[2:] == [("offer_over", "first@example.org"), ("offered", "second@example.org")]


def test_move_that_no_host_answers_ends_and_the_party_keeps_its_seats(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    here = make_visit(cast.here)
    there = make_visit(cast.there, needs_approval=True, starts_wall=datetime(2026, 12, 9, 9), ends_wall=datetime(2026, 12, 9, 11))
    party = queries.registration_or_404(book(here, 4).public_id)
    assert service.move(party.id, there.gathering_id, actor="link", now=MONDAY) == service.Outcome.PENDING
    before, move = len(mails()), queries.move_of(party.id)
    assert move
    assert move.nudge_at

    done = [look(now) for now in (hours(1), move.nudge_at, move.expires_at, move.expires_at)]

    assert done == [0, 1, 1, 0]
    assert queries.registration_or_404(party.public_id).gathering_id == here.gathering_id
    assert queries.seats_of(there.gathering).taken == 0
    assert mails(before) == [("host_asked_again", cast.other_host.email), ("move_declined", "tess@example.org")]


def test_released_seats_go_to_those_who_wait(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=4, reserved={Tier.INCUBATOR: 4})
    book(visit, 2)
    before, releases_at = len(mails()), visit.gathering.reserved[0].releases_at

    done = [look(releases_at - timedelta(seconds=1)), look(releases_at), look(releases_at)]

    assert done == [0, 1, 0]
    assert mails(before) == [("offered", "tess@example.org")]


def test_visit_that_opens_is_offered_to_those_who_wait_for_any_day_of_its_school(
    cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    book(full := make_visit(cast.here, capacity=4), 4)
    for day in (16, 17):  # opens on November 16 and 17, at midnight
        make_visit(cast.here, starts_wall=datetime(2026, 12, day, 9), ends_wall=datetime(2026, 12, day, 11), opens_days=30)
    book(full, 2, lead_email="waits@example.org", wish=service.Wish(window=(date(2026, 12, 10), date(2026, 12, 16))))
    before = len(mails())

    done = [look(local(11, 15, 23, 59)), look(local(11, 16, 0)), look(local(11, 16, 0, 1)), look(local(11, 17, 0))]

    assert done == [0, 1, 0, 0]
    assert mails(before) == [("offered", "waits@example.org")]


def test_of_several_workers_each_settles_and_nobody_is_told_twice(app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=4, least_people=6)
    book(visit, 4, lead_email="new@school.org")
    book(visit, 2, lead_email="waits@example.org")
    before, together = len(mails()), threading.Barrier(4)

    def run(_: int) -> int:
        with app.app_context():
            db.session.scalar(sa.select(sa.func.count(Gathering.id)))  # connected before it begins
            db.session.rollback()
            together.wait()
            try:
                return ticks.run_due(now=local(11, 27, 9))
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))

    assert sorted(mails(before)) == [
        ("host_least", cast.host.email), ("offered", "waits@example.org"), ("unconfirmed", "new@school.org"),
    ]  # fmt: skip


def test_host_of_a_small_visit_is_asked_three_school_days_before(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, least_people=6, cutoff_days=2)  # Wednesday, December 2; its booking ends on Monday at 3:00 pm
    book(visit, 5)
    before = len(mails())

    done = [look(now) for now in (local(11, 27, 8, 59), local(11, 27, 9), local(11, 27, 9), local(11, 30, 14, 59))]

    assert done == [0, 1, 0, 0]
    assert mails(before) == [("host_least", cast.host.email)]
    assert visit.gathering.state == "published"


def test_host_who_has_not_said_is_asked_once_more_when_booking_ends(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    make_visit(cast.here, least_people=6, cutoff_days=2)

    done = [look(now) for now in (local(11, 27, 9), local(11, 30, 15), local(11, 30, 15), local(12, 2, 8))]

    assert done == [1, 1, 0, 0]


def test_closed_days_are_no_school_days_when_the_host_is_asked(cast: SimpleNamespace, make_visit: Make) -> None:
    make_visit(cast.here, least_people=6)
    closures.close_days(None, ClosureDetails(date(2026, 11, 26), date(2026, 11, 27), "Thanksgiving"), actor="user:1", now=MONDAY)

    done = [look(local(11, 25, 8, 59)), look(local(11, 25, 9))]

    assert done == [0, 1]


@pytest.mark.parametrize("why", ["enough people", "settled", "draft", "cancelled", "begun", "no minimum"])
def test_nobody_is_asked_where_there_is_nothing_to_ask(cast: SimpleNamespace, make_visit: Make, book: Book, why: str) -> None:
    visit = make_visit(cast.here, least_people=None if why == "no minimum" else 2, publish=why != "draft")
    if why == "enough people":
        book(visit, 2)
    facts = {"settled": {"least_settled": True}, "cancelled": {"state": "cancelled"}}.get(why, {})
    if facts:
        with transaction():
            db.session.execute(sa.update(Gathering).values(facts))

    assert due.too_small(local(12, 2, 9) if why == "begun" else local(12, 1, 9)) == []


def test_a_look_is_four_statements_however_many_visits_and_parties(
    cast: SimpleNamespace, make_visit: Make, book: Book, count_statements: Callable[[Callable[[], object]], int]
) -> None:
    def add(day: int) -> None:
        for school in (cast.here, cast.there):
            starts = datetime(2026, 12, day, 9)
            book(make_visit(school, starts_wall=starts, ends_wall=starts + timedelta(hours=2), least_people=9), 2)

    def one_look() -> int:
        return count_statements(lambda: (due.to_settle(MONDAY), due.too_small(MONDAY)))

    add(2)
    few = one_look()
    add(3)
    add(4)

    assert (few, one_look()) == (4, 4)
