"""Calendars are true: our bytes against the rules, against icalendar where it is right, and read back by two programs."""

# ruff: noqa: DTZ007 (wall times without a zone are what some of these tests are about)

from __future__ import annotations

import doctest
import io
import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import icalendar
import pytest
from dateutil.rrule import rrulestr
from dateutil.tz import tzical
from hypothesis import example, given
from hypothesis import strategies as st

from scheduler.foundation import ical
from tests.foundation.ical_rules import assert_download_rules, assert_feed_rules, assert_invitation_rules, parse, text_of, unfold

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import vobject

MONDAY = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
ENTRY = ical.Entry(
    uid="gathering-7f3k@visits.example.org",
    sequence=2,
    created_at=MONDAY - timedelta(days=9),
    changed_at=MONDAY,
    starts_at=datetime(2026, 3, 11, 13, tzinfo=UTC),
    ends_at=datetime(2026, 3, 11, 14, 30, tzinfo=UTC),
    title="Open visit",
    description="Wednesday, March 11, 9:00 to 10:30 am, America/New_York",
    location="12 Elm Street, Queens; side door",
    url="https://visits.example.org/visits/bcdfghjklm",
)
HOSTILE = [
    "C:\\New",
    "C:\\new and C:\\\\New",
    "a;b,c\\d",
    "ends in a backslash\\",
    "\\" * 200,
    "👩‍👩‍👧‍👦" * 20 + " family day 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "A title of three hundred characters. " * 9,
    "é" * 300,
    "null\0byte",
    "two\u2028lines\u2029three",
    "\ufeffmark \x85 \x7f \x9b",
    "half \ud83d character",
    "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil",
    "tab\there " + " " * 200 + "far away",
    "line one\nline two\rline three",
    '"quoted": and; more=1',
    "",
]
ZONES = ["America/New_York", "Europe/Berlin", "Europe/Dublin", "Australia/Sydney", "America/Phoenix", "Asia/Kolkata"]
ODD_ZONES = ["Africa/Casablanca", "America/Santiago", "Asia/Jerusalem", "Africa/Cairo", "America/Asuncion", "Australia/Lord_Howe", "UTC"]
PEOPLE = {
    "organizer_name": "Living Lab Network",
    "organizer_address": "visits@example.org",
    "attendee_name": "Ana López",
    "attendee_address": "ana@school.example",
}
texts = st.text(st.one_of(st.characters(exclude_categories=[]), st.sampled_from("\\,;\n\r\t\0\u2028👩\u200d")), max_size=400)


def feed(*entries: ical.Entry, **changes: str) -> bytes:
    about = {"name": "Open visits", "description": "", "zone": "America/New_York", **changes}
    return ical.feed_bytes(map(ical.entry_bytes, entries), **about)


def entries_around_the_clock_changes() -> list[ical.Entry]:
    new_york = ZoneInfo("America/New_York")
    walls = [
        datetime(2026, 10, 31, 9),
        datetime(2026, 11, 1, 0, 30),
        datetime(2026, 11, 1, 9),
        datetime(2027, 3, 13, 9),
        datetime(2027, 3, 14, 9),
    ]
    starts = [wall.replace(tzinfo=new_york) for wall in walls]
    return [
        replace(
            ENTRY, uid=f"gathering-{number}@example.org", starts_at=start, ends_at=start.astimezone(UTC) + timedelta(hours=2), title=title
        )
        for number, (start, title) in enumerate(zip(starts, ["Plain", "a;b,c\\d", "é" * 90, "👩‍👩‍👧‍👦" * 12, "two\nlines"], strict=True))
    ]


def written_by_icalendar(entries: list[ical.Entry]) -> bytes:
    calendar = icalendar.Calendar()
    for name, value in [("version", "2.0"), ("prodid", ical.PRODUCT), ("calscale", "GREGORIAN"), ("name", "Open visits")]:
        calendar.add(name, value)
    calendar.add("x-wr-calname", "Open visits")
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        calendar.add_component(event_of_icalendar(entry))
    return calendar.to_ical()


