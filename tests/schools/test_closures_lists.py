"""Closed days in lists: lines that people write, calendars they export, and days that repeat (visits, rule 3)."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta

import pytest
from dateutil.rrule import rrulestr

from scheduler.core.refusal import Refusal
from scheduler.foundation.ical_reader import MOST_ENTRIES, read_calendar
from scheduler.schools.closures_calendar import rows_of
from scheduler.schools.closures_lines import read_line, read_lines
from scheduler.schools.closures_repeat import CannotRepeat, read_rule

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("line", "first", "last", "title"),
    [
        ("2026-11-26 – 2026-11-27 Thanksgiving", "2026-11-26", "2026-11-27", "Thanksgiving"),
        ("2026-11-26 Thanksgiving", "2026-11-26", "2026-11-26", "Thanksgiving"),
        ("12/24/2026-1/1/2027 Winter recess", "2026-12-24", "2027-01-01", "Winter recess"),
        ("12/24/2026 to 1/1/2027: Winter recess", "2026-12-24", "2027-01-01", "Winter recess"),
        ("Nov 11, 2026 Veterans Day", "2026-11-11", "2026-11-11", "Veterans Day"),
        ("November 11 2026 - Veterans Day", "2026-11-11", "2026-11-11", "Veterans Day"),
        ("Sept. 7, 2026\tLabor Day", "2026-09-07", "2026-09-07", "Labor Day"),
        ("Dec 24, 2026 through Jan 1, 2027 Winter recess", "2026-12-24", "2027-01-01", "Winter recess"),
        ("April 5-9, 2027 Spring recess", "2027-04-05", "2027-04-09", "Spring recess"),
        ("Thursday, November 26, 2026 – Friday, November 27, 2026 Thanksgiving", "2026-11-26", "2026-11-27", "Thanksgiving"),
        ("  2026-6-4   Día de 2 días ", "2026-06-04", "2026-06-04", "Día de 2 días"),
        ("2026-11-26 to be announced", "2026-11-26", "2026-11-26", "to be announced"),
        ("2026-11-11 11/11 remembered", "2026-11-11", "2026-11-11", "11/11 remembered"),
    ],
)
def test_lines_are_read_as_people_write_them(line: str, first: str, last: str, title: str) -> None:
    read = read_line(line)

    assert (read.first_day.isoformat(), read.last_day.isoformat(), read.title) == (first, last, title)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("Thanksgiving", "It does not begin with a day. Write it like 2026-11-26 Thanksgiving, 11/26/2026 or Nov 26, 2026."),
        ("26.11.2026 Thanksgiving", "It does not begin with a day. Write it like 2026-11-26 Thanksgiving, 11/26/2026 or Nov 26, 2026."),
        ("2026-02-30 Day off", "There is no day 2026-02-30."),
        ("26/11/2026 Thanksgiving", "There is no day 26/11/2026."),
        ("Feb 30, 2027 Day off", "There is no day Feb 30, 2027."),
        ("2026-11-27 – 2026-11-26 Thanksgiving", "The last day lies before the first."),
        ("2026-12-24 – 2028-01-01 Winter recess", "More than a year is closed. Look at the years."),
        ("2126-12-24 Winter recess", "2126-12-24 lies too far away. Write a year from 2000 to 2100."),
        ("2026-11-26", "What it is called is missing. Write it after the days, like 2026-11-26 Thanksgiving."),
        ("2026-11-26 -", "What it is called is missing. Write it after the days, like 2026-11-26 Thanksgiving."),
        ("2026-11-26 Thanks\0giving", "NUL cannot be shown here."),
        (f"2026-11-26 {'x' * 121}", "The title has 121 letters; up to 120 fit."),
    ],
)
def test_lines_that_are_none_are_told_why(line: str, sentence: str) -> None:
    assert [str(told) for _, told in read_lines(f"\n{line}\n")[1]] == [sentence]


def test_lines_keep_their_numbers() -> None:
    read, wrong = read_lines("2026-11-26 A\n\nno day\n2026-11-27 B\n")

    assert [(line, closure.title) for line, closure in read] == [(1, "A"), (4, "B")]
    assert [line for line, _ in wrong] == [3]


# Calendars


def calendar(*entries: str) -> bytes:
    """A calendar file; each entry is its lines without BEGIN and END."""
    events = "".join(f"BEGIN:VEVENT\r\n{entry.strip()}\r\nEND:VEVENT\r\n" for entry in (entry.replace("\n", "\r\n") for entry in entries))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n{events}END:VCALENDAR\r\n".encode()


def told(*entries: str) -> list[tuple[str, str, str, str]]:
    """First day, last day, title and reason of what entries close."""
    return [
        (str(row.details.first_day), str(row.details.last_day), row.title, "") if row.details else ("", "", row.title, row.why)
        for row in rows_of(read_calendar(calendar(*entries)), today=TODAY)
    ]


@pytest.mark.parametrize(
    ("entry", "first", "last"),
    [
        ("DTSTART;VALUE=DATE:20261126\nDTEND;VALUE=DATE:20261128", "2026-11-26", "2026-11-27"),
        ("DTSTART;VALUE=DATE:20261126", "2026-11-26", "2026-11-26"),
        ("DTSTART;VALUE=DATE:20261126\nDTEND;VALUE=DATE:20261126", "2026-11-26", "2026-11-26"),
        ("DTSTART;VALUE=DATE:20261126\nDURATION:P2D", "2026-11-26", "2026-11-27"),
        ("DTSTART;VALUE=DATE:20261120\nDTEND;VALUE=DATE:20261125", "2026-11-20", "2026-11-24"),
        ("DTSTART;VALUE=DATE:20300704", "2030-07-04", "2030-07-04"),
    ],
)
def test_entry_for_whole_days_closes_them_and_its_end_is_the_day_after(entry: str, first: str, last: str) -> None:
    assert told(f"UID:1\nSUMMARY:Day off\n{entry}") == [(first, last, "Day off", "")]


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("SUMMARY:Concert\nDTSTART:20261126T190000Z", "timed"),
        ("SUMMARY:Concert\nDTSTART;TZID=America/New_York:20261126T000000\nDTEND;TZID=America/New_York:20261127T000000", "timed"),
        ("SUMMARY:Labor Day\nDTSTART;VALUE=DATE:20260907", "over"),
        ("SUMMARY:Thanksgiving\nDTSTART;VALUE=DATE:20261126\nSTATUS:CANCELLED", "cancelled"),
        ("SUMMARY:Thanksgiving\nDTSTART:2026-11-26", "broken"),
        ("SUMMARY:Thanksgiving", "broken"),
        ("SUMMARY:Thanksgiving\nDTSTART;VALUE=DATE:99991126", "broken"),
        ("DTSTART;VALUE=DATE:20261126", "untitled"),
        ("SUMMARY:Rebuilding\nDTSTART;VALUE=DATE:20261126\nDTEND;VALUE=DATE:20281126", "long"),
        ("SUMMARY:Thanksgiving\nDTSTART;VALUE=DATE:20201126\nRRULE:FREQ=YEARLY;BYWEEKNO=48", "repeats"),
        ("SUMMARY:Thanksgiving\nDTSTART;VALUE=DATE:20201126\nRRULE:FREQ=HOURLY", "repeats"),
        ("SUMMARY:Thanksgiving\nDTSTART;VALUE=DATE:20101126\nRRULE:FREQ=YEARLY;COUNT=99", "repeats"),
        ("SUMMARY:Thanksgiving\nDTSTART;VALUE=DATE:20201126\nRRULE:FREQ=FOO", "broken"),
        ("SUMMARY:Thanksgiving\nDTSTART;VALUE=DATE:20201126\nRRULE:FREQ=YEARLY;UNTIL=20221231", "over"),
    ],
)
def test_entry_that_closes_nothing_says_why(entry: str, why: str) -> None:
    assert [row[3] for row in told(f"UID:1\n{entry}")] == [why]


def test_one_bad_entry_leaves_the_others_and_each_has_its_line() -> None:
    found = read_calendar(calendar("UID:1\nDTSTART:x", "UID:2\nSUMMARY:Day\\, off\nDTSTART;VALUE=DATE:20261126"))

    assert [(entry.line, entry.title, entry.is_broken) for entry in found] == [(4, "", True), (8, "Day, off", False)]


def test_repeated_entry_is_written_for_two_years_ahead_without_what_is_left_out_or_replaced() -> None:
    yearly = "UID:1\nSUMMARY:Thanksgiving\nDTSTART;VALUE=DATE:20201126\nDTEND;VALUE=DATE:20201128\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"
    monthly = "UID:2\nSUMMARY:Staff day\nDTSTART;VALUE=DATE:20261204\nRRULE:FREQ=MONTHLY;BYDAY=1FR;COUNT=4\nEXDATE;VALUE=DATE:20270101"
    moved = "UID:2\nSUMMARY:Staff day, moved\nRECURRENCE-ID;VALUE=DATE:20270205\nDTSTART;VALUE=DATE:20270208"

    assert told(yearly, monthly, moved) == [
        ("2026-11-26", "2026-11-27", "Thanksgiving", ""),
        ("2027-11-25", "2027-11-26", "Thanksgiving", ""),
        ("2028-11-23", "2028-11-24", "Thanksgiving", ""),
        ("2026-12-04", "2026-12-04", "Staff day", ""),
        ("2027-03-05", "2027-03-05", "Staff day", ""),
        ("2027-02-08", "2027-02-08", "Staff day, moved", ""),
    ]


def test_of_two_entries_with_one_uid_the_higher_sequence_counts() -> None:
    old, new = "UID:1\nSEQUENCE:1\nSUMMARY:Old\nDTSTART;VALUE=DATE:20261126", "UID:1\nSEQUENCE:2\nSUMMARY:New\nDTSTART;VALUE=DATE:20261127"

    assert told(new, old) == told(old, new) == [("2026-11-27", "2026-11-27", "New", "")]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "There is nothing in this file."),
        (b" \r\n", "There is nothing in this file."),
        (b"Day,Title\n2026-11-26,Thanksgiving\n", "By its content this is not a calendar."),
        (b"PK\x03\x04\x00\x00", "By its content this is not a calendar."),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "This calendar has no entries."),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n", "This calendar is damaged"),
        (b"BEGIN:VCALENDAR\r\nnonsense\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "This calendar is damaged"),
        (calendar(*["UID:1"] * (MOST_ENTRIES + 1)), "This calendar has 1001 entries; up to 1,000 can be read at once."),
        (b"BEGIN:VCALENDAR\r\n" + b"x" * 3_000_000, "The file has 2.9 MB; up to 2 MB can be read."),
    ],
)
def test_file_that_is_no_calendar_gets_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        read_calendar(data)


def random_rule(chance: random.Random) -> tuple[dict[str, list[str]], date]:
    start = date(2023, 1, 1) + timedelta(days=chance.randrange(1000))
    rule = {"FREQ": [chance.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])]}
    by_month = rule["FREQ"][0] in ("MONTHLY", "YEARLY")
    choices = {
        "INTERVAL": [str(chance.randrange(1, 5))], "WKST": ["SU"], "COUNT": [str(chance.randrange(1, 30))],
        "UNTIL": [(start + timedelta(days=chance.randrange(1500))).isoformat()],
        "BYMONTH": [str(month) for month in chance.sample(range(1, 13), 2)],
        "BYMONTHDAY": [str(day) for day in chance.sample([*range(1, 32), -1, -2, -31], 2)],
        # All plain or all numbered: for a mixture the other library gives only days that are both.
        "BYDAY": [f"{chance.choice([1, 2, 4, -1])}TU", "2FR"] if by_month and chance.random() < 0.5 else ["MO", "SA"],
    }  # fmt: skip
    for name, values in choices.items():
        clashes = (name == "UNTIL" and "COUNT" in rule) or (name == "BYMONTHDAY" and rule["FREQ"] == ["WEEKLY"])
        if chance.random() < 0.35 and not clashes:
            rule[name] = values
    return rule, start


@pytest.mark.parametrize("seed", range(300))
def test_rules_give_the_days_that_another_library_gives(seed: int) -> None:
    rule, start = random_rule(random.Random(seed))
    first, last = date(2025, 1, 1), date(2027, 12, 31)
    text = ";".join(f"{name}={','.join(values).replace('-', '') if name == 'UNTIL' else ','.join(values)}" for name, values in rule.items())
    if "COUNT" not in rule and "UNTIL" not in rule:
        text += f";UNTIL={last:%Y%m%d}"
    other = rrulestr(text, dtstart=datetime.combine(start, time()))

    wanted = [day.date() for day in other if first <= day.date() <= last]

    assert list(read_rule(rule, start).days(first, last)) == wanted


@pytest.mark.parametrize(
    "rule",
    [
        {}, {"FREQ": ["DAILY"], "INTERVAL": ["0"]}, {"FREQ": ["DAILY"], "COUNT": ["0"]}, {"FREQ": ["WEEKLY"], "BYDAY": ["2MO"]},
        {"FREQ": ["YEARLY"], "BYMONTH": ["5L"]}, {"FREQ": ["YEARLY"], "BYDAY": ["XX"]}, {"FREQ": ["DAILY", "DAILY"]},
    ],
)  # fmt: skip
def test_rules_that_mean_nothing_are_refused(rule: dict[str, list[str]]) -> None:
    with pytest.raises(CannotRepeat):
        read_rule({"FREQ": ["SECONDLY"]} | rule, TODAY)
