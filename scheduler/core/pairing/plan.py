"""A plan: who sits at which table in which round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

from scheduler.core.refusal import Refusal, say

Pair = tuple[str, str]


def pair(a: str, b: str) -> Pair:
    """Two people in a fixed order, so that a pairing has one name."""
    return (a, b) if a < b else (b, a)


@dataclass(frozen=True)
class Table:
    """The people who talk together in one round; `spare` is the number of a spare card whose extra chair stands there."""

    id: str
    members: tuple[str, ...]
    spare: int | None = None

    def pairings(self) -> Iterator[Pair]:
        return (pair(a, b) for a, b in combinations(self.members, 2))


@dataclass(frozen=True)
class Round:
    """One timed conversation: its number (from 0), its tables, and who sits out."""

    number: int
    tables: tuple[Table, ...]
    sits_out: tuple[str, ...] = ()

    @cached_property
    def table_of(self) -> Mapping[str, Table]:
        return {person: table for table in self.tables for person in table.members}

    def pairings(self) -> Iterator[Pair]:
        return (pairing for table in self.tables for pairing in table.pairings())


@dataclass(frozen=True)
class Stop:
    """One round of one person's route; no table means sitting out."""

    round: int
    table: str | None
    mates: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """All rounds of a meetup, frozen ones included.

    >>> plan = Plan((Round(0, (Table("T1", ("ana", "ben")),), sits_out=("cleo",)),))
    >>> plan.mates("ana", 0), plan.route("cleo")
    (('ben',), (Stop(round=0, table=None, mates=()),))
    """

    rounds: tuple[Round, ...]
    name: str = ""

    @cached_property
    def by_number(self) -> Mapping[int, Round]:
        return {round.number: round for round in self.rounds}

    def table_of(self, person: str, round: int) -> Table | None:
        """The person's table in that round; None when they sit out or are away."""
        return self.by_number[round].table_of.get(person)

    def mates(self, person: str, round: int) -> tuple[str, ...]:
        """The others at the person's table in that round."""
        table = self.table_of(person, round)
        return tuple(other for other in table.members if other != person) if table else ()

    def route(self, person: str) -> tuple[Stop, ...]:
        """Where one person goes, round by round; rounds in which they are away are left out."""
        stops = []
        for number in sorted(self.by_number):
            table = self.table_of(person, number)
            if table or person in self.by_number[number].sits_out:
                stops.append(Stop(number, table.id if table else None, self.mates(person, number)))
        return tuple(stops)


def text(value: Any) -> str:
    """A value of JSON that must be a text; TypeError if it is something else."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def texts(values: Any) -> tuple[str, ...]:
    """A value of JSON that must be a list of texts."""
    if not isinstance(values, (list, tuple)):
        raise TypeError(values)
    return tuple(map(text, values))


def whole(value: Any) -> int:
    """A value of JSON that must be a whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(value)
    return value


def whole_or_none(value: Any) -> int | None:
    return None if value is None else whole(value)


def read_round(data: Mapping[str, Any]) -> Round:
    """One round from its JSON: `{"round": 0, "groups": [{"table": "T1", "members": [...]}], "byes": [...]}`."""
    tables = tuple(Table(text(group["table"]), texts(group["members"]), whole_or_none(group.get("spare"))) for group in data["groups"])
    return Round(whole(data["round"]), tables, texts(data.get("byes", [])))


def write_round(round: Round) -> dict[str, Any]:
    groups: list[dict[str, Any]] = [{"table": table.id, "members": list(table.members)} for table in round.tables]
    for group, table in zip(groups, round.tables, strict=True):
        if table.spare is not None:
            group["spare"] = table.spare
    return {"round": round.number, "groups": groups, "byes": list(round.sits_out)}


def read_plan(data: Mapping[str, Any]) -> Plan:
    """A plan from its JSON of the format `speed-rounds/plan-1`; refuses anything else.

    >>> plan = Plan((Round(0, (Table("T1", ("ana", "ben")),)),), name="evening")
    >>> read_plan(write_plan(plan)) == plan
    True
    """
    try:
        return Plan(tuple(read_round(round) for round in data["rounds"]), data.get("instance") or "")
    except (KeyError, TypeError, AttributeError) as error:
        raise Refusal(say("This file is not a plan. A plan lists its rounds, and each round its tables.")) from error


def write_plan(plan: Plan) -> dict[str, Any]:
    rounds = sorted(plan.rounds, key=lambda round: round.number)
    return {"format": "speed-rounds/plan-1", "instance": plan.name, "rounds": [write_round(round) for round in rounds]}
