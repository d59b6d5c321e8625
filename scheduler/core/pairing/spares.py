"""Spare cards: routes through all rounds for guests who come unannounced, on extra chairs, placed after everybody else."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

from scheduler.core.pairing.plan import Plan, Round
from scheduler.core.pairing.problem import Problem


def usual_spares(people: int) -> int:
    """How many spare cards are printed unless somebody says otherwise: one for every twenty people, at least two (rule 10).

    >>> usual_spares(12), usual_spares(164)
    (2, 9)
    """
    return max(2, -(-people // 20))


def with_spares(problem: Problem, plan: Plan) -> Plan:
    """The same plan with a chair for each spare card in each free round, at most one a table; nobody else moves.

    Round by round each card in turn takes the table where it has met fewest, then the one it was at least, then the smallest.

    >>> from scheduler.core.pairing.plan import Table
    >>> from scheduler.core.pairing.problem import Participant
    >>> from scheduler.core.pairing.seating import BySize
    >>> people = tuple(Participant(letter) for letter in "abcd")
    >>> first = Round(0, (Table("T1", ("a", "b")), Table("T2", ("c", "d"))))
    >>> rounds = (first, Round(1, (Table("T1", ("a", "c")), Table("T2", ("b", "d")))))
    >>> plan = with_spares(Problem(people, rounds=2, seating=BySize(2), spares=1), Plan(rounds))
    >>> [[table.spare for table in round.tables] for round in plan.rounds]
    [[1, None], [None, 1]]
    """
    met: defaultdict[int, Counter[str]] = defaultdict(Counter)
    been: defaultdict[int, Counter[str]] = defaultdict(Counter)
    rounds = []
    for round in sorted(plan.rounds, key=lambda round: round.number):
        seated = round if round.number in problem.played else _seat(round, problem.spares, met, been)
        for table in seated.tables:
            if table.spare is not None:
                met[table.spare].update(table.members)
                been[table.spare][table.id] += 1
        rounds.append(seated)
    return replace(plan, rounds=tuple(rounds))


def _seat(round: Round, cards: int, met: dict[int, Counter[str]], been: dict[int, Counter[str]]) -> Round:
    at: dict[str, int] = {}
    for step in range(min(cards, len(round.tables))):
        card = (step + round.number) % min(cards, len(round.tables)) + 1  # another one chooses first in each round
        free = [table for table in round.tables if table.id not in at]
        best = min(free, key=lambda table: (sum(met[card][id] for id in table.members), been[card][table.id], len(table.members)))
        at[best.id] = card
    return replace(round, tables=tuple(replace(table, spare=at.get(table.id)) for table in round.tables))
