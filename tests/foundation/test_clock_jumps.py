"""A clock that jumps: what is due is done once, and nothing waits for an instant that was a mistake (trust P5, P15)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts import service as accounts
from scheduler.accounts.models import User
from scheduler.core.refusal import Refusal
from scheduler.foundation import daily, delivery, jobs, moments, outbox, set_back, ticks, worker
from scheduler.foundation.claims import claim
from scheduler.foundation.db import db, transaction
from scheduler.foundation.jobs import Job, JobState
from scheduler.foundation.outbox import MailState, OutboxMail
from scheduler.registration import service
from scheduler.registration.models import Registration, WaitlistEntry
from scheduler.visits.models import Visit
from tests.people import MONDAY

YEAR = timedelta(days=366)


@pytest.fixture
def errand(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A job and a deed of each day, the only ones; what was done of them."""
    done: list[str] = []
    monkeypatch.setattr(daily, "_dailies", {})
    daily.every_day("errand", at=time(0), zone=lambda: ZoneInfo("UTC"))(lambda now: done.append("daily"))
    jobs.handler("errand")(lambda job: done.append("job"))
    yield done
    jobs._handlers.pop("errand", None)


def one_look() -> None:
    """Of a worker at the clock, at mail and at jobs."""
    worker.by_the_clock()
    delivery.deliver_due()
    jobs.run_due()


def test_what_was_written_by_a_clock_a_year_ahead_is_done_once_and_soon_after_it_was_set_back(app: Flask, errand: list[str]) -> None:
    now = datetime.now(UTC)
    ahead = now + YEAR
    moments.note_worker(now=ahead)
    daily.run_due(now=ahead)
    accounts.ask_for_link("ana@example.org", browser="a browser", now=ahead)
    with transaction():
        db.session.add(Job(public_id="bbbbbbbbbb", kind="errand", about="errand:1", payload={}, run_at=ahead, created_at=ahead))
    claim(Job, Job.state == JobState.WAITING, limit=1, now=ahead)  # by a worker that was killed then

    for _ in range(3):
        one_look()

    assert errand == ["daily", "daily", "job"]
    assert [mail.state for mail in db.session.scalars(sa.select(OutboxMail))] == [MailState.KEPT]
    assert db.session.scalars(sa.select(Job.state)).all() == [JobState.DONE]
    seen = moments.find(moments.WORKER_SEEN)
    assert seen is not None
    assert now <= seen < now + timedelta(minutes=10)


def test_mails_of_the_wrong_time_use_up_this_hour_and_no_more(app: Flask) -> None:
    moments.note_worker(now=MONDAY + YEAR)
    for _ in range(5):
        accounts.ask_for_link("ana@example.org", browser="a browser", now=MONDAY + YEAR)

    noticed = [set_back.notice(now=MONDAY), set_back.notice(now=MONDAY)]
    for hours in (0, 2):
        accounts.ask_for_link("ana@example.org", browser="a browser", now=MONDAY + timedelta(hours=hours))

    assert noticed == [True, False]
    assert db.session.scalar(sa.select(sa.func.count(OutboxMail.id))) == 6


def test_clocks_of_two_machines_may_differ_by_minutes(app: Flask) -> None:
    moments.note_worker(now=MONDAY + timedelta(minutes=10))

    assert not set_back.notice(now=MONDAY)


def test_nobody_is_told_twice_and_no_offer_is_lost_when_the_clock_goes_back_and_forth(
    cast: SimpleNamespace, make_visit: Callable[..., Visit], book: Callable[..., service.Booked]
) -> None:
    visit = make_visit(cast.here, capacity=4)
    book(visit, 4)
    for _ in range(2):
        book(visit, 2)
    service.cancel(db.session.scalar(sa.select(Registration.id)), reason="Ill", by="party", actor="link", now=MONDAY)
    start = visit.gathering.starts_at
    steady = [start - timedelta(days=8), start - timedelta(days=6), start - timedelta(hours=17), start + timedelta(hours=6)]

    for now in steady:
        for jump in (timedelta(0), -timedelta(hours=5), timedelta(0), -timedelta(minutes=1), timedelta(minutes=1)):
            ticks.run_due(now=now + jump)

    told = Counter(db.session.execute(sa.select(OutboxMail.template, OutboxMail.to_address)))
    more_than_once = {template.rpartition("/")[2]: number for (template, _), number in told.items() if number > 1}
    assert more_than_once == {"offered": 2, "offer_over": 2}  # an entry whose offer ran out is asked once more (visits rule 11)
    assert {state.value for state in db.session.scalars(sa.select(WaitlistEntry.state))} == {"closed"}


def test_session_lives_through_a_jump_and_a_link_of_a_clock_that_was_ahead_opens_nothing(
    app: Flask, cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient]
) -> None:
    browser, now = sign_in(cast.host), datetime.now(UTC)
    ahead = now + timedelta(days=20)
    moments.note_worker(now=ahead)
    accounts.ask_for_link(cast.organizer.email, browser="a browser", now=ahead)

    worker.by_the_clock()

    [mail] = db.session.scalars(sa.select(OutboxMail))
    found = re.search(r"/sign-in/(\S+)", outbox.render(mail).text)
    assert found
    with pytest.raises(Refusal, match="used already or is older than ten minutes"):
        accounts.use_link(found[1], browser="a browser", now=now)
    assert browser.get("/workspace").status_code == 200
