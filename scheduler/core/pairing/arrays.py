"""A board as the arrays on which the kernel searches, and back."""

from __future__ import annotations

from array import array
from itertools import chain
from typing import Any

from scheduler.core.pairing.board import Board
from scheduler.core.pairing.costs import TOPIC, Costs
from scheduler.core.pairing.kernel.layout import APART, ORDINARY, TRIO, Layout, TableShape
from scheduler.core.pairing.problem import Problem


def seats_of(board: Board) -> array[int]:
    """The people on all seats, round after round, table after table."""
    return array("i", chain.from_iterable(table for round in board.seats for table in round))


def seat(board: Board, people: array[int]) -> None:
    """Put these people on the seats of a board."""
    person = iter(people)
    board.seats = [[[next(person) for _ in table] for table in round] for round in board.seats]


def layout_of(costs: Costs, board: Board) -> Layout:
    """The tables, the people and what they cost, as the kernel takes them. Who sits out is not part of it: that stays as it is."""
    ids = _table_ids(board.problem)
    return Layout(
        people=costs.people,
        rounds=tuple(_round(board, r, ids) for r in range(len(board.seats))),
        price=costs.price,
        met=costs.met,
        school=costs.school,
        held=_held(costs, board),
        classes=_classes(board),
        student=costs.student,
        **_places(board.problem, ids),
    )


def _table_ids(problem: Problem) -> dict[str, int]:
    """A number for every table that stands in some free round."""
    names = dict.fromkeys(table.id for number in problem.free_rounds for table in problem.shape[number].tables)
    return {name: number for number, name in enumerate(names)}


def _round(board: Board, r: int, ids: dict[str, int]) -> tuple[TableShape, ...]:
    names = board.problem.shape[board.problem.free_rounds[r]].tables
    return tuple(
        TableShape(len(people), ids[table.id], TRIO if board.problem.in_pairs and len(people) == 3 else ORDINARY)
        for table, people in zip(names, board.seats[r], strict=True)
    )


def _held(costs: Costs, board: Board) -> bytearray:
    held = bytearray(costs.people * len(board.seats))
    for r, people in enumerate(board.held):
        for person in people:
            held[r * costs.people + person] = 1
    return held


def _classes(board: Board) -> array[int]:
    """People who are present in the same rounds and tied to nothing may trade all their seats."""
    tied = set().union(*board.held, *board.allowed)
    numbers: dict[frozenset[int], int] = {}
    present = [board.problem.present[id] for id in board.problem.ids]
    return array("i", [-1 if person in tied else numbers.setdefault(rounds, len(numbers)) for person, rounds in enumerate(present)])


def _places(problem: Problem, ids: dict[str, int]) -> dict[str, Any]:
    """Prices of tables, where it matters to somebody at which table they sit."""
    places: dict[str, Any] = {}
    topics = any(table.topics for shape in problem.shape.values() for table in shape.tables)
    if topics or any(person.step_free for person in problem.participants):
        places["taste"] = _tastes(problem, ids)
    if problem.known_seats:
        places["announced"] = _announced(problem, ids)
    if problem.distinct_tables:
        places["rotator"] = bytearray(person.station is None for person in problem.participants)
    alike = all(shape.free_sizes for shape in problem.shape.values())
    if not alike and any(person.mobility for person in problem.participants):
        places["mobile"] = bytearray(person.mobility for person in problem.participants)
    return places


def _tastes(problem: Problem, ids: dict[str, int]) -> array[int]:
    """A table about what somebody wants to hear is a gain; one with steps is none for those who need it step-free."""
    tables = {ids[table.id]: table for number in problem.free_rounds for table in problem.shape[number].tables}
    tastes = array("h", bytes(2 * len(ids) * len(problem.ids)))
    for n, person in enumerate(problem.participants):
        for number, table in tables.items():
            if person.step_free and not table.step_free:
                tastes[n * len(ids) + number] = APART
            elif person.station is None and person.wants & table.topics:
                tastes[n * len(ids) + number] = -TOPIC
    return tastes


def _announced(problem: Problem, ids: dict[str, int]) -> array[int]:
    people = len(problem.ids)
    known = array("i", [-1]) * (people * len(problem.free_rounds))
    number = {id: n for n, id in enumerate(problem.ids)}
    for (id, round), table in problem.known_seats.items():
        known[problem.free_rounds.index(round) * people + number[id]] = ids.get(table, len(ids))
    return known
