"""Writes calendars: the facts of an event in, bytes out that every calendar program reads alike (rules: docs/rules/calendars.md).

The lines are written here and not by the icalendar library, which turns the "\\N" of C:\\New into a line break, folds inside an
escaped backslash and writes a calendar's name unescaped. Where it is right, the tests hold our bytes against its bytes.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

WRITER_VERSION = 1  # part of every cache key; goes up whenever the same facts would give other bytes
PRODUCT = "-//Living Lab Scheduler//Calendar//EN"
CANCELED = "Canceled: "
METHODS = ("REQUEST", "CANCEL")

Line = tuple[str, str]

_UID = re.compile(r"[!#-+\--:<-\[\]-~]{8,255}")  # printable ASCII; without the blank and " , ; \ which would need escaping
_URL = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_MAIL = re.compile(r"[^\s\"(),:;<>@\[\]\\]+@[^\s\"(),:;<>@\[\]\\]+")

_LINE_BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_LONG_BLANK = re.compile(" {40,}")
# No program reads an escaped quote, backslash or caret in a parameter the way the next one does.
_PARAMETER = str.maketrans({'"': "'", "\\": "/", "^": None})
_NAME = str.maketrans(",;\\", "   ")

_FIRST_DAY, _LAST_DAY = datetime(2024, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Entry:
    """One event as a calendar shows it. Times are aware; seconds count, smaller parts are dropped.

    Texts may hold anything. A `url` that is not a clean http(s) address is left out: one bad address must not take down a feed.
    Raises ValueError for what only a bug can cause: a naive time, an end before its start, a negative sequence, an unfit uid.
    """

    uid: str
    sequence: int
    created_at: datetime
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    title: str
    description: str = ""
    location: str = ""
    url: str = ""
    cancelled: bool = False
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _UID.fullmatch(self.uid):
            raise ValueError(
                f"a uid has 8 to 255 printable ASCII characters, and no blank, quote, comma, semicolon or backslash: {self.uid!r}"
            )
        if self.sequence < 0:
            raise ValueError(f"a sequence starts at 0: {self.sequence}")
        if any(instant.utcoffset() is None for instant in (self.created_at, self.changed_at, self.starts_at, self.ends_at)):
            raise ValueError(f"a calendar needs instants, not wall times: {self!r}")
        if _stamp(self.ends_at) <= _stamp(self.starts_at):
            raise ValueError(f"an event ends after it starts: {self.starts_at} to {self.ends_at}")


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """The entry as plain values, for a row that writes it later."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in vars(entry).items()}


def entry_from_json(facts: Mapping[str, Any]) -> Entry:
    """The entry that `entry_to_json` took apart. Raises KeyError, TypeError or ValueError for anything else.

    >>> at = datetime(2026, 3, 4, 14, tzinfo=UTC)
    >>> visit = Entry("visit-1@example.org", 0, at, at, at, at + timedelta(hours=1), "Open visit")
    >>> entry_from_json(entry_to_json(visit)) == visit
    True
    """
    instants = {name: datetime.fromisoformat(facts[name]) for name in ("created_at", "changed_at", "starts_at", "ends_at")}
    return Entry(**{**facts, **instants, "categories": tuple(facts["categories"])})


def entry_bytes(entry: Entry) -> bytes:
    r"""The VEVENT of one entry, ready to be joined into a feed (RFC 5545, section 3.6.1). Same facts, same bytes.

    >>> at = datetime(2026, 3, 4, 14, tzinfo=UTC)
    >>> visit = Entry("visit-1@example.org", 0, at, at, at, at + timedelta(hours=1), r"Open visit, C:\New")
    >>> print(entry_bytes(visit).decode().replace("\r\n", "\n"), end="")
    BEGIN:VEVENT
    SUMMARY:Open visit\, C:\\New
    DTSTART:20260304T140000Z
    DTEND:20260304T150000Z
    DTSTAMP:20260304T140000Z
    UID:visit-1@example.org
    SEQUENCE:0
    CREATED:20260304T140000Z
    LAST-MODIFIED:20260304T140000Z
    STATUS:CONFIRMED
    END:VEVENT
    """
    return _component("VEVENT", _lines(_event(entry)))


def feed_bytes(pieces: Iterable[bytes], *, name: str, description: str, zone: str) -> bytes:
    r"""A calendar to subscribe to, from the pieces of `entry_bytes` in their order (RFC 7986 for its name and refresh interval).

    `zone` is an IANA name. Without any event the calendar holds that zone's rules, because an empty calendar is not allowed.
    Raises zoneinfo.ZoneInfoNotFoundError for an empty feed in an unknown zone.

    >>> b"\r\nNAME:Visits in Queens NY\r\n" in feed_bytes([], name="Visits in Queens, NY", description="", zone="America/New_York")
    True
    """
    about = escape(description)
    title = _one_line(name.translate(_NAME))
    shown = [("DESCRIPTION", about), ("X-WR-CALDESC", about)] if about else []
    shown += [("NAME", title), ("X-WR-CALNAME", title)]
    refresh = [("REFRESH-INTERVAL;VALUE=DURATION", "PT1H"), ("X-PUBLISHED-TTL", "PT1H")]
    return _calendar([*shown, *refresh], b"".join(pieces) or timezone_bytes(zone))


