"""A plan as people read it: what it reaches, who sits where, which schools meet, and each person's route."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from scheduler.core.capacity import people
from scheduler.core.pairing.methods import METHODS, REASONS, why
from scheduler.core.pairing.problem import Problem
from scheduler.core.pairing.proof import Measure, kept, measures, why_above
from scheduler.core.refusal import Sentence, count, say
from scheduler.core.text import same_name
from scheduler.meetups.locks import problem_of
from scheduler.meetups.models import Plan, Seating
from scheduler.meetups.timing import Talk, Talks, talk_of
from scheduler.registration.models import Attendee, Registration

MOST_SCHOOLS = 60
"""Of a school × school picture that can still be read"""


@dataclass(frozen=True)
class Seated:
    """One person at a table, as screens and papers say it."""

    attendee: Attendee

    @property
    def key(self) -> str:
        return self.attendee.public_id

    @property
    def name(self) -> str:
        """Of a place without a name so far: that it follows."""
        return self.attendee.name or str(say("name follows"))

    @property
    def no_photos(self) -> bool:
        """What badge and sheet say of everybody who has not said yes."""
        return not self.attendee.may_be_pictured

    @property
    def role(self) -> str:
        return self.attendee.role

    @property
    def school(self) -> str:
        return school_of(self.attendee.registration)

    @property
    def school_in_full(self) -> str:
        return self.attendee.registration.organization


@dataclass(frozen=True)
class TableOf:
    """The people who talk together in one round."""

    number: int
    people: tuple[Seated, ...]


@dataclass(frozen=True)
class RoundPlan:
    """One round: its tables, who sits out, and what it is about."""

    number: int
    tables: tuple[TableOf, ...]
    sits_out: tuple[Seated, ...]
    talk: Talk


@dataclass(frozen=True)
class Stop:
    """One round of one person; no table means sitting out."""

    round: int
    table: int | None
    company: tuple[Seated, ...]


@dataclass(frozen=True)
class Figure:
    """A count in large type, the words that explain it, and what is known about the best possible."""

    value: str
    label: Sentence
    proof: Sentence | None = None
    note: Sentence | None = None


def school_of(team: Registration) -> str:
    """How screens and papers name a team's school: short, in full where it is no school of the directory."""
    return team.school.short_name if team.school else team.organization


