"""What came of what was asked: wishes kept, each count beside its bound, and why a count is above its bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scheduler.core.pairing.problem import Problem
from scheduler.core.pairing.seating import ByTables
from scheduler.core.refusal import Sentence, count, say


@dataclass(frozen=True)
class Measure:
    """One count of a plan: what it counts, what the plan reaches, and what is proven about it."""

    what: Sentence
    reached: float | None
    bound: Sentence


def kept(problem: Problem) -> list[Sentence]:
    """The wishes that hold in every plan of this problem, as counts in words; a plan that broke one would not exist.

    >>> from scheduler.core.pairing.problem import Participant
    >>> from scheduler.core.pairing.seating import BySize
    >>> people = tuple(Participant(id) for id in ("ana", "ben", "cleo", "dan"))
    >>> [str(said) for said in kept(Problem(people, rounds=1, seating=BySize(2), keep_apart=frozenset({("ana", "ben")})))]
    ['1 pair of people is kept apart.']
    """
    people = problem.participants
    away = sum(problem.rounds - len(problem.present[person.id]) for person in people)
    tables = problem.seating.tables if isinstance(problem.seating, ByTables) else ()
    said = [
        (len(problem.keep_apart), count(len(problem.keep_apart), "%(n)d pair of people is kept apart.", "%(n)d pairs are kept apart.")),
        (len(problem.keep_together), count(len(problem.keep_together), "%(n)d pair shares a table.", "%(n)d pairs share a table.")),
        (len(problem.pins), count(len(problem.pins), "%(n)d seat is at its given table.", "%(n)d seats are at their given tables.")),
        (len(problem.stations), count(len(problem.stations), "%(n)d person stays at a station.", "%(n)d people stay at their stations.")),
        (away, count(away, "%(n)d absence is heeded.", "%(n)d absences are heeded.")),
        (_step_free(problem), say("Who needs a step-free table sits at one.")),
        (sum(len(table.closed) for table in tables), say("Nobody sits at a closed table.")),
        (problem.students_have_company, say("Every student has company.")),
    ]
    return [sentence for number, sentence in said if number]


def _step_free(problem: Problem) -> int:
    return sum(1 for person in problem.participants if person.step_free)


def measures(metrics: Mapping[str, Any]) -> list[Measure]:
    """What a plan reaches, in the order in which plans are compared; counts that do not apply are left out.

    >>> counts = {"repeat_meetings": 2, "repeat_meetings_min": 0, "same_school_meetings": 3, "same_school_min": 3}
    >>> [f"{one.what}: {one.reached}; {one.bound}" for one in measures(counts)]
    ['Conversations that repeat: 2; none at all may be possible', 'Conversations within one school: 3; nobody can do better']
    """
    return [measure for measure in every_measure(metrics) if measure.reached is not None]


def every_measure(metrics: Mapping[str, Any]) -> Iterator[Measure]:
    """All counts, in the order in which plans are compared; one that does not apply reaches None."""
    get = metrics.get
    yield _least(say("Conversations that repeat"), metrics, "repeat_meetings", "repeat_meetings_min")
    yield _evenness(metrics)
    yield _least(say("Conversations within one school"), metrics, "same_school_meetings", "same_school_min")
    yield _none(say("Announced seats that changed"), get("changed_seats"))
    yield _smallest_share(metrics)
    yield _none(say("Seats with nobody from another school"), get("isolated_seats"))
    yield _least(say("Conversations within one role"), metrics, "same_role_meetings", "same_role_min")
    yield _most(say("Topics asked for that meet somebody who offers them"), get("topic_matches"), get("topic_matches_max"))
    yield _none(say("Asks that met nobody"), get("wanters_without_match"))
    yield Measure(say("Visits to stations about what people asked for"), get("station_topics"), say("as many as found a place"))
    yield _none(say("Table changes of people who should not have to move"), get("mobility_moves"))
    yield _none(say("Times somebody came to a station again"), get("table_revisits"))
    yield Measure(say("Rounds that somebody sat out, at most"), get("sits_out_max"), say("spread evenly: nobody more than once more"))


def _least(what: Sentence, metrics: Mapping[str, Any], reached: str, least: str) -> Measure:
    got, bound = metrics.get(reached), metrics.get(least, 0)
    if got == bound:
        return Measure(what, got, say("nobody can do better"))
    if not bound:
        return Measure(what, got, say("none at all may be possible"))
    return Measure(what, got, say("fewer than %(least)d is proven impossible", least=bound))


def _evenness(metrics: Mapping[str, Any]) -> Measure:
    """Each time of a pair beyond the first counts one more than the time before."""
    got, repeats = metrics.get("repeat_spread"), metrics.get("repeat_meetings")
    even = say("as even as so many repeats can fall") if got == repeats else say("as even as was found")
    return Measure(say("How unevenly they fall, a third time counted double"), got, even)


def _smallest_share(metrics: Mapping[str, Any]) -> Measure:
    what = say("The smallest share of new people that somebody meets, in 100")
    share = metrics.get("worst_new_share")
    if share is None:
        return Measure(what, None, say("nobody can do better"))
    return Measure(what, in_100(share), say("nobody can do better") if share == 1 else say("as many as were found"))


def in_100(share: float) -> float:
    """A share as people read it, whole where it is.

    >>> in_100(1.0), in_100(0.8333)
    (100, 83.3)
    """
    found = round(100 * share, 1)
    return int(found) if found == int(found) else found


def _none(what: Sentence, got: Any) -> Measure:
    return Measure(what, got, say("nobody can do better") if got == 0 else say("as few as were found"))


def _most(what: Sentence, got: Any, most: Any) -> Measure:
    if got == most:
        return Measure(what, got, say("nobody can do better"))
    return Measure(what, got, say("more than %(most)d is proven impossible", most=most))


def why_above(metrics: Mapping[str, Any], problem: Problem, *, stopped_early: bool) -> Sentence | None:
    """Why repeats or conversations within a school are above what is proven; None where they are not.

    >>> from scheduler.core.pairing.problem import Participant
    >>> from scheduler.core.pairing.seating import BySize
    >>> problem = Problem((Participant("ana"), Participant("ben")), rounds=1, seating=BySize(2))
    >>> counts = {"repeat_meetings": 1, "repeat_meetings_min": 0, "same_school_meetings": 0, "same_school_min": 0}
    >>> print(why_above(counts, problem, stopped_early=False))
    The search found no better plan, and nothing proves that there is none.
    """
    pairs = (("repeat_meetings", "repeat_meetings_min"), ("same_school_meetings", "same_school_min"))
    if all(metrics[reached] <= metrics[least] for reached, least in pairs):
        return None
    if stopped_early:
        return say("The search was stopped before it came to its end; more time may find a better plan.")
    if problem.keep_apart or problem.keep_together or problem.pinned or _step_free(problem):
        return say("The bounds count people, schools and tables; the wishes bind the plan further, so they may not be reachable.")
    return say("The search found no better plan, and nothing proves that there is none.")