def download_bytes(entry: Entry) -> bytes:
    """A calendar file of one event: what the feed says of it, and nothing that would make a program subscribe or rename."""
    return _calendar([], entry_bytes(entry))


def invitation_bytes(
    entry: Entry, *, method: str, organizer_name: str, organizer_address: str, attendee_name: str, attendee_address: str
) -> bytes:
    """The calendar part of a mail to one attendee (RFC 5546). Booking was the acceptance, so no reply is asked for.

    CANCEL writes the entry as cancelled, whether or not it says so: a party may leave an event that takes place.
    Raises ValueError for another method, a REQUEST of a cancelled entry, a CANCEL with sequence 0, or an unfit mail address.
    """
    if method not in METHODS:
        raise ValueError(f"the methods are {', '.join(METHODS)}: {method!r}")
    if method == "REQUEST" and entry.cancelled:
        raise ValueError("a cancelled event cannot be requested")
    if method == "CANCEL" and entry.sequence == 0:
        raise ValueError("a cancellation follows something: its sequence is at least 1")
    accepted = ";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=FALSE"
    people = [_person("ATTENDEE", attendee_name, accepted, attendee_address), _person("ORGANIZER", organizer_name, "", organizer_address)]
    told = replace(entry, cancelled=entry.cancelled or method == "CANCEL")
    return _calendar([("METHOD", method)], _component("VEVENT", _lines([*_event(told), *people])))


@lru_cache(maxsize=64)
def timezone_bytes(zone: str) -> bytes:
    """The VTIMEZONE of an IANA zone, true from 2025 to 2036: a yearly rule for each change of the clocks (RFC 5545, section 3.6.5).

    Where the changes follow no rule of the form "second Sunday in March" (Ramadan in Morocco), each stands for itself.
    """
    clock = ZoneInfo(zone)
    groups = _groups(_turns(clock))
    rules = [_yearly(group) for group in groups]
    parts = [part for group, rule in zip(groups, rules, strict=True) for part in _observances(group, rule)]
    if not (rules and all(rules)):
        offset, name = _clock(clock, _FIRST_DAY)
        parts.insert(0, _observance(_Turn(datetime(1970, 1, 1), offset, offset, name), ""))  # noqa: DTZ001 (a wall time)
    return _component("VTIMEZONE", _lines([("TZID", zone)]) + b"".join(parts))


def clean(text: str) -> str:
    r"""The text as calendar programs can hold it: each line break a \n, tabs as blanks, no control characters or half characters.

    A single NUL makes some programs drop the whole calendar. Forty blanks and more become one, since they could fold into
    a line that looks empty.

    >>> clean("Room\t5\x00\r\nsecond floor\u2028left")
    'Room 5\nsecond floor\nleft'
    """
    text = _LINE_BREAK.sub("\n", text).replace("\t", " ")
    return _LONG_BLANK.sub(" ", _FORBIDDEN.sub("", text))


def escape(text: str) -> str:
    r"""A cleaned text as a TEXT value (RFC 5545, section 3.3.11).

    >>> print(escape("a;b,c\\d\ne"))
    a\;b\,c\\d\ne
    """
    return clean(text).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def fold(line: str) -> bytes:
    r"""One content line as physical lines of at most 75 octets with their CRLF (RFC 5545, section 3.1).

    >>> fold("SUMMARY:" + "a" * 70)
    b'SUMMARY:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n aaaa\r\n'
    """
    octets = line.encode()
    pieces = []
    while len(octets) > 74:  # and not 75: the blank that opens a folded line counts
        cut = _cut(octets)
        pieces.append(octets[:cut])
        octets = octets[cut:]
    return b"\r\n ".join([*pieces, octets]) + b"\r\n"


def _cut(octets: bytes) -> int:
    """Where to fold: never inside a character, nor between a backslash and what it escapes."""
    cut = 74
    while octets[cut] & 0xC0 == 0x80:
        cut -= 1
    backslashes = cut - len(octets[:cut].rstrip(b"\\"))
    return cut - backslashes % 2


def _event(entry: Entry) -> list[Line]:
    url = entry.url if _URL.fullmatch(entry.url) else ""
    optional = [
        ("CATEGORIES", ",".join(filter(None, map(escape, entry.categories)))),
        ("CREATED", _stamp(entry.created_at)),
        ("DESCRIPTION", escape(_with_address(entry.description, url))),
        ("LAST-MODIFIED", _stamp(entry.changed_at)),
        ("LOCATION", escape(entry.location)),
        ("STATUS", "CANCELLED" if entry.cancelled else "CONFIRMED"),
        ("TRANSP", "TRANSPARENT" if entry.cancelled else ""),
        ("URL", url),
    ]
    return [*_headline(entry), *((name, value) for name, value in optional if value)]