class Result:
    """One version of a plan, ready to be shown. The plan comes with its seatings loaded."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.metrics = plan.metrics
        self.seated = {seating.attendee_id: Seated(seating.attendee) for seating in plan.seatings}

    @cached_property
    def rounds(self) -> tuple[RoundPlan, ...]:
        by_round: defaultdict[int, defaultdict[int | None, list[Seating]]] = defaultdict(lambda: defaultdict(list))
        for seating in self.plan.seatings:
            by_round[seating.round][seating.table].append(seating)
        return tuple(self._round(number, by_round[number]) for number in sorted(by_round))

    def _round(self, number: int, tables: dict[int | None, list[Seating]]) -> RoundPlan:
        numbers = sorted(table for table in tables if table is not None)
        seated = tuple(TableOf(table, self._people(tables[table])) for table in numbers)
        return RoundPlan(number, seated, self._people(tables.get(None, [])), talk_of(self.talks, number))

    @cached_property
    def talks(self) -> Talks:
        """What the rounds are about and how long each takes."""
        return self.plan.talks

    def prompt(self, number: int) -> str:
        """What a round is about."""
        return talk_of(self.talks, number).prompt

    def _people(self, seatings: Sequence[Seating]) -> tuple[Seated, ...]:
        return tuple(sorted((self.seated[seating.attendee_id] for seating in seatings), key=lambda seated: same_name(seated.name)))

    @cached_property
    def everybody(self) -> list[Seated]:
        """All participants by name."""
        return sorted(self.seated.values(), key=lambda seated: (same_name(seated.name), seated.school))

    @cached_property
    def met(self) -> dict[str, set[str]]:
        """Whom each person meets, by public id."""
        met: defaultdict[str, set[str]] = defaultdict(set)
        for round in self.rounds:
            for table in round.tables:
                for one, other in combinations(table.people, 2):
                    met[one.key].add(other.key)
                    met[other.key].add(one.key)
        return {person.key: met[person.key] for person in self.everybody}

    @property
    def headline(self) -> Sentence:
        """What the plan gives everybody, in a sentence."""
        meets = [len(others) for others in self.met.values()]
        fewest, most = min(meets, default=0), max(meets, default=0)
        new = count(fewest, "%(n)d new person", "%(n)d new people")
        return say("Everyone meets %(people)s.", people=new) if fewest == most else say("Everyone meets at least %(people)s.", people=new)

    @property
    def summary(self) -> Sentence:
        """Who, how many rounds and tables, and how it was made."""
        schools = count(len(self.labels), "%(n)d school", "%(n)d schools")
        rounds = count(self.plan.rounds, "%(n)d round", "%(n)d rounds")
        facts = {"people": people(len(self.seated)), "schools": schools, "rounds": rounds, "tables": self.tables}
        return say("%(people)s from %(schools)s, %(rounds)s, %(tables)s.", **facts)

    @property
    def made(self) -> Sentence:
        """How and how fast, and what makes it again."""
        method = METHODS.get(self.plan.method, say("%(method)s", method=self.plan.method))
        facts = {"method": method, "seconds": f"{self.plan.seconds:.1f}", "version": self.plan.version, "seed": self.plan.seed}
        if self.plan.stopped_early:
            return say("The best that %(method)s found in %(seconds)s s; version %(version)d, seed %(seed)d.", **facts)
        return say("Made by %(method)s in %(seconds)s s; version %(version)d, seed %(seed)d.", **facts)

    @cached_property
    def problem(self) -> Problem:
        """What was asked for, without names."""
        return problem_of(self.plan)

    @property
    def kept(self) -> list[Sentence]:
        """The wishes that this version keeps, all there were, and the seats that are locked."""
        locked = sum(1 for seating in self.plan.seatings if seating.locked)
        told = [count(locked, "%(n)d seat is locked.", "%(n)d seats are locked.")] if locked else []
        return [*kept(self.problem), *told]

    @property
    def measures(self) -> list[Measure]:
        """Each count beside its bound."""
        return measures(self.metrics)

    @property
    def why(self) -> list[Sentence]:
        """Why this method made the plan, and why a count is above its bound, where one is."""
        reason = why_above(self.metrics, self.problem, stopped_early=self.plan.stopped_early)
        by_method = [why(self.plan.method)] if self.plan.method in REASONS else []
        return [*by_method, *([reason] if reason else [])]

    @property
    def format(self) -> Sentence:
        """Pairs, two lines, stations, or tables of a size."""
        seating = self.plan.problem["seating"]
        if seating["mode"] == "lines":
            return say("two lines")
        if self.plan.problem.get("distinct_tables"):
            return count(len(seating["tables"]), "%(n)d station", "%(n)d stations")
        if seating.get("size") == 2:
            return say("pairs")
        if seating["mode"] == "tables":
            return count(len(seating["tables"]), "%(n)d table", "%(n)d tables")
        return say("tables of %(size)d", size=seating["size"])

    @property
    def tables(self) -> Sentence:
        """The tables of a round: 30 tables of 4, or 59 pairs and a trio."""
        sizes = Counter(len(table.people) for table in self.rounds[0].tables) if self.rounds else Counter()
        if self.plan.problem["seating"].get("size") == 2 or self.plan.problem["seating"]["mode"] == "lines":
            pairs = count(sizes[2], "%(n)d pair", "%(n)d pairs")
            return say("%(pairs)s and one trio", pairs=pairs) if sizes[3] else pairs
        tables = count(sizes.total(), "%(n)d table", "%(n)d tables")
        if len(sizes) < 2:
            return say("%(tables)s of %(size)d", tables=tables, size=max(sizes, default=0))
        return say("%(tables)s of %(small)d or %(large)d", tables=tables, small=min(sizes), large=max(sizes))

    @property
    def figures(self) -> tuple[Figure, Figure, Figure]:
        """Repeats, conversations within a school, and the person who meets the fewest, each beside its bound."""
        return self._repeats(), self._same_school(), self._fewest()

    def _repeats(self) -> Figure:
        got, least = self.metrics["repeat_meetings"], self.metrics["repeat_meetings_min"]
        label = count(got, "conversation is a repeat", "conversations are repeats") if got else say("people meet twice")
        return Figure(str(got), label, *_compared(got, least))

    def _same_school(self) -> Figure:
        got, least = self.metrics["same_school_meetings"], self.metrics["same_school_min"]
        label = count(got, "conversation within one school", "conversations within one school")
        proof, note = _compared(got, least)
        if proof is not None and got and (largest := self._largest_school()) > len(self.rounds[0].tables):
            proof = say("%(least)d cannot be avoided: one school brings %(people)s", least=least, people=people(largest))
        return Figure(str(got), label, proof, note)

    def _fewest(self) -> Figure:
        share = self._shares
        label = say("new people for the person who meets fewest")
        fewest = min(self.met, key=lambda key: (len(self.met[key]) / max(1, share[key]), len(self.met[key])), default=None)
        if fewest is None:
            return Figure("0", label)
        got, possible = len(self.met[fewest]), max(share[fewest], len(self.met[fewest]))
        value = f"{got} of {possible}"
        return Figure(value, label, say("nobody can do better")) if got == possible else Figure(value, label)

    @property
    def _shares(self) -> dict[str, int]:
        """How many each could meet. Whoever came instead of somebody since then is not in it: they get the least of all."""
        stored: dict[str, int] = self.plan.bounds["share"]
        return {person.key: stored.get(person.key, min(stored.values(), default=1)) for person in self.everybody}

    def _largest_school(self) -> int:
        return max(Counter(person.attendee.registration.school_id for person in self.everybody).values(), default=0)

    @cached_property
    def labels(self) -> list[str]:
        """The schools that take part, by name."""
        return sorted({person.school for person in self.everybody}, key=same_name)

    @cached_property
    def matrix(self) -> list[list[int]]:
        """Conversations between every two schools, in the order of the labels."""
        met: Counter[tuple[str, str]] = Counter()
        for round in self.rounds:
            for table in round.tables:
                for one, other in combinations(table.people, 2):
                    met[one.school, other.school] += 1
        return [[met[a, b] + (met[b, a] if a != b else 0) for b in self.labels] for a in self.labels]

    @property
    def is_drawable(self) -> bool:
        return 2 <= len(self.labels) <= MOST_SCHOOLS

    def find(self, key: str) -> Seated | None:
        """A participant by public id."""
        return next((person for person in self.everybody if person.key == key), None)

    def route(self, person: Seated) -> list[Stop]:
        """Where one person goes, round by round."""
        stops = []
        for round in self.rounds:
            table = next((table for table in round.tables if person in table.people), None)
            if table is not None:
                stops.append(Stop(round.number, table.number, tuple(other for other in table.people if other != person)))
            elif person in round.sits_out:
                stops.append(Stop(round.number, None, ()))
        return stops

    @cached_property
    def routes(self) -> list[tuple[Seated, list[Stop]]]:
        """Everybody's route, by name: one walk through the plan, however many they are."""
        stops: dict[str, list[Stop]] = {person.key: [] for person in self.everybody}
        for round in self.rounds:
            for table in round.tables:
                for person in table.people:
                    stops[person.key].append(
                        Stop(round.number, table.number, tuple(other for other in table.people if other is not person))
                    )
            for person in round.sits_out:
                stops[person.key].append(Stop(round.number, None, ()))
        return [(person, stops[person.key]) for person in self.everybody]

    @cached_property
    def by_table(self) -> list[tuple[int, list[tuple[int, tuple[Seated, ...]]]]]:
        """Who sits at each table, round by round: for the sheets on the tables."""
        tables: defaultdict[int, list[tuple[int, tuple[Seated, ...]]]] = defaultdict(list)
        for round in self.rounds:
            for table in round.tables:
                tables[table.number].append((round.number, table.people))
        return sorted(tables.items())

    def difference(self, attendees: Sequence[Attendee]) -> tuple[int, int]:
        """How many people came to the list since the plan was made, and how many left it."""
        now = {attendee.id for attendee in attendees}
        return len(now - self.seated.keys()), len(self.seated.keys() - now)


def _compared(got: int, least: int) -> tuple[Sentence | None, Sentence | None]:
    """The proof where a count is the least possible; what is known otherwise."""
    if got == least:
        return say("%(least)d is the least possible", least=least), None
    return None, say("fewer than %(least)d is proven impossible", least=least) if least else say("none at all may be possible")
