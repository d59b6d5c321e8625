"""What a move by hand costs: each count that it changes, in words and in the order in which plans are compared; never one score."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from scheduler.core.pairing.moves import Move, in_words, moved, refusals, touched
from scheduler.core.pairing.plan import Pair, Plan, Round, Table, pair
from scheduler.core.pairing.problem import Problem
from scheduler.core.pairing.score import Tally, changed_seats, mobility_moves, revisits, station_topics, turns_of
from scheduler.core.refusal import Sentence, count, say

MOST_NAMED = 3
"""Pairs of people that one sentence names"""


@dataclass(frozen=True)
class Price:
    """Why a move cannot be made, or the counts before and after, by their names in `Metrics`, and the sentences that say it.

    Counts but shares and turns are of those whom the move touches: their differences are those of the whole plan.
    """

    refused: tuple[Sentence, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    sentences: tuple[Sentence, ...]


def price(problem: Problem, plan: Plan, move: Move, share: Mapping[str, int]) -> Price:
    """What a move costs. `share`: how many new people each is entitled to meet, as in `Bounds`.

    Only the tables that a move touches are counted anew, so that an answer takes a moment for a thousand people, too.

    >>> from scheduler.core.pairing.problem import Participant
    >>> from scheduler.core.pairing.seating import BySize
    >>> people = tuple(Participant(id, name=id.title()) for id in ("ana", "ben", "cleo", "dan"))
    >>> tables = [(("ana", "ben"), ("cleo", "dan")), (("ana", "cleo"), ("ben", "dan"))]
    >>> rounds = tuple(Round(n, (Table("T1", one), Table("T2", two))) for n, (one, two) in enumerate(tables))
    >>> found = price(Problem(people, 2, BySize(2)), Plan(rounds), Move(1, "cleo", other="ben"), dict.fromkeys(("ana", "cleo"), 2))
    >>> for sentence in found.sentences: print(sentence)
    2 repeats more: Ben and Ana have met in round 1; Cleo and Dan have met in round 1.
    Whoever meets the smallest share of new people meets 50 in 100 of them, not 100.
    """
    if refused := refusals(problem, plan, move):
        return Price(tuple(refused), {}, {}, ())
    people, later = touched(plan, move), moved(plan, move)
    before, after = counts(problem, plan, people, share), counts(problem, later, people, share)
    return Price((), before, after, tuple(_Said(problem, plan, later, move, before, after).sentences()))


def counts(problem: Problem, plan: Plan, people: Collection[str], share: Mapping[str, int]) -> dict[str, Any]:
    """The counts that plans are compared by, as far as these people's tables decide them."""
    part = _part(plan, people)
    tally = Tally(problem)
    for number in sorted(part.by_number):
        if number in problem.shape:
            tally.add(part.by_number[number])
    new = _new_people(problem, plan)
    due = [min(1.0, len(new[id]) / of) for id, of in share.items() if of > 0]
    return {
        "repeat_meetings": tally.repeats, "repeat_spread": tally.spread, "same_school_meetings": tally.same_school,
        "changed_seats": changed_seats(problem, part) or 0, "worst_new_share": round(min(due, default=1.0), 4),
        "isolated_seats": tally.isolated, "same_role_meetings": tally.same_role, **_topics(problem, new),
        "station_topics": station_topics(problem, part) or 0, "mobility_moves": mobility_moves(problem, part) or 0,
        "table_revisits": revisits(problem, part) or 0, "sits_out_max": turns_of(tally)["sits_out_max"] or 0,
    }  # fmt: skip


def _part(plan: Plan, people: Collection[str]) -> Plan:
    """The plan as these people see it; who sits out stays."""
    return Plan(tuple(replace(round, tables=tuple(_kept(round, people))) for round in plan.rounds))


def _kept(round: Round, people: Collection[str]) -> Iterator[Table]:
    for table in round.tables:
        if members := tuple(person for person in table.members if person in people):
            yield Table(table.id, members)


def _new_people(problem: Problem, plan: Plan) -> Mapping[str, set[str]]:
    """Whom everybody meets in the free rounds and never met before."""
    met: defaultdict[str, set[str]] = defaultdict(set)
    for round in plan.rounds:
        for table in round.tables if round.number in problem.shape else ():
            members = [person for person in table.members if person in problem.by_id]
            for person in members:
                met[person].update(members)
    for a, b in problem.prior:
        met[a].discard(b)
        met[b].discard(a)
    for person, others in met.items():
        others.discard(person)
    return met


def _topics(problem: Problem, new: Mapping[str, set[str]]) -> dict[str, int]:
    """Wishes for a topic that are met, and people of whose wishes none is."""
    people = problem.by_id
    asking = [person for person in problem.participants if person.wants]
    found = Counter({person.id: sum(1 for other in new[person.id] if person.wants & people[other].offers) for person in asking})
    return {"topic_matches": found.total(), "wanters_without_match": sum(1 for person in asking if not found[person.id])}


