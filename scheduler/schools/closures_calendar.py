"""Entries of a calendar as closures: all-day entries close their days, repeated for two years ahead; entries with hours close nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from scheduler.core.refusal import Sentence, say
from scheduler.foundation.ical_reader import Found
from scheduler.schools.closures import MOST_DAYS, Row
from scheduler.schools.closures_lines import ClosureDetails, Unclear, checked
from scheduler.schools.closures_repeat import CannotRepeat, read_rule

AHEAD = timedelta(days=2 * 365)
MOST_UID = 255
WHY: dict[str, Sentence] = {
    "timed": say("It has hours, so it does not close the day."),
    "over": say("It is over."),
    "cancelled": say("It is cancelled in that calendar. If it is in the list here, remove it there by hand."),
    "broken": say("Its days cannot be read. Type them instead."),
    "repeats": say("It repeats in a way that cannot be read here. Type its days instead."),
    "untitled": say("It has no title."),
    "long": say("It closes more than a year. Look at the years."),
    "twice": say("It stands above already."),
}
"""Why a row is no closure"""


def rows_of(entries: Iterable[Found], *, today: date) -> list[Row]:
    """What the entries of a calendar close from today on; those that close nothing, with the reason.

    Of two entries with one UID the one with the higher SEQUENCE counts (RFC 5545, 3.8.7.4); a repetition that an entry of its
    own replaces (RECURRENCE-ID) is left out of its rule.
    """
    entries = list(_newest(entries))
    replaced = {(entry.uid, entry.instead_of) for entry in entries if entry.instead_of}
    rows: list[Row] = []
    days = 0
    for entry in entries:
        made = list(_rows(entry, {day for uid, day in replaced if uid == entry.uid and day}, today))
        rows += made
        days += sum(row.details.days for row in made if row.details)
        if days > MOST_DAYS:
            break  # it is refused as a whole: no need to count the rest
    return rows


def _newest(entries: Iterable[Found]) -> Iterator[Found]:
    newest: dict[object, Found] = {}
    for number, entry in enumerate(entries):
        key = (entry.uid, entry.instead_of) if entry.uid else number
        if key not in newest or newest[key].sequence <= entry.sequence:
            newest[key] = entry
    return iter(newest.values())


def _rows(entry: Found, replaced: set[date], today: date) -> Iterator[Row]:
    why = _why_not(entry)
    if why:
        yield Row(entry.line, entry.title, why=why)
        return
    length = entry.until - entry.first - timedelta(days=1)
    try:
        begins = sorted(_begins(entry, today - length, today + AHEAD) - replaced)
        made = [_details(entry, first, length) for first in begins if first + length >= today]
    except CannotRepeat:
        yield Row(entry.line, entry.title, why="repeats")
    except Unclear:
        yield Row(entry.line, entry.title, why="long")
    else:
        yield from (Row(entry.line, details.title, details) for details in made)
        if not made:
            yield Row(entry.line, entry.title, why="over")


def _why_not(entry: Found) -> str:
    if entry.is_timed:
        return "timed"
    if entry.is_broken or len(entry.uid) > MOST_UID or not all(2000 <= day.year <= 2100 for day in (entry.first, entry.until)):
        return "broken"
    if entry.is_cancelled:
        return "cancelled"
    return "" if entry.title else "untitled"


def _begins(entry: Found, first: date, last: date) -> set[date]:
    """The days on which an entry begins; one that does not repeat may lie further ahead."""
    if not entry.rule and not entry.more:
        return {entry.first}
    ruled = set(read_rule(entry.rule, entry.first).days(first, last)) if entry.rule else {entry.first}
    return {day for day in (ruled | entry.more) - entry.left_out if first <= day <= last}


def _details(entry: Found, first: date, length: timedelta) -> ClosureDetails:
    made = checked(first, first + length, entry.title[:120].strip())
    part = entry.instead_of or (first if entry.rule or entry.more else None)
    uid = (f"{entry.uid} {part.isoformat()}" if part else entry.uid) if entry.uid else None
    return ClosureDetails(made.first_day, made.last_day, made.title, uid)
