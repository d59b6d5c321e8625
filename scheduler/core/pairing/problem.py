"""What the pairing engine is asked: the people, the rounds, the tables and the wishes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from scheduler.core.pairing.plan import Pair, Round, pair
from scheduler.core.pairing.seating import ByCount, BySize, ByTables, Seating, Shape, TwoLines
from scheduler.core.refusal import Refusal, Sentence, count, say

MOST_ROUNDS = 40
MOST_SPARES = 200
MOST_WEIGHT = 3
"""Of mixed roles: four times the weight stays far below the price of a meeting within one school"""
STUDENT = "student"


@dataclass(frozen=True)
class Participant:
    """An attendee as the engine sees them.

    `present` None means every round. `mobility`: should change tables as rarely as possible. `step_free`: may only sit at
    step-free tables. `station`: the table where this person stays in every round. `sat_out`: how often at earlier meetups.
    `name` is used in sentences only.
    """

    id: str
    school: str | None = None
    role: str | None = None
    present: frozenset[int] | None = None
    mobility: bool = False
    step_free: bool = False
    station: str | None = None
    offers: frozenset[str] = frozenset()
    wants: frozenset[str] = frozenset()
    sat_out: int = 0
    name: str = ""


@dataclass(frozen=True)
class Together:
    """Two people who must share a table: in that round, or (None) in at least one round."""

    pair: Pair
    round: int | None = None


@dataclass(frozen=True)
class Pin:
    """One person at one table in one round, as the organizer put them."""

    person: str
    round: int
    table: str


@dataclass(frozen=True)
class Problem:
    """Everything a plan depends on. Rounds count from 0. `met_before` is the memory; `frozen` are rounds already played.

    `announced` are rounds that people know already: each seat that changes has a price. `spares`: so many spare cards get a
    route of their own. `distinct_tables`: whoever has no station should not come to one table twice. `role_mix`: how much a
    meeting within a role weighs among the softer wishes; 0 is not at all.
    Refuses what no plan could ever be made for: no rounds or more than 40, one id twice, wishes for people who are not there.
    Wishes that contradict each other are found by `diagnose`.

    >>> Problem((Participant("ana"), Participant("ben")), rounds=0, seating=BySize(2))
    Traceback (most recent call last):
    scheduler.core.refusal.Refusal: A plan needs at least 1 round. Choose a number from 1 to 40.
    """

    participants: tuple[Participant, ...]
    rounds: int
    seating: Seating
    keep_apart: frozenset[Pair] = frozenset()
    keep_together: tuple[Together, ...] = ()
    pins: tuple[Pin, ...] = ()
    met_before: Mapping[Pair, int] = field(default_factory=dict)
    frozen: tuple[Round, ...] = ()
    students_have_company: bool = False
    announced: tuple[Round, ...] = ()
    spares: int = 0
    distinct_tables: bool = False
    name: str = ""
    role_mix: int = 1

    def __post_init__(self) -> None:
        for sentence in _nonsense(self):
            raise Refusal(sentence)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        return tuple(person.id for person in self.participants)

    @cached_property
    def by_id(self) -> Mapping[str, Participant]:
        return {person.id: person for person in self.participants}

    @cached_property
    def played(self) -> Mapping[int, Round]:
        """The frozen rounds by number."""
        return {round.number: round for round in self.frozen}

    @cached_property
    def free_rounds(self) -> tuple[int, ...]:
        """The rounds that are still to be planned."""
        return tuple(number for number in range(self.rounds) if number not in self.played)

    @cached_property
    def present(self) -> Mapping[str, frozenset[int]]:
        """In which rounds each person takes part."""
        every = frozenset(range(self.rounds))
        return {person.id: every if person.present is None else person.present for person in self.participants}

    @cached_property
    def roster(self) -> Mapping[int, tuple[str, ...]]:
        """Who is there in each free round, in the order of the participants."""
        return {number: tuple(id for id in self.ids if number in self.present[id]) for number in self.free_rounds}

    @cached_property
    def shape(self) -> Mapping[int, Shape]:
        """The tables of each free round."""
        return {number: self._shape(number) for number in self.free_rounds}

    def _shape(self, number: int) -> Shape:
        people = self.roster[number]
        if isinstance(self.seating, TwoLines):
            return self.seating.shape(len(people), number, sum(1 for id in people if self.line(id)))
        shape = self.seating.shape(len(people), number)
        return self._as_announced(shape, number) if shape.free_sizes and self.announced else shape

    def _as_announced(self, shape: Shape, number: int) -> Shape:
        """Tables that people were told to come to are the smaller ones where people are missing now; sizes are largest first."""
        told = Counter(table for (_, round), table in self.known_seats.items() if round == number)
        return replace(shape, tables=tuple(sorted(shape.tables, key=lambda table: -told[table.id])))

    def line(self, person: str) -> bool | None:
        """In two lines, whether this person stays; None in other formats."""
        return self.by_id[person].role == self.seating.stays if isinstance(self.seating, TwoLines) else None

    def same_line(self, a: str, b: str) -> bool:
        """Whether both stand in one of two lines, where nobody meets their own."""
        return isinstance(self.seating, TwoLines) and self.line(a) == self.line(b)

    @cached_property
    def in_pairs(self) -> bool:
        return isinstance(self.seating, TwoLines) or (isinstance(self.seating, BySize) and self.seating.size == 2)

    @cached_property
    def known_seats(self) -> Mapping[tuple[str, int], str]:
        """The announced table of everybody who is present, by person and free round."""
        rounds = [round for round in self.announced if round.number in self.free_rounds]
        seats = {(id, round.number): table.id for round in rounds for id, table in round.table_of.items()}
        return {key: table for key, table in seats.items() if key[0] in self.by_id and key[1] in self.present[key[0]]}

    @cached_property
    def prior(self) -> Counter[Pair]:
        """Pairings before the free rounds: memory and frozen rounds."""
        met = Counter({pair(*people): times for people, times in self.met_before.items()})
        for round in self.frozen:
            met.update(round.pairings())
        return met

    @cached_property
    def stations(self) -> Mapping[str, str]:
        return {person.id: person.station for person in self.participants if person.station}

    @cached_property
    def pinned(self) -> Mapping[tuple[str, int], str]:
        """The table each pinned person must take, by person and round; a station is a pin in every round."""
        hosts = {(id, number): table for id, table in self.stations.items() for number in self.free_rounds if number in self.present[id]}
        return {**hosts, **{(pin.person, pin.round): pin.table for pin in self.pins}}

    def tables_for(self, person: str, round: int) -> frozenset[str] | None:
        """The tables where this person may sit in that round; None means any."""
        if table := self.pinned.get((person, round)):
            return frozenset((table,))
        if not self.by_id[person].step_free or all(table.step_free for table in self.shape[round].tables):
            return None
        return frozenset(table.id for table in self.shape[round].tables if table.step_free)

    def who(self, person: str) -> str:
        """How sentences call this person."""
        return self.by_id[person].name or person if person in self.by_id else person

    def is_student(self, person: str) -> bool:
        return self.by_id[person].role == STUDENT

    def same_school(self, a: str, b: str) -> bool:
        """Whether both come from one school; who belongs to no school shares it with nobody."""
        return self.by_id[a].school is not None and self.by_id[a].school == self.by_id[b].school

    def keeps_company(self, student: str, other: str) -> bool:
        """Whether `other` at the table is company for this student: another student, or an adult of the same school."""
        return self.is_student(other) or self.same_school(student, other)


def _nonsense(problem: Problem) -> Iterator[Sentence]:
    yield from _wrong_rounds(problem.rounds)
    yield from _wrong_seating(problem.seating)
    for id, times in Counter(problem.ids).items():
        if times > 1:
            yield say("%(person)s is on the list twice. Keep one of the two entries.", person=problem.who(id))
    for id in _wished(problem):
        if id not in problem.by_id:
            yield say("A wish names %(person)s, who is not on the list. Add this person or take the wish away.", person=id)
    for (id, number), times in Counter((pin.person, pin.round) for pin in problem.pins).items():
        if times > 1:
            yield say("%(person)s is pinned twice in round %(round)d. Keep one of the two pins.", person=problem.who(id), round=number + 1)
    if not 0 <= problem.spares <= MOST_SPARES:
        yield say("A plan can have from 0 to %(most)d spare cards.", most=MOST_SPARES)
    for number in _named_rounds(problem):
        if not 0 <= number < problem.rounds:
            yield _no_such_round(number, problem.rounds)


def _wrong_rounds(rounds: int) -> Iterator[Sentence]:
    if rounds < 1:
        yield say("A plan needs at least 1 round. Choose a number from 1 to %(most)d.", most=MOST_ROUNDS)
    if rounds > MOST_ROUNDS:
        asked = count(rounds, "%(n)d round is", "%(n)d rounds are")
        yield say("%(asked)s more than one meetup can hold. Choose a number from 1 to %(most)d.", asked=asked, most=MOST_ROUNDS)


def _wrong_seating(seating: Seating) -> Iterator[Sentence]:
    if isinstance(seating, BySize) and seating.size < 2:
        yield say("A table needs at least 2 people. Choose 2 for pairs, or 3 and more for tables.")
    if isinstance(seating, ByCount) and seating.tables < 1:
        yield say("A plan needs at least 1 table.")
    if isinstance(seating, ByTables):
        yield from _wrong_tables(seating)


def _wrong_tables(seating: ByTables) -> Iterator[Sentence]:
    if not seating.tables:
        yield say("A plan needs at least 1 table.")
    for id, times in Counter(table.id for table in seating.tables).items():
        if times > 1:
            yield say("Two tables are called %(table)s. Give each table its own name.", table=id)
    for table in seating.tables:
        if not 0 <= table.least <= table.most or table.most < 1:
            yield say(
                "Table %(table)s cannot seat at least %(least)d and at most %(most)d people. Make the second number the larger one.",
                table=table.id,
                least=table.least,
                most=table.most,
            )


def _wished(problem: Problem) -> Iterable[str]:
    apart = sorted(id for people in problem.keep_apart for id in people)
    together = [id for wish in problem.keep_together for id in wish.pair]
    return [*apart, *together, *(pin.person for pin in problem.pins)]


def _named_rounds(problem: Problem) -> Iterable[int]:
    wishes = [wish.round for wish in problem.keep_together if wish.round is not None]
    return [*wishes, *(pin.round for pin in problem.pins), *problem.played]


def _no_such_round(number: int, rounds: int) -> Sentence:
    there = count(rounds, "there is only %(n)d round", "there are only %(n)d rounds")
    return say("Something is asked of round %(round)d, but %(there)s.", round=number + 1, there=there)
