"""Problems as JSON: the format `speed-rounds/instance-1`, read and written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from scheduler.core.pairing.plan import Pair, pair, read_round, text, texts, whole, whole_or_none, write_round
from scheduler.core.pairing.problem import MOST_WEIGHT, Participant, Pin, Problem, Together
from scheduler.core.pairing.seating import ByCount, BySize, ByTables, Fit, Odd, Seating, TableSpec, TwoLines
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
        "announced": [write_round(round) for round in problem.announced],
        "spares": problem.spares,
        "distinct_tables": problem.distinct_tables,
        **({} if problem.role_mix == 1 else {"role_mix": problem.role_mix}),  # an ordinary problem keeps the fingerprint it had
    }


def _read_weight(value: Any) -> int:
    if not 0 <= whole(value) <= MOST_WEIGHT:
        raise ValueError(value)
    return whole(value)


def _read(data: Mapping[str, Any]) -> Problem:
    return Problem(
        participants=tuple(_read_person(number, person) for number, person in enumerate(data["participants"], 1)),
        rounds=whole(data["rounds"]),
        seating=_read_seating(data["seating"]),
        keep_apart=frozenset(_read_pair(people) for people in data.get("never_together", ())),
        keep_together=tuple(Together(_read_pair(wish["pair"]), whole_or_none(wish.get("round"))) for wish in data.get("must_together", ())),
        pins=tuple(Pin(text(pin["person"]), whole(pin["round"]), text(pin["table"])) for pin in data.get("pins", ())),
        met_before=_read_memory(data.get("met_before", ())),
        frozen=tuple(read_round(round) for round in data.get("frozen", ())),
        students_have_company=bool(data.get("students_have_company", False)),
        announced=tuple(read_round(round) for round in data.get("announced", ())),
        spares=whole(data.get("spares", 0)),
        distinct_tables=bool(data.get("distinct_tables", False)),
        role_mix=_read_weight(data.get("role_mix", 1)),
        name=text(data.get("name") or ""),
    )


def _read_pair(people: Any) -> Pair:
    a, b = texts(people)
    return pair(a, b)


def _read_memory(rows: Any) -> dict[Pair, int]:
    met: Counter[Pair] = Counter()
    for a, b, times in rows:
        met[_read_pair([a, b])] += whole(times)
    return dict(met)


def _read_person(number: int, data: Mapping[str, Any]) -> Participant:
    try:
        present = data.get("present")
        return Participant(
            id=text(data["id"]),
            school=_text_or_none(data.get("school")),
            role=_text_or_none(data.get("role")),
            present=None if present is None else frozenset(map(whole, present)),
            mobility=bool(data.get("mobility", False)),
            step_free=bool(data.get("step_free", False)),
            station=_text_or_none(data.get("station") or None),
            offers=frozenset(texts(data.get("offers") or ())),
            wants=frozenset(texts(data.get("wants") or ())),
            sat_out=whole(data.get("sat_out", 0)),
        )
    except (KeyError, TypeError, AttributeError) as error:
        said = say(
            "Participant %(number)d cannot be read. Each needs an id; school and role are texts, topics and rounds lists.", number=number
        )
        raise Refusal(said) from error


def _text_or_none(value: Any) -> str | None:
    return None if value is None else text(value)


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
            return BySize(whole(data["size"]), ODD[data.get("odd", "trio")], FIT[data.get("fit", "smaller")])
        case "count":
            return ByCount(whole(data["tables"]))
        case "tables":
            return ByTables(tuple(_read_table(table) for table in data["tables"]))
        case "lines":
            return TwoLines(text(data["stays"]))
        case other:
            raise ValueError(other)


def _read_table(data: Mapping[str, Any]) -> TableSpec:
    closed, topics = frozenset(map(whole, data.get("closed", ()))), frozenset(texts(data.get("topics") or ()))
    return TableSpec(text(data["id"]), whole(data["min"]), whole(data["max"]), bool(data.get("step_free", True)), closed, topics)


def _write_seating(seating: Seating) -> dict[str, Any]:
    match seating:
        case BySize(size, odd, fit):
            return {"mode": "size", "size": size, "odd": "bye" if odd == "sits_out" else "trio", "fit": fit}
        case ByCount(tables):
            return {"mode": "count", "tables": tables}
        case TwoLines(stays):
            return {"mode": "lines", "stays": stays}
        case ByTables(tables):
            return {"mode": "tables", "tables": [_write_table(table) for table in tables]}


def _write_table(table: TableSpec) -> dict[str, Any]:
    written = {"id": table.id, "min": table.least, "max": table.most, "step_free": table.step_free}
    return {**written, "closed": sorted(table.closed), "topics": sorted(table.topics)}
