"""What if fewer people come, or there is a round more: variants of a meetup's settings side by side, and none of it stored (rule 17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from scheduler.core.pairing.asked import Asked
from scheduler.core.pairing.diagnose import Diagnosis, diagnose
from scheduler.core.pairing.problem import MOST_ROUNDS, Problem
from scheduler.core.pairing.what_if import MOST_SEATS, seats_of, trial, who_stays_away
from scheduler.core.refusal import Refusal, Sentence, count, say
from scheduler.meetups.memory.queries import Recalled
from scheduler.meetups.models import Format, Meetup
from scheduler.meetups.plans import Asking, Settings, settings_of
from scheduler.meetups.timing import minutes_of, rounds_that_fit
from scheduler.registration.models import Attendee

LARGEST_TABLE = 12
USUAL_MISSING = 8


@dataclass(frozen=True)
class Wanted:
    """What may be different: how many do not come, how many rounds, how many at a table (2: pairs). Stations and two lines have
    no such size: theirs is that of the settings."""

    missing: int
    rounds: int
    size: int

    @property
    def key(self) -> str:
        """How an address names it.

        >>> Wanted(8, 6, 4).key
        '8-6-4'
        """
        return f"{self.missing}-{self.rounds}-{self.size}"


@dataclass(frozen=True)
class Counts:
    """What a quick trial reached."""

    repeats: int
    same_school: int
    fewest_new: int


class Variant:
    """One line of the table: what can be said at once, and the counts of a trial once it was made."""

    def __init__(self, wanted: Wanted, label: Sentence, asking: Asking) -> None:
        self.wanted, self.label, self.asking, self.meetup = wanted, label, asking, asking.meetup
        self.away = who_stays_away([person.id for person in asking.people], wanted.missing)
        self.people = len(asking.people) - len(self.away)
        self.counts: Counts | None = None
        self.refused: Sentence | None = None

    @property
    def settings(self) -> Settings:
        wanted = self.wanted
        if not has_sizes(self.meetup):
            return Settings(wanted.rounds, self.meetup.format, self.meetup.table_size)
        return Settings(wanted.rounds, Format.PAIRS, 4) if wanted.size == 2 else Settings(wanted.rounds, Format.TABLES, wanted.size)

    @cached_property
    def asked(self) -> Asked:
        return self.asking.asked(self.settings, away=self.away)

    @property
    def problem(self) -> Problem:
        return self.asked.problem

    @cached_property
    def diagnosis(self) -> Diagnosis:
        return diagnose(self.problem)

    @property
    def clash(self) -> Sentence | None:
        """Why there can be no plan."""
        return self.asked.clashes[0].sentence if self.asked.clashes else None

    @property
    def tables(self) -> int:
        return len(self.problem.shape[0].tables)

    @property
    def minutes(self) -> int:
        return minutes_of(self.wanted.rounds, self.meetup.talks)

    @property
    def fits(self) -> bool:
        """Whether so many rounds end before the meetup does."""
        gathering = self.meetup.gathering
        return self.wanted.rounds <= rounds_that_fit(gathering.ends_at - gathering.starts_at, self.meetup.talks)

    @property
    def least_repeats(self) -> int:
        return self.diagnosis.bounds.repeat_meetings_min

    @property
    def least_same_school(self) -> int:
        limits = self.diagnosis.bounds
        return max(limits.same_school_min_per_round, limits.same_school_min_must)

    @property
    def is_small_enough(self) -> bool:
        """Whether a trial takes no longer than a page may."""
        return seats_of(self.problem) <= MOST_SEATS

    def try_it(self) -> None:
        """Make a quick plan and keep its counts, not the plan."""
        try:
            result = trial(self.problem)
        except Refusal:
            self.refused = say("The quick trial found no plan that keeps every rule. Plan searches longer and may find one.")
        else:
            if result is not None:
                metrics = result.metrics
                self.counts = Counts(metrics.repeat_meetings, metrics.same_school_meetings, metrics.new_people_min)


def variants(meetup: Meetup, attendees: Sequence[Attendee], asked: Wanted) -> list[Variant]:
    """The settings as they are, what somebody asked for, and one step to each side; at least two people stay."""
    asking = Asking(meetup, attendees, Recalled(meetup, attendees).met_before(meetup.remembers))
    listed: dict[Wanted, Sentence] = {}
    for wanted, label in _steps(now_of(meetup), asked, sizes=has_sizes(meetup)):
        if 1 <= wanted.rounds <= MOST_ROUNDS and 2 <= wanted.size <= LARGEST_TABLE and len(attendees) - wanted.missing >= 2:
            listed.setdefault(wanted, label)
    return [Variant(wanted, label, asking) for wanted, label in listed.items()]


def now_of(meetup: Meetup) -> Wanted:
    """The settings as they are."""
    settings = settings_of(meetup)
    return Wanted(0, settings.rounds, 2 if settings.format == Format.PAIRS else settings.table_size)


def has_sizes(meetup: Meetup) -> bool:
    """Whether tables can be larger or smaller: stations have the sizes that people give them, and two lines talk in pairs."""
    return meetup.format in (Format.PAIRS, Format.TABLES)


def _steps(now: Wanted, asked: Wanted, *, sizes: bool) -> list[tuple[Wanted, Sentence]]:
    missing = asked.missing or USUAL_MISSING
    steps = [
        (now, say("As it is now")),
        (asked, say("What you ask for")),
        (Wanted(missing, now.rounds, now.size), count(missing, "%(n)d person does not come", "%(n)d people do not come")),
        (Wanted(0, now.rounds + 1, now.size), say("One round more")),
        (Wanted(0, now.rounds - 1, now.size), say("One round fewer")),
    ]
    return (
        steps
        if not sizes
        else [
            *steps,
            (Wanted(0, now.rounds, now.size + 1), say("Tables of %(size)d", size=now.size + 1)),
            (Wanted(0, now.rounds, now.size - 1), say("Tables of %(size)d", size=now.size - 1) if now.size > 3 else say("Pairs")),
        ]
    )
