"""Problems as JSON: the format `speed-rounds/instance-1`, read and written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from scheduler.core.pairing.plan import Pair, pair, read_round, write_round
from scheduler.core.pairing.problem import Participant, Pin, Problem, Together
from scheduler.core.pairing.seating import ByCount, BySize, ByTables, Fit, Odd, Seating, TableSpec
from scheduler.core.refusal import Refusal, say

ODD: dict[str, Odd] = {"trio": "trio", "bye": "sits_out"}
FIT: dict[str, Fit] = {"smaller": "smaller", "larger": "larger", "at_least_three": "at_least_three"}


def read_problem(data: Mapping[str, Any]) -> Problem:
    """A problem from its JSON; refuses what is not in the format.

    >>> people = [{"id": "ana", "school": "MS 442"}, {"id": "ben"}]
    >>> problem = read_problem({"rounds": 1, "seating": {"mode": "size", "size": 2}, "participants": people})
    >>> problem.ids, problem.by_id["ana"].school
    (('ana', 'ben'), 'MS 442')
    """
    try:
        return _read(data)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Refusal(say("This file is not a list of people to pair. It needs participants, rounds and seating.")) from error


def write_problem(problem: Problem) -> dict[str, Any]:
    """The JSON of a problem; reading it back gives the same problem, names of people aside.

    >>> problem = Problem((Participant("ana"), Participant("ben")), rounds=1, seating=BySize(2))
    >>> read_problem(write_problem(problem)) == problem
    True
    """
    return {
        "format": "speed-rounds/instance-1",
        "name": problem.name,
        "rounds": problem.rounds,
        "seating": _write_seating(problem.seating),
        "participants": [_write_person(person) for person in problem.participants],
        "never_together": sorted(list(people) for people in problem.keep_apart),
        "must_together": [{"pair": list(wish.pair), "round": wish.round} for wish in problem.keep_together],
        "pins": [{"person": pin.person, "round": pin.round, "table": pin.table} for pin in problem.pins],
        "met_before": sorted([*people, times] for people, times in problem.met_before.items()),
        "frozen": [write_round(round) for round in problem.frozen],
        "students_have_company": problem.students_have_company,
    }


def _read(data: Mapping[str, Any]) -> Problem:
    return Problem(
        participants=tuple(_read_person(person) for person in data["participants"]),
        rounds=data["rounds"],
        seating=_read_seating(data["seating"]),
        keep_apart=frozenset(pair(a, b) for a, b in data.get("never_together", ())),
        keep_together=tuple(Together(pair(*wish["pair"]), wish.get("round")) for wish in data.get("must_together", ())),
        pins=tuple(Pin(pin["person"], pin["round"], pin["table"]) for pin in data.get("pins", ())),
        met_before=_read_memory(data.get("met_before", ())),
        frozen=tuple(read_round(round) for round in data.get("frozen", ())),
        students_have_company=bool(data.get("students_have_company", False)),
        name=data.get("name") or "",
    )


def _read_memory(rows: Any) -> dict[Pair, int]:
    met: Counter[Pair] = Counter()
    for a, b, times in rows:
        met[pair(a, b)] += times
    return dict(met)


def _read_person(data: Mapping[str, Any]) -> Participant:
    present = data.get("present")
    return Participant(
        id=data["id"],
        school=data.get("school"),
        role=data.get("role"),
        present=None if present is None else frozenset(present),
        mobility=bool(data.get("mobility", False)),
        step_free=bool(data.get("step_free", False)),
        station=data.get("station") or None,
        offers=frozenset(data.get("offers") or ()),
        wants=frozenset(data.get("wants") or ()),
        sat_out=data.get("sat_out", 0),
    )


def _write_person(person: Participant) -> dict[str, Any]:
    """Only what is said about the person; everything left out has its default."""
    said: dict[str, Any] = {
        "school": person.school,
        "role": person.role,
        "offers": sorted(person.offers),
        "wants": sorted(person.wants),
        "mobility": person.mobility,
        "step_free": person.step_free,
        "station": person.station,
        "sat_out": person.sat_out,
    }
    present = {} if person.present is None else {"present": sorted(person.present)}
    return {"id": person.id, **{key: value for key, value in said.items() if value}, **present}


def _read_seating(data: Mapping[str, Any]) -> Seating:
    match data["mode"]:
        case "size":
            return BySize(data["size"], ODD[data.get("odd", "trio")], FIT[data.get("fit", "smaller")])
        case "count":
            return ByCount(data["tables"])
        case "tables":
            return ByTables(tuple(_read_table(table) for table in data["tables"]))
        case other:
            raise ValueError(other)


def _read_table(data: Mapping[str, Any]) -> TableSpec:
    return TableSpec(data["id"], data["min"], data["max"], bool(data.get("step_free", True)), frozenset(data.get("closed", ())))


def _write_seating(seating: Seating) -> dict[str, Any]:
    match seating:
        case BySize(size, odd, fit):
            return {"mode": "size", "size": size, "odd": "bye" if odd == "sits_out" else "trio", "fit": fit}
        case ByCount(tables):
            return {"mode": "count", "tables": tables}
        case ByTables(tables):
            return {"mode": "tables", "tables": [_write_table(table) for table in tables]}


def _write_table(table: TableSpec) -> dict[str, Any]:
    written = {"id": table.id, "min": table.least, "max": table.most, "step_free": table.step_free}
    return {**written, "closed": sorted(table.closed)}
