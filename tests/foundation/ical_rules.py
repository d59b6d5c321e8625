"""What every calendar body obeys, checked without the code that writes it; the rule ids are those of docs/rules/calendars.md."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import available_timezones

ONCE_IN_A_FEED = {"VERSION", "PRODID", "CALSCALE", "NAME", "X-WR-CALNAME", "REFRESH-INTERVAL", "X-PUBLISHED-TTL"}
MAYBE_IN_A_FEED = {"DESCRIPTION", "X-WR-CALDESC"}
ONCE_IN_A_FILE = {"VERSION", "PRODID", "CALSCALE"}
ONCE_IN_AN_EVENT = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "CREATED", "LAST-MODIFIED", "STATUS"}
MAYBE_IN_AN_EVENT = {"DESCRIPTION", "LOCATION", "URL", "TRANSP", "CATEGORIES"}
TEXTS = {"SUMMARY", "DESCRIPTION", "LOCATION", "CATEGORIES", "X-WR-CALDESC"}
UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
INSTANT = re.compile(r"\d{8}T\d{6}Z")


@dataclass
class Component:
    """A component as its lines say: properties in order as (name, parameters, raw value), and the components inside."""

    name: str
    lines: list[tuple[str, str, str]] = field(default_factory=list)
    inside: list[Component] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        """The raw value of a property that stands here exactly once."""
        values = [value for key, _, value in self.lines if key == name]
        assert len(values) == 1, f"F05 {self.name} has {len(values)} {name}"
        return values[0]

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _, _ in self.lines)


def unfold(data: bytes) -> list[str]:
    """The content lines of a body, after checking its physical lines (F01, F02, F03)."""
    assert not data.startswith(b"\xef\xbb\xbf"), "F01 no byte order mark"
    assert data.endswith(b"\r\n"), "F02 the last line ends too"
    physical = data.removesuffix(b"\r\n").split(b"\r\n")
    for number, line in enumerate(physical):
        assert b"\n" not in line, f"F02 CRLF everywhere: {line!r}"
        assert b"\r" not in line, f"F02 CRLF everywhere: {line!r}"
        assert len(line) <= 75, f"F02 at most 75 octets: {line!r}"
        assert line.strip(), f"F02 no blank lines: line {number}"
        line.decode()  # F02: a fold inside a character would not decode
        folded = number + 1 < len(physical) and physical[number + 1].startswith(b" ")
        assert not (folded and len(re.findall(rb"\\*$", line)[0]) % 2), f"F02 no fold between a backslash and its character: {line!r}"
    text = data.decode().replace("\r\n ", "").replace("\r\n", "\n").removesuffix("\n")
    for line in text.split("\n"):
        assert not UNSHOWABLE.search(line), f"F03 no control characters: {line!r}"
    return text.split("\n")


def parse(data: bytes) -> Component:
    """The one VCALENDAR of a body, balanced (F01)."""
    top = Component("")
    stack = [top]
    for line in unfold(data):
        matched = re.fullmatch(r'([A-Z-]+)((?:;[A-Z-]+=(?:"[^"]*"|[^";:,]*))*):(.*)', line)
        assert matched, f"F05 not a content line: {line!r}"
        name, parameters, value = matched.groups()
        if name == "BEGIN":
            stack[-1].inside.append(Component(value))
            stack.append(stack[-1].inside[-1])
        elif name == "END":
            assert stack.pop().name == value, f"F01 unbalanced: {line!r}"
        else:
            stack[-1].lines.append((name, parameters, value))
    assert stack == [top], "F01 balanced"
    assert [part.name for part in top.inside] == ["VCALENDAR"], "F01 one VCALENDAR"
    assert not top.lines, "F01 nothing outside of it"
    return top.inside[0]


def text_of(raw: str) -> str:
    """The text that a TEXT value stands for (F04)."""
    assert re.fullmatch(r"(?:[^\\,;]|\\[\\,;n])*", raw), f"F04 escapes are \\\\ \\, \\; \\n and nothing else: {raw!r}"
    return re.sub(r"\\(.)", lambda pair: "\n" if pair[1] == "n" else pair[1], raw)


def assert_feed_rules(data: bytes, *, now: datetime | None = None, secrets: Iterable[str] = ()) -> Component:
    """F01-F15 for a feed; `now` checks that no stamp is in the future, `secrets` are texts that must not be told."""
    calendar = parse(data)
    _assert_properties(calendar, ONCE_IN_A_FEED, MAYBE_IN_A_FEED)
    _assert_name_and_refresh(calendar)
    _assert_events_or_zone(calendar)
    events = [part for part in calendar.inside if part.name == "VEVENT"]
    for event in events:
        _assert_event(event, ONCE_IN_AN_EVENT, now)
        assert event["URL"] in text_of(event["DESCRIPTION"]), "F15 the address stands in the description too"
    assert len({event["UID"] for event in events}) == len(events), "F06 unique UIDs"
    assert len(events) <= 1000, "F14 at most 1,000 events"
    assert len(data) <= 1_000_000, "F14 at most 1 MB"
    for secret in secrets:
        assert secret not in "\n".join(unfold(data)), f"F12 told: {secret!r}"
    return calendar


def assert_download_rules(data: bytes, *, now: datetime | None = None) -> Component:
    """D01 and F01-F10 for a file of one event."""
    calendar = parse(data)
    _assert_properties(calendar, ONCE_IN_A_FILE, set())
    assert [part.name for part in calendar.inside] == ["VEVENT"], "D01 one event"
    _assert_event(calendar.inside[0], ONCE_IN_AN_EVENT, now)
    return calendar


def assert_invitation_rules(data: bytes, *, method: str, organizer: str, attendee: str, now: datetime | None = None) -> Component:
    """M05-M08 for the calendar part of a mail, a REQUEST or a CANCEL; `organizer` and `attendee` are mail addresses."""
    calendar = parse(data)
    _assert_properties(calendar, {*ONCE_IN_A_FILE, "METHOD"}, set())
    assert calendar["METHOD"] == method, "M07 the method"
    assert [part.name for part in calendar.inside] == ["VEVENT"], "M07 one event, so one UID"
    event = calendar.inside[0]
    _assert_event(event, {*ONCE_IN_AN_EVENT, "ORGANIZER", "ATTENDEE"}, now)
    assert event["ORGANIZER"] == f"mailto:{organizer}", "M08 the organizer is the sender"
    assert event["ATTENDEE"] == f"mailto:{attendee}", "M08 the attendee is the recipient"
    parameters = next(parameters for name, parameters, _ in event.lines if name == "ATTENDEE").split(";")
    assert {"PARTSTAT=ACCEPTED", "RSVP=FALSE"} <= set(parameters), "M08 accepted, and no reply asked for"
    assert (event["STATUS"] == "CANCELLED") == (method == "CANCEL"), "M07 method and status agree"
    assert method != "CANCEL" or int(event["SEQUENCE"]) >= 1, "M07 a cancellation follows something"
    return calendar


def _assert_properties(component: Component, once: set[str], maybe: set[str]) -> None:
    counted = Counter(name for name, _, _ in component.lines)
    assert max(counted.values()) == 1, f"F05 {component.name} repeats {counted.most_common(1)}"
    assert once <= set(counted), f"F05 {component.name} lacks {once - set(counted)}"
    assert set(counted) <= once | maybe, f"F05, F11, F12 {component.name} has {set(counted) - once - maybe}"
    for name, parameters, value in component.lines:
        assert not parameters or name in ("ORGANIZER", "ATTENDEE", "REFRESH-INTERVAL"), f"F05, F08 parameters of {name}: {parameters}"
        if name in TEXTS:
            text_of(value.replace(",", "\\,") if name == "CATEGORIES" else value)


def _assert_name_and_refresh(calendar: Component) -> None:
    assert calendar["VERSION"] == "2.0", "F01 the version"
    assert calendar["NAME"] == calendar["X-WR-CALNAME"], "F13 one name"
    assert not set(",;\\\n") & set(calendar["NAME"]), "F13 a name without , ; \\"
    assert ("REFRESH-INTERVAL", ";VALUE=DURATION", "PT1H") in calendar.lines, "F13 asked for each hour"
    assert calendar["X-PUBLISHED-TTL"] == "PT1H", "F13 asked for each hour"


def _assert_events_or_zone(calendar: Component) -> None:
    names = Counter(part.name for part in calendar.inside)
    assert names, "F01 at least one component"
    assert set(names) == {"VEVENT"} or names == {"VTIMEZONE": 1}, f"F05, F09 events, or one zone when there are none: {names}"
    for zone in (part for part in calendar.inside if part.name == "VTIMEZONE"):
        _assert_properties(zone, {"TZID"}, set())
        assert zone["TZID"] in available_timezones(), "F08 an IANA zone"
        for part in zone.inside:
            assert part.name in ("STANDARD", "DAYLIGHT"), f"F05 {part.name}"
            _assert_properties(part, {"DTSTART", "TZNAME", "TZOFFSETFROM", "TZOFFSETTO"}, {"RRULE"})


def _assert_event(event: Component, once: set[str], now: datetime | None) -> None:
    assert not event.inside, "F12 no alarms"
    _assert_properties(event, once, MAYBE_IN_AN_EVENT)
    assert re.fullmatch(r"[!-~]{8,255}", event["UID"]), f"F06 {event['UID']!r}"
    assert re.fullmatch(r"\d+", event["SEQUENCE"]), f"F07 {event['SEQUENCE']!r}"
    for name in ("DTSTART", "DTEND", "DTSTAMP", "CREATED", "LAST-MODIFIED"):
        assert INSTANT.fullmatch(event[name]), f"F08 UTC: {name} {event[name]!r}"
    assert event["DTSTART"] < event["DTEND"], "F08 it ends after it starts"
    assert event["DTSTAMP"] == event["LAST-MODIFIED"], "F07 stamped when it really changed"
    if now is not None:
        assert max(event["DTSTAMP"], event["CREATED"]) <= f"{now:%Y%m%dT%H%M%SZ}", "F07 not in the future"
    cancelled = event["STATUS"] == "CANCELLED"
    assert cancelled or event["STATUS"] == "CONFIRMED", f"F07 {event['STATUS']!r}"
    assert cancelled == event["SUMMARY"].startswith("Canceled: "), "F10 the title says so"
    assert cancelled == ("TRANSP" in event and event["TRANSP"] == "TRANSPARENT"), "F10 a cancelled event takes no time"
    assert "URL" not in event or re.fullmatch(r"https?://[!-~]+", event["URL"]), "F15 an absolute address"
