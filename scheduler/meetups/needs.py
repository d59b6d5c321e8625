"""What needs an organizer at meetups: schools that wait for an answer, and schools that have not given one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.core.refusal import Sentence, count
from scheduler.core.times import day_text, to_wall
from scheduler.meetups import queries
from scheduler.meetups.invitations import queries as invitations
from scheduler.registration.models import Gathering


@dataclass(frozen=True)
class Need:
    """One meetup, what it needs, and until when."""

    gathering: Gathering
    said: Sentence
    until: datetime
    page: str = "meetups.people"
    """The endpoint where it is dealt with"""


def needs_of(*, now: datetime) -> list[Need]:
    """The meetups whose organizers are asked for an answer, and those to which invited schools have been silent for days."""
    said = "%(n)d person waits for your answer", "%(n)d people wait for your answer"
    asked = [Need(gathering, count(people, *said), until) for gathering, people, until in queries.unanswered(now=now)]
    return [*asked, *(_silent(gathering, number) for gathering, number in invitations.silent_schools(now=now))]


def _silent(gathering: Gathering, number: int) -> Need:
    day = day_text(to_wall(gathering.closes_at, gathering.zone))
    said = count(
        number, "%(n)d school has not answered, and registration closes on %(day)s",
        "%(n)d schools have not answered, and registration closes on %(day)s", day=day,
    )  # fmt: skip
    return Need(gathering, said, gathering.closes_at, "meetups.invite_schools")
