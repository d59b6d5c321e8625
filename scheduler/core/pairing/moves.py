"""One person goes to another table by hand, or two change places: what comes of it, and the rules that would not let it be."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from scheduler.core.capacity import people
from scheduler.core.pairing.check import lonely_students
from scheduler.core.pairing.clashes import table_name
from scheduler.core.pairing.plan import Pair, Plan, Round, Table, pair
from scheduler.core.pairing.problem import Problem
from scheduler.core.refusal import Sentence, say


@dataclass(frozen=True)
class Move:
    """In one round (from 0) somebody goes to a table, or changes places with another person; one of the two is named."""

    round: int
    person: str
    table: str | None = None
    other: str | None = None


def moved(plan: Plan, move: Move) -> Plan:
    """The plan after a move that can be made.

    >>> plan = Plan((Round(0, (Table("T1", ("ana", "ben")), Table("T2", ("cleo", "dan")))),))
    >>> [table.members for table in moved(plan, Move(0, "ana", other="dan")).rounds[0].tables]
    [('ben', 'dan'), ('cleo', 'ana')]
    """
    return Plan(tuple(_moved(round, move) if round.number == move.round else round for round in plan.rounds), plan.name)


def _moved(round: Round, move: Move) -> Round:
    goes = _goes(round, move)
    there = {table.id: table for table in round.tables}
    new = [Table(id, ()) for id in goes.values() if id is not None and id not in there]
    tables = (_with(table, goes) for table in (*round.tables, *new))
    out = [person for person in round.sits_out if person not in goes] + [person for person, table in goes.items() if table is None]
    return Round(round.number, tuple(table for table in tables if table.members or table.spare), tuple(out))


def _goes(round: Round, move: Move) -> dict[str, str | None]:
    """Where those who move sit afterwards; None: they sit out."""
    if move.other is None:
        return {move.person: move.table}
    return {move.person: _seat(round, move.other), move.other: _seat(round, move.person)}


def _seat(round: Round, person: str) -> str | None:
    table = round.table_of.get(person)
    return table.id if table else None


def _with(table: Table, goes: dict[str, str | None]) -> Table:
    stay = tuple(person for person in table.members if person not in goes)
    come = tuple(person for person, seat in goes.items() if seat == table.id)
    return replace(table, members=stay + come)


def touched(plan: Plan, move: Move) -> frozenset[str]:
    """Everybody whose company a move changes, those who move included."""
    round = plan.by_number[move.round]
    ids = {move.table, *(_seat(round, person) for person in (move.person, move.other) if person)}
    mates = {person for table in round.tables if table.id in ids for person in table.members}
    return frozenset(mates | {person for person in (move.person, move.other) if person})


def refusals(problem: Problem, plan: Plan, move: Move) -> list[Sentence]:
    """Why a move cannot be made: each rule that is never broken and would be, with the people; none means it can.

    What is broken already is not held against a move.

    >>> from scheduler.core.pairing.problem import Participant
    >>> from scheduler.core.pairing.seating import BySize
    >>> people = tuple(Participant(id, name=id.title()) for id in ("ana", "ben", "cleo", "dan"))
    >>> problem = Problem(people, rounds=1, seating=BySize(2), keep_apart=frozenset({("ben", "dan")}))
    >>> plan = Plan((Round(0, (Table("T1", ("ana", "ben")), Table("T2", ("cleo", "dan")))),))
    >>> for move in (Move(0, "ana", "T2"), Move(0, "ana", other="dan"), Move(0, "ana", other="cleo")):
    ...     print([str(sentence) for sentence in refusals(problem, plan, move)])
    ['Table 2 is full with 2 people. Change places with somebody there instead.']
    ['Dan and Ben are kept apart.']
    []
    """
    if impossible := next(_impossible(problem, plan, move), None):
        return [impossible]
    before = plan.by_number[move.round]
    after = _moved(before, move)
    step = _Step(problem, before, after, _goes(before, move))
    return [*step.sizes(), *step.places(), *step.apart(), *step.together(plan), *step.company()]


def _impossible(problem: Problem, plan: Plan, move: Move) -> Iterator[Sentence]:
    """What makes a move no move at all."""
    round = plan.by_number.get(move.round)
    if round is None or move.round not in problem.shape:
        yield say("Round %(round)d was played already, or is not there, so nobody moves in it.", round=move.round + 1)
        return
    for person in filter(None, (move.person, move.other)):
        if person not in round.table_of and person not in round.sits_out:
            yield say("%(person)s is away in round %(round)d.", person=problem.who(person), round=move.round + 1)
    if move.other is None and move.table not in {spec.id for spec in problem.shape[move.round].tables}:
        facts = {"table": table_name(move.table or ""), "round": move.round + 1}
        yield say("Table %(table)s is closed or not there in round %(round)d. Choose another.", **facts)
    if move.other is None and _seat(round, move.person) == move.table:
        yield say("%(person)s sits at table %(table)s already.", person=problem.who(move.person), table=table_name(move.table or ""))
    if move.other is not None and _seat(round, move.person) == _seat(round, move.other):
        facts = {"one": problem.who(move.person), "other": problem.who(move.other)}
        yield say("%(one)s and %(other)s have the same place already. Choose somebody of another table.", **facts)


def in_words(problem: Problem, pairs: Collection[Pair], first: Collection[str]) -> list[Pair]:
    """Pairs as sentences name them: by name, and of two the one who moves first.

    >>> from scheduler.core.pairing.problem import Participant
    >>> from scheduler.core.pairing.seating import BySize
    >>> problem = Problem(tuple(Participant(id) for id in ("ana", "ben", "cleo")), rounds=1, seating=BySize(2))
    >>> in_words(problem, [("ben", "cleo"), ("ana", "cleo")], ["cleo"])
    [('cleo', 'ana'), ('cleo', 'ben')]
    """
    told = [(b, a) if b in first and a not in first else (a, b) for a, b in pairs]
    return sorted(told, key=lambda two: (problem.who(two[0]), problem.who(two[1]), two))


class _Step:
    """A round before and after, and who moves where in between."""

    def __init__(self, problem: Problem, before: Round, after: Round, goes: dict[str, str | None]) -> None:
        self.problem, self.before, self.after, self.goes = problem, before, after, goes
        self.number = before.number
        self.shape = problem.shape[before.number]
        self.specs = {spec.id: spec for spec in self.shape.tables}
        old = {table.id: table for table in before.tables}
        self.changed = [table for table in after.tables if table != old.get(table.id)]

    def sizes(self) -> Iterator[Sentence]:
        """Nobody is squeezed in, and no table falls under its least; who changes places changes no size."""
        if len(self.goes) > 1:
            return
        [(person, table)] = self.goes.items()
        seat = _seat(self.before, person)
        if table in self.specs and self._people(table) >= self.specs[table].most:
            text = "Table %(table)s is full with %(people)s. Change places with somebody there instead."
            yield say(text, table=table_name(table), people=people(self._people(table)))
        elif seat is None:
            yield say("%(person)s sits out in this round. Change places with somebody instead.", person=self.problem.who(person))
        elif seat in self.specs and self._people(seat) <= self.specs[seat].least:
            text = "Table %(table)s has only %(people)s and can spare nobody. Let two people change places instead."
            yield say(text, table=table_name(seat), people=people(self._people(seat)))

    def _people(self, table: str) -> int:
        return next((len(one.members) for one in self.before.tables if one.id == table), 0)

    def places(self) -> Iterator[Sentence]:
        """Stations, pins and tables that can be reached without a step."""
        for person, table in self.goes.items():
            if person in self.problem.by_id:
                yield from self._place(person, table)

    def _place(self, person: str, table: str | None) -> Iterator[Sentence]:
        facts = {"person": self.problem.who(person), "round": self.number + 1}
        station = self.problem.stations.get(person)
        given = {pin.table for pin in self.problem.pins if (pin.person, pin.round) == (person, self.number)}
        if station not in (None, table):
            yield say("%(person)s stays at table %(table)s, a station.", table=table_name(station or ""), **facts)
        for pinned in sorted(given - {table or ""}):
            text = "%(person)s is to sit at table %(table)s in round %(round)d. Take that wish away first."
            yield say(text, table=table_name(pinned), **facts)
        if table in self.specs and not self.specs[table].step_free and self.problem.by_id[person].step_free:
            yield say("%(person)s needs a table without a step, and table %(table)s is none.", table=table_name(table), **facts)

    def apart(self) -> Iterator[Sentence]:
        """Two who are kept apart, or stand in one line."""
        known = set(self.before.pairings())
        new = {met for table in self.changed for met in table.pairings()} - known
        for a, b in in_words(self.problem, new, self.goes):
            facts = {"one": self.problem.who(a), "other": self.problem.who(b)}
            if pair(a, b) in self.problem.keep_apart:
                yield say("%(one)s and %(other)s are kept apart.", **facts)
            if a in self.problem.by_id and b in self.problem.by_id and self.problem.same_line(a, b):
                yield say("%(one)s and %(other)s stand in one line, so they are no pair.", **facts)

    def together(self, plan: Plan) -> Iterator[Sentence]:
        """Two who must share a table and would not any more."""
        gone = set(self.before.pairings()) - set(self.after.pairings())
        others = [round for round in plan.rounds if round.number != self.number]
        for wish in self.problem.keep_together:
            facts = {"one": self.problem.who(wish.pair[0]), "other": self.problem.who(wish.pair[1]), "round": self.number + 1}
            if wish.pair in gone and wish.round == self.number:
                yield say("%(one)s and %(other)s are to share a table in round %(round)d.", **facts)
            if wish.pair in gone and wish.round is None and not any(pair(*wish.pair) in round.pairings() for round in others):
                yield say("%(one)s and %(other)s are to share a table once, and this is the only time.", **facts)

    def company(self) -> Iterator[Sentence]:
        """Students who would be left alone."""
        if not self.problem.students_have_company:
            return
        alone = set(lonely_students(self.problem, self.before.tables))
        for student in lonely_students(self.problem, tuple(self.changed)):
            if student not in alone:
                facts = {"person": self.problem.who(student), "table": table_name(self.after.table_of[student].id)}
                yield say("%(person)s, a student, would have no company at table %(table)s.", **facts)
