"""A general solver: an OR-Tools CP-SAT model of who sits where, for fewest repeats and then fewest conversations within a school."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import Any

from ortools.sat.python import cp_model

from bench.pairing.check_plan import Instance, pair
from bench.pairing.rivals.common import plan_of, sizes_of

REPEAT = 10_000
"""What a repeat costs where a conversation within a school costs 1"""
LARGEST = 400_000
"""Pairs × tables × rounds up to which the model is built; larger ones take longer to build than anybody waits"""

Seats = dict[tuple[str, int], list[Any]]
"""For each person and round a variable for each table"""


def plan(instance: dict[str, Any], seconds: float, seed: int) -> dict[str, Any] | None:
    """Solve with all cores. The seconds are the solver's; the model is built before. None: too large, or nothing found in time."""
    room = Instance(instance)
    if sum(comb(len(room.roster[n]), 2) * len(room.tables(n)) for n in room.free) > LARGEST:
        return None
    model = cp_model.CpModel()
    seats = _seat_everybody(room, model)
    _keep_wishes(room, model, seats)
    model.minimize(_price(room, model, seats))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.random_seed = seed
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return plan_of(room, {number: _groups(room, number, seats, solver) for number in room.free})


def _limits(room: Instance, number: int) -> list[tuple[int, int]]:
    """Least and most people of each table of a round, the place of who sits out last."""
    if room.seating["mode"] == "tables":
        return [(table["min"], table["max"]) for table in room.seating["tables"]]
    return [(size, size) for size in sizes_of(room, number)]


def _seat_everybody(room: Instance, model: cp_model.CpModel) -> Seats:
    """One table each; no table too small or too full; hosts at their own."""
    seats: Seats = {}
    for number in room.free:
        limits, names = _limits(room, number), room.tables(number)
        for person in room.roster[number]:
            seats[person, number] = [model.new_bool_var("") for _ in limits]
            model.add_exactly_one(seats[person, number])
            if station := room.station.get(person):
                model.add(seats[person, number][names.index(station)] == 1)
        for table, (least, most) in enumerate(limits):
            model.add_linear_constraint(sum(seats[person, number][table] for person in room.roster[number]), least, most)
    return seats


def _keep_wishes(room: Instance, model: cp_model.CpModel, seats: Seats) -> None:
    for a, b in room.never:
        for number in room.free:
            for one, other in zip(seats.get((a, number), ()), seats.get((b, number), ()), strict=False):
                model.add_at_most_one(one, other)
    for wish in room.must:
        a, b = wish["pair"]
        asked = room.free if wish.get("round") is None else [wish["round"]]
        meets = [(number, model.new_bool_var("")) for number in asked if (a, number) in seats and (b, number) in seats]
        model.add_bool_or([meeting for _, meeting in meets])
        for number, meeting in meets:
            for one, other in zip(seats[a, number], seats[b, number], strict=True):
                model.add(one == other).only_enforce_if(meeting)


def _price(room: Instance, model: cp_model.CpModel, seats: Seats) -> Any:
    """Repeats, counted as the judge does, and conversations within a school."""
    price = []
    for a, b in combinations(room.ids, 2):
        meetings = [_meeting(model, seats[a, n], seats[b, n]) for n in room.free if (a, n) in seats and (b, n) in seats]
        free = 0 if room.prior[pair(a, b)] else 1
        if len(meetings) > free:
            repeats = model.new_int_var(0, len(meetings), "")
            model.add(repeats >= sum(meetings) - free)
            price.append(REPEAT * repeats)
        school = room.by[a].get("school")
        if school is not None and school == room.by[b].get("school"):
            price += meetings
    return sum(price)


def _meeting(model: cp_model.CpModel, one: list[Any], other: list[Any]) -> Any:
    """A variable that is true where both sit at the same table; it costs, so it is false elsewhere."""
    meeting = model.new_bool_var("")
    for at, with_other in zip(one, other, strict=True):
        model.add_bool_or(~at, ~with_other, meeting)
    return meeting


def _groups(room: Instance, number: int, seats: Seats, solver: cp_model.CpSolver) -> list[list[str]]:
    tables = range(len(_limits(room, number)))
    return [[person for person in room.roster[number] if solver.boolean_value(seats[person, number][table])] for table in tables]
