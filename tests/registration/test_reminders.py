"""Mails that go at times of their own: each party and the hosts are told once, and only what still makes sense (visits rule 15)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from scheduler.core.reminders import TO_PARTIES, plan
from scheduler.foundation import outbox, ticks
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import OutboxMail
from scheduler.registration import due, queries, service
from scheduler.registration.models import Gathering, Registration, Reminder
from scheduler.schools.models import School
from scheduler.visits import service as visits
from scheduler.visits.models import Visit
from tests.people import MONDAY

Make = Callable[..., Visit]
Book = Callable[..., service.Booked]
NEW_YORK = ZoneInfo("America/New_York")
IN_TIME = ("week", "day_before", "tried", "host_digest")
TESS = "tess@example.org"


def at(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    """A time by the clock in New York."""
    return datetime(year, month, day, hour, minute, tzinfo=NEW_YORK).astimezone(UTC)


def written(*kinds: str) -> list[OutboxMail]:
    db.session.rollback()
    listed = db.session.query(OutboxMail).order_by(OutboxMail.id)
    return [mail for mail in listed if mail.template.rsplit("/", 1)[-1] in (kinds or IN_TIME)]


def look(*times: datetime) -> list[list[tuple[str, str]]]:
    """What each look of a worker writes: kinds and addresses of the mails in time."""
    looks = []
    for now in times:
        before = len(written())
        ticks.run_due(now=now)
        looks.append([(mail.template.rsplit("/", 1)[-1], mail.to_address) for mail in written()[before:]])
    return looks


def sent() -> list[tuple[str, str, bool]]:
    db.session.rollback()
    rows = db.session.scalars(sa.select(Reminder).order_by(Reminder.day, Reminder.id))
    return [(row.kind.value, row.day.isoformat(), row.merged) for row in rows if row.registration_id is not None]


def party(booked: service.Booked) -> Registration:
    return queries.registration_or_404(booked.public_id)


def edit(visit: Visit, **more: Any) -> None:
    """The host changes a visit."""
    version = db.session.get_one(Gathering, visit.gathering_id, populate_existing=True).version
    now = more.pop("now")
    visits.edit_visit(visit.id, replace(visits.details_of(visit), **more), version=version, actor="user:1", now=now)
    db.session.rollback()


def test_party_and_hosts_are_told_in_time_and_once(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    book(make_visit(cast.here), 4)  # on Wednesday, December 2, at 9:00

    looks = look(
        at(11, 25, 15, 59), at(11, 25, 16), at(11, 25, 17), at(11, 29, 16), at(12, 1, 15, 59), at(12, 1, 16), at(12, 1, 16, 1),
        at(12, 2, 9), at(1, 31, 15, 59, year=2027), at(1, 31, 16, year=2027), at(2, 1, 16, year=2027),
    )  # fmt: skip

    host = cast.host.email
    assert looks == [
        [], [("week", TESS)], [], [("host_digest", host)], [], [("host_digest", host), ("day_before", TESS)], [], [], [],
        [("tried", TESS)], [],
    ]  # fmt: skip


def test_mail_of_the_week_and_of_the_day_before_say_how_to_arrive(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    book(make_visit(cast.there, private_place="The blue door, 131 6th Ave", arrival_notes="Ring twice."), 4)

    look(at(11, 25, 16), at(12, 1, 16))

    for mail in written("week", "day_before"):
        rendered = outbox.render(mail)
        assert all(
            fact in text for text in (rendered.text, rendered.html) for fact in ("The blue door", "Ring twice.", "4 people", "8:45 am")
        )
    assert [outbox.render(mail).subject for mail in written("week", "day_before")] == [
        "Coming up: Student-led conferences, start to finish, Wednesday, December 2",
        "Tomorrow: Student-led conferences, start to finish, doors open at 8:45 am",
    ]


def test_hosts_read_who_comes_in_parties(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=6, needs_approval=True)
    book(visit, 3, school_id=cast.member.id)
    book(visit, 1, lead_name="Uma Uninvited", organization="Elsewhere")
    book(visit, 4, school_id=cast.member.id)

    look(at(11, 4, 12), at(11, 29, 16))

    text = outbox.render(written("host_digest")[0]).text
    assert "3 people: Tess Teacher, Bronx Arena High School" in text
    assert "You expect 3 people in 1 party; you have 6 seats." in text
    assert "4 people are on the waitlist." in text
    assert "Uma" not in text


def test_hosts_of_an_empty_visit_read_that_nobody_has_booked(cast: SimpleNamespace, make_visit: Make) -> None:
    make_visit(cast.here)

    look(at(11, 29, 16))

    rendered = outbox.render(written("host_digest")[0])
    assert "Nobody has booked yet." in rendered.text
    assert "Nobody has booked yet." in rendered.html


@pytest.mark.parametrize(
    ("booked_at", "wanted"),
    [
        (at(11, 25, 15, 59), ["week", "day_before"]),
        (at(11, 25, 16), ["day_before"]),
        (at(12, 1, 15, 59), ["day_before"]),
        (at(12, 1, 16), []),
        (at(12, 2, 8, 59), []),
    ],
)
def test_whoever_books_inside_a_window_has_everything_in_the_confirmation(
    cast: SimpleNamespace, make_visit: Make, book: Book, booked_at: datetime, wanted: list[str]
) -> None:
    book(make_visit(cast.here), 2, now=booked_at)

    looks = look(*[now for now in (at(11, 25, 16), at(12, 1, 16), at(12, 2, 8, 59)) if now >= booked_at])

    assert [kind for mails in looks for kind, address in mails if address == TESS] == wanted
    assert "Ring twice." in outbox.render(written("confirmed")[0]).text


def test_worker_that_was_away_sends_the_latest_mail_only_and_says_today(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    book(make_visit(cast.here), 2)

    looks = look(at(12, 2, 7), at(12, 2, 8))

    assert looks == [[("host_digest", cast.host.email), ("day_before", TESS)], []]
    assert outbox.render(written("day_before")[0]).subject.startswith("Today: ")
    assert sent() == [("week", "2026-12-02", True), ("day_before", "2026-12-02", False)]


@pytest.mark.parametrize("now", [at(12, 2, 9), at(12, 2, 12), at(12, 20, 16), at(2, 14, 16, year=2027), at(6, 1, 16, year=2027)])
def test_what_makes_no_sense_any_more_is_not_sent(cast: SimpleNamespace, make_visit: Make, book: Book, now: datetime) -> None:
    book(make_visit(cast.here), 2)

    assert look(now) == [[]]


def test_nothing_goes_to_parties_that_are_not_certain_to_come(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, needs_approval=True, capacity=8)
    cancelled = book(visit, 2, school_id=cast.member.id)
    service.cancel(party(cancelled).id, reason="ill", by="party", actor="link", now=MONDAY)
    book(visit, 2)  # waits for the host
    book(visit, 2, lead_email="new@school.org", now=at(11, 25, 15, 30))  # has not confirmed the address

    looks = look(at(11, 25, 16))

    assert looks == [[]]


@pytest.mark.parametrize("state", ["draft", "cancelled"])
def test_nothing_goes_about_what_does_not_take_place(cast: SimpleNamespace, make_visit: Make, book: Book, state: str) -> None:
    visit = make_visit(cast.here, publish=state != "draft")
    if state == "cancelled":
        book(visit, 2)
        visits.cancel_visit(visit.id, "Testing week.", actor="user:1", now=at(11, 24, 9))

    assert look(at(11, 25, 16), at(11, 29, 16), at(12, 1, 16), at(1, 31, 16, year=2027)) == [[], [], [], []]


def test_party_that_moves_gets_the_mails_of_its_new_date_and_none_of_the_old(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    old = make_visit(cast.here)
    new = make_visit(cast.there, starts_wall=datetime(2026, 12, 16, 9), ends_wall=datetime(2026, 12, 16, 11))
    moving = party(book(old, 2))
    look(at(11, 25, 16))

    service.move(moving.id, new.gathering_id, actor="link", now=at(11, 30, 9))
    looks = look(at(12, 1, 16), at(12, 9, 16), at(12, 15, 16))

    assert [[mail for mail in mails if mail[1] == TESS] for mails in looks] == [[], [("week", TESS)], [("day_before", TESS)]]


def test_party_that_moves_inside_a_window_has_everything_in_the_mail_of_the_move(
    cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    old = make_visit(cast.here, starts_wall=datetime(2026, 12, 16, 9), ends_wall=datetime(2026, 12, 16, 11))
    new = make_visit(cast.there, arrival_notes="The blue door.")
    moving = party(book(old, 2))

    service.move(moving.id, new.gathering_id, actor="link", now=at(11, 28, 9))
    looks = look(at(11, 28, 10), at(12, 1, 16))

    assert [[mail for mail in mails if mail[1] == TESS] for mails in looks] == [[], [("day_before", TESS)]]
    assert "The blue door." in outbox.render(written("moved")[0]).text


def test_visit_that_its_host_puts_on_another_day_is_told_of_anew(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    book(visit, 2)
    look(at(11, 25, 16), at(12, 1, 16))

    edit(visit, starts_wall=datetime(2026, 12, 16, 9), ends_wall=datetime(2026, 12, 16, 11), now=at(12, 1, 17))
    looks = look(at(12, 1, 18), at(12, 9, 16), at(12, 15, 16))

    assert [[mail for mail in mails if mail[1] == TESS] for mails in looks] == [[], [("week", TESS)], [("day_before", TESS)]]
    assert [day for _, day, _ in sent()] == ["2026-12-02"] * 2 + ["2026-12-16"] * 2


def test_visit_that_comes_nearer_is_told_of_in_the_mail_about_the_change_alone(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, starts_wall=datetime(2026, 12, 16, 9), ends_wall=datetime(2026, 12, 16, 11))
    book(visit, 2)

    edit(visit, starts_wall=datetime(2026, 12, 2, 9), ends_wall=datetime(2026, 12, 2, 11), now=at(11, 30, 9))
    looks = look(at(11, 30, 10), at(12, 1, 16))

    assert [[mail for mail in mails if mail[1] == TESS] for mails in looks] == [[], [("day_before", TESS)]]
    assert "Ring twice." in outbox.render(written("changed")[0]).text


@pytest.mark.parametrize(
    "starts", [datetime(2026, 11, 2, 9), datetime(2026, 11, 1, 10), datetime(2027, 3, 15, 9), datetime(2027, 3, 14, 10)]
)
def test_clocks_that_change_move_no_mail_from_its_hour(cast: SimpleNamespace, make_visit: Make, book: Book, starts: datetime) -> None:
    long_before = datetime(2026, 9, 1, tzinfo=UTC)
    visit = make_visit(cast.here, starts_wall=starts, ends_wall=starts + timedelta(hours=2), now=long_before)
    book(visit, 2, now=long_before)

    got = {}
    for mail in plan(starts, NEW_YORK, TO_PARTIES):
        early, on_time = look(mail.at - timedelta(seconds=1), mail.at)
        got[mail.kind.value] = ([kind for kind, to in early if to == TESS], [kind for kind, to in on_time if to == TESS], mail.wall.hour)

    assert got == {kind: ([], [kind], 16) for kind in ("week", "day_before", "tried")}


def test_school_in_another_zone_is_told_by_its_own_clock(make_school: Callable[..., School], make_visit: Make, book: Book) -> None:
    book(make_visit(make_school("Seattle School", time_zone="America/Los_Angeles")), 2)

    looks = look(at(11, 25, 18, 59), at(11, 25, 19))

    assert looks == [[], [("week", TESS)]]


def test_of_several_workers_each_party_is_told_once(app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    for _ in range(3):
        book(visit, 2)
    together = threading.Barrier(4)

    def run(_: int) -> int:
        with app.app_context():
            db.session.scalar(sa.select(sa.func.count(Gathering.id)))  # connected before it begins
            db.session.rollback()
            together.wait()
            try:
                return ticks.run_due(now=at(12, 1, 16))
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))

    assert sorted(mail.to_address for mail in written()) == [cast.host.email, "tess.2@example.org", "tess.3@example.org", TESS]


def test_a_look_is_three_statements_however_many_visits_and_parties(
    cast: SimpleNamespace, make_visit: Make, book: Book, count_statements: Callable[[Callable[[], object]], int]
) -> None:
    def add(day: int) -> None:
        visit = make_visit(cast.here, starts_wall=datetime(2026, 11, day, 9), ends_wall=datetime(2026, 11, day, 11))
        book(visit, 1)
        book(visit, 1)

    add(6)
    one = count_statements(lambda: due.to_remind(at(11, 5, 16)))
    add(7)
    add(9)

    assert (one, count_statements(lambda: due.to_remind(at(11, 5, 16)))) == (3, 3)


def test_nothing_is_written_twice_for_one_party_kind_and_day(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here)
    book(visit, 2)
    look(at(12, 1, 16))
    rows = db.session.scalars(sa.select(Reminder)).all()

    for row in rows:
        facts = {name: getattr(row, name) for name in ("gathering_id", "registration_id", "kind", "day", "sent_at", "merged")}
        with pytest.raises(sa.exc.IntegrityError), transaction():
            db.session.add(Reminder(**facts))

    assert {row.registration_id is None for row in rows} == {True, False}