def event_of_icalendar(entry: ical.Entry) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("summary", entry.title)
    event.add("description", f"{entry.description}\n\n{entry.url}")
    event.add("location", entry.location)
    event.add("url", entry.url)
    event.add("status", "CONFIRMED")
    stamps = {"dtstart": entry.starts_at, "dtend": entry.ends_at, "dtstamp": entry.changed_at}
    for name, instant in {**stamps, "created": entry.created_at, "last-modified": entry.changed_at}.items():
        event.add(name, instant.astimezone(UTC))
    return event


def read_by_icalendar(data: bytes) -> list[dict[str, object]]:
    return [
        {
            "uid": str(event["UID"]),
            "start": event["DTSTART"].dt,
            "end": event["DTEND"].dt,
            "title": str(event["SUMMARY"]),
            "place": str(event["LOCATION"]),
            "text": str(event["DESCRIPTION"]),
        }
        for event in icalendar.Calendar.from_ical(data).walk("VEVENT")
    ]


def read_by_vobject(data: bytes) -> list[dict[str, object]]:
    return [
        {
            "uid": event.uid.value,
            "start": event.dtstart.value,
            "end": event.dtend.value,
            "title": event.summary.value,
            "place": event.location.value,
            "text": event.description.value,
        }
        for event in vobject.readOne(data.decode()).vevent_list
    ]


def facts_of(entry: ical.Entry) -> dict[str, object]:
    text = f"{ical.clean(entry.description)}\n\n{entry.url}" if entry.description else entry.url
    return {
        "uid": entry.uid,
        "start": entry.starts_at.astimezone(UTC),
        "end": entry.ends_at.astimezone(UTC),
        "title": ical.clean(entry.title),
        "place": ical.clean(entry.location),
        "text": text,
    }


def test_examples_in_the_docstrings_are_true():
    assert doctest.testmod(ical).failed == 0


def test_joined_feed_equals_what_icalendar_writes_byte_for_byte():
    entries = entries_around_the_clock_changes()

    assert feed(*entries) == written_by_icalendar(entries)


def test_both_programs_read_the_same_facts_on_both_sides_of_the_clock_changes():
    entries = entries_around_the_clock_changes()

    data = feed(*entries)

    assert_feed_rules(data, now=MONDAY)
    assert read_by_icalendar(data) == read_by_vobject(data) == [facts_of(entry) for entry in entries]


def test_F03_F04_F05_a_hostile_title_stays_one_title_and_leaves_the_other_events_alone():
    hostile = [replace(ENTRY, uid=f"gathering-{n}@example.org", title=text or "-", location=text or "-") for n, text in enumerate(HOSTILE)]
    entries = [replace(entry, description=text) for entry, text in zip(hostile, HOSTILE, strict=True)]

    data = feed(*entries, ENTRY)

    assert_feed_rules(data)
    assert read_by_icalendar(data) == read_by_vobject(data) == [facts_of(entry) for entry in [*entries, ENTRY]]


@pytest.mark.parametrize("text", HOSTILE)
def test_F13_a_hostile_calendar_name_stays_one_name(text):
    calendar = assert_feed_rules(feed(ENTRY, name=text, description=text))

    assert calendar["NAME"] == " ".join(ical.clean(text.replace(",", " ").replace(";", " ").replace("\\", " ")).split())
    assert "DESCRIPTION" not in calendar or text_of(calendar["DESCRIPTION"]) == ical.clean(text)


@given(texts)
@example("C:\\New\\nor\\\\N")
def test_F04_any_text_comes_back_as_it_was_cleaned(text):
    entry = replace(ENTRY, title=text)

    calendar = assert_feed_rules(feed(entry))
    read = icalendar.Calendar.from_ical(feed(entry)).walk("VEVENT")[0]["SUMMARY"]

    assert text_of(calendar.inside[0]["SUMMARY"]) == str(read) == ical.clean(text)


