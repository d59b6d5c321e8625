"""Planning anew when people stay away: is the new plan at its bounds, and how many announced seats change.

Rooms of 120 and 1,000 people from schools of different sizes, tables of 4, 8 rounds: three are played, then every fortieth
person leaves. "Touched" are the seats at tables that somebody left: what changes when only those tables are seated anew.
"""

from __future__ import annotations

import time
from dataclasses import replace
from random import Random

from scheduler.core.pairing.problem import Participant, Problem
from scheduler.core.pairing.seating import BySize
from scheduler.core.pairing.solve import Result, solve

ROOMS = ((120, 0.5), (1_000, 2.0))
PLAYED = 3


def room(people: int) -> Problem:
    """People of schools of which a few are large."""
    chance = Random(3)
    schools = [f"s{int(chance.random() ** 2 * people / 3)}" for _ in range(people)]
    return Problem(tuple(Participant(f"p{i}", school=school) for i, school in enumerate(schools)), 8, BySize(4))


def without(problem: Problem, known: Result, gone: set[str]) -> Problem:
    """Some rounds on: those who left are in no list any more, and everybody else knows their seats."""
    left = tuple(person for person in problem.participants if person.id not in gone)
    rounds = [
        replace(round, tables=tuple(replace(table, members=tuple(set(table.members) - gone)) for table in round.tables))
        for round in known.plan.rounds
    ]
    return replace(problem, participants=left, frozen=tuple(rounds[:PLAYED]), announced=tuple(rounds[PLAYED:]))


def main() -> None:
    print(f"{'people':>6} {'given':>6} {'took':>6}  {'repeats':<8} {'same school':<12} {'changed':>8} {'touched':>8} {'ratio':>6}")
    for people, seconds in ROOMS:
        problem = room(people)
        known = solve(problem, seed=1, effort="thorough", time_limit=3)
        gone = set(Random(4).sample([person.id for person in problem.participants], people // 40))
        anew = without(problem, known, gone)
        touched = sum(
            len(set(table.members) - gone) for round in known.plan.rounds[PLAYED:] for table in round.tables if gone & set(table.members)
        )
        begun = time.perf_counter()
        metrics = solve(anew, seed=1, effort="thorough", time_limit=seconds).metrics
        took = time.perf_counter() - begun
        repeats = f"{metrics.repeat_meetings} [{metrics.repeat_meetings_min}]"
        schools = f"{metrics.same_school_meetings} [{metrics.same_school_min}]"
        changed = metrics.changed_seats or 0
        print(f"{people:>6} {seconds:>5}s {took:>5.2f}s  {repeats:<8} {schools:<12} {changed:>8} {touched:>8} {changed / touched:>6.2f}")


if __name__ == "__main__":
    main()