def _headline(entry: Entry) -> list[Line]:
    return [
        ("SUMMARY", escape(CANCELED + entry.title if entry.cancelled else entry.title)),
        ("DTSTART", _stamp(entry.starts_at)),
        ("DTEND", _stamp(entry.ends_at)),
        ("DTSTAMP", _stamp(entry.changed_at)),  # when it really changed: "now" could never be cached
        ("UID", entry.uid),
        ("SEQUENCE", str(entry.sequence)),
    ]


def _with_address(description: str, url: str) -> str:
    """Many programs show no URL property, so the address stands in the description too, once."""
    if not url or url in description.split():
        return description
    return f"{description}\n\n{url}" if description else url


def _person(role: str, name: str, parameters: str, address: str) -> Line:
    if not _MAIL.fullmatch(address) or clean(address) != address:
        raise ValueError(f"not a mail address: {address!r}")
    shown = _one_line(name.translate(_PARAMETER))
    return (f'{role};CN="{shown}"{parameters}' if shown else f"{role}{parameters}"), f"mailto:{address}"


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _lines(lines: Iterable[Line]) -> bytes:
    return b"".join(fold(f"{name}:{value}") for name, value in lines)


def _component(name: str, body: bytes) -> bytes:
    return b"BEGIN:%b\r\n%bEND:%b\r\n" % (name.encode(), body, name.encode())


def _calendar(about: list[Line], body: bytes) -> bytes:
    return _component("VCALENDAR", _lines([("VERSION", "2.0"), ("PRODID", PRODUCT), ("CALSCALE", "GREGORIAN"), *about]) + body)


@dataclass(frozen=True)
class _Turn:
    """The clocks of a zone change: the wall time at which they do, by the offset before, and what holds after."""

    wall: datetime
    before: timedelta
    after: timedelta
    name: str


def _clock(zone: ZoneInfo, instant: datetime) -> tuple[timedelta, str]:
    local = instant.astimezone(zone)
    return local.utcoffset() or timedelta(), local.tzname() or zone.key


def _turns(zone: ZoneInfo) -> Iterator[_Turn]:
    for number in range((_LAST_DAY - _FIRST_DAY).days):
        day = _FIRST_DAY + timedelta(days=number)
        if _clock(zone, day) != _clock(zone, day + timedelta(days=1)):
            yield _turn_on(zone, day)


def _turn_on(zone: ZoneInfo, day: datetime) -> _Turn:
    old = _clock(zone, day)
    minutes = bisect_left(range(24 * 60), True, key=lambda minute: _clock(zone, day + timedelta(minutes=minute)) != old)
    instant = day + timedelta(minutes=minutes)
    return _Turn((instant + old[0]).replace(tzinfo=None), old[0], *_clock(zone, instant))


def _groups(turns: Iterable[_Turn]) -> list[list[_Turn]]:
    groups: dict[object, list[_Turn]] = {}
    for turn in turns:
        alike = (turn.before, turn.after, turn.name, turn.wall.month, turn.wall.weekday(), turn.wall.time())
        groups.setdefault(alike, []).append(turn)
    return list(groups.values())


def _yearly(group: Sequence[_Turn]) -> str:
    """The rule that gives exactly these turns, one a year, or nothing."""
    if [turn.wall.year for turn in group] != list(range(_FIRST_DAY.year, _LAST_DAY.year)):
        return ""
    fitting = set.intersection(*(_places_in_month(turn.wall) for turn in group))
    wall = group[0].wall
    return f"FREQ=YEARLY;BYDAY={max(fitting)}{_WEEKDAYS[wall.weekday()]};BYMONTH={wall.month}" if fitting else ""


def _places_in_month(wall: datetime) -> set[int]:
    last = (wall + timedelta(days=7)).month != wall.month
    return {(wall.day + 6) // 7} | ({-1} if last else set())


def _observances(group: Sequence[_Turn], rule: str) -> list[bytes]:
    return [_observance(group[0], rule)] if rule else [_observance(turn, "") for turn in group]


def _observance(turn: _Turn, rule: str) -> bytes:
    # Named by what the clocks do and not by the law: in Irish law the summer is the standard time.
    name = "DAYLIGHT" if turn.after > turn.before else "STANDARD"
    lines = [("DTSTART", turn.wall.strftime("%Y%m%dT%H%M%S")), ("RRULE", rule), ("TZNAME", escape(turn.name))]
    lines += [("TZOFFSETFROM", _offset(turn.before)), ("TZOFFSETTO", _offset(turn.after))]
    return _component(name, _lines((name, value) for name, value in lines if value))


def _offset(offset: timedelta) -> str:
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    return f"{'-' if offset < timedelta() else '+'}{hours:02}{minutes:02}"
