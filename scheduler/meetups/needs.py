"""What needs an organizer at meetups: schools from outside the network that wait for an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.core.refusal import Sentence, count
from scheduler.meetups import queries
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
    """The meetups whose organizers are asked for an answer."""
    said = "%(n)d person waits for your answer", "%(n)d people wait for your answer"
    return [Need(gathering, count(people, *said), until) for gathering, people, until in queries.unanswered(now=now)]
