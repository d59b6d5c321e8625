"""How good a plan is: plain counts beside the best any plan could reach, never one mixed score. Knows no solver."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

from scheduler.core.pairing.bounds import Bounds, bounds
from scheduler.core.pairing.check import check
from scheduler.core.pairing.plan import Pair, Plan, Round, pair
from scheduler.core.pairing.problem import Problem
from scheduler.core.pairing.seating import ByTables

REVISIT = 10
"""What coming to a table again weighs among the softer wishes, where people should come to each at most once."""


@dataclass(frozen=True)
class Metrics:
    """The counts of one plan; they look at the free rounds unless said otherwise.

    A repeat is a pairing seen before: in the memory, in a frozen round or in an earlier round of the plan.
    `repeat_spread` counts 1, 2, 3 ... for the 2nd, 3rd, 4th time of a pair, so lower is more even. `isolated_seats` have
    nobody from another school. Shares are new people met / people entitled to, at most 1. Table changes count frozen rounds.
    `changed_seats` are announced seats that are others now. `table_revisits` count each time at a table beyond the first, where
    people should not come to one twice; `station_topics` the tables somebody came to that are about what they want to hear.
    `role_mix` is the weight of meetings within a role, as the problem asks.
    None: does not apply (no topics, nobody sits out, no trios, nobody who should stay put, nothing announced).
    """

    violations: int
    total_meetings: int
    new_meetings: int
    new_meetings_max: int
    repeat_meetings: int
    repeat_meetings_min: int
    repeat_spread: int
    max_meetings_of_a_pair: int
    worst_person_repeats: int
    same_school_meetings: int
    same_school_min: int
    same_role_meetings: int
    same_role_min: int
    isolated_seats: int
    worst_new_share: float
    mean_new_share: float
    new_people_min: int
    worst_new_cross_school_share: float
    topic_matches: int | None
    topic_matches_max: int | None
    wanters_without_match: int | None
    sits_out_min: int | None
    sits_out_max: int | None
    trios_min: int | None
    trios_max: int | None
    mobility_moves: int | None
    table_moves: int
    changed_seats: int | None
    table_revisits: int | None
    station_topics: int | None
    role_mix: int = 1

    @property
    def key(self) -> tuple[int, int, int, int, int, float, int, int]:
        """The order of plans: compared from left to right, smaller is better."""
        topics = (self.topic_matches or 0) + (self.station_topics or 0)
        softer = self.role_mix * self.same_role_meetings - topics + 2 * (self.mobility_moves or 0) + REVISIT * (self.table_revisits or 0)
        return (
            self.violations,
            self.repeat_meetings,
            self.repeat_spread,
            self.same_school_meetings,
            self.changed_seats or 0,
            -self.worst_new_share,
            self.isolated_seats,
            softer,
        )


def score(problem: Problem, plan: Plan, limits: Bounds | None = None) -> Metrics:
    """Count everything about a plan. `limits` are the problem's bounds, if they are at hand.

    >>> from scheduler.core.pairing.plan import Table
    >>> from scheduler.core.pairing.problem import Participant
    >>> from scheduler.core.pairing.seating import BySize
    >>> people = (Participant("ana", school="MS 442"), Participant("ben", school="MS 442"))
    >>> problem = Problem(people, rounds=2, seating=BySize(2))
    >>> plan = Plan(tuple(Round(number, (Table("T1", ("ana", "ben")),)) for number in (0, 1)))
    >>> score(problem, plan).key
    (0, 1, 1, 2, 0, -1.0, 4, 0)
    """
    limits = limits or bounds(problem)
    tally = Tally(problem)
    for round in sorted(plan.rounds, key=lambda round: round.number):
        if round.number in problem.shape:
            tally.add(round)
    total, repeats = tally.total, tally.repeats
    return Metrics(
        violations=len(check(problem, plan)),
        total_meetings=total,
        new_meetings=total - repeats,
        new_meetings_max=min(total, limits.new_meetings_max_by_people, max(0, total - limits.repeat_meetings_min)),
        repeat_meetings=repeats,
        repeat_meetings_min=max(limits.repeat_meetings_min, total - limits.new_meetings_max_by_people, 0),
        repeat_spread=tally.spread,
        max_meetings_of_a_pair=max((tally.met[people] for people in tally.seen), default=0),
        worst_person_repeats=max(tally.repeats_of.values(), default=0),
        same_school_meetings=tally.same_school,
        same_school_min=_same_school_min(tally, limits),
        same_role_meetings=tally.same_role,
        same_role_min=limits.same_role_min_per_round,
        isolated_seats=tally.isolated,
        table_moves=sum(_moves(plan, id) for id in problem.ids),
        mobility_moves=mobility_moves(problem, plan),
        changed_seats=changed_seats(problem, plan),
        table_revisits=revisits(problem, plan),
        station_topics=station_topics(problem, plan),
        role_mix=problem.role_mix,
        **_shares(tally, limits),
        **_topics(tally, limits),
        **turns_of(tally),
    )


def _same_school_min(tally: Tally, limits: Bounds) -> int:
    """The fewest meetings within schools of any plan with as many repeats, spread as evenly, as this one."""
    spread, even = limits.same_school_min_even
    return max(
        limits.same_school_min_per_round,
        limits.same_school_min_must,
        tally.total - limits.new_cross_school_max - tally.repeats,
        even if tally.spread == spread else 0,
        sum(max(0, -((tally.repeats - need) // 3)) for need in limits.same_school_needs),
        0,
    )


class Tally:
    """Running counts over the free rounds, in their order."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.met: Counter[Pair] = Counter(problem.prior)
        self.seen: set[Pair] = set()
        self.total = self.repeats = self.spread = self.same_school = self.same_role = self.isolated = 0
        self.repeats_of: Counter[str] = Counter()
        self.new: defaultdict[str, set[str]] = defaultdict(set)
        self.new_cross: defaultdict[str, set[str]] = defaultdict(set)
        self.sits_out: Counter[str] = Counter()
        self.trios: Counter[str] = Counter()
        self.in_pairs = problem.in_pairs

    def add(self, round: Round) -> None:
        self.sits_out.update(round.sits_out)
        self.isolated += len(round.sits_out)
        for table in round.tables:
            members = [id for id in table.members if id in self.problem.by_id]
            self._add_table(members)
            for a, b in combinations(members, 2):
                self._add_pairing(a, b)

    def _add_table(self, members: list[str]) -> None:
        if self.in_pairs and len(members) == 3:
            self.trios.update(members)
        schools = {self.problem.by_id[id].school for id in members}
        if len(members) == 1 or (len(schools) == 1 and None not in schools):
            self.isolated += len(members)

    def _add_pairing(self, a: str, b: str) -> None:
        people = pair(a, b)
        same_school = self.problem.same_school(a, b)
        role = self.problem.by_id[a].role
        self.total += 1
        self.same_school += same_school
        self.same_role += role is not None and role == self.problem.by_id[b].role
        if before := self.met[people]:
            self.repeats += 1
            self.spread += before
            self.repeats_of.update(people)
        else:
            self._meet(self.new, a, b)
            if not same_school:
                self._meet(self.new_cross, a, b)
        self.met[people] += 1
        self.seen.add(people)

    def _meet(self, met: defaultdict[str, set[str]], a: str, b: str) -> None:
        met[a].add(b)
        met[b].add(a)


