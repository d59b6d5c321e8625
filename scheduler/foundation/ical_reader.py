"""Reads calendars that people bring: the bytes of an .ics file in, the facts of its entries out; bounded, wrong files named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import Any

from scheduler.core.refusal import Refusal, say
from scheduler.core.text import tidy, without_unshowable

MOST_BYTES = 2 * 1024 * 1024
MOST_ENTRIES = 1000
_BEGINS = re.compile(rb"^BEGIN:VEVENT[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Found:
    """One entry of a calendar. An all-day entry has days; `until` is the day after its last one, as calendars count (RFC 5545, 3.6.1)."""

    line: int
    title: str
    uid: str = ""
    sequence: int = 0
    is_timed: bool = False
    is_cancelled: bool = False
    is_broken: bool = False
    first: date = date.min
    until: date = date.min
    rule: Mapping[str, list[str]] = field(default_factory=dict)
    """RRULE by its parts, days in ISO 8601; empty when it does not repeat"""
    more: frozenset[date] = frozenset()
    """RDATE: further days on which it begins"""
    left_out: frozenset[date] = frozenset()
    """EXDATE: days on which it does not"""
    instead_of: date | None = None
    """RECURRENCE-ID: the day of the repetition that this entry replaces"""


def read_calendar(data: bytes) -> list[Found]:
    r"""The entries (VEVENT) of an .ics file, in their order. What one entry has wrong makes that entry `is_broken` only.

    Refuses a file that is empty, larger than 2 MB, no iCalendar, damaged, or has no or more than 1,000 entries.

    >>> [found] = read_calendar(
    ...     b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:Thanksgiving\nDTSTART;VALUE=DATE:20261126\n"
    ...     b"DTEND;VALUE=DATE:20261128\nEND:VEVENT\nEND:VCALENDAR\n")
    >>> found.line, found.title, found.first.isoformat(), found.until.isoformat()
    (2, 'Thanksgiving', '2026-11-26', '2026-11-28')
    """
    _refuse_what_is_no_calendar(data)
    lines = [data.count(b"\n", 0, match.start()) + 1 for match in _BEGINS.finditer(data)]
    if len(lines) > MOST_ENTRIES:
        raise Refusal(
            say("This calendar has %(entries)d entries; up to 1,000 can be read at once. Export fewer months.", entries=len(lines))
        )
    if not lines:
        raise Refusal(say("This calendar has no entries. Export the months with the closed days."))
    events = _events(data)
    if len(events) != len(lines):
        raise _damaged()
    return [_found(line, event) for line, event in zip(lines, events, strict=True)]


def _refuse_what_is_no_calendar(data: bytes) -> None:
    if not data.strip():
        raise Refusal(say("There is nothing in this file. Export the calendar again."))
    if len(data) > MOST_BYTES:
        raise Refusal(say("The file has %(size).1f MB; up to 2 MB can be read. Export fewer months.", size=len(data) / 1024 / 1024))
    if not data.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].upper().startswith(b"BEGIN:VCALENDAR"):
        raise Refusal(say("By its content this is not a calendar. Export the calendar as an .ics file and choose that."))


def _damaged() -> Refusal:
    return Refusal(say("This calendar is damaged and cannot be read. Export it again."))


def _events(data: bytes) -> list[Any]:
    try:
        icalendar = import_module("icalendar")  # here: a twentieth of what a server imports, for a file now and then
        calendars = icalendar.Calendar.from_ical(data, multiple=True)
        return [event for calendar in calendars for event in calendar.walk("VEVENT")]
    except Exception as error:  # a damaged calendar fails anywhere in its reader, with any error there is
        raise _damaged() from error


def _found(line: int, event: Any) -> Found:
    title = " ".join(without_unshowable(tidy(str(event.get("SUMMARY", ""))), lines=True).split())
    try:
        return _read(line, title, event)
    except Exception:  # as above, but of one entry: the others can be read
        return Found(line, title, is_broken=True)


def _read(line: int, title: str, event: Any) -> Found:
    about: dict[str, Any] = {
        "uid": str(event.get("UID", "")), "sequence": int(event.get("SEQUENCE", 0)),
        "is_cancelled": str(event.get("STATUS", "")).upper() == "CANCELLED",
    }  # fmt: skip
    first = event["DTSTART"].dt
    if isinstance(first, datetime):
        return Found(line, title, is_timed=True, **about)
    replaced = event.get("RECURRENCE-ID")
    if replaced is not None and "RANGE" in replaced.params:
        raise ValueError("one entry that changes all later ones")
    return Found(
        line, title, **about, first=first, until=_until(event, first), rule=_rule(event),
        more=_days(event, "RDATE"), left_out=_days(event, "EXDATE"), instead_of=_day(replaced.dt) if replaced is not None else None,
    )  # fmt: skip


def _until(event: Any, first: date) -> date:
    """The day after the last one. Without an end it is one day; some programs write a day that ends when it begins."""
    if "DTEND" in event:
        return max(_day(event["DTEND"].dt), first + timedelta(days=1))
    length: timedelta = event["DURATION"].dt if "DURATION" in event else timedelta(days=1)
    return first + max(length, timedelta(days=1))


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _rule(event: Any) -> dict[str, list[str]]:
    if "RRULE" not in event:
        return {}
    rule = event["RRULE"]
    if isinstance(rule, list):
        raise ValueError("one rule an entry (RFC 5545, 3.8.5.3)")
    return {name.upper(): [_plain(value) for value in (values if isinstance(values, list) else [values])] for name, values in rule.items()}


def _plain(value: object) -> str:
    return _day(value).isoformat() if isinstance(value, date) else str(value)


def _days(event: Any, name: str) -> frozenset[date]:
    if name not in event:
        return frozenset()
    listed = event[name] if isinstance(event[name], list) else [event[name]]
    return frozenset(_day(each.dt) for several in listed for each in several.dts)
