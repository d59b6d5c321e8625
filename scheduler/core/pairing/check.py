"""What is wrong with a plan: every rule that is never broken, looked at anew. Knows no solver."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scheduler.core.pairing.plan import Plan, Round, Table
from scheduler.core.pairing.problem import Problem
from scheduler.core.refusal import Sentence, count, say


@dataclass(frozen=True)
class Violation:
    """One broken rule: its name, the round (from 0; None for the whole plan), the people, and the sentence to read."""

    rule: str
    sentence: Sentence
    round: int | None = None
    people: tuple[str, ...] = ()

    def __str__(self) -> str:
        return str(self.sentence)


def check(problem: Problem, plan: Plan) -> list[Violation]:
    """Every broken rule of a plan; none means the plan is valid.

    >>> from scheduler.core.pairing.problem import Participant
    >>> from scheduler.core.pairing.seating import BySize
    >>> problem = Problem((Participant("ana"), Participant("ben")), rounds=1, seating=BySize(2))
    >>> [str(violation) for violation in check(problem, Plan((Round(0, (Table("T1", ("ana",)),)),)))]
    ['Round 1: ben has no seat.', 'Round 1: Tables of 1 people, expected tables of 2.']
    """
    found = [*_rounds(problem, plan), *_frozen(problem, plan), *_together(problem, plan)]
    for number in problem.free_rounds:
        if round := plan.by_number.get(number):
            for rule in ROUND_RULES:
                found.extend(rule(problem, round))
    return found


def _broken(rule: str, round: Round, what: Sentence, *people: str) -> Violation:
    return Violation(rule, say("Round %(round)d: %(what)s", round=round.number + 1, what=what), round.number, people)


def _rounds(problem: Problem, plan: Plan) -> Iterator[Violation]:
    times = Counter(round.number for round in plan.rounds)
    for number in range(problem.rounds):
        if number not in times:
            yield Violation("rounds", say("Round %(round)d is missing.", round=number + 1), number)
    for number, seen in times.items():
        if seen > 1:
            yield Violation("rounds", say("Round %(round)d appears twice.", round=number + 1), number)
        if not 0 <= number < problem.rounds:
            yield Violation("rounds", say("Round %(round)d does not exist.", round=number + 1), number)


def _frozen(problem: Problem, plan: Plan) -> Iterator[Violation]:
    for number, played in problem.played.items():
        if number in plan.by_number and _groups(played) != _groups(plan.by_number[number]):
            yield Violation("frozen", say("Round %(round)d was played already and may not change.", round=number + 1), number)


def _groups(round: Round) -> set[tuple[str, tuple[str, ...]]]:
    return {(table.id, tuple(sorted(table.members))) for table in round.tables}


def _together(problem: Problem, plan: Plan) -> Iterator[Violation]:
    for wish in problem.keep_together:
        a, b = wish.pair
        where = [round.number for round in plan.rounds if b in round.table_of and round.table_of.get(a) is round.table_of[b]]
        facts = {"one": problem.who(a), "other": problem.who(b)}
        if wish.round is None and not where:
            yield Violation("keep_together", say("%(one)s and %(other)s never share a table.", **facts), None, wish.pair)
        if wish.round is not None and wish.round not in where:
            sentence = say("Round %(round)d: %(one)s and %(other)s do not share a table.", round=wish.round + 1, **facts)
            yield Violation("keep_together", sentence, wish.round, wish.pair)


def _one_seat_each(problem: Problem, round: Round) -> Iterator[Violation]:
    seen = Counter(round.sits_out)
    for table in round.tables:
        seen.update(table.members)
    here = set(problem.roster[round.number])
    for id in problem.roster[round.number]:
        if id not in seen:
            yield _broken("seat", round, say("%(person)s has no seat.", person=problem.who(id)), id)
    for id, times in seen.items():
        if id not in problem.by_id:
            yield _broken("seat", round, say("%(person)s is not on the list.", person=id), id)
        elif id not in here:
            yield _broken("seat", round, say("%(person)s is away.", person=problem.who(id)), id)
        if times > 1:
            yield _broken("seat", round, say("%(person)s is seated twice.", person=problem.who(id)), id)


def _tables(problem: Problem, round: Round) -> Iterator[Violation]:
    names = {table.id for table in problem.shape[round.number].tables}
    for id, times in Counter(table.id for table in round.tables).items():
        if id not in names:
            yield _broken("tables", round, say("There is no table %(table)s.", table=id))
        if times > 1:
            yield _broken("tables", round, say("Table %(table)s is used twice.", table=id))


def _sizes(problem: Problem, round: Round) -> Iterator[Violation]:
    shape = problem.shape[round.number]
    if shape.free_sizes:
        sizes = sorted((len(table.members) for table in round.tables), reverse=True)
        if sizes != sorted(shape.sizes, reverse=True):
            said = say("Tables of %(got)s people, expected tables of %(expected)s.", got=_list(sizes), expected=_list(shape.sizes))
            yield _broken("sizes", round, said)
    else:
        yield from _limits(problem, round)
    if len(round.sits_out) != shape.sits_out:
        sitting = count(len(round.sits_out), "%(n)d person sits out", "%(n)d people sit out")
        yield _broken("sits_out", round, say("%(got)s, expected %(expected)d.", got=sitting, expected=shape.sits_out))


def _limits(problem: Problem, round: Round) -> Iterator[Violation]:
    seated = {table.id: len(table.members) for table in round.tables}
    for table in problem.shape[round.number].tables:
        people = seated.get(table.id, 0)
        if not table.least <= people <= table.most:
            text = say(
                "Table %(id)s seats %(n)d, allowed are %(least)d to %(most)d.", id=table.id, n=people, least=table.least, most=table.most
            )
            yield _broken("sizes", round, text)


def _list(sizes: list[int] | tuple[int, ...]) -> str:
    return ", ".join(str(size) for size in sizes)


def _apart(problem: Problem, round: Round) -> Iterator[Violation]:
    for a, b in round.pairings():
        if (a, b) in problem.keep_apart:
            said = say("%(one)s and %(other)s share a table and are kept apart.", one=problem.who(a), other=problem.who(b))
            yield _broken("keep_apart", round, said, a, b)


def _places(problem: Problem, round: Round) -> Iterator[Violation]:
    """Stations, pins and step-free tables; a pin at a table with steps does not take the steps away."""
    seats = {**dict.fromkeys(round.sits_out), **{id: table.id for id, table in round.table_of.items()}}
    stations = {id: table for id, table in problem.stations.items() if round.number in problem.present[id]}
    pins = {pin.person: pin.table for pin in problem.pins if pin.round == round.number}
    step_free = {table.id: table.step_free for table in problem.shape[round.number].tables}
    for id, table in seats.items():
        asked: set[tuple[str, ...]] = {(own,) for own in (stations.get(id), pins.get(id)) if own}
        if not step_free.get(table or "", True) and id in problem.by_id and problem.by_id[id].step_free:
            asked.add(tuple(sorted(name for name in step_free if step_free[name])))
        for allowed in sorted(asked):
            if table not in allowed:
                where = ", ".join(allowed)
                yield _broken("place", round, say("%(person)s must sit at %(tables)s.", person=problem.who(id), tables=where), id)


def _company(problem: Problem, round: Round) -> Iterator[Violation]:
    for id in lonely_students(problem, round.tables) if problem.students_have_company else ():
        yield _broken("company", round, say("%(person)s, a student, has no company at the table.", person=problem.who(id)), id)


def _lines(problem: Problem, round: Round) -> Iterator[Violation]:
    """In two lines each pair has one person of each."""
    for a, b in round.pairings():
        if a in problem.by_id and b in problem.by_id and problem.same_line(a, b):
            said = say("%(one)s and %(other)s are of one line.", one=problem.who(a), other=problem.who(b))
            yield _broken("lines", round, said, a, b)


def _spares(problem: Problem, round: Round) -> Iterator[Violation]:
    """Each spare card has a chair in each round, with people, at a table of its own."""
    cards = [table.spare for table in round.tables if table.spare is not None]
    alone = any(table.spare is not None and not table.members for table in round.tables)
    expected = range(1, min(problem.spares, sum(1 for table in round.tables if table.members)) + 1)
    if alone or sorted(cards) != list(expected):
        yield _broken(
            "spares",
            round,
            say("Spare chairs for the cards %(got)s, expected %(expected)d cards.", got=_list(sorted(cards)), expected=len(expected)),
        )


def lonely_students(problem: Problem, tables: tuple[Table, ...]) -> Iterator[str]:
    """Students with neither a second student nor an adult of their own school at the table."""
    for table in tables:
        members = [id for id in table.members if id in problem.by_id]
        for id in members:
            if problem.is_student(id) and not any(problem.keeps_company(id, other) for other in members if other != id):
                yield id


ROUND_RULES: tuple[Callable[[Problem, Round], Iterator[Violation]], ...] = (
    _one_seat_each,
    _tables,
    _sizes,
    _apart,
    _places,
    _company,
    _lines,
    _spares,
)
