"""Who gets seats that come free, and until when they are held (rules 10 and 11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.core.capacity import Seats
from scheduler.core.times import settle, to_wall

MAIL_FROM, MAIL_UNTIL = time(7), time(21)
SHORTEST_OFFER, LONGEST_OFFER = timedelta(hours=2), timedelta(hours=24)


@dataclass(frozen=True)
class Waiting:
    """One party in line: its entry's id, the seats it wants, and the fewest with which it would still come.

    `tier` says which reserved seats it may use ("" none); `confirms` that it takes seats without being asked; `school`, of
    which only so many may come ("" does not count).
    """

    entry_id: int
    party_size: int
    smallest: int
    tier: str = ""
    priority: int = 0
    confirms: bool = False
    school: str = ""


@dataclass(frozen=True)
class Grant:
    """Seats for one entry: all that its party wants, or fewer, down to its smallest."""

    entry_id: int
    size: int


@dataclass(frozen=True)
class Offer:
    """When the mail about held seats may go, and until when they are held; both instants."""

    mail_at: datetime
    deadline: datetime


def order_key(waiting: Waiting) -> tuple[int, int]:
    """Sorts a line: high priority first, then in the order of asking, which is the order of the entries' ids.

    >>> line = [Waiting(1, 2, 2), Waiting(2, 2, 2), Waiting(3, 2, 2, priority=1)]
    >>> [waiting.entry_id for waiting in sorted(line, key=order_key)]
    [3, 1, 2]
    """
    return -waiting.priority, waiting.entry_id


def walk(seats: Seats, line: Iterable[Waiting], *, strict: bool = False, room: Mapping[str, int] | None = None) -> list[Grant]:
    """Give free seats to a line, in its order: the full party if it fits, else the most of it that fits, else the next one's turn.

    A party never gets less than its smallest size. `strict` keeps everybody behind the first who cannot be seated at all.
    Seats are counted by tier as they are given away, and so is `room`: how many more people each school may send. For
    entries that need not be asked, give only those that confirm.

    >>> line = [Waiting(1, 4, 4), Waiting(2, 3, 1), Waiting(3, 1, 1)]
    >>> walk(Seats(12, {"": 10}), line)
    [Grant(entry_id=2, size=2)]
    >>> walk(Seats(12, {"": 10}), line, strict=True)
    []
    >>> walk(Seats(12, {}), [Waiting(1, 4, 4, school="a"), Waiting(2, 3, 1, school="a")], room={"a": 6})
    [Grant(entry_id=1, size=4), Grant(entry_id=2, size=2)]
    """
    grants, left = [], dict(room or {})
    for waiting in line:
        size = min(waiting.party_size, seats.left_for(waiting.tier), left.get(waiting.school, waiting.party_size))
        if size >= waiting.smallest:
            grants.append(Grant(waiting.entry_id, size))
            seats = seats.with_party(waiting.tier, size)
            left = {school: n - size * (school == waiting.school) for school, n in left.items()}
        elif strict:
            break
    return grants


def overtaken(seats: Seats, line: Iterable[Waiting], grants: Iterable[Grant]) -> dict[int, int]:
    """Whom others passed in a walk: by entry, how many seats were free for it when its turn came and it did not fit.

    Takes the seats and the line as the walk did. Somebody whom nobody behind passed is not overtaken.

    >>> seats, line = Seats(12, {"": 10}), [Waiting(1, 4, 4), Waiting(2, 2, 2), Waiting(3, 1, 1)]
    >>> overtaken(seats, line, walk(seats, line))        # "2 seats came free; your party needs 4"
    {1: 2}
    """
    sizes = {grant.entry_id: grant.size for grant in grants}
    stayed: dict[int, int] = {}
    passed: dict[int, int] = {}
    for waiting in line:
        if waiting.entry_id in sizes:
            seats = seats.with_party(waiting.tier, sizes[waiting.entry_id])
            passed |= stayed
        else:
            stayed[waiting.entry_id] = seats.left_for(waiting.tier)
    return passed


def offer_deadline(now: datetime, cutoff: datetime, zone: ZoneInfo) -> Offer | None:
    """When to mail an offer made now, and until when it holds; None when there is no time left to ask.

    Mail goes from 7:00 until 21:00 on the school's wall, at once or at the next 7:00. From then the offer holds for a quarter
    of the time until the cutoff, at most 24 hours, at least 2. With less than 2 hours left, only entries that confirm
    without being asked move up. All times are instants.

    >>> from datetime import UTC
    >>> new_york, cutoff = ZoneInfo("America/New_York"), datetime(2026, 12, 4, 20, tzinfo=UTC)
    >>> offer = offer_deadline(datetime(2026, 12, 4, 2, 15, tzinfo=UTC), cutoff, new_york)       # 9:15 pm the evening before
    >>> offer.mail_at.isoformat(), offer.deadline.isoformat()
    ('2026-12-04T12:00:00+00:00', '2026-12-04T14:00:00+00:00')
    >>> print(offer_deadline(datetime(2026, 12, 4, 18, 1, tzinfo=UTC), cutoff, new_york))
    None
    """
    mail_at = _mail_at(now, zone)
    left = cutoff - mail_at
    if left < SHORTEST_OFFER:
        return None
    return Offer(mail_at, mail_at + max(SHORTEST_OFFER, min(LONGEST_OFFER, left / 4)))


def _mail_at(now: datetime, zone: ZoneInfo) -> datetime:
    wall = to_wall(now, zone)
    if MAIL_FROM <= wall.time() < MAIL_UNTIL:
        return now
    day = wall.date() + timedelta(days=wall.time() >= MAIL_UNTIL)
    return settle(datetime.combine(day, MAIL_FROM), zone)
