"""What a worker looks for every few seconds: everything found is dealt with, and what fails holds up nothing else."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError

from scheduler.foundation import ticks
from scheduler.foundation.db import db
from tests.people import MONDAY


@pytest.fixture
def seen(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, datetime]]:
    """No other ticks than those of the test, and what they were called with."""
    monkeypatch.setattr(ticks, "_ticks", {})
    return []


def test_everything_found_is_dealt_with(seen: list[tuple[str, int, datetime]]) -> None:
    ticks.at_each_look("odd", find=lambda now: [1, 3])(lambda found, now: seen.append(("odd", found, now)))
    ticks.at_each_look("even", find=lambda now: [2])(lambda found, now: seen.append(("even", found, now)))
    ticks.at_each_look("nothing", find=lambda now: [])(lambda found, now: seen.append(("nothing", found, now)))

    done = ticks.run_due(now=MONDAY)

    assert done == 3
    assert seen == [("odd", 1, MONDAY), ("odd", 3, MONDAY), ("even", 2, MONDAY)]


def test_what_fails_is_in_the_log_without_what_people_typed_and_holds_up_nothing(
    seen: list[tuple[str, int, datetime]], caplog: pytest.LogCaptureFixture
) -> None:
    name = "Tess Teacher"

    def fail(*_: object) -> list[int]:
        raise LookupError(name)

    ticks.at_each_look("blind", find=fail)(lambda found, now: None)
    ticks.at_each_look("broken", find=lambda now: [7, 8])(lambda found, now: fail() if found == 7 else seen.append(("broken", found, now)))
    ticks.at_each_look("whole", find=lambda now: [1])(lambda found, now: seen.append(("whole", found, now)))

    done = ticks.run_due(now=MONDAY)

    assert done == 2
    assert seen == [("broken", 8, MONDAY), ("whole", 1, MONDAY)]
    assert "tick blind cannot look" in caplog.text
    assert "tick broken failed with 7" in caplog.text
    assert "Tess" not in caplog.text


def test_database_that_is_away_is_left_to_the_worker(seen: list[tuple[str, int, datetime]]) -> None:
    def away(*_: object) -> list[int]:
        raise OperationalError("SELECT 1", {}, ConnectionError())

    ticks.at_each_look("blind", find=away)(lambda found, now: None)
    with pytest.raises(OperationalError):
        ticks.run_due(now=MONDAY)

    ticks.at_each_look("blind", find=lambda now: [1])(away)
    with pytest.raises(OperationalError):
        ticks.run_due(now=MONDAY)


def test_deed_that_breaks_its_transaction_leaves_a_clean_one_to_the_next(seen: list[tuple[str, int, datetime]]) -> None:
    def break_once(found: int, now: datetime) -> None:
        if found == 1:
            db.session.execute(sa.text("UPDATE networks SET id = 2"))
        seen.append((db.session.scalars(sa.text("SELECT 'works'")).one(), found, now))

    ticks.at_each_look("breaks", find=lambda now: [1, 2])(break_once)

    done = ticks.run_due(now=MONDAY)

    assert (done, seen) == (1, [("works", 2, MONDAY)])
