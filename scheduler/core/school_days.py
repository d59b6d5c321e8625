"""School days: weekdays that no closure covers, and the cutoffs counted in them (rules 2 and 3)."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from scheduler.core.refusal import Refusal, say
from scheduler.core.times import date_text, settle

FIRST_MONTH = 8
"""School years begin in August."""
SEARCHED_DAYS = 2 * 366
"""How far we look for school days before giving up: closures without an end must not keep anybody waiting."""


class TooFewSchoolDays(Refusal):
    """Closures cover nearly everything."""

    def __init__(self, day: date) -> None:
        super().__init__(
            say(
                "Too few school days lie within two years of %(day)s: closures cover the others. Shorten a closure, or ask for fewer days.",
                day=date_text(day),
            )
        )


def school_year(day: date) -> int:
    """The year in which the school year of a day begins.

    >>> school_year(date(2026, 11, 24)), school_year(date(2027, 6, 1)), school_year(date(2027, 8, 1))
    (2026, 2026, 2027)
    """
    return day.year if day.month >= FIRST_MONTH else day.year - 1


def days_of(year: int) -> tuple[date, date]:
    """The first and the last day of a school year.

    >>> days_of(2026)
    (datetime.date(2026, 8, 1), datetime.date(2027, 7, 31))
    """
    return date(year, FIRST_MONTH, 1), date(year + 1, FIRST_MONTH, 1) - timedelta(days=1)


def is_school_day(day: date, closed: Container[date]) -> bool:
    """True for a weekday in `closed` by neither the school nor the network.

    >>> thanksgiving = {date(2026, 11, 26), date(2026, 11, 27)}
    >>> is_school_day(date(2026, 11, 25), thanksgiving), is_school_day(date(2026, 11, 26), thanksgiving)
    (True, False)
    >>> is_school_day(date(2026, 11, 28), thanksgiving)     # a Saturday
    False
    """
    return day.weekday() < 5 and day not in closed


def school_days_before(day: date, n: int, closed: Container[date]) -> date:
    """The n-th school day before a day; for n = 0 the day itself, or the school day before when it is none.

    >>> thanksgiving = {date(2026, 11, 26), date(2026, 11, 27)}
    >>> school_days_before(date(2026, 12, 1), 2, thanksgiving)      # Monday, then the Wednesday before the holiday
    datetime.date(2026, 11, 25)
    >>> school_days_before(date(2026, 11, 29), 0, thanksgiving)
    datetime.date(2026, 11, 25)
    """
    return _nth(day, n, closed, timedelta(days=-1))


def school_days_after(day: date, n: int, closed: Container[date]) -> date:
    """The n-th school day after a day; for n = 0 the day itself, or the school day after when it is none.

    >>> thanksgiving = {date(2026, 11, 26), date(2026, 11, 27)}
    >>> school_days_after(date(2026, 11, 25), 1, thanksgiving), school_days_after(date(2026, 11, 26), 0, thanksgiving)
    (datetime.date(2026, 11, 30), datetime.date(2026, 11, 30))
    """
    return _nth(day, n, closed, timedelta(days=1))


def _nth(day: date, n: int, closed: Container[date], step: timedelta) -> date:
    first = day + step if n else day
    searched = (first + step * k for k in range(SEARCHED_DAYS))
    found = (candidate for candidate in searched if is_school_day(candidate, closed))
    nth = next(islice(found, max(n - 1, 0), None), None)
    if nth is None:
        raise TooFewSchoolDays(day)
    return nth


def cutoff(starts_wall: datetime, days: int, at: time, zone: ZoneInfo, closed: Container[date]) -> datetime:
    """The instant (UTC) at which booking ends: `days` school days before the day of the start, `at` local time.

    With 0 days it is the start itself, whatever `at` says.

    >>> new_york = ZoneInfo("America/New_York")
    >>> cutoff(datetime(2026, 11, 3, 9, 0), 2, time(15), new_york, closed=set()).isoformat()    # Friday, before the clocks go back
    '2026-10-30T19:00:00+00:00'
    >>> cutoff(datetime(2026, 11, 3, 9, 0), 0, time(15), new_york, closed=set()).isoformat()
    '2026-11-03T14:00:00+00:00'
    """
    if days == 0:
        return settle(starts_wall, zone)
    return settle(datetime.combine(school_days_before(starts_wall.date(), days, closed), at), zone)
