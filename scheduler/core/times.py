"""Wall clocks and instants: the only place where one becomes the other."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from scheduler.core.refusal import Refusal, say


class NoSuchTime(Refusal):
    """The clocks go forward over this time."""

    def __init__(self, wall: datetime) -> None:
        super().__init__(
            say(
                "%(time)s does not exist on %(day)s: the clocks go forward over it. An hour later works.",
                time=clock_text(wall),
                day=date_text(wall),
            )
        )


class TimeHappensTwice(Refusal):
    """The clocks go back over this time."""

    def __init__(self, wall: datetime) -> None:
        super().__init__(
            say(
                "%(time)s happens twice on %(day)s: the clocks go back over it. Choose a time outside that hour.",
                time=clock_text(wall),
                day=date_text(wall),
            )
        )


def is_zone(name: str) -> bool:
    """True for the name of a zone in the IANA time zone database.

    >>> is_zone("America/New_York"), is_zone("New York")
    (True, False)
    """
    return name in available_timezones()


def from_wall(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which the clock on a wall of this zone shows `wall` (naive).

    Refuses a time that the clocks skip and one that they show twice (PEP 495 tells them apart by fold).

    >>> from_wall(datetime(2026, 3, 4, 9, 0), ZoneInfo("America/New_York")).isoformat()
    '2026-03-04T14:00:00+00:00'
    >>> from_wall(datetime(2026, 3, 11, 9, 0), ZoneInfo("America/New_York")).isoformat()   # still 9:00; the clocks went forward
    '2026-03-11T13:00:00+00:00'
    """
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first < second:
        raise TimeHappensTwice(wall)
    if first > second:
        raise NoSuchTime(wall)
    return first


def settle(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a wall time that we choose ourselves, such as a reminder or a cutoff: nobody can be asked about it.

    A time that the clocks skip moves on an hour, by as much as they skip; one that happens twice is the first
    (PEP 495: fold=0 reads a skipped time by the offset before the gap, which is just that).

    >>> new_york = ZoneInfo("America/New_York")
    >>> settle(datetime(2027, 3, 14, 2, 30), new_york).isoformat()    # 3:30 on the wall
    '2027-03-14T07:30:00+00:00'
    >>> settle(datetime(2026, 11, 1, 1, 30), new_york).isoformat()    # still summer time
    '2026-11-01T05:30:00+00:00'
    """
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def to_wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """What the clock on a wall of this zone shows at an instant; naive, for showing only.

    >>> to_wall(datetime(2026, 3, 4, 14, tzinfo=UTC), ZoneInfo("America/New_York"))
    datetime.datetime(2026, 3, 4, 9, 0)
    """
    return instant.astimezone(zone).replace(tzinfo=None)


def clock_text(wall: datetime | time) -> str:
    """A time of day as on a notice.

    >>> clock_text(datetime(2026, 3, 4, 9, 5)), clock_text(datetime(2026, 3, 4, 12, 0)), clock_text(datetime(2026, 3, 4, 0, 30))
    ('9:05 am', '12:00 pm', '12:30 am')
    """
    return f"{wall.hour % 12 or 12}:{wall.minute:02} {'am' if wall.hour < 12 else 'pm'}"


def span_text(starts: datetime, ends: datetime) -> str:
    """A span of one day as on a notice; the half of the day is said once where both ends share it.

    >>> span_text(datetime(2026, 12, 2, 9, 0), datetime(2026, 12, 2, 11, 30))
    '9:00–11:30 am'
    >>> span_text(datetime(2026, 12, 2, 11, 0), datetime(2026, 12, 2, 13, 0))
    '11:00 am–1:00 pm'
    """
    if (starts.hour < 12) == (ends.hour < 12):
        return f"{clock_text(starts)[:-3]}–{clock_text(ends)}"
    return f"{clock_text(starts)}–{clock_text(ends)}"


def day_text(wall: datetime) -> str:
    """A day as on a notice.

    >>> day_text(datetime(2026, 12, 2))
    'Wednesday, December 2'
    """
    return f"{wall:%A, %B} {wall.day}"


def date_text(day: date) -> str:
    """A day with its year, as in a sentence.

    >>> date_text(date(2026, 12, 2))
    'December 2, 2026'
    """
    return f"{day:%B} {day.day}, {day.year}"


def doors_at(starts: datetime, minutes: int) -> datetime:
    """When visitors are expected at the door: `minutes` before the start.

    >>> doors_at(datetime(2026, 12, 2, 9, 0), 15)
    datetime.datetime(2026, 12, 2, 8, 45)
    """
    return starts - timedelta(minutes=minutes)


def moved_on(before: datetime, now: datetime) -> datetime:
    """When something changed, at least a second after the change before: calendars count in whole seconds (RFC 5545, 3.3.5).

    >>> noon = datetime(2026, 3, 4, 12, tzinfo=UTC)
    >>> moved_on(noon, noon).isoformat(), moved_on(noon, noon + timedelta(hours=1)).isoformat()
    ('2026-03-04T12:00:01+00:00', '2026-03-04T13:00:00+00:00')
    """
    return max(now, before + timedelta(seconds=1))
