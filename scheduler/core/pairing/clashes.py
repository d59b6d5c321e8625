"""Wishes that cannot all hold: found before the search, each with a sentence that says who and what would work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations

from scheduler.core.pairing.plan import pair
from scheduler.core.pairing.problem import Problem
from scheduler.core.pairing.seating import ByTables, TwoLines
from scheduler.core.refusal import Sentence, count, say


@dataclass(frozen=True)
class Clash:
    """One reason why no plan can exist: the sentence to read, the people it is about, and the round (from 0), if it is one."""

    sentence: Sentence
    people: tuple[str, ...] = ()
    round: int | None = None

    def __str__(self) -> str:
        return str(self.sentence)


def clashes(problem: Problem) -> list[Clash]:
    """Every clash that can be seen without searching; an empty list is no promise, but rarely wrong.

    >>> from scheduler.core.pairing.problem import Participant
    >>> from scheduler.core.pairing.seating import BySize
    >>> people = tuple(Participant(id) for id in ("ana", "ben", "cleo"))
    >>> [str(clash) for clash in clashes(Problem(people, rounds=2, seating=BySize(8)))]
    ['Tables need at least 4 people, and there are 3. Plan pairs instead, or wait for more.']
    """
    found = [*_too_few(problem), *_apart_and_together(problem), *_never_both_there(problem), *_one_line(problem)]
    for number in problem.free_rounds:
        found += [*_room(problem, number), *_places(problem, number), *_step_free(problem, number)]
        found += [*_blocks(problem, number), *_cliques(problem, number), *_company(problem, number)]
    return found


def _too_few(problem: Problem) -> Iterator[Clash]:
    seating, people = problem.seating, len(problem.ids)
    if people < 2:
        yield Clash(say("A plan needs at least 2 people."))
    in_pairs = problem.in_pairs
    if isinstance(seating, ByTables):
        in_pairs = max(table.most for table in seating.tables) < 3
    if 2 <= people < 4 and not in_pairs:
        yield Clash(say("Tables need at least 4 people, and there are %(people)d. Plan pairs instead, or wait for more.", people=people))


def _apart_and_together(problem: Problem) -> Iterator[Clash]:
    for wish in problem.keep_together:
        if wish.pair in problem.keep_apart:
            two = _two(problem, *wish.pair)
            said = say("%(one)s and %(other)s are both kept apart and kept together. Take one of the two wishes away.", **two)
            yield Clash(said, wish.pair, wish.round)


def _two(problem: Problem, a: str, b: str) -> dict[str, str]:
    return {"one": problem.who(a), "other": problem.who(b)}


def _in_round(number: int, what: Sentence, *people: str) -> Clash:
    return Clash(say("Round %(round)d: %(what)s", round=number + 1, what=what), people, number)


def _never_both_there(problem: Problem) -> Iterator[Clash]:
    played = {people for round in problem.frozen for people in round.pairings()}
    for wish in problem.keep_together:
        a, b = wish.pair
        free = [number for number in problem.free_rounds if number in problem.present[a] & problem.present[b]]
        if wish.round is None and wish.pair not in played and not any(_can_sit(problem, a, b, number) for number in free):
            said = say("%(one)s and %(other)s are to share a table but never can. Take the wish away.", **_two(problem, a, b))
            yield Clash(said, wish.pair)
        if wish.round in problem.free_rounds and wish.round not in free:
            said = say("%(one)s and %(other)s are to share a table, but one of them is away. Choose another round.", **_two(problem, a, b))
            yield _in_round(wish.round, said, *wish.pair)


def _one_line(problem: Problem) -> Iterator[Clash]:
    """Two people of one line, who never meet across it."""
    for a, b in sorted({wish.pair for wish in problem.keep_together if problem.same_line(*wish.pair)}):
        said = say("%(one)s and %(other)s are to share a table but stand in one line. Take the wish away.", **_two(problem, a, b))
        yield Clash(said, (a, b))


def _can_sit(problem: Problem, a: str, b: str, number: int) -> bool:
    """Whether both have a table in common that they may use in that round."""
    one, other = problem.tables_for(a, number), problem.tables_for(b, number)
    return one is None or other is None or bool(one & other)


def _room(problem: Problem, number: int) -> Iterator[Clash]:
    tables = problem.shape[number].tables
    people, needed = len(problem.roster[number]), sum(table.least for table in tables)
    if not problem.shape[number].free_sizes and people < needed:
        said = say("There are %(people)s for tables that need at least %(needed)d. Close a table.", people=_people(people), needed=needed)
        yield _in_round(number, said)
    if isinstance(problem.seating, TwoLines) and people and not tables:
        yield _in_round(number, say("Two lines need people in both: somebody who stays and somebody who moves along."))
    elif people >= 2 and not tables:
        yield _in_round(number, say("All tables are closed. Open one."))


def _people(n: int) -> Sentence:
    return count(n, "%(n)d person", "%(n)d people")


def _places(problem: Problem, number: int) -> Iterator[Clash]:
    """Stations and pins: tables that exist, people who are there, room for all of them, nobody apart."""
    limits = {table.id: table.most for table in problem.shape[number].tables}
    hosts: defaultdict[str, list[str]] = defaultdict(list)
    for (person, round), table in problem.pinned.items():
        if round == number:
            hosts[table].append(person)
            yield from _one_pin(problem, number, person, table, set(limits))
    for table, people in hosts.items():
        if len(people) > limits.get(table, len(people)):
            facts = {"people": _names(problem, people), "table": table_name(table), "most": limits[table]}
            said = say("%(people)s are placed at table %(table)s, which seats %(most)d. Move one of them.", **facts)
            yield _in_round(number, said, *people)
        for a, b in combinations(people, 2):
            if problem.same_line(a, b):
                said = say(
                    "%(one)s and %(other)s stand in one line but are placed at the same table. Move one of them.", **_two(problem, a, b)
                )
                yield _in_round(number, said, a, b)
            if pair(a, b) in problem.keep_apart:
                said = say("%(one)s and %(other)s are kept apart but placed at the same table. Move one of them.", **_two(problem, a, b))
                yield _in_round(number, said, a, b)


def _names(problem: Problem, people: Iterable[str]) -> str:
    return ", ".join(problem.who(person) for person in people)


def table_name(table: str) -> str:
    """How sentences call a table: T7 is 7, other names stay.

    >>> table_name("T7"), table_name("Window")
    ('7', 'Window')
    """
    return table[1:] if table[:1] == "T" and table[1:].isdecimal() else table


def _stands(problem: Problem, table: str) -> bool:
    """Whether there is such a table in another round."""
    return isinstance(problem.seating, ByTables) and any(table == spec.id for spec in problem.seating.tables)


def _one_pin(problem: Problem, number: int, person: str, table: str, open_tables: set[str]) -> Iterator[Clash]:
    facts = {"person": problem.who(person), "table": table_name(table)}
    if table not in open_tables and _stands(problem, table):
        said = say("%(person)s is placed at table %(table)s, which is closed then. Open it, or choose another table.", **facts)
        yield _in_round(number, said, person)
    elif table not in open_tables:
        said = say("%(person)s is placed at table %(table)s, which is not there. Choose another table.", **facts)
        yield _in_round(number, said, person)
    if number not in problem.present[person]:
        yield _in_round(number, say("%(person)s is placed at table %(table)s but away. Take the pin away.", **facts), person)
    station = problem.stations.get(person, table)
    if station != table:
        said = say(
            "%(person)s stays at table %(station)s and is placed at table %(table)s. Choose one.", station=table_name(station), **facts
        )
        yield _in_round(number, said, person)


def _step_free(problem: Problem, number: int) -> Iterator[Clash]:
    people = [person.id for person in problem.participants if person.step_free and number in problem.present[person.id]]
    seats = sum(table.most for table in problem.shape[number].tables if table.step_free)
    if len(people) > seats:
        left = count(seats, "%(n)d seat", "%(n)d seats")
        said = say("The step-free tables have %(seats)s, and %(people)s need one. Open another.", seats=left, people=_people(len(people)))
        yield _in_round(number, said, *people)


def _blocks(problem: Problem, number: int) -> Iterator[Clash]:
    """People tied together in one round by several wishes: too many for a table, two tables, or two kept apart."""
    for people in _tied(problem, number):
        names = _names(problem, people)
        tables = {table for id in people if (table := problem.pinned.get((id, number)))}
        if len(people) > problem.shape[number].largest:
            said = say("%(names)s are to share one table, and no table is that large. Take one wish away.", names=names)
            yield _in_round(number, said, *people)
        if len(tables) > 1:
            said = say("%(names)s are to share one table but are placed at different ones. Take one wish away.", names=names)
            yield _in_round(number, said, *people)
        for a, b in combinations(people, 2):
            if pair(a, b) in problem.keep_apart and len(people) > 2:
                said = say("%(one)s and %(other)s are kept apart, but other wishes bring them to one table.", **_two(problem, a, b))
                yield _in_round(number, said, a, b)


def _tied(problem: Problem, number: int) -> list[tuple[str, ...]]:
    groups: list[set[str]] = []
    for wish in problem.keep_together:
        if wish.round == number:
            touching = [group for group in groups if group & set(wish.pair)]
            groups = [group for group in groups if group not in touching]
            groups.append(set(wish.pair).union(*touching))
    return [tuple(sorted(group)) for group in groups]


def _cliques(problem: Problem, number: int) -> Iterator[Clash]:
    """More people who are all kept apart from each other than there are tables; found greedily from each person."""
    here = set(problem.roster[number])
    shape = problem.shape[number]
    places = len(shape.tables) + shape.sits_out
    apart: defaultdict[str, set[str]] = defaultdict(set)
    for a, b in problem.keep_apart:
        if a in here and b in here:
            apart[a].add(b)
            apart[b].add(a)
    many = [person for person, others in apart.items() if len(others) >= places]
    for person in sorted(many, key=lambda person: (-len(apart[person]), person)):
        clique = _clique(person, apart)
        if len(clique) > places:
            tables = count(len(shape.tables), "%(n)d table", "%(n)d tables")
            facts = {"names": _names(problem, clique), "tables": tables}
            said = say("%(names)s are all kept apart, and there are only %(tables)s. Take one wish away.", **facts)
            yield _in_round(number, said, *clique)
            return


def _clique(person: str, apart: dict[str, set[str]]) -> tuple[str, ...]:
    clique = [person]
    for other in sorted(apart[person], key=lambda other: (-len(apart[other]), other)):
        if all(other in apart[member] for member in clique):
            clique.append(other)
    return tuple(clique)


def _company(problem: Problem, number: int) -> Iterator[Clash]:
    """A student for whom nobody in the room is company."""
    here = problem.roster[number] if problem.students_have_company else ()
    students = [id for id in here if problem.is_student(id)]
    if len(students) > 1 and not problem.keep_apart and not problem.pinned:
        return
    for student in students:
        own = (id for id in here if problem.same_school(student, id))
        if not any(_may_sit_with(problem, student, other, number) for other in chain(students, own)):
            said = say(
                "%(person)s is a student and has neither a second student nor an adult of the same school to sit with. "
                "Invite one, or switch off that students have company.",
                person=problem.who(student),
            )
            yield _in_round(number, said, student)


def _may_sit_with(problem: Problem, a: str, b: str, number: int) -> bool:
    return a != b and pair(a, b) not in problem.keep_apart and _can_sit(problem, a, b, number)
