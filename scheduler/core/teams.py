"""Teams of a meetup: how many they are, until when they register, and what can change after that (registration rule 2)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.core.capacity import people
from scheduler.core.refusal import Refusal, Sentence, say
from scheduler.core.times import settle

LEAST, MOST, DAYS = 3, 6, 7
"""People of a team, and how many days before the meetup registration ends, where nobody says otherwise"""
LAST_MINUTE = time(23, 59)


def closes(starts_wall: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which registration of teams ends: the last minute of the day so many days before; 0 days: the start.

    >>> new_york = ZoneInfo("America/New_York")
    >>> closes(datetime(2026, 12, 3, 16, 0), 7, new_york).isoformat(), closes(datetime(2026, 12, 3, 16, 0), 0, new_york).isoformat()
    ('2026-11-27T04:59:00+00:00', '2026-12-03T21:00:00+00:00')
    """
    if days == 0:
        return settle(starts_wall, zone)
    return settle(datetime.combine(starts_wall.date() - timedelta(days=days), LAST_MINUTE), zone)


def size_text(least: int, most: int) -> Sentence:
    """How many people a team has.

    >>> str(size_text(3, 6)), str(size_text(4, 4)), str(size_text(1, 6))
    ('3 to 6 people', '4 people', 'up to 6 people')
    """
    if least == most:
        return people(most)
    return say("up to %(most)s", most=people(most)) if least == 1 else say("%(least)d to %(most)s", least=least, most=people(most))


def may_be(size: int, least: int, most: int) -> None:
    """Refuse a team that is too small or too large.

    >>> may_be(2, 3, 6)
    Traceback (most recent call last):
    ...
    scheduler.core.refusal.Refusal: A team here has 3 to 6 people, and yours has 2. Name 1 more, or write to the organizers.
    >>> may_be(7, 3, 6)
    Traceback (most recent call last):
    ...
    scheduler.core.refusal.Refusal: A team here has 3 to 6 people, and yours has 7. Leave 1 out, or write to the organizers.
    """
    facts = {"team": size_text(least, most), "size": size}
    if size < least:
        said = "A team here has %(team)s, and yours has %(size)d. Name %(n)d more, or write to the organizers."
        raise Refusal(say(said, n=least - size, **facts))
    if size > most:
        raise Refusal(
            say("A team here has %(team)s, and yours has %(size)d. Leave %(n)d out, or write to the organizers.", n=size - most, **facts)
        )


def only_substitutions(when: str) -> Sentence:
    """Said to a lead who would add or take off people after the deadline.

    >>> print(only_substitutions("Thursday, November 26 at 11:59 pm"))
    Registration ended on Thursday, November 26 at 11:59 pm, so only substitutions are possible: write over the name of ...
    """
    return say(
        "Registration ended on %(when)s, so only substitutions are possible: write over the name of whoever stays home."
        " To be more or fewer, write to the organizers.", when=when,
    )  # fmt: skip


def may_lose_one(size: int, least: int) -> None:
    """Refuse to take somebody off a team that would be too small then.

    >>> may_lose_one(3, 3)
    Traceback (most recent call last):
    ...
    scheduler.core.refusal.Refusal: A team here has at least 3 people. Write over the name of whoever stays home, or cancel the team.
    """
    if size <= least:
        said = "A team here has at least %(least)s. Write over the name of whoever stays home, or cancel the team."
        raise Refusal(say(said, least=people(least)))