CHANGED = {
    "repeat_meetings": (
        count(0, "%(n)d repeat more", "%(n)d repeats more"), count(0, "%(n)d repeat fewer", "%(n)d repeats fewer")
    ),
    "same_school_meetings": (
        count(0, "%(n)d conversation within one school more", "%(n)d conversations within one school more"),
        count(0, "%(n)d conversation within one school fewer", "%(n)d conversations within one school fewer"),
    ),
    "changed_seats": (
        count(0, "%(n)d announced seat more that changes", "%(n)d announced seats more that change"),
        count(0, "%(n)d announced seat fewer that changes", "%(n)d announced seats fewer that change"),
    ),
    "isolated_seats": (
        count(0, "%(n)d seat more with nobody from another school", "%(n)d seats more with nobody from another school"),
        count(0, "%(n)d seat fewer with nobody from another school", "%(n)d seats fewer with nobody from another school"),
    ),
    "same_role_meetings": (
        count(0, "%(n)d conversation within one role more", "%(n)d conversations within one role more"),
        count(0, "%(n)d conversation within one role fewer", "%(n)d conversations within one role fewer"),
    ),
    "topic_matches": (
        count(0, "%(n)d topic more meets somebody who offers it", "%(n)d topics more meet somebody who offers them"),
        count(0, "%(n)d topic fewer meets somebody who offers it", "%(n)d topics fewer meet somebody who offers them"),
    ),
    "wanters_without_match": (
        count(0, "%(n)d person more hears nothing about what they asked for", "%(n)d people more hear nothing about what they asked for"),
        count(0, "%(n)d person fewer hears nothing about what they asked for", "%(n)d people fewer hear nothing about what they asked for"),
    ),
    "station_topics": (
        count(0, "%(n)d visit more to a station about what was asked for", "%(n)d visits more to stations about what was asked for"),
        count(0, "%(n)d visit fewer to a station about what was asked for", "%(n)d visits fewer to stations about what was asked for"),
    ),
    "mobility_moves": (
        count(0, "%(n)d table change more of somebody who should stay", "%(n)d table changes more of people who should stay"),
        count(0, "%(n)d table change fewer of somebody who should stay", "%(n)d table changes fewer of people who should stay"),
    ),
    "table_revisits": (
        count(0, "%(n)d time more somebody comes to a station again", "%(n)d times more somebody comes to a station again"),
        count(0, "%(n)d time fewer somebody comes to a station again", "%(n)d times fewer somebody comes to a station again"),
    ),
    "sits_out_max": (
        count(0, "Somebody sits out %(n)d round more than anybody did", "Somebody sits out %(n)d rounds more than anybody did"),
        count(0, "Nobody sits out the most rounds that somebody did", "Nobody sits out the most rounds that somebody did"),
    ),
}  # fmt: skip
"""What is said of a count that grows, and of one that falls; n takes the place of 0"""


class _Said:
    """The counts that differ, in words."""

    def __init__(self, problem: Problem, plan: Plan, later: Plan, move: Move, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        self.problem, self.plan, self.number, self.before, self.after = problem, plan, move.round, before, after
        then, now = set(plan.by_number[move.round].pairings()), set(later.by_number[move.round].pairings())
        movers = [person for person in (move.person, move.other) if person]
        self.come, self.gone = in_words(problem, now - then, movers), in_words(problem, then - now, movers)

    def sentences(self) -> Iterator[Sentence]:
        yield from self._changed("repeat_meetings", self._repeat)
        if uneven := self._more("repeat_spread") - self._more("repeat_meetings"):
            yield say("Repeats fall less evenly.") if uneven > 0 else say("Repeats fall more evenly.")
        yield from self._changed("same_school_meetings", self._within)
        yield from self._changed("changed_seats")
        yield from self._share()
        for name in list(CHANGED)[3:]:
            yield from self._changed(name)

    def _more(self, name: str) -> int:
        return int(self.after[name] - self.before[name])

    def _changed(self, name: str, about: Callable[[Pair], Sentence | None] = lambda people: None) -> Iterator[Sentence]:
        """A count that differs, and the pairs of people whom it is about."""
        more = self._more(name)
        if not more:
            return
        said = replace(CHANGED[name][more < 0], n=abs(more), facts={"n": abs(more)})
        come, gone = ([found for people in pairs if (found := about(people))] for pairs in (self.come, self.gone))
        if come and gone:
            said = say("%(count)s (%(come)d come, %(gone)d go)", count=said, come=len(come), gone=len(gone))
        if named := come if more > 0 else gone:
            said = say("%(count)s: %(pairs)s", count=said, pairs=_listed(named))
        yield say("%(count)s.", count=said)

    def _repeat(self, people: Pair) -> Sentence | None:
        """When else two meet; None where they do not."""
        a, b = people
        facts: dict[str, object] = {"one": self.problem.who(a), "other": self.problem.who(b)}
        rounds = [round.number for round in self.plan.rounds if round.number != self.number and b in _mates(round, a)]
        if not rounds:
            return say("%(one)s and %(other)s met at an earlier meetup", **facts) if self.problem.met_before.get(pair(a, b)) else None
        if rounds[0] < self.number:
            return say("%(one)s and %(other)s have met in round %(round)d", round=rounds[0] + 1, **facts)
        return say("%(one)s and %(other)s meet in round %(round)d, too", round=rounds[0] + 1, **facts)

    def _within(self, people: Pair) -> Sentence | None:
        """Two of one school; None of others."""
        a, b = people
        if a not in self.problem.by_id or b not in self.problem.by_id or not self.problem.same_school(a, b):
            return None
        return say("%(one)s and %(other)s", one=self.problem.who(a), other=self.problem.who(b))

    def _share(self) -> Iterator[Sentence]:
        then, now = (round(100 * counts["worst_new_share"], 1) for counts in (self.before, self.after))
        if then != now:
            text = "Whoever meets the smallest share of new people meets %(now)s in 100 of them, not %(then)s."
            yield say(text, now=f"{now:g}", then=f"{then:g}")


def _mates(round: Round, person: str) -> tuple[str, ...]:
    table = round.table_of.get(person)
    return table.members if table else ()


def _listed(named: Sequence[Sentence]) -> Sentence:
    """The first few, and how many more there are."""
    shown = list(named[:MOST_NAMED])
    if len(named) > MOST_NAMED:
        shown.append(count(len(named) - MOST_NAMED, "and %(n)d more pair", "and %(n)d more pairs"))
    return reduce(lambda one, other: say("%(one)s; %(other)s", one=one, other=other), shown)