def _shares(tally: Tally, limits: Bounds) -> dict[str, Any]:
    due = {id: share for id, share in limits.share.items() if share > 0}
    shares = [min(1.0, len(tally.new[id]) / share) for id, share in due.items()]
    cross = [min(1.0, len(tally.new_cross[id]) / share) for id, share in limits.share_cross.items() if share > 0]
    return {
        "worst_new_share": round(min(shares, default=1.0), 4),
        "mean_new_share": round(sum(shares) / len(shares), 4) if shares else 1.0,
        "new_people_min": min((len(tally.new[id]) for id in due), default=0),
        "worst_new_cross_school_share": round(min(cross, default=1.0), 4),
    }


def _topics(tally: Tally, limits: Bounds) -> dict[str, Any]:
    """Ordered pairs that newly meet where one wants what the other offers, and people whose wishes nobody met."""
    if limits.topic_matches_max is None:
        return {"topic_matches": None, "topic_matches_max": None, "wanters_without_match": None}
    people = tally.problem.by_id
    found = Counter({id: sum(1 for other in tally.new[id] if people[id].wants & people[other].offers) for id in people})
    return {
        "topic_matches": found.total(),
        "topic_matches_max": limits.topic_matches_max,
        "wanters_without_match": sum(1 for id, person in people.items() if person.wants and not found[id]),
    }


def turns_of(tally: Tally) -> dict[str, Any]:
    """How evenly sitting out and trios fall on the people who are present throughout."""
    free = set(tally.problem.free_rounds)
    always = [id for id in tally.problem.ids if tally.problem.present[id] >= free]
    turns: dict[str, Any] = {}
    for name, counts in (("sits_out", tally.sits_out), ("trios", tally.trios)):
        values = [counts[id] for id in always] if counts else []
        turns[f"{name}_min"] = min(values, default=None)
        turns[f"{name}_max"] = max(values, default=None)
    return turns


def _moves(plan: Plan, person: str) -> int:
    """Table changes between the rounds in which this person has a table, frozen rounds included."""
    tables = [plan.by_number[number].table_of.get(person) for number in sorted(plan.by_number)]
    names = [table.id for table in tables if table]
    return sum(1 for before, after in pairwise(names) if before != after)


def changed_seats(problem: Problem, plan: Plan) -> int | None:
    if not problem.announced:
        return None
    known = [(plan.by_number[number].table_of.get(id), table) for (id, number), table in problem.known_seats.items()]
    return sum(1 for seat, table in known if seat is None or seat.id != table)


def _visits(problem: Problem, plan: Plan) -> Counter[tuple[str, str]]:
    """How often each person without a station came to each table, frozen rounds included."""
    seats = [(id, table.id) for round in plan.rounds for table in round.tables for id in table.members]
    return Counter((id, table) for id, table in seats if id in problem.by_id and id not in problem.stations)


def revisits(problem: Problem, plan: Plan) -> int | None:
    return sum(times - 1 for times in _visits(problem, plan).values()) if problem.distinct_tables else None


def station_topics(problem: Problem, plan: Plan) -> int | None:
    tables = problem.seating.tables if isinstance(problem.seating, ByTables) else ()
    about = {table.id: table.topics for table in tables if table.topics}
    if not about:
        return None
    return sum(1 for id, table in _visits(problem, plan) if problem.by_id[id].wants & about.get(table, frozenset()))


def mobility_moves(problem: Problem, plan: Plan) -> int | None:
    stay = [person.id for person in problem.participants if person.mobility]
    return sum(_moves(plan, id) for id in stay) if stay else None
