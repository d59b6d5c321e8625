"""School days and cutoffs against their plain words, and across both changes of the clocks (rules 2 and 3)."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.core.school_days import TooFewSchoolDays, cutoff, is_school_day, school_days_after, school_days_before
from scheduler.core.times import to_wall

NEW_YORK = ZoneInfo("America/New_York")
MONDAY = date(2026, 11, 2)
DAY = timedelta(days=1)


class Always:
    """A closure without an end."""

    def __contains__(self, day):
        return True


def test_weekdays_without_a_closure_are_school_days():
    closed = {MONDAY + DAY}

    week = [is_school_day(MONDAY + n * DAY, closed) for n in range(7)]

    assert week == [True, False, True, True, True, False, False]


SOME_DAYS = st.dates(date(2026, 9, 1), date(2027, 6, 30))
SOME_CLOSURES = st.sets(st.dates(date(2026, 8, 1), date(2027, 7, 31)), max_size=60)


@given(day=SOME_DAYS, n=st.integers(1, 12), closed=SOME_CLOSURES)
def test_rule_3_nth_school_day_is_a_school_day_with_so_many_on_the_way(day, n, closed):
    before, after = school_days_before(day, n, closed), school_days_after(day, n, closed)

    assert is_school_day(before, closed)
    assert is_school_day(after, closed)
    assert school_days_in(before, day, closed) == school_days_in(day + DAY, after + DAY, closed) == n


@given(day=SOME_DAYS, closed=SOME_CLOSURES)
def test_rule_3_no_school_days_away_is_the_day_or_the_nearest_school_day(day, closed):
    before, after = school_days_before(day, 0, closed), school_days_after(day, 0, closed)

    assert before <= day <= after
    assert is_school_day(before, closed)
    assert is_school_day(after, closed)
    assert school_days_in(before + DAY, after, closed) == 0
    assert (before == after) == is_school_day(day, closed)


def school_days_in(first, end, closed):
    """School days from `first` until before `end`."""
    return sum(is_school_day(first + n * DAY, closed) for n in range(max(0, (end - first).days)))


@pytest.mark.parametrize("find", [school_days_before, school_days_after])
@pytest.mark.parametrize("n", [0, 1, 5])
def test_closures_without_an_end_are_refused_with_a_sentence(find, n):
    with pytest.raises(TooFewSchoolDays) as refused:
        find(MONDAY, n, Always())

    assert str(refused.value) == (
        "Too few school days lie within two years of November 2, 2026: closures cover the others. Shorten a closure, or ask for fewer days."
    )


def test_year_of_closures_is_looked_past():
    closed = {MONDAY - n * DAY for n in range(1, 366)}

    found = school_days_before(MONDAY, 1, closed)

    assert found == date(2025, 10, 31)


@pytest.mark.parametrize(
    ("starts", "closed", "expected"),
    [
        (datetime(2026, 11, 5, 9), set(), datetime(2026, 11, 3, 15)),
        (datetime(2026, 11, 2, 9), set(), datetime(2026, 10, 29, 15)),  # a Monday; the clocks go back on Sunday
        (datetime(2026, 11, 3, 9), {date(2026, 11, 2)}, datetime(2026, 10, 29, 15)),
        (datetime(2027, 3, 15, 9), set(), datetime(2027, 3, 11, 15)),  # a Monday; the clocks go forward on Sunday
        (datetime(2027, 3, 13, 9), set(), datetime(2027, 3, 11, 15)),  # a visit on a Saturday
    ],
)
def test_rule_2_cutoff_is_two_school_days_before_at_three_in_the_afternoon(starts, closed, expected):
    instant = cutoff(starts, 2, time(15), NEW_YORK, closed)

    assert to_wall(instant, NEW_YORK) == expected


@pytest.mark.parametrize("starts", [datetime(2026, 11, 2, 9), datetime(2027, 3, 15, 9)])
def test_cutoff_of_a_day_is_an_hour_off_a_day_where_the_clocks_change(starts):
    friday, start = (cutoff(starts, days, time(9), NEW_YORK, set()) for days in (1, 0))

    assert start - friday == timedelta(days=3, hours=1 if starts.month == 11 else -1)


def test_cutoff_without_days_is_the_start():
    starts = datetime(2026, 12, 2, 9)

    assert to_wall(cutoff(starts, 0, time(15), NEW_YORK, Always()), NEW_YORK) == starts


@given(
    starts=st.datetimes(datetime(2026, 9, 1), datetime(2027, 6, 30)),
    days=st.integers(1, 10),
    at=st.times(),
    closed=st.sets(st.dates(date(2026, 8, 1), date(2027, 7, 31)), max_size=60),
)
def test_cutoff_is_on_an_earlier_school_day_and_at_its_time(starts, days, at, closed):
    wall = to_wall(cutoff(starts, days, at, NEW_YORK, closed), NEW_YORK)

    assert wall.date() < starts.date()
    assert is_school_day(wall.date(), closed)
    assert wall.time() == at  # the clocks change on Sundays, which are no school days
