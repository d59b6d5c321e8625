"""What is deleted when (registration rule 6): nightly, by field, listed before, and no number changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from scheduler import cli
from scheduler.accounts import service as accounts
from scheduler.accounts.models import Grant, User
from scheduler.foundation import daily
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from scheduler.registration import service
from scheduler.registration.people import service as people
from scheduler.registration.people.service import PartyTold, Told
from scheduler.registration.privacy import retention
from scheduler.visits.models import Visit
from tests.forgetting import places_of, rows, totals
from tests.people import MONDAY
from tests.registration.test_erasing import party_of

Make = Callable[..., Visit]
Book = Callable[..., service.Booked]
SignIn = Callable[[User], FlaskClient]
END = datetime(2026, 12, 2, 16, 30, tzinfo=UTC)
"""Half past eleven in New York, when the visit is over"""
TEXTS = ("a chair with arms", "555-0199", "to see conferences", "tess@example.org", "Tess Teacher")


@pytest.fixture
def told(cast: SimpleNamespace, make_visit: Make, book: Book) -> service.Booked:
    """A party that told its host all there is."""
    visit = make_visit(cast.here)
    booked = book(visit, 2, purpose="to see conferences")
    party = party_of(booked.public_id)
    people.tell_host(party.id, PartyTold("555-0199"), actor="link", now=MONDAY)
    people.describe(party.id, party.attendees[0].public_id, Told(["seating"], "a chair with arms"), actor="link", now=MONDAY)
    return booked


def left() -> set[str]:
    """Which of the texts are still in a table of the party's own."""
    return {place.split(": ")[1] for place in places_of(*TEXTS) if not place.startswith("outbox_mails.")}


def test_each_field_goes_when_its_time_has_come(app: Flask, told: service.Booked) -> None:
    stand = {}
    for days in (6.9, 7.1, 29.9, 30.1, 729, 731):
        retention.run(END + timedelta(days=days))
        stand[days] = left()

    name = {"tess@example.org", "Tess Teacher"}
    without_needs = set(TEXTS) - {"a chair with arms"}
    assert stand == {6.9: set(TEXTS), 7.1: without_needs, 29.9: without_needs, 30.1: name, 729: name, 731: set()}
    assert places_of(*TEXTS) == []


def test_whoever_came_again_keeps_the_name_24_months_from_then(
    app: Flask, told: service.Booked, cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    again = make_visit(cast.here, starts_wall=datetime(2027, 12, 2, 9), ends_wall=datetime(2027, 12, 2, 11))
    book(again, lead_email="tess@example.org")

    retention.run(END + timedelta(days=731))
    kept = left()
    retention.run(END + timedelta(days=365 + 731))

    assert (kept, left()) == ({"tess@example.org", "Tess Teacher"}, set())


def test_counts_of_gatherings_and_schools_stay(app: Flask, told: service.Booked) -> None:
    before = totals(until=END)

    retention.run(END + timedelta(days=1000))

    assert totals(until=END) == before


@pytest.mark.both_engines
def test_night_done_twice_is_done_once(app: Flask, told: service.Booked) -> None:
    now = END + timedelta(days=31)

    first, second = retention.run(now), retention.run(now)

    assert (first["needs"], first["phone"], first["purpose"], second) == (1, 1, 1, Counter())
    lines = db.session.scalars(sa.select(AuditLine).where(AuditLine.what == "forgotten in time")).all()
    assert sum((Counter(line.after) for line in lines), Counter()) == first


@pytest.mark.both_engines
def test_small_transactions_forget_as_much_as_one(app: Flask, told: service.Booked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 1)

    retention.run(END + timedelta(days=731))

    assert places_of(*TEXTS) == []


def test_list_of_what_is_due_writes_nothing_and_says_what_the_night_does(app: Flask, told: service.Booked) -> None:
    now = END + timedelta(days=31)
    before = (list(rows()), places_of(*TEXTS))

    due = retention.list_due(now)

    assert (list(rows()), places_of(*TEXTS)) == before
    listed: Counter[str] = Counter()
    for one in due:
        listed[one.kind.key] += one.number
    assert listed == retention.run(now)
    assert retention.list_due(now) == []


def test_page_of_what_is_due_counts_and_shows_so_much_and_no_more(
    app: Flask, told: service.Booked, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = END + timedelta(days=31)
    due = retention.list_due(now)
    whole = retention.page_of_due(now)

    monkeypatch.setattr(retention, "MOST_LINES", 1)

    assert whole == retention.DuePage(due, is_all=True)
    assert retention.page_of_due(now) == retention.DuePage(due[:1], is_all=False)


def test_it_is_done_every_night_at_three(app: Flask, told: service.Booked) -> None:
    night = datetime(2027, 1, 4, 8, tzinfo=UTC)

    daily.run_due(now=night - timedelta(minutes=1))
    before = "555-0199" in left()
    daily.run_due(now=night)

    assert (before, "555-0199" in left()) == (True, False)


@pytest.mark.both_engines
def test_mails_are_kept_for_30_days(app: Flask, told: service.Booked) -> None:
    def mails() -> int:
        return db.session.scalar(sa.select(sa.func.count(OutboxMail.id))) or 0

    retention.run(MONDAY + timedelta(days=29))
    kept = mails()
    retention.run(MONDAY + timedelta(days=31))

    assert (kept > 0, mails()) == (True, 0)


@pytest.mark.both_engines
def test_whoever_has_no_role_is_forgotten_30_days_later(app: Flask, cast: SimpleNamespace) -> None:
    grant = db.session.scalars(sa.select(Grant.id).where(Grant.user_id == cast.host.id)).one()
    accounts.revoke_grant(grant, actor=cast.administrator.actor, now=MONDAY)

    retention.run(MONDAY + timedelta(days=29))
    kept = places_of("Hana Host") != []
    retention.run(MONDAY + timedelta(days=31))

    assert (kept, places_of("Hana Host", "hana.host@")) == (True, [])
    assert places_of("Otto Other") == ["users.name: Otto Other"]


def test_administrators_see_counts_and_nobody(app: Flask, cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn) -> None:
    now = datetime.now(UTC)
    visit = make_visit(cast.here, now=now - timedelta(days=60), starts_wall=now.replace(tzinfo=None) - timedelta(days=40),
                       ends_wall=now.replace(tzinfo=None) - timedelta(days=40, hours=-2))  # fmt: skip
    book(visit, purpose="to see conferences", now=now - timedelta(days=59))

    page = sign_in(cast.administrator).get("/workspace/retention")

    assert (page.status_code, "Student-led conferences" in page.text, "Tess" in page.text) == (200, True, False)
    assert sign_in(cast.organizer).get("/workspace/retention").status_code == 404


def test_command_lists_and_deletes(app: Flask, told: service.Booked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDULER_DATABASE_URL", app.config["SQLALCHEMY_DATABASE_URI"])
    monkeypatch.setattr(cli.clock, "now", lambda: END + timedelta(days=8))

    listed = CliRunner().invoke(cli.cli, ["retention", "--dry-run"])
    kept = "a chair with arms" in left()
    done = CliRunner().invoke(cli.cli, ["retention"])

    assert (listed.exit_code, done.exit_code, kept) == (0, 0, True)
    assert "2026-12-02       1  needs       Student-led conferences, start to finish\n" in listed.output
    assert "     1  needs\n" in done.output
    assert "a chair with arms" not in left()
