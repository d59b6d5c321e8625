"""A school's own calendar of closed days is fetched every day (visits rule 4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.core.refusal import Refusal, say
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db
from scheduler.schools import closures, closures_sources
from scheduler.schools.closures_lines import ClosureDetails
from scheduler.schools.closures_sources import Changes
from scheduler.schools.models import Closure, ClosureSource
from tests.people import MONDAY

SignIn = Callable[[User], FlaskClient]
URL = "https://school.example/closed.ics"
THANKSGIVING = ("t@s", "20261126", "20261128", "Thanksgiving")
RECESS = ("w@s", "20261224", "20270102", "Winter recess")
VETERANS = ("v@s", "20261111", "20261112", "Veterans Day")


def calendar(*entries: tuple[str, str, str, str], more: str = "") -> bytes:
    events = "".join(
        f"BEGIN:VEVENT\nUID:{uid}\nSUMMARY:{title}\nDTSTART;VALUE=DATE:{first}\nDTEND;VALUE=DATE:{until}\nEND:VEVENT\n"
        for uid, first, until, title in entries
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{events}{more}END:VCALENDAR\n".encode()


def at(data: bytes) -> closures_sources.Get:
    return lambda url: data


def away(url: str) -> bytes:
    raise Refusal(say("This address answers with %(status)d instead of a calendar.", status=500))


def stored() -> list[tuple[str, date, date, bool]]:
    db.session.rollback()
    rows = db.session.scalars(sa.select(Closure).order_by(Closure.first_day, Closure.id))
    return [(row.title, row.first_day, row.last_day, row.source_id is not None) for row in rows]


def source() -> ClosureSource:
    db.session.rollback()
    return db.session.scalars(sa.select(ClosureSource).execution_options(populate_existing=True)).one()


def add(cast: SimpleNamespace, *entries: tuple[str, str, str, str], now: datetime = MONDAY) -> Changes:
    return closures_sources.add_source(cast.here.id, URL, actor="user:1", now=now, get=at(calendar(*entries)))


def again(data: bytes, days: int = 1) -> Changes:
    return closures_sources.refresh(source().id, actor="job:closures", now=MONDAY + timedelta(days=days), get=at(data))


@pytest.mark.both_engines
def test_what_changes_in_the_calendar_changes_here_and_nothing_else_is_touched(cast: SimpleNamespace) -> None:
    first = add(cast, THANKSGIVING, RECESS, VETERANS)
    ids = dict(db.session.execute(sa.select(Closure.title, Closure.id)).all())

    done = again(calendar(THANKSGIVING, ("w@s", "20261223", "20270102", "Winter recess")))

    assert (first, done) == (Changes(new=3), Changes(changed=1, gone=1))
    assert stored() == [
        ("Thanksgiving", date(2026, 11, 26), date(2026, 11, 27), True), ("Winter recess", date(2026, 12, 23), date(2027, 1, 1), True),
    ]  # fmt: skip
    assert dict(db.session.execute(sa.select(Closure.title, Closure.id)).all()).items() < ids.items()
    assert again(calendar(THANKSGIVING, ("w@s", "20261223", "20270102", "Winter recess"))) == Changes()
    lines = [line.what for line in db.session.scalars(sa.select(AuditLine).order_by(AuditLine.id))]
    assert lines == ["calendar of closures added", "closures fetched", "closures fetched"]


def test_days_that_are_over_stay_when_the_calendar_drops_them(cast: SimpleNamespace) -> None:
    add(cast, VETERANS, RECESS)

    done = again(calendar(RECESS), days=20)

    assert (done, [title for title, *_ in stored()]) == (Changes(), ["Veterans Day", "Winter recess"])


def test_closures_of_the_same_days_are_taken_over_and_those_of_others_left_alone(cast: SimpleNamespace) -> None:
    same = ClosureDetails(date(2026, 11, 26), date(2026, 11, 27), "thanksgiving")
    own = ClosureDetails(date(2026, 12, 3), date(2026, 12, 3), "Testing")
    for details in (same, own):
        closures.close_days(cast.here.id, details, actor="user:1", now=MONDAY)
    closures.close_days(cast.there.id, same, actor="user:1", now=MONDAY)

    done = add(cast, THANKSGIVING)
    gone = again(calendar(RECESS))

    assert (done, gone) == (Changes(changed=1), Changes(new=1, gone=1))
    assert [(title, kept) for title, _, _, kept in stored()] == [("thanksgiving", False), ("Testing", False), ("Winter recess", True)]


@pytest.mark.parametrize(
    "data", [b"<!doctype html><h1>Sign in</h1>", b"", b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n"]
)
def test_a_fetch_that_fails_keeps_the_last_good_copy_and_says_why(cast: SimpleNamespace, data: bytes) -> None:
    add(cast, THANKSGIVING, RECESS)
    before, read_at = stored(), source().fetched_at

    with pytest.raises(Refusal) as refused:
        again(data)

    assert (stored(), source().fetched_at) == (before, read_at)
    assert (source().problem, source().tried_at) == (str(refused.value), MONDAY + timedelta(days=1))
    again(calendar(THANKSGIVING, RECESS))
    assert source().problem == ""


def test_nothing_is_taken_for_gone_while_an_entry_cannot_be_read(cast: SimpleNamespace) -> None:
    add(cast, THANKSGIVING, RECESS)
    broken = "BEGIN:VEVENT\nUID:w@s\nSUMMARY:Winter recess\nDTSTART;VALUE=DATE:2026\nEND:VEVENT\n"

    done = again(calendar(THANKSGIVING, more=broken))

    assert (done, [title for title, *_ in stored()]) == (Changes(), ["Thanksgiving", "Winter recess"])


def test_of_a_uid_that_stands_twice_one_entry_counts(cast: SimpleNamespace) -> None:
    done = add(cast, THANKSGIVING, ("t@s", "20261125", "20261128", "Thanksgiving"))

    assert (done, stored()) == (Changes(new=1), [("Thanksgiving", date(2026, 11, 25), date(2026, 11, 27), True)])


def test_each_calendar_is_fetched_once_a_day_and_one_that_is_away_stops_no_other(cast: SimpleNamespace) -> None:
    add(cast, THANKSGIVING)
    closures_sources.add_source(None, f"{URL}?2", actor="user:1", now=MONDAY, get=at(calendar(RECESS)))
    asked: list[str] = []

    def get(url: str) -> bytes:
        asked.append(url)
        return away(url) if url == URL else calendar(RECESS, VETERANS)

    read = [closures_sources.fetch_all(MONDAY + timedelta(hours=hours), get) for hours in (1, 20, 21)]

    assert (read, asked) == ([0, 1, 0], [URL, f"{URL}?2"])
    assert [title for title, *_ in stored()] == ["Veterans Day", "Thanksgiving", "Winter recess"]


def test_what_a_calendar_keeps_is_opened_there_and_stays_when_it_is_no_longer_fetched(cast: SimpleNamespace) -> None:
    add(cast, THANKSGIVING)
    closure_id = db.session.scalars(sa.select(Closure.id)).one()

    with pytest.raises(Refusal, match="A calendar keeps this day"):
        closures.open_days(closure_id, actor="user:1", now=MONDAY)
    source_id = source().id
    for _ in range(2):
        closures_sources.stop_source(source_id, actor="user:1", now=MONDAY)

    assert [(title, kept) for title, _, _, kept in stored()] == [("Thanksgiving", False)]
    closures.open_days(closure_id, actor="user:1", now=MONDAY)
    assert stored() == []


def test_hosts_add_and_stop_calendars_of_their_own_school_and_read_why_one_is_refused(cast: SimpleNamespace, sign_in: SignIn) -> None:
    host, other = sign_in(cast.host), sign_in(cast.other_host)
    private, typed = (
        host.post(f"/workspace/closures/calendars?school={cast.here.slug}", data={"url": url})
        for url in ("http://localhost/a.ics", "closed")
    )
    strange = other.post(f"/workspace/closures/calendars?school={cast.here.slug}", data={"url": URL}).status_code
    now = datetime.now(UTC)
    first, until = (f"{now + timedelta(days=days):%Y%m%d}" for days in (20, 22))
    add(cast, ("t@s", first, until, "Thanksgiving"), now=now)
    with pytest.raises(Refusal):
        closures_sources.refresh(source().id, actor="x", now=now, get=away)
    name = source().public_id
    page = unescape(host.get(f"/workspace/closures?school={cast.here.slug}").get_data(as_text=True))
    hidden = [other.post(f"/workspace/closures/calendars/{name}/{deed}").status_code for deed in ("fetch", "stop")]
    stopped = host.post(f"/workspace/closures/calendars/{name}/stop").status_code

    kept = [url in answer.text for answer, url in ((private, "http://localhost/a.ics"), (typed, "closed"))]
    assert (private.status_code, typed.status_code, kept) == (409, 409, [True, True])
    assert "lies in a private network" in private.get_data(as_text=True)
    assert [
        words in page for words in (URL, "answers with 500 instead of a calendar. What it said before still holds.", "kept by a calendar")
    ] == [True] * 3
    assert (strange, hidden, stopped) == (404, [404, 404], 303)
    assert db.session.scalars(sa.select(ClosureSource)).all() == []