@given(texts)
def test_F03_cleaning_twice_changes_nothing_more(text):
    assert ical.clean(ical.clean(text)) == ical.clean(text)


@given(texts, st.integers(0, 80))
def test_F02_a_folded_line_unfolds_to_itself_and_is_never_cut_inside_a_character_or_an_escape(text, indent):
    line = "X" * indent + "SUMMARY:" + ical.escape(text)

    folded = ical.fold(line)

    assert unfold(folded) == [line]


def test_F02_fold_keeps_an_escaped_backslash_whole_wherever_it_falls():
    for indent in range(80):
        unfold(ical.fold("X" * indent + "\\\\" * 60))


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("F01", b"BEGIN:VCALENDAR", b"\xef\xbb\xbfBEGIN:VCALENDAR"),
        ("F01", b"END:VEVENT\r\n", b""),
        ("F02", b"VERSION:2.0\r\n", b"VERSION:2.0\n"),
        ("F02", b"VERSION:2.0\r\n", b"VERSION:2.0\r\n\r\n"),
        ("F02", b"SUMMARY:", b"SUMMARY:" + b"x" * 70),
        ("F02", b"12 Elm Street\\, ", b"12 Elm Street\\\r\n , "),
        ("F03", b"Open visit\r\n", b"Open\0visit\r\n"),
        ("F04", b"Open visit\r\n", b"Open, visit\r\n"),
        ("F04", b"Open visit\r\n", b"Open \\Nvisit\r\n"),
        ("F05", b"SEQUENCE:2\r\n", b"SEQUENCE:2\r\nSEQUENCE:3\r\n"),
        ("F05", b"SEQUENCE:2\r\n", b""),
        ("F06", b"UID:gathering-7f3k@visits.example.org", b"UID:7"),
        ("F08", b"DTSTART:20260311T130000Z", b"DTSTART:20260311T130000"),
        ("F08", b"DTEND:20260311T143000Z", b"DTEND:20260311T130000Z"),
        ("F10", b"STATUS:CONFIRMED", b"STATUS:CANCELLED"),
        ("F11", b"VERSION:2.0\r\n", b"VERSION:2.0\r\nMETHOD:PUBLISH\r\n"),
        ("F12", b"SEQUENCE:2\r\n", b"SEQUENCE:2\r\nATTENDEE:mailto:ana@school.example\r\n"),
        ("F12", b"Open visit\r\n", b"Open visit for 555-0100\r\n"),
        ("F13", b";VALUE=DURATION", b""),
        ("F13", b"\r\nNAME:Open visits", b"\r\nNAME:Other visits"),
    ],
)
def test_the_rules_notice_a_feed_that_breaks_one(rule, good, bad):
    whole = feed(ENTRY)

    assert good in whole
    with pytest.raises(AssertionError, match=rule):
        assert_feed_rules(whole.replace(good, bad), secrets=["555-0100"])


def test_F07_the_rules_notice_a_stamp_in_the_future():
    with pytest.raises(AssertionError, match="F07"):
        assert_feed_rules(feed(ENTRY), now=MONDAY - timedelta(seconds=1))


def test_F01_F09_an_empty_feed_holds_the_zone_and_nothing_else():
    calendar = assert_feed_rules(feed(zone="Europe/Dublin"))

    assert [(part.name, part["TZID"]) for part in calendar.inside] == [("VTIMEZONE", "Europe/Dublin")]


def test_F09_an_unknown_zone_is_a_bug_of_the_caller():
    with pytest.raises(ZoneInfoNotFoundError):
        feed(zone="America/Nowhere")


@pytest.mark.parametrize("name", [*ZONES, *ODD_ZONES])
def test_F09_the_zone_turns_when_zoneinfo_turns(name):
    assert turns_of_vtimezone(name) == turns_of_zoneinfo(name)


