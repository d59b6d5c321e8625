"""What is done once a day: at its hour, once whoever claims it, again when its worker was killed, and given up when it cannot be done."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from scheduler.foundation import daily
from scheduler.foundation.daily import DailyRun
from scheduler.foundation.db import db

NEW_YORK = ZoneInfo("America/New_York")


def at(now: datetime) -> int:
    """Let a worker look at an instant; returns how many deeds it began."""
    return daily.run_due(now=now)


@pytest.fixture
def errand(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """A deed of every day at 16:00 in New York, the only one; the times at which it was done."""
    monkeypatch.setattr(daily, "_dailies", {})
    done: list[datetime] = []
    daily.every_day("errand", at=time(16), zone=lambda: NEW_YORK)(done.append)
    return done


def wall(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=NEW_YORK).astimezone(UTC)


def test_it_is_done_at_its_hour_once_a_day(errand: list[datetime]) -> None:
    times = [wall(2, 15, 59), wall(2, 16), wall(2, 16, 1), wall(2, 23, 59), wall(3, 0, 1), wall(3, 15, 59), wall(3, 18), wall(3, 19)]

    begun = [at(now) for now in times]

    assert begun == [0, 1, 0, 0, 0, 0, 1, 0]
    assert errand == [wall(2, 16), wall(3, 18)]


def test_day_without_a_worker_is_left_out(errand: list[datetime]) -> None:
    begun = [at(wall(2, 16)), at(wall(5, 9)), at(wall(5, 16))]

    assert begun == [1, 0, 1]


@pytest.mark.parametrize(
    ("hour", "day", "first"),
    [
        (time(2, 30), date(2026, 3, 8), datetime(2026, 3, 8, 7, tzinfo=UTC)),  # skipped by the clocks: done at 3:00
        (time(1, 30), date(2026, 11, 1), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),  # shown twice: done the first time
        (time(16), date(2026, 11, 1), datetime(2026, 11, 1, 21, tzinfo=UTC)),
    ],
)
def test_it_is_done_once_on_days_on_which_the_clocks_change(errand: list[datetime], hour: time, day: date, first: datetime) -> None:
    daily.every_day("errand", at=hour, zone=lambda: NEW_YORK)(errand.append)
    midnight = datetime.combine(day, time.min, NEW_YORK).astimezone(UTC)

    for minutes in range(0, 23 * 60, 10):
        at(midnight + timedelta(minutes=minutes))

    assert errand == [first]


def test_of_several_workers_one_does_it(app: Flask, errand: list[datetime]) -> None:
    together = threading.Barrier(6)

    def look(_: int) -> int:
        with app.app_context():
            db.session.scalar(sa.select(sa.func.count(DailyRun.id)))  # connected before it begins
            db.session.rollback()
            together.wait()
            try:
                return at(wall(2, 16))
            finally:
                db.session.remove()

    with ThreadPoolExecutor(6) as pool:
        begun = list(pool.map(look, range(6)))

    assert sorted(begun) == [0, 0, 0, 0, 0, 1]
    assert len(errand) == 1


def test_worker_that_is_killed_in_the_middle_is_followed_by_another(errand: list[datetime]) -> None:
    class Killed(BaseException):
        pass

    def die(now: datetime) -> None:
        raise Killed

    daily.every_day("errand", at=time(16), zone=lambda: NEW_YORK)(die)
    with pytest.raises(Killed):
        at(wall(2, 16))
    db.session.rollback()
    daily.every_day("errand", at=time(16), zone=lambda: NEW_YORK)(errand.append)

    begun = [at(wall(2, 16, 9)), at(wall(2, 16, 11)), at(wall(2, 16, 30))]

    assert begun == [0, 1, 0]


def test_deed_that_fails_is_tried_three_times_and_again_tomorrow(errand: list[datetime], caplog: pytest.LogCaptureFixture) -> None:
    name = "Tess Teacher"

    def fail(now: datetime) -> None:
        errand.append(now)
        raise LookupError(name)

    daily.every_day("errand", at=time(16), zone=lambda: NEW_YORK)(fail)
    for minutes in range(0, 120, 5):
        at(wall(2, 16) + timedelta(minutes=minutes))
    tried = len(errand)
    at(wall(3, 16))

    assert (tried, len(errand)) == (3, 4)
    assert caplog.text.count("daily errand failed") == 4
    assert "never came to an end" in caplog.text
    assert "Tess" not in caplog.text
