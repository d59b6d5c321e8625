"""What is said in each leg of an evening (rounds rule 11)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scheduler.core.rounds_clock import MINUTE, add_minute, moment, new_run, pause, skip, start
from scheduler.core.screens import countdown, leg_at, legs, time_left

NOON = datetime(2026, 12, 3, 12, tzinfo=UTC)
RUN = new_run([6 * MINUTE] * 2, move=timedelta(seconds=90))
SECOND = timedelta(seconds=1)


def test_every_second_lies_in_the_leg_that_the_clock_says() -> None:
    run = add_minute(skip(start(RUN, now=NOON), now=NOON + 20 * SECOND), now=NOON + 30 * SECOND)
    told = legs(run)
    ends = told[-1].since or NOON

    for second in range(int((ends - NOON) / SECOND) + 3):
        now = NOON + second * SECOND
        at, leg = moment(run, now), leg_at(told, now)
        assert leg.phase == at.phase, now
        assert (time_left(leg, now) or timedelta()) == at.left, now
        assert leg.shows <= at.frozen, "no screen shows tables that are not known"


def test_last_round_has_no_next_table() -> None:
    told = legs(start(RUN, now=NOON))

    said = [(leg.phase.value, str(leg.head), str(leg.action), str(leg.following), leg.is_next_known) for leg in told if leg.round != 1]

    assert said == [
        ("move", "Round 2 of 2", "Go to your next table.", "The talk begins at zero.", False),
        ("talk", "Round 2 of 2", "Talk.", "This is the last round.", False),
        ("wrap", "Round 2 of 2", "One minute left.", "This is the last round.", False),
        ("finished", "2 rounds", "That was the last round.", "Thank you for your conversations.", False),
    ]


def test_clock_that_stands_shows_what_was_left_however_late_it_is() -> None:
    run = pause(start(RUN, now=NOON), now=NOON + 30 * SECOND)
    (leg,) = legs(run)
    left = time_left(leg, NOON + timedelta(hours=1))

    assert left is not None
    assert (countdown(left), str(leg.action), leg.shows) == ("1:00", "The clock stands. Find your table.", 1)


def test_before_the_start_no_clock_runs() -> None:
    (leg,) = legs(RUN)

    assert (time_left(leg, NOON), leg.shows, str(leg.action)) == (None, 0, "We begin soon.")
