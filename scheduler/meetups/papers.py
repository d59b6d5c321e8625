"""What is printed of a plan, and files of it: the list from A to Z, routes by school, spare cards, and three tables to take away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from scheduler.core.pairing.instance import read_problem
from scheduler.core.pairing.plan import Plan as EnginePlan
from scheduler.core.pairing.plan import Round, Table
from scheduler.core.pairing.seating import ByTables
from scheduler.core.pairing.spares import usual_spares, with_spares
from scheduler.core.text import folded, same_name
from scheduler.meetups.results import Result, Seated, Stop

Tables = Sequence[int | None]


@dataclass(frozen=True)
class SpareCard:
    """A card for somebody who comes unannounced: a chair of its own at one table in each round (rule 10)."""

    number: int
    stops: Sequence[Stop]


def spares_wanted(result: Result, chosen: int | None) -> int:
    """How many spare cards there are: what somebody chose, else the usual; never more than tables, because each table has one chair."""
    wanted = usual_spares(len(result.seated)) if chosen is None else chosen
    return min([wanted, *(len(round.tables) for round in result.rounds)])


def spare_cards(result: Result, chosen: int | None) -> list[SpareCard]:
    """The routes of the spare cards; they follow from the plan alone, so the same plan always has the same cards."""
    number = spares_wanted(result, chosen)
    problem = replace(read_problem(result.plan.problem), spares=number)
    seated = with_spares(problem, _engine_plan(result))
    chairs = {(table.spare, round.number): int(table.id[1:]) for round in seated.rounds for table in round.tables if table.spare}
    numbers = [round.number for round in result.rounds]
    return [SpareCard(card, [Stop(round, chairs.get((card, round - 1)), ()) for round in numbers]) for card in range(1, number + 1)]


def _engine_plan(result: Result) -> EnginePlan:
    return EnginePlan(
        tuple(
            Round(round.number - 1, tuple(Table(f"T{table.number}", tuple(p.key for p in table.people)) for table in round.tables))
            for round in result.rounds
        )
    )


def tables_of(result: Result) -> dict[str, list[int | None]]:
    """The table of each person in each round, by public id; None: sits out or is away."""
    found: dict[str, list[int | None]] = {person.key: [None] * len(result.rounds) for person in result.everybody}
    for at, round in enumerate(result.rounds):
        for table in round.tables:
            for person in table.people:
                found[person.key][at] = table.number
    return found


def by_letter(result: Result) -> list[tuple[str, list[tuple[Seated, Tables]]]]:
    """Everybody with their tables, by name, under first letters."""
    tables = tables_of(result)
    people = sorted(result.everybody, key=lambda person: (folded(person.name), same_name(person.school)))
    return [(letter, [(p, tables[p.key]) for p in group]) for letter, group in groupby(people, lambda p: folded(p.name)[:1].upper() or "–")]


def by_school(result: Result) -> list[tuple[str, list[tuple[Seated, list[Stop]]]]]:
    """Everybody's route under the name of their school."""
    people = sorted(result.routes, key=lambda route: (same_name(route[0].school_in_full), same_name(route[0].name)))
    return [(school, list(group)) for school, group in groupby(people, lambda route: route[0].school_in_full)]


def topics_of(result: Result, as_written: Iterable[str]) -> dict[int, str]:
    """What the stations of a plan are about, by table, in the words that somebody wrote."""
    seating = result.problem.seating
    words = {folded(topic): topic for topic in as_written}
    tables = seating.tables if isinstance(seating, ByTables) else ()
    return {int(table.id[1:]): words.get(topic, topic) for table in tables for topic in table.topics}


def long_rows(result: Result) -> Iterator[list[object]]:
    """One row a person and round."""
    for round in result.rounds:
        for table in round.tables:
            yield from ([round.number, table.number, *_who(person)] for person in table.people)
        yield from ([round.number, None, *_who(person)] for person in round.sits_out)


def wide_rows(result: Result) -> Iterator[list[object]]:
    """One row a person, a column a round."""
    tables = tables_of(result)
    return ([*_who(person), *tables[person.key]] for person in result.everybody)


def people_met_rows(result: Result) -> Iterator[list[object]]:
    """One row for each person whom somebody meets."""
    for person, stops in result.routes:
        for stop in stops:
            yield from ([*_who(person), stop.round, stop.table, other.name, other.school_in_full] for other in stop.company)


def _who(person: Seated) -> list[object]:
    return [person.name, person.school_in_full, person.role]
