"""Months as a wall calendar shows them."""

from __future__ import annotations

import re
from calendar import SUNDAY, Calendar
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, order=True)
class Month:
    """A month of a year.

    >>> december = Month(2026, 12)
    >>> str(december), str(december.next), str(december.previous), december.name
    ('2026-12', '2027-01', '2026-11', 'December 2026')
    >>> [len(week) for week in december.weeks], december.weeks[0][0].isoformat(), december.weeks[-1][-1].isoformat()
    ([7, 7, 7, 7, 7], '2026-11-29', '2027-01-02')
    """

    year: int
    month: int

    @staticmethod
    def of(day: date) -> Month:
        return Month(day.year, day.month)

    @staticmethod
    def read(text: str) -> Month | None:
        """A month as it stands in addresses; nothing else.

        >>> Month.read("2026-12"), Month.read("2026-13"), Month.read("１２-1"), Month.read("1999-12")
        (Month(year=2026, month=12), None, None, None)
        """
        if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", text):
            return None
        return Month(int(text[:4]), int(text[5:]))

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def next(self) -> Month:
        return Month.of(self.first + timedelta(days=31))

    @property
    def previous(self) -> Month:
        return Month.of(self.first - timedelta(days=1))

    @property
    def name(self) -> str:
        return f"{self.first:%B} {self.year}"

    @property
    def weeks(self) -> list[list[date]]:
        """Its weeks from Sunday to Saturday, whole: days of the months beside it fill them up."""
        return Calendar(SUNDAY).monthdatescalendar(self.year, self.month)

    def __contains__(self, day: date) -> bool:
        return Month.of(day) == self

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"
