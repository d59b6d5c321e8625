"""Days that repeat by the rule of a calendar entry: every year, the fourth Thursday of November (RFC 5545, 3.3.10)."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BYDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_READ = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYMONTHDAY", "BYDAY"}


OLDEST_COUNTED = timedelta(days=5 * 366)
"""Before a day on which a counted rule starts at most: all days since then have to be counted"""


class CannotRepeat(ValueError):
    """A rule with parts that are not read here."""


@dataclass(frozen=True)
class Repeats:
    """A rule and the day on which it starts to count."""

    start: date
    freq: str
    interval: int = 1
    count: int | None = None
    until: date = date.max
    week_start: int = 0
    months: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    weekdays: frozenset[tuple[int, int]] = frozenset()
    """(which one of the month or year, weekday); 0 for every one"""

    def days(self, first: date, last: date) -> Iterator[date]:
        """The days of the rule from `first` to `last`, both included. Raises CannotRepeat for a count that began over five years before.

        >>> turkey = read_rule({"FREQ": ["YEARLY"], "BYMONTH": ["11"], "BYDAY": ["4TH"]}, date(2020, 11, 26))
        >>> [day.isoformat() for day in turkey.days(date(2026, 1, 1), date(2027, 12, 31))]
        ['2026-11-26', '2027-11-25']
        """
        if self.count and first - self.start > OLDEST_COUNTED:
            raise CannotRepeat("a count from long ago")
        seen, day, end = 0, self.start if self.count else max(self.start, first), min(last, self.until)
        while day <= end and (self.count is None or seen < self.count):
            if self._has(day):
                seen += 1
                if day >= first:
                    yield day
            day += timedelta(days=1)

    def _has(self, day: date) -> bool:
        return (not self.months or day.month in self.months) and self._its_day(day) and self._its_turn(day) % self.interval == 0

    def _its_turn(self, day: date) -> int:
        """Days, weeks, months or years since the start."""
        if self.freq == "YEARLY":
            return day.year - self.start.year
        if self.freq == "MONTHLY":
            return (day.year - self.start.year) * 12 + day.month - self.start.month
        if self.freq == "WEEKLY":
            return (day.toordinal() - self._week_of_start) // 7
        return day.toordinal() - self.start.toordinal()

    @cached_property
    def _week_of_start(self) -> int:
        return self.start.toordinal() - (self.start.weekday() - self.week_start) % 7

    def _its_day(self, day: date) -> bool:
        if self.month_days and not self.month_days & {day.day, day.day - _length(day) - 1}:
            return False
        if self.weekdays:
            return any(wanted == day.weekday() and (which == 0 or which in self._places(day)) for which, wanted in self.weekdays)
        return bool(self.month_days) or self._like_the_start(day)

    def _like_the_start(self, day: date) -> bool:
        """What a rule means that names no day (RFC 5545, 3.3.10: it is taken from DTSTART)."""
        if self.freq == "DAILY":
            return True
        if self.freq == "WEEKLY":
            return day.weekday() == self.start.weekday()
        return day.day == self.start.day and (self.freq == "MONTHLY" or bool(self.months) or day.month == self.start.month)

    def _places(self, day: date) -> tuple[int, int]:
        """Which one of its weekday a day is, from the front and from the back: of the month, or of the year where no month is named."""
        if self.freq == "YEARLY" and not self.months:
            number, length = day.timetuple().tm_yday, date(day.year, 12, 31).timetuple().tm_yday
        else:
            number, length = day.day, _length(day)
        return (number + 6) // 7, -((length - number) // 7 + 1)


def read_rule(rule: Mapping[str, list[str]], start: date) -> Repeats:
    """The rule of an entry that begins on a day. Raises CannotRepeat for hours, week numbers and whatever else no holiday needs."""
    if not rule.keys() <= _READ or rule["FREQ"] not in (["DAILY"], ["WEEKLY"], ["MONTHLY"], ["YEARLY"]):
        raise CannotRepeat(sorted(rule))
    try:
        return _rule(rule, start)
    except (ValueError, IndexError) as error:
        raise CannotRepeat(sorted(rule)) from error


def _rule(rule: Mapping[str, list[str]], start: date) -> Repeats:
    read = Repeats(
        start, rule["FREQ"][0], interval=int(rule.get("INTERVAL", ["1"])[0]),
        count=int(rule["COUNT"][0]) if "COUNT" in rule else None,
        until=date.fromisoformat(rule["UNTIL"][0]) if "UNTIL" in rule else date.max,
        week_start=_WEEKDAYS.index(rule.get("WKST", ["MO"])[0]), months=frozenset(map(int, rule.get("BYMONTH", ()))),
        month_days=frozenset(map(int, rule.get("BYMONTHDAY", ()))), weekdays=frozenset(map(_weekday, rule.get("BYDAY", ()))),
    )  # fmt: skip
    numbered = any(which for which, _ in read.weekdays)
    if read.interval < 1 or (read.count is not None and read.count < 1) or (numbered and read.freq in ("DAILY", "WEEKLY")):
        raise ValueError("no such rule")
    return read


def _weekday(text: str) -> tuple[int, int]:
    match = _BYDAY.fullmatch(text.upper())
    if match is None:
        raise ValueError(text)
    return int(match[1] or 0), _WEEKDAYS.index(match[2])


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]
