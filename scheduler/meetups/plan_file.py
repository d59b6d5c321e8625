"""A plan from a file to a file: a list of people or an instance is read, the engine asked, the plan written. Needs no database."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from scheduler.core.capacity import people
from scheduler.core.pairing.effort import Progress
from scheduler.core.pairing.instance import read_problem
from scheduler.core.pairing.methods import METHODS
from scheduler.core.pairing.plan import Plan, Round, write_plan
from scheduler.core.pairing.problem import Problem
from scheduler.core.pairing.seating import BySize
from scheduler.core.pairing.solve import Level, Result, solve
from scheduler.core.refusal import Refusal, Sentence, count, say
from scheduler.core.text import same_name
from scheduler.foundation.tables import csv_bytes, read_table
from scheduler.meetups.people_file import read_people

TABLES = (".csv", ".tsv", ".txt", ".xlsx")


@dataclass(frozen=True)
class Asked:
    """What is asked for beside the file; None where the file itself may say it."""

    rounds: int | None = None
    table_size: int | None = None
    students_have_company: bool | None = None


def read_input(file: Path, asked: Asked) -> Problem:
    """The problem of a list of people (.csv, .tsv, .txt, .xlsx) or of an instance (.json, format `speed-rounds/instance-1`).

    In a list, students have company at tables of three or more unless asked otherwise. Refuses what cannot be read.
    """
    ending = file.suffix.lower()
    if ending == ".json":
        return _changed(_instance(file.read_bytes()), asked)
    if ending not in TABLES:
        raise Refusal(say("People are read from files that end in .csv or .xlsx, instances from .json."))
    table = read_table(file.name, file.read_bytes())
    if asked.rounds is None or asked.table_size is None:
        raise Refusal(say("A list of people does not say how to seat them. Add --rounds and --table-size."))
    company = asked.table_size >= 3 if asked.students_have_company is None else asked.students_have_company
    return read_people(table, rounds=asked.rounds, table_size=asked.table_size, students_have_company=company)


def _instance(data: bytes) -> Problem:
    try:
        return read_problem(json.loads(data))
    except json.JSONDecodeError as error:
        raise Refusal(say("Line %(line)d is not JSON: %(what)s.", line=error.lineno, what=error.msg)) from None
    except (UnicodeDecodeError, RecursionError):
        raise Refusal(say("This file is not JSON in UTF-8.")) from None


def _changed(problem: Problem, asked: Asked) -> Problem:
    """An instance with other rounds, tables or company than it says itself."""
    rounds, seating = asked.rounds or problem.rounds, problem.seating
    if asked.table_size is not None:
        seating = replace(seating, size=asked.table_size) if isinstance(seating, BySize) else BySize(asked.table_size)
    company = problem.students_have_company if asked.students_have_company is None else asked.students_have_company
    return replace(problem, rounds=rounds, seating=seating, students_have_company=company)


def refuse_output(file: Path | None) -> None:
    """Refuse a name under which no plan can be written, before time is spent on one."""
    if file is not None and file.suffix.lower() not in (".csv", ".json"):
        raise Refusal(say("A plan is written as .csv or .json. Give it a name that ends so."))
    if file is not None and not file.parent.is_dir():
        raise Refusal(say("There is no folder %(folder)s to write the plan to.", folder=file.parent))


def written(problem: Problem, plan: Plan, file: Path | None) -> bytes:
    """The plan as the file's ending asks: JSON of the format `speed-rounds/plan-1`, or CSV with a row for each person and round."""
    if file is not None and file.suffix.lower() == ".json":
        return (json.dumps(write_plan(plan), indent=1, ensure_ascii=False) + "\n").encode()
    rounds = sorted(plan.rounds, key=lambda round: round.number)
    rows = [row for round in rounds for row in _rows(problem, round)]
    return csv_bytes(["round", "table", "name", "school", "role"], rows)


def _rows(problem: Problem, round: Round) -> Iterator[list[object]]:
    """Rounds count from 1, table T7 is 7; who sits out comes last and has no table."""
    seated = [(_number(table.id), table.members) for table in sorted(round.tables, key=lambda table: _in_turn(table.id))]
    for table, members in (*seated, ("", round.sits_out)):
        for id in sorted(members, key=same_name):
            person = problem.by_id.get(id)
            yield [round.number + 1, table, problem.who(id), person and person.school, person and person.role]