@pytest.mark.parametrize("name", ZONES)
def test_F09_the_zones_of_our_schools_need_only_yearly_rules(name):
    parts = parse(feed(zone=name)).inside[0].inside

    rules = [part["RRULE"] for part in parts if "RRULE" in part]

    assert (len(parts), len(rules)) in [(2, 2), (1, 0)]


def test_F09_a_zone_whose_law_calls_the_summer_standard_is_named_by_what_its_clocks_do():
    parts = parse(feed(zone="Europe/Dublin")).inside[0].inside

    assert [(part.name, part["RRULE"], part["TZOFFSETFROM"], part["TZOFFSETTO"]) for part in parts] == [
        ("DAYLIGHT", "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "+0000", "+0100"),
        ("STANDARD", "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "+0100", "+0000"),
    ]


@pytest.mark.parametrize("name", [*ZONES, *ODD_ZONES])
def test_F09_a_zone_says_from_the_start_of_2025_what_holds(name):
    parts = parse(feed(zone=name)).inside[0].inside
    start = datetime(2025, 1, 1, tzinfo=UTC)

    latest = max((part for part in parts if part["DTSTART"] < "2025"), key=lambda part: part["DTSTART"])

    assert datetime.strptime(latest["TZOFFSETTO"], "%z").utcoffset() == start.astimezone(ZoneInfo(name)).utcoffset()


@pytest.mark.parametrize("name", ZONES)
def test_F09_icalendar_and_dateutil_read_the_zone_like_zoneinfo(name):
    data = feed(zone=name)
    zones = [icalendar.Calendar.from_ical(data).walk("VTIMEZONE")[0].to_tz(), tzical(io.StringIO(data.decode())).get(name)]

    for wall in walls_around_the_turns(name):
        expected = wall.replace(tzinfo=ZoneInfo(name)).utcoffset()
        assert [wall.replace(tzinfo=zone).utcoffset() for zone in zones] == [expected, expected], wall


@cache
def turns_of_zoneinfo(name: str) -> list[tuple[datetime, timedelta, str]]:
    """Each change from 2025 to 2036, found by asking every half hour: since when, offset, name."""
    step, end, zone = timedelta(minutes=30), datetime(2037, 1, 1, tzinfo=UTC), ZoneInfo(name)
    turns, instant = [], datetime(2025, 1, 1, tzinfo=UTC)
    known = instant.astimezone(zone)
    while (instant := instant + step) < end:
        local = instant.astimezone(zone)
        if (local.utcoffset(), local.tzname()) != (known.utcoffset(), known.tzname()):
            turns.append((instant, local.utcoffset(), local.tzname()))
        known = local
    return turns


def turns_of_vtimezone(name: str) -> list[tuple[datetime, timedelta, str]]:
    start, end = datetime(2025, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC)
    turns = []
    for part in parse(feed(zone=name)).inside[0].inside:
        first = datetime.strptime(part["DTSTART"], "%Y%m%dT%H%M%S")
        walls = rrulestr(part["RRULE"], dtstart=first).between(first, datetime(2038, 1, 1), inc=True) if "RRULE" in part else [first]
        before, after = (datetime.strptime(part[key], "%z").utcoffset() for key in ("TZOFFSETFROM", "TZOFFSETTO"))
        turns += [((wall - before).replace(tzinfo=UTC), after, text_of(part["TZNAME"])) for wall in walls]
    return [turn for turn in sorted(turns) if start <= turn[0] < end]


def walls_around_the_turns(name: str) -> list[datetime]:
    """Wall times three hours before and after each change, and in the middle of each season: none of them doubled or missing."""
    turns = [turn[0].astimezone(ZoneInfo(name)).replace(tzinfo=None) for turn in turns_of_zoneinfo(name)]
    near = [turn + timedelta(hours=hours) for turn in turns for hours in (-3, 3)]
    return (
        near + [a + (b - a) / 2 for a, b in pairwise(turns)] + [datetime(year, month, 15, 9) for year in (2025, 2036) for month in (1, 7)]
    )


def test_F06_an_unfit_uid_is_a_bug_of_the_caller():
    for uid in [
        "short",
        "x" * 256,
        "with blank@example.org",
        "line\r\nbreak@example.org",
        "ünï@example.org",
        "a,b;c@example.org",
        "back\\slash@x",
    ]:
        with pytest.raises(ValueError, match="uid"):
            replace(ENTRY, uid=uid)


def test_F08_a_naive_time_is_a_bug_of_the_caller():
    for name in ["created_at", "changed_at", "starts_at", "ends_at"]:
        with pytest.raises(ValueError, match="instants"):
            replace(ENTRY, **{name: datetime(2026, 3, 11, 13)})


def test_F08_an_end_before_the_start_or_in_the_same_second_is_a_bug_of_the_caller():
    for ends_at in [ENTRY.starts_at - timedelta(hours=1), ENTRY.starts_at, ENTRY.starts_at + timedelta(milliseconds=900)]:
        with pytest.raises(ValueError, match="ends after"):
            replace(ENTRY, ends_at=ends_at)


def test_F07_a_negative_sequence_is_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="sequence"):
        replace(ENTRY, sequence=-1)


def test_F08_other_zones_are_told_in_utc():
    india = timezone(timedelta(hours=5, minutes=30))

    same = replace(ENTRY, starts_at=ENTRY.starts_at.astimezone(india), changed_at=ENTRY.changed_at.astimezone(ZoneInfo("America/New_York")))

    assert ical.entry_bytes(same) == ical.entry_bytes(ENTRY)


def test_F07_F10_a_cancelled_event_says_so_in_every_way_and_keeps_its_times():
    cancelled = replace(ENTRY, cancelled=True, sequence=3, categories=("AI, ethics", "Math", "\0"))

    data = ical.entry_bytes(cancelled)

    assert data.decode().replace("\r\n ", "").split("\r\n") == [
        "BEGIN:VEVENT",
        "SUMMARY:Canceled: Open visit",
        "DTSTART:20260311T130000Z",
        "DTEND:20260311T143000Z",
        "DTSTAMP:20260302T153000Z",
        "UID:gathering-7f3k@visits.example.org",
        "SEQUENCE:3",
        "CATEGORIES:AI\\, ethics,Math",
        "CREATED:20260221T153000Z",
        "DESCRIPTION:Wednesday\\, March 11\\, 9:00 to 10:30 am\\, America/New_York\\n\\nhttps://visits.example.org/visits/bcdfghjklm",
        "LAST-MODIFIED:20260302T153000Z",
        "LOCATION:12 Elm Street\\, Queens\\; side door",
        "STATUS:CANCELLED",
        "TRANSP:TRANSPARENT",
        "URL:https://visits.example.org/visits/bcdfghjklm",
        "END:VEVENT",
        "",
    ]


def test_F15_a_description_that_holds_the_address_is_not_given_it_twice():
    told = replace(ENTRY, description=f"Book here:\n{ENTRY.url}")

    event = assert_feed_rules(feed(told)).inside[0]

    assert text_of(event["DESCRIPTION"]) == told.description


def test_F15_a_longer_address_in_the_description_does_not_stand_for_the_shorter_one():
    told = replace(ENTRY, description=f"See also {ENTRY.url}nn")

    event = assert_feed_rules(feed(told)).inside[0]

    assert text_of(event["DESCRIPTION"]) == f"See also {ENTRY.url}nn\n\n{ENTRY.url}"


def test_F15_an_unclean_address_is_left_out_and_the_feed_lives():
    for url in [
        "javascript:alert(1)",
        "https://x.example/\r\nBEGIN:VEVENT",
        "//x.example/",
        "https://x.example/a b",
        "https://ü.example/",
        "https://",
    ]:
        event = parse(feed(replace(ENTRY, url=url))).inside[0]

        assert ("URL" in event, text_of(event["DESCRIPTION"])) == (False, ENTRY.description)


def test_D01_the_download_tells_of_the_event_exactly_what_the_feed_tells():
    calendar = assert_download_rules(ical.download_bytes(ENTRY))

    assert calendar.inside == assert_feed_rules(feed(ENTRY)).inside


@pytest.mark.parametrize(("method", "sequence"), [("REQUEST", 0), ("REQUEST", 2), ("CANCEL", 3)])
def test_M07_M08_M13_an_invitation_names_one_organizer_and_one_attendee_and_the_times_of_the_feed(method, sequence):
    entry = replace(ENTRY, sequence=sequence)

    data = ical.invitation_bytes(entry, method=method, **PEOPLE)

    event = assert_invitation_rules(data, method=method, organizer="visits@example.org", attendee="ana@school.example").inside[0]
    told = [line for line in event.lines if line[0] not in ("ORGANIZER", "ATTENDEE")]
    assert told == assert_feed_rules(feed(replace(entry, cancelled=method == "CANCEL"))).inside[0].lines


def test_M08_both_programs_read_the_people_of_an_invitation():
    data = ical.invitation_bytes(ENTRY, method="REQUEST", **{**PEOPLE, "attendee_name": 'Ana "Anita" López, Ms.; C:\\x ^n'})

    by_icalendar = icalendar.Calendar.from_ical(data).walk("VEVENT")[0]
    by_vobject = vobject.readOne(data.decode()).vevent

    expected = {
        "CN": "Ana 'Anita' López, Ms.; C:/x n",
        "CUTYPE": "INDIVIDUAL",
        "PARTSTAT": "ACCEPTED",
        "ROLE": "REQ-PARTICIPANT",
        "RSVP": "FALSE",
    }
    assert dict(by_icalendar["ATTENDEE"].params) == expected
    assert {name: value for name, [value] in by_vobject.attendee.params.items()} == expected
    assert by_icalendar["ATTENDEE"] == by_vobject.attendee.value == "mailto:ana@school.example"
    assert by_icalendar["ORGANIZER"] == by_vobject.organizer.value == "mailto:visits@example.org"


@given(texts)
def test_M05_any_name_of_a_person_makes_a_true_invitation(name):
    data = ical.invitation_bytes(ENTRY, method="REQUEST", **{**PEOPLE, "attendee_name": name, "organizer_name": name})

    assert_invitation_rules(data, method="REQUEST", organizer="visits@example.org", attendee="ana@school.example")


def test_M07_what_would_contradict_itself_is_a_bug_of_the_caller():
    wrong = [("REQUEST", replace(ENTRY, cancelled=True)), ("CANCEL", replace(ENTRY, sequence=0)), ("REPLY", ENTRY)]

    for method, entry in wrong:
        with pytest.raises(ValueError):
            ical.invitation_bytes(entry, method=method, **PEOPLE)


def test_M08_an_address_that_could_smuggle_in_a_line_is_refused():
    for address in [
        "",
        "ana",
        "a@b@c",
        "a b@x.org",
        "a@x.org\r\nX-EVIL:1",
        "a\0@x.org",
        "<a@x.org>",
        "a@x.org\u2028",
        "a@x,org",
        "\ud83da@x.org",
    ]:
        with pytest.raises(ValueError, match="address"):
            ical.invitation_bytes(ENTRY, method="REQUEST", **{**PEOPLE, "attendee_address": address})


def test_an_entry_comes_back_from_json_as_it_was():
    entry = replace(ENTRY, cancelled=True, categories=("Math", "AI"), title="C:\\New")

    assert ical.entry_from_json(ical.entry_to_json(entry)) == entry
