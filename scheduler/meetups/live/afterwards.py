"""What came of a meetup: who came, the rounds that ran, which schools talked; and for each participant whom they met (rules 9 and 18)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import combinations

from scheduler.core.memory import Couple, between_schools, couple
from scheduler.core.people import student_name
from scheduler.core.rounds_clock import Span
from scheduler.core.text import same_name
from scheduler.meetups import queries as meetups
from scheduler.meetups.live import queries
from scheduler.meetups.memory import queries as memory
from scheduler.meetups.memory import took_place
from scheduler.meetups.memory.took_place import Came, TookPlace
from scheduler.meetups.models import Meetup
from scheduler.meetups.results import school_of
from scheduler.registration.models import Attendee, AttendeeState, ConsentAnswer, ConsentKind


@dataclass(frozen=True)
class Ran:
    """One round that ran, with its true times."""

    span: Span
    tables: int
    conversations: int


class Afterwards:
    """One meetup, looked back at."""

    def __init__(self, meetup: Meetup, now: datetime) -> None:
        self.meetup = meetup
        self.people: Mapping[int, Attendee] = queries.state_of(meetup, now).people
        self.told: TookPlace | None = next(iter(took_place.all_of_them(only=meetup.gathering_id)), None)
        """None: nobody has closed the roster yet, or there was no plan"""

    @property
    def on_the_list(self) -> list[Attendee]:
        return [one for one in self.people.values() if one.registration.is_confirmed]

    @property
    def came(self) -> int:
        return sum(1 for one in self.on_the_list if one.state == AttendeeState.ARRIVED)

    @cached_property
    def rounds(self) -> list[Ran]:
        if self.told is None:
            return []
        sizes = [(number, len(people)) for number, _, people in self.told.tables]
        return [
            Ran(span, sum(1 for n, _ in sizes if n == span.number), sum(m * (m - 1) // 2 for n, m in sizes if n == span.number))
            for span in self.told.spans
        ]  # fmt: skip

    @property
    def conversations(self) -> int:
        return sum(ran.conversations for ran in self.rounds)

    @cached_property
    def pairs(self) -> Counter[tuple[int, int]]:
        """How often two people talked."""
        tables = self.told.tables if self.told else ()
        return Counter(pair for _, _, people in tables for pair in combinations(sorted(one.id for one in people), 2))

    @property
    def repeats(self) -> int:
        return sum(times - 1 for times in self.pairs.values())

    @property
    def schools(self) -> list[int]:
        return sorted({one.school_id for one in self._seated if one.school_id is not None})

    @property
    def _seated(self) -> set[Came]:
        return {one for _, _, people in (self.told.tables if self.told else ()) for one in people}

    @cached_property
    def couples(self) -> Counter[Couple]:
        """How many conversations two different schools had."""
        met: Counter[Couple] = Counter()
        for _, _, people in self.told.tables if self.told else ():
            schools = [one.school_id for one in people if one.school_id is not None]
            met.update(couple(a, b) for a, b in combinations(schools, 2) if a != b)
        return met

    @property
    def possible_couples(self) -> int:
        """As many pairs of schools there are among those who sat at a table."""
        return len(self.schools) * (len(self.schools) - 1) // 2

    @cached_property
    def new_couples(self) -> list[Couple]:
        """Schools that had never talked at a meetup before."""
        before: set[Couple] = set()
        for held in memory.held_between(self.school_names, without=self.meetup.gathering_id):
            if held.held_on <= self.meetup.gathering.starts_wall.date():
                before |= between_schools(held.tables).keys()
        return sorted(self.couples.keys() - before)

    @cached_property
    def school_names(self) -> dict[int, str]:
        teams = [one.registration for one in self.people.values()]
        return {team.school_id: school_of(team) for team in teams if team.school_id is not None}

    @property
    def new_names(self) -> list[tuple[str, str]]:
        named = [(self.school_names[a], self.school_names[b]) for a, b in self.new_couples]
        return sorted((min(pair, key=same_name), max(pair, key=same_name)) for pair in named)

    def rows(self) -> Iterator[list[object]]:
        """Who really sat where, a row a person and round."""
        for number, table, people in self.told.tables if self.told else ():
            for one in people:
                attendee = self.people[one.id]
                yield [number, table, attendee.name, attendee.registration.organization, attendee.role]


@dataclass(frozen=True)
class Met:
    """Somebody whom a participant talked with, as others may see them (rule 13)."""

    name: str
    school: str
    rounds: tuple[int, ...]
    email: str = ""
    """Only where both said yes, never of students"""


def people_met(attendee: Attendee) -> list[Met] | None:
    """Whom somebody met, in the order of the rounds; None while what took place is not known."""
    told = next(iter(took_place.all_of_them(only=attendee.registration.gathering_id)), None)
    if told is None:
        return None
    rounds: dict[int, list[int]] = {}
    for number, _, people in told.tables:
        if any(one.id == attendee.id for one in people):
            for one in people:
                rounds.setdefault(one.id, []).append(number)
    others = meetups.attendees_with_consents(rounds.keys() - {attendee.id})
    met = [_met(attendee, other, rounds[other.id]) for other in others if other.person is not None]
    return sorted(met, key=lambda one: (one.rounds, same_name(one.name)))


def _met(attendee: Attendee, other: Attendee, rounds: Sequence[int]) -> Met:
    email = other.email if shares_contact(attendee) and shares_contact(other) else ""
    return Met(student_name(other.name), school_of(other.registration), tuple(rounds), email)


def shares_contact(attendee: Attendee) -> bool:
    """Whether an adult said that those whom they met may have their address."""
    return may_share(attendee) and attendee.said(ConsentKind.CONTACT) == ConsentAnswer.YES


def may_share(attendee: Attendee) -> bool:
    """Adults of whom an address is known; students never."""
    return not attendee.is_student and bool(attendee.email)
