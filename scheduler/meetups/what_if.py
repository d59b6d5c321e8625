"""What if fewer people come, or there is a round more: variants of a meetup's settings side by side, and none of it stored (rule 17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from scheduler.core.pairing.diagnose import Diagnosis, diagnose
from scheduler.core.pairing.plan import Pair
from scheduler.core.pairing.problem import MOST_ROUNDS, Problem
from scheduler.core.pairing.what_if import MOST_SEATS, seats_of, trial, who_stays_away
from scheduler.core.refusal import Refusal, Sentence, count, say
from scheduler.meetups.memory.queries import Recalled
from scheduler.meetups.models import Format, Meetup
from scheduler.meetups.plans import Settings, problem_of, settings_of
from scheduler.meetups.timing import minutes_of, rounds_that_fit
from scheduler.registration.models import Attendee

LARGEST_TABLE = 12
USUAL_MISSING = 8


@dataclass(frozen=True)
class Wanted:
    """What may be different: how many do not come, how many rounds, how many at a table (2: pairs)."""

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

    def __init__(self, wanted: Wanted, label: Sentence, meetup: Meetup, attendees: Sequence[Attendee], met: Mapping[Pair, int]) -> None:
        self.wanted, self.label, self.meetup = wanted, label, meetup
        away = who_stays_away([attendee.public_id for attendee in attendees], wanted.missing)
        self.attendees = [attendee for attendee in attendees if attendee.public_id not in away]
        self.met = {pair: times for pair, times in met.items() if not away & set(pair)}
        self.counts: Counts | None = None
        self.refused: Sentence | None = None

    @property
    def settings(self) -> Settings:
        wanted = self.wanted
        return Settings(wanted.rounds, Format.PAIRS, 4) if wanted.size == 2 else Settings(wanted.rounds, Format.TABLES, wanted.size)

    @cached_property
    def problem(self) -> Problem:
        return problem_of(self.attendees, self.settings, self.met)

    @cached_property
    def diagnosis(self) -> Diagnosis:
        return diagnose(self.problem)

    @property
    def clash(self) -> Sentence | None:
        """Why there can be no plan."""
        return self.diagnosis.clashes[0].sentence if self.diagnosis.clashes else None

    @property
    def tables(self) -> int:
        return len(self.problem.shape[0].tables)

    @property
    def minutes(self) -> int:
        return minutes_of(self.wanted.rounds)

    @property
    def fits(self) -> bool:
        """Whether so many rounds end before the meetup does."""
        gathering = self.meetup.gathering
        return self.wanted.rounds <= rounds_that_fit(gathering.ends_at - gathering.starts_at)

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
    met = Recalled(meetup, attendees).met_before(meetup.remembers)
    listed: dict[Wanted, Sentence] = {}
    for wanted, label in _steps(now_of(meetup), asked):
        if 1 <= wanted.rounds <= MOST_ROUNDS and 2 <= wanted.size <= LARGEST_TABLE and len(attendees) - wanted.missing >= 2:
            listed.setdefault(wanted, label)
    return [Variant(wanted, label, meetup, attendees, met) for wanted, label in listed.items()]


def now_of(meetup: Meetup) -> Wanted:
    """The settings as they are."""
    settings = settings_of(meetup)
    return Wanted(0, settings.rounds, settings.seats)


def _steps(now: Wanted, asked: Wanted) -> list[tuple[Wanted, Sentence]]:
    missing = asked.missing or USUAL_MISSING
    return [
        (now, say("As it is now")),
        (asked, say("What you ask for")),
        (Wanted(missing, now.rounds, now.size), count(missing, "%(n)d person does not come", "%(n)d people do not come")),
        (Wanted(0, now.rounds + 1, now.size), say("One round more")),
        (Wanted(0, now.rounds - 1, now.size), say("One round fewer")),
        (Wanted(0, now.rounds, now.size + 1), say("Tables of %(size)d", size=now.size + 1)),
        (Wanted(0, now.rounds, now.size - 1), say("Tables of %(size)d", size=now.size - 1) if now.size > 3 else say("Pairs")),
    ]
