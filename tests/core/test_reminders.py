"""When mails at times of their own go, across changes of the clocks, and which of them still make sense (rule 15)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.core.reminders import TO_HOSTS, TO_PARTIES, Planned, ReminderKind, due, plan

NEW_YORK = ZoneInfo("America/New_York")
CHANGES = [date(2026, 11, 1), date(2027, 3, 14)]
EVER = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = [*TO_PARTIES, *TO_HOSTS]


def kinds(mails: list[Planned]) -> list[str]:
    return [mail.kind.value for mail in mails]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("days", range(-10, 71))
def test_every_mail_goes_at_four_in_the_afternoon_by_the_wall_on_its_day(change: date, days: int) -> None:
    starts = datetime.combine(change + timedelta(days=days), time(9))

    planned = {mail.kind: mail for mail in plan(starts, NEW_YORK, KINDS)}

    away = {kind: (mail.at.astimezone(NEW_YORK).date() - starts.date()).days for kind, mail in planned.items()}
    assert {mail.at.astimezone(NEW_YORK).time() for mail in planned.values()} == {time(16)}
    assert all(mail.wall == mail.at.astimezone(NEW_YORK).replace(tzinfo=None) for mail in planned.values())
    assert away == {"week": -7, "day_before": -1, "tried": 60, "digest_early": -3, "digest": -1}


@pytest.mark.parametrize(
    ("starts", "at", "instant", "wall"),
    [
        # skipped by the clocks: an hour later
        (datetime(2027, 3, 15, 9), time(2, 30), datetime(2027, 3, 14, 7, 30, tzinfo=UTC), datetime(2027, 3, 14, 3, 30)),
        # shown twice: the first time
        (datetime(2026, 11, 2, 9), time(1, 30), datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 1, 30)),
        # the day of the change itself, in the afternoon
        (datetime(2026, 11, 2, 9), time(16), datetime(2026, 11, 1, 21, tzinfo=UTC), datetime(2026, 11, 1, 16)),
        (datetime(2027, 3, 15, 9), time(16), datetime(2027, 3, 14, 20, tzinfo=UTC), datetime(2027, 3, 14, 16)),
    ],
)
def test_hour_that_the_clocks_skip_moves_on_and_one_shown_twice_is_the_first(
    starts: datetime, at: time, instant: datetime, wall: datetime
) -> None:
    [mail] = plan(starts, NEW_YORK, [ReminderKind.DAY_BEFORE], at=at)

    assert (mail.at, mail.wall) == (instant, wall)


@pytest.mark.parametrize("change", CHANGES)
def test_every_hour_around_a_change_of_the_clocks_agrees_with_the_plain_words(change: date) -> None:
    starts = datetime.combine(change + timedelta(days=2), time(9))
    begins = starts.replace(tzinfo=NEW_YORK).astimezone(UTC)
    planned = plan(starts, NEW_YORK, TO_PARTIES)
    week, before, tried = (mail.at for mail in planned)

    for hours in range(-24 * 12, 24 * 80):
        now = begins + timedelta(hours=hours)
        wanted = [
            *(["week"] if week <= now < begins else []),
            *(["day_before"] if before <= now < begins else []),
            *(["tried"] if tried <= now < tried + timedelta(days=14) else []),
        ]
        assert kinds(due(planned, told_at=EVER, sent=[], now=now)) == wanted


def test_whoever_was_told_inside_a_window_gets_no_mail_of_that_window() -> None:
    planned = plan(datetime(2026, 12, 2, 9), NEW_YORK, TO_PARTIES)
    week, before, _ = (mail.at for mail in planned)
    second = timedelta(seconds=1)

    got = {
        told_at: [kinds(due(planned, told_at=told_at, sent=[], now=mail.at)) for mail in planned]
        for told_at in (week - second, week, before - second, before)
    }

    assert got == {
        week - second: [["week"], ["week", "day_before"], ["tried"]],
        week: [[], ["day_before"], ["tried"]],
        before - second: [[], ["day_before"], ["tried"]],
        before: [[], [], ["tried"]],
    }


def test_what_was_sent_is_not_due_again() -> None:
    planned = plan(datetime(2026, 12, 2, 9), NEW_YORK, TO_PARTIES)

    again = due(planned, told_at=EVER, sent=[ReminderKind.WEEK], now=planned[1].at)

    assert kinds(again) == ["day_before"]
