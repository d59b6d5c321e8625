"""What is possible, said before solving; and how far a plan came, said after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.core.pairing.bounds import Bounds, bounds, fewest_pairings
from scheduler.core.pairing.clashes import Clash, clashes
from scheduler.core.pairing.plan import Plan
from scheduler.core.pairing.problem import Problem
from scheduler.core.pairing.rotation import rotation
from scheduler.core.pairing.score import Metrics
from scheduler.core.pairing.seating import BySize, TwoLines
from scheduler.core.refusal import Sentence, count, say


@dataclass(frozen=True)
class Diagnosis:
    """Whether a plan can exist, its limits, what is possible in sentences, and the wishes that clash."""

    feasible: bool
    bounds: Bounds
    possible: tuple[Sentence, ...]
    clashes: tuple[Clash, ...]


def diagnose(problem: Problem) -> Diagnosis:
    """What can be said about a problem without solving it.

    >>> from scheduler.core.pairing.problem import Participant
    >>> people = tuple(Participant(f"p{n}", school="MS 442" if n < 32 else None) for n in range(120))
    >>> for sentence in diagnose(Problem(people, rounds=1, seating=BySize(4))).possible:
    ...     print(sentence)
    Nobody needs to meet anyone twice.
    At least 2 conversations within one school: one school brings 32 people to 30 tables.
    """
    found = tuple(clashes(problem))
    limits = bounds(problem)
    possible = () if found else (
        _repeats(problem, limits), *_schools(problem, limits), *_left_over(problem), *_stations(problem), *_topics(limits),
    )  # fmt: skip
    return Diagnosis(not found, limits, possible, found)


def regular(problem: Problem) -> bool:
    """Everybody is there in every free round, tables are alike, and nobody is tied to a table, a line or another person."""
    if (
        isinstance(problem.seating, TwoLines)
        or problem.pinned
        or problem.keep_together
        or any(person.step_free for person in problem.participants)
    ):
        return False
    return all(problem.shape[n].free_sizes and len(problem.roster[n]) == len(problem.ids) for n in problem.free_rounds)


def rounds_without_repeat(problem: Problem) -> int:
    """For how many of its free rounds a construction is known in which nobody meets anyone twice; 0 when that is open."""
    if not regular(problem) or problem.prior or problem.keep_apart or problem.students_have_company:
        return 0
    people, asked = len(problem.ids), len(problem.free_rounds)
    if isinstance(problem.seating, BySize) and problem.seating.size == 2:
        even = people - 1 if people % 2 == 0 else people
        return min(asked, even if people % 2 == 0 or problem.seating.odd == "sits_out" else 1)
    shape = problem.shape[problem.free_rounds[0]] if asked else None
    return min(asked, len(rotation(people, len(shape.tables), asked))) if shape else 0


def _repeats(problem: Problem, limits: Bounds) -> Sentence:
    if limits.repeat_meetings_min:
        return count(limits.repeat_meetings_min, "At least %(n)d conversation is a repeat.", "At least %(n)d conversations are repeats.")
    if rounds_without_repeat(problem) == len(problem.free_rounds):
        return say("Nobody needs to meet anyone twice.")
    return say("Nothing rules out a plan in which nobody meets anyone twice.")


def _schools(problem: Problem, limits: Bounds) -> Iterator[Sentence]:
    least = max(limits.same_school_min_per_round, limits.same_school_min_must)
    if not least:
        # Where people run out of others from other schools, repeats and conversations within a school trade off: say nothing then.
        others_suffice = limits.total_meetings_min <= limits.new_cross_school_max
        if others_suffice and any(person.school is not None for person in problem.participants):
            yield say("Nothing forces people of one school to the same table.")
        return
    least_said = count(least, "At least %(n)d conversation within one school", "At least %(n)d conversations within one school")
    people, tables = _largest_school(problem)
    if people > tables:
        because = count(tables, "%(people)d people to %(n)d table", "%(people)d people to %(n)d tables", people=people)
        yield say("%(least)s: one school brings %(because)s.", least=least_said, because=because)
    else:
        yield say("%(least)s.", least=least_said)


def _largest_school(problem: Problem) -> tuple[int, int]:
    """People of one school and tables, in the round where they make the most conversations within that school."""
    worst = (0, 0)
    for number in problem.free_rounds:
        schools = Counter(problem.by_id[id].school for id in problem.roster[number])
        del schools[None]
        most, tables = max(schools.values(), default=0), len(problem.shape[number].tables)
        worst = max(worst, (most, tables), key=lambda case: fewest_pairings(*case))
    return worst


def _left_over(problem: Problem) -> Iterator[Sentence]:
    """Who sits out, and trios."""
    most_out = max((problem.shape[number].sits_out for number in problem.free_rounds), default=0)
    if most_out:
        yield count(most_out, "%(n)d person sits out in a round.", "%(n)d people sit out in a round.")
    seating = problem.seating
    if isinstance(seating, BySize) and seating.size == 2 and any(3 in problem.shape[number].sizes for number in problem.free_rounds):
        yield say("One table of a round has three people, because the number of people is odd.")


def _stations(problem: Problem) -> Iterator[Sentence]:
    """Whether there are enough stations for everybody to come to another one in each round."""
    if not problem.distinct_tables or not problem.free_rounds:
        return
    rounds, tables = len(problem.free_rounds), max(len(problem.shape[number].tables) for number in problem.free_rounds)
    if tables >= rounds:
        yield say("Nobody needs to come to a station twice.")
    else:
        facts = {"stations": count(tables, "%(n)d station", "%(n)d stations"), "rounds": count(rounds, "%(n)d round", "%(n)d rounds")}
        yield say("With %(stations)s and %(rounds)s everybody comes to some station again.", **facts)


def _topics(limits: Bounds) -> Iterator[Sentence]:
    """How many asks can be met by somebody who offers the topic."""
    if limits.topic_matches_max is not None:
        yield count(
            limits.topic_matches_max, "At most %(n)d conversation brings an ask to somebody who offers that topic.",
            "At most %(n)d conversations bring an ask to somebody who offers that topic.",
        )  # fmt: skip


def outcome(metrics: Metrics) -> Sentence:
    """How far a plan came: achieved, the least possible, and whether nobody can do better."""
    return say("%(repeats)s %(schools)s", repeats=_repeats_achieved(metrics), schools=_schools_achieved(metrics))


def _repeats_achieved(metrics: Metrics) -> Sentence:
    got, least = metrics.repeat_meetings, metrics.repeat_meetings_min
    if got == 0:
        return say("Nobody meets anyone twice.")
    said = count(got, "%(n)d conversation is a repeat", "%(n)d conversations are repeats")
    return _compared(said, got, least)


def _schools_achieved(metrics: Metrics) -> Sentence:
    got, least = metrics.same_school_meetings, metrics.same_school_min
    if got == 0:
        return say("No conversation is within one school.")
    said = count(got, "%(n)d conversation is within one school", "%(n)d conversations are within one school")
    return _compared(said, got, least)


def _compared(said: Sentence, got: int, least: int) -> Sentence:
    if got == least:
        return say("%(said)s; nobody can do better.", said=said)
    if least == 0:
        return say("%(said)s; nothing proves that there must be any.", said=said)
    return say("%(said)s; at least %(least)d cannot be avoided.", said=said, least=least)


def explain(plan: Plan, person: str) -> Sentence:
    """One person's plan in a sentence.

    >>> from scheduler.core.pairing.plan import Round, Table
    >>> print(explain(Plan((Round(0, (Table("T1", ("ana", "ben")),)), Round(1, (), ("ana",)))), "ana"))
    1 person in 1 round, nobody twice. Sits out in round 2.
    """
    route = plan.route(person)
    met = Counter(mate for stop in route for mate in stop.mates)
    again = sum(1 for times in met.values() if times > 1)
    out = ", ".join(str(stop.round + 1) for stop in route if stop.table is None)
    people = count(len(met), "%(n)d person", "%(n)d people")
    rounds = count(sum(1 for stop in route if stop.table), "%(n)d round", "%(n)d rounds")
    twice = count(again, "%(n)d of them more than once", "%(n)d of them more than once") if again else say("nobody twice")
    if out:
        return say("%(people)s in %(rounds)s, %(twice)s. Sits out in round %(out)s.", people=people, rounds=rounds, twice=twice, out=out)
    return say("%(people)s in %(rounds)s, %(twice)s.", people=people, rounds=rounds, twice=twice)