def _number(table: str) -> int | str:
    return int(table[1:]) if re.fullmatch(r"T\d{1,6}", table) else table


def _in_turn(table: str) -> list[int | str]:
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", table)]


def made(
    problem: Problem, *, seed: int, effort: Level, time_limit: float, on_progress: Callable[[Progress, float], None] | None
) -> tuple[Result, float]:
    """The engine's plan and the seconds it took. `on_progress` hears of the work and the part of it that is done, from 0 to 1."""
    begun = time.monotonic()

    def tell(progress: Progress) -> None:
        if on_progress:
            done = max(progress.iterations / max(1, progress.of), (time.monotonic() - begun) / time_limit)
            on_progress(progress, min(1.0, done))

    result = solve(problem, seed=seed, effort=effort, time_limit=time_limit, on_progress=tell if on_progress else None)
    return result, time.monotonic() - begun


def so_far(progress: Progress) -> Sentence:
    """The counts of the best plan yet, for a line that is drawn again and again."""
    if progress.repeats is None:
        return say("no plan yet")
    return say("repeats %(repeats)d, within a school %(schools)d", repeats=progress.repeats, schools=progress.same_school)


def told(problem: Problem, result: Result, seconds: float) -> Iterator[Sentence]:
    """What a plan reaches beside what is proven, in sentences, most important first, and what makes it again."""
    yield _size(problem)
    yield result.explanation
    yield from _shares(result)
    yield from _softer(problem, result)
    method = METHODS.get(result.method, say("%(method)s", method=result.method))
    facts = {"method": method, "seconds": f"{seconds:.1f}", "seed": result.seed, "steps": result.iterations}
    if result.stopped_early:
        yield say(
            "The best that %(method)s found in %(seconds)s s; seed %(seed)d, %(steps)d steps. More time may find a better one.", **facts
        )
    else:
        yield say("Made by %(method)s in %(seconds)s s; seed %(seed)d.", **facts)


def _size(problem: Problem) -> Sentence:
    schools = {person.school for person in problem.participants} - {None}
    tables = max((len(problem.shape[number].tables) for number in problem.free_rounds), default=0)
    who = people(len(problem.ids))
    if schools:
        who = say("%(people)s from %(schools)s", people=who, schools=count(len(schools), "%(n)d school", "%(n)d schools"))
    rounds = count(problem.rounds, "%(n)d round", "%(n)d rounds")
    return say("%(who)s, %(rounds)s, %(tables)s.", who=who, rounds=rounds, tables=count(tables, "%(n)d table", "%(n)d tables"))


def _shares(result: Result) -> Iterator[Sentence]:
    fewest = count(result.metrics.new_people_min, "%(n)d new person", "%(n)d new people")
    yield say("Everyone meets at least %(fewest)s.", fewest=fewest)
    if (share := result.metrics.worst_new_share) < 1:
        yield say("Whoever comes off worst meets %(share)d in 100 of the new people they have seats for.", share=int(100 * share))


def _softer(problem: Problem, result: Result) -> Iterator[Sentence]:
    """Roles, topics and table changes, where somebody has any."""
    metrics = result.metrics
    if any(person.role for person in problem.participants):
        roles = count(metrics.same_role_meetings, "%(n)d conversation is within one role", "%(n)d conversations are within one role")
        if metrics.same_role_meetings == metrics.same_role_min:
            yield say("%(roles)s; nobody can do better.", roles=roles)
        else:
            yield say("%(roles)s; at least %(least)d cannot be avoided.", roles=roles, least=metrics.same_role_min)
    if metrics.topic_matches is not None:
        topics = count(metrics.topic_matches, "%(n)d wish for a topic is met", "%(n)d wishes for a topic are met")
        yield say("%(topics)s, of at most %(most)d.", topics=topics, most=metrics.topic_matches_max)
    if metrics.mobility_moves is not None:
        yield count(
            metrics.mobility_moves, "Those who should stay at a table change it %(n)d time.",
            "Those who should stay at a table change it %(n)d times.",
        )  # fmt: skip
