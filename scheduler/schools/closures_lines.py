"""Closed days as people write them, a line each: 2026-11-26 – 2026-11-27 Thanksgiving; 12/24/2026-1/1/2027 Winter recess."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from scheduler.core.refusal import Refusal, Sentence, say
from scheduler.core.text import is_blank, tidy, unshowable

MOST_LINES = 1000
MOST_LETTERS = 120
MOST_DAYS = 366
"""Of one closure: more is a year mistyped"""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_TO = r"\s*(?:[-–—]|\bto\b|\bthrough\b|\buntil\b)\s*"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_DAY = _WEEKDAY + rf"(?:\d{{4}}-\d{{1,2}}-\d{{1,2}}|\d{{1,2}}/\d{{1,2}}/\d{{4}}|{_MONTH}\s+\d{{1,2}}(?:,\s*|\s+)\d{{4}})(?!\d)"
_SPAN = re.compile(rf"({_DAY})(?:{_TO}({_DAY}))?", re.IGNORECASE)
_IN_ONE_MONTH = re.compile(rf"({_MONTH})\s+(\d{{1,2}}){_TO}(\d{{1,2}})(?:,\s*|\s+)(\d{{4}})(?!\d)", re.IGNORECASE)
_NAMED = re.compile(rf"({_MONTH})\s+(\d{{1,2}})(?:,\s*|\s+)(\d{{4}})$", re.IGNORECASE)


@dataclass(frozen=True)
class ClosureDetails:
    """What somebody types about a closure; both days are closed."""

    first_day: date
    last_day: date
    title: str
    source_uid: str | None = None

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1


class Unclear(Refusal):
    """A line that is no closure; the sentence says why, and how it is written."""

    def __init__(self, text: str, **facts: object) -> None:
        super().__init__(say(text, **facts))


def read_lines(text: str) -> tuple[list[tuple[int, ClosureDetails]], list[tuple[int, Sentence]]]:
    """The closures of a text with the numbers of their lines, and what is wrong with the other lines; blank lines are none.

    >>> read, wrong = read_lines("Nov 11, 2026 Veterans Day\\n\\n2026-02-30 Day off")
    >>> [(line, str(each.first_day), each.title) for line, each in read], [(line, str(sentence)) for line, sentence in wrong]
    ([(1, '2026-11-11', 'Veterans Day')], [(3, 'There is no day 2026-02-30.')])
    """
    read, wrong = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if is_blank(line):
            continue
        try:
            read.append((number, read_line(line)))
        except Unclear as unclear:
            wrong.append((number, unclear.sentence))
    return read, wrong


def read_line(line: str) -> ClosureDetails:
    """One closure: its day or its first and last day, and what it is called. Raises Unclear.

    >>> read_line("12/24/2026-1/1/2027 Winter recess")
    ClosureDetails(first_day=datetime.date(2026, 12, 24), last_day=datetime.date(2027, 1, 1), title='Winter recess', source_uid=None)
    >>> read_line("Nov 26–27, 2026: Thanksgiving").last_day
    datetime.date(2026, 11, 27)
    """
    line = tidy(line.replace("\t", " "))
    if match := _IN_ONE_MONTH.match(line):
        month, begins, ends, year = match.groups()
        first, last = _made(int(year), month, begins, match[0]), _made(int(year), month, ends, match[0])
    elif match := _SPAN.match(line):
        first = _read_day(match[1])
        last = _read_day(match[2]) if match[2] else first
    else:
        raise Unclear("It does not begin with a day. Write it like 2026-11-26 Thanksgiving, 11/26/2026 or Nov 26, 2026.")
    return checked(first, last, line[match.end() :].strip(" ,:;|-–—"))


def checked(first: date, last: date, title: str) -> ClosureDetails:
    """A closure whose days and title make sense. Raises Unclear."""
    if last < first:
        raise Unclear("The last day lies before the first.")
    if (last - first).days >= MOST_DAYS:
        raise Unclear("More than a year is closed. Look at the years.")
    if is_blank(title):
        raise Unclear("What it is called is missing. Write it after the days, like 2026-11-26 Thanksgiving.")
    if found := unshowable(title):
        raise Unclear("%(what)s cannot be shown here.", what=", ".join(found))
    if len(title) > MOST_LETTERS:
        raise Unclear("The title has %(length)d letters; up to 120 fit.", length=len(title))
    return ClosureDetails(first, last, title)


def _read_day(text: str) -> date:
    plain = re.sub(rf"^{_WEEKDAY}", "", text, flags=re.IGNORECASE)
    if named := _NAMED.match(plain):
        return _made(int(named[3]), named[1], named[2], plain)
    if "/" in plain:
        month, day, year = plain.split("/")
        return _made(int(year), month, day, plain)
    year, month, day = plain.split("-")
    return _made(int(year), month, day, plain)


def _made(year: int, month: str, day: str, text: str) -> date:
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
    try:
        made = date(year, number, int(day))
    except ValueError:
        raise Unclear("There is no day %(typed)s.", typed=text) from None
    if not 2000 <= year <= 2100:
        raise Unclear("%(typed)s lies too far away. Write a year from 2000 to 2100.", typed=text)
    return made
