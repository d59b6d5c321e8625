"""Wall times that we choose ourselves, across both changes of the clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.core.refusal import Refusal
from scheduler.core.times import from_wall, settle, to_wall

NEW_YORK = ZoneInfo("America/New_York")
FORWARD, BACK = datetime(2027, 3, 14), datetime(2026, 11, 1)


@pytest.mark.parametrize("minutes", range(0, 60, 5))
def test_hour_that_does_not_exist_moves_on_an_hour(minutes):
    wall = FORWARD.replace(hour=2, minute=minutes)

    settled = settle(wall, NEW_YORK)

    assert to_wall(settled, NEW_YORK) == wall + timedelta(hours=1)


@pytest.mark.parametrize("minutes", range(0, 60, 5))
def test_hour_that_happens_twice_is_the_first(minutes):
    wall = BACK.replace(hour=1, minute=minutes)

    settled = settle(wall, NEW_YORK)

    assert to_wall(settled, NEW_YORK) == to_wall(settled + timedelta(hours=1), NEW_YORK) == wall
    assert to_wall(settled - timedelta(hours=1), NEW_YORK) == wall - timedelta(hours=1)


@pytest.mark.parametrize("day", [FORWARD, BACK])
def test_every_other_minute_of_a_day_with_a_change_is_what_the_wall_shows(day):
    minutes = [day + timedelta(minutes=n) for n in range(24 * 60)]

    strange = [wall for wall in minutes if is_refused(wall)]

    assert {wall.hour for wall in strange} == {2 if day == FORWARD else 1}
    assert len(strange) == 60
    assert [settle(wall, NEW_YORK) for wall in minutes if wall not in strange] == [
        from_wall(wall, NEW_YORK) for wall in minutes if wall not in strange
    ]


def is_refused(wall):
    try:
        from_wall(wall, NEW_YORK)
    except Refusal:
        return True
    return False


@given(
    wall=st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)),
    zone=st.sampled_from(["America/New_York", "Australia/Lord_Howe", "Europe/London", "Asia/Kathmandu", "UTC"]),
)
def test_settled_time_is_shown_on_the_wall_or_at_most_an_hour_later(wall, zone):
    settled = settle(wall, ZoneInfo(zone))

    assert settled.tzinfo is UTC
    assert timedelta() <= to_wall(settled, ZoneInfo(zone)) - wall <= timedelta(hours=1)
