"""What the rivals share: the shape of a round, and a plan from lists of people."""

from __future__ import annotations

from typing import Any

from bench.pairing.check_plan import Instance, round_shape, shape_sizes

Groups = list[list[str]]
"""The people of one round, table by table; somebody alone sits out"""


def sizes_of(room: Instance, number: int) -> list[int]:
    """How many people sit at each table of that round, largest first, and a 1 for who sits out; where sizes follow from the people."""
    people = len(room.roster[number])
    return [*shape_sizes(people, room.seating), *[1] * round_shape(people, room.seating)[3]]


def plan_of(room: Instance, rounds: dict[int, Groups]) -> dict[str, Any]:
    """The JSON of a plan (FORMAT.md) from the groups of each free round, given in the order of the round's tables."""
    free = [_written(number, groups, room.tables(number)) for number, groups in rounds.items()]
    return {"format": "speed-rounds/plan-1", "instance": room.d["name"], "rounds": [*room.frozen.values(), *free]}


def _written(number: int, groups: Groups, tables: list[str]) -> dict[str, Any]:
    seated = [people for people in groups if len(people) > 1]
    out = [person for people in groups if len(people) == 1 for person in people]
    return {"round": number, "groups": [{"table": t, "members": people} for t, people in zip(tables, seated, strict=True)], "byes": out}
