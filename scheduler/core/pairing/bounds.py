"""What no plan can beat: safe limits on repeats, conversations within a school or role, and topics that meet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from scheduler.core.pairing.known import fewest_repeats
from scheduler.core.pairing.plan import Pair, pair
from scheduler.core.pairing.problem import Problem
from scheduler.core.pairing.seating import BySize, TwoLines

Kind = tuple[frozenset[int], str | None, bool | None]


@dataclass(frozen=True)
class Bounds:
    """Safe limits, not always reachable; a plan that equals one of them cannot be beaten there.

    `share` and `share_cross` say how many new people each person is entitled to meet, of all and of other schools.
    """

    total_meetings_min: int
    new_meetings_max_by_people: int
    new_cross_school_max: int
    repeat_meetings_min_pigeonhole: int
    repeat_meetings_min: int
    same_school_min_per_round: int
    same_school_min_even: tuple[int, int]
    """(spread, pairings): a plan whose repeats are spread as evenly as that has at least so many within schools"""
    same_school_needs: tuple[int, ...]
    """For each school how many meetings its people have beyond what other schools and small tables can take"""
    same_school_min_must: int
    same_role_min_per_round: int
    topic_matches_max: int | None
    share: Mapping[str, int] = field(repr=False)
    share_cross: Mapping[str, int] = field(repr=False)


def pairings_of(people: int) -> int:
    """How many pairings a table of that size holds."""
    return people * (people - 1) // 2


def fewest_pairings(people: int, places: int) -> int:
    """The fewest pairings when people are spread evenly over places.

    >>> fewest_pairings(32, 30)
    2
    """
    if places <= 0:
        return 0
    size, more = divmod(people, places)
    return more * pairings_of(size + 1) + (places - more) * pairings_of(size)


def bounds(problem: Problem) -> Bounds:
    """All limits of a problem.

    >>> from scheduler.core.pairing.problem import Participant
    >>> people = tuple(Participant(f"p{n}") for n in range(12))
    >>> bounds(Problem(people, rounds=6, seating=BySize(3))).repeat_meetings_min
    7
    """
    reach = Reach(problem)
    total = sum(_fewest_meetings(problem, number) for number in problem.free_rounds)
    by_people = sum(min(reach.seats[id], reach.people[id]) for id in problem.ids) // 2
    forced = sum(_pigeonhole(problem, number) for number in problem.free_rounds)
    return Bounds(
        total_meetings_min=total,
        new_meetings_max_by_people=by_people,
        new_cross_school_max=sum(min(reach.seats[id], reach.cross[id]) for id in problem.ids) // 2,
        repeat_meetings_min_pigeonhole=forced,
        repeat_meetings_min=max(0, total - by_people, forced, _known_impossible(problem), _repeats_wished(problem)),
        same_school_min_per_round=_same_min(problem, {person.id: person.school for person in problem.participants}),
        same_school_min_even=_even(problem, reach, total),
        same_school_needs=_needs(problem, reach),
        same_school_min_must=_same_school_wished(problem),
        same_role_min_per_round=_same_min(problem, {person.id: person.role for person in problem.participants}),
        topic_matches_max=_topics(problem, reach),
        share={id: min(reach.sure[id], reach.people[id]) for id in problem.ids},
        share_cross={id: min(reach.sure[id], reach.cross[id]) for id in problem.ids},
    )


class Reach:
    """For each person: neighbors they can have at most and for sure, and whom they could newly meet.

    People with the same rounds, station and line are counted together as one kind.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.gone = problem.keep_apart | {people for people, times in problem.prior.items() if times > 0}
        self.seats: Counter[str] = Counter()
        self.sure: Counter[str] = Counter()
        self.people: Counter[str] = Counter()
        self.cross: Counter[str] = Counter()
        self._count_seats()
        self._count_people()
        self._take_away_gone()

    @cached_property
    def kind(self) -> Mapping[str, int]:
        """Each person's kind, as a number."""
        numbers: dict[Kind, int] = {}
        kinds = {id: self._kind(id) for id in self.problem.ids}
        return {id: numbers.setdefault(kind, len(numbers)) for id, kind in kinds.items()}

    @cached_property
    def meets(self) -> list[list[bool]]:
        """Whether two kinds of people can share a table at all: a common free round, not hosts of different tables, not one line."""
        example = {kind: id for id, kind in self.kind.items()}
        kinds = [self._kind(example[k]) for k in range(len(example))]
        return [[bool(a & b) and (not x or not y or x == y) and (v is None or v != w) for b, y, w in kinds] for a, x, v in kinds]

    def _kind(self, id: str) -> Kind:
        """What decides whom a person can meet at all: the rounds, the station, the line."""
        present = self.problem.present[id] & frozenset(self.problem.free_rounds)
        return present, self.problem.stations.get(id), self.problem.line(id)

    def can_meet(self, a: str, b: str) -> bool:
        return self.meets[self.kind[a]][self.kind[b]]

    def _count_seats(self) -> None:
        sits_out: Counter[bool | None] = Counter()
        for number in self.problem.free_rounds:
            shape = self.problem.shape[number]
            most = {table.id: table.most for table in shape.tables}
            least, largest = shape.smallest, shape.largest
            if not shape.free_sizes and shape.tables:
                least = min(largest, max(least, len(self.problem.roster[number]) // len(shape.tables)))
            for id in self.problem.roster[number]:
                self.seats[id] += max(0, most.get(self.problem.stations.get(id, ""), largest) - 1)
                self.sure[id] += max(0, least - 1)
            sits_out[_longer_line(self.problem, number)] += shape.sits_out
        # A fair share of sitting out costs everybody a few neighbors; in two lines only the longer one.
        people = Counter(map(self.problem.line, self.problem.ids))
        for id in self.sure:
            line = self.problem.line(id)
            self.sure[id] = max(0, self.sure[id] - -(-sits_out[line] // people[line]))

    def _count_people(self) -> None:
        size = Counter(self.kind.values())
        school = {id: self.problem.by_id[id].school for id in self.problem.ids}
        together = Counter((self.kind[id], school[id]) for id in self.problem.ids if school[id] is not None)
        reach = [[other for other, meets in enumerate(row) if meets] for row in self.meets]
        for id in self.problem.ids:
            mine = self.kind[id]
            self.people[id] = sum(size[other] for other in reach[mine]) - self.meets[mine][mine]
            mates = sum(together[other, school[id]] for other in reach[mine]) - self.meets[mine][mine]
            self.cross[id] = self.people[id] - (max(0, mates) if school[id] is not None else 0)

    def _take_away_gone(self) -> None:
        for a, b in self.gone:
            if a in self.kind and b in self.kind and self.can_meet(a, b):
                for id in (a, b):
                    self.people[id] -= 1
                    self.cross[id] -= not self.problem.same_school(a, b)


def _longer_line(problem: Problem, number: int) -> bool | None:
    """In two lines, the one whose people sit out in that round; None in other formats."""
    stay = [problem.line(id) for id in problem.roster[number]]
    return 2 * stay.count(True) > len(stay) if isinstance(problem.seating, TwoLines) else None


def _fewest_meetings(problem: Problem, number: int) -> int:
    shape = problem.shape[number]
    if shape.free_sizes:
        return sum(pairings_of(size) for size in shape.sizes)
    return fewest_pairings(len(problem.roster[number]) - shape.sits_out, len(shape.tables))


def _pigeonhole(problem: Problem, number: int) -> int:
    """Repeats that an earlier round forces: many people drawn from few tables of that round must have met there."""
    shape = problem.shape[number]
    if not shape.free_sizes:
        return 0
    return max((_forced_by(problem, number, earlier) for earlier in range(number)), default=0)


def _forced_by(problem: Problem, number: int, earlier: int) -> int:
    if earlier in problem.played:
        places = len(problem.played[earlier].tables)
        was = set(problem.played[earlier].table_of)
    else:
        places = _places(problem, earlier)
        was = set(problem.roster[earlier])
    sizes = list(problem.shape[number].sizes)
    newcomers = sum(1 for id in problem.roster[number] if id not in was)
    for _ in range(min(newcomers, sum(sizes))):
        sizes[sizes.index(max(sizes))] -= 1
    return sum(fewest_pairings(size, places) for size in sizes)


def _places(problem: Problem, number: int) -> int:
    """Tables of a free round, and one for everybody who sits out: they are by themselves."""
    shape = problem.shape[number]
    return len(shape.tables) + shape.sits_out


def _known_impossible(problem: Problem) -> int:
    """What is proven of rooms in which all tables are full and everybody is there throughout; wishes only take plans away."""
    seating = problem.seating
    if not isinstance(seating, BySize) or problem.prior or problem.frozen or len(problem.ids) % seating.size:
        return 0
    if any(len(problem.present[id]) != problem.rounds for id in problem.ids):
        return 0
    return fewest_repeats(len(problem.ids) // seating.size, seating.size, problem.rounds)


def _repeats_wished(problem: Problem) -> int:
    """One repeat for every pair that met before and must meet again."""
    return sum(1 for people in _open_wishes(problem) if problem.prior.get(people))


def _same_school_wished(problem: Problem) -> int:
    return sum(1 for people in _open_wishes(problem) if problem.same_school(*people))


def _open_wishes(problem: Problem) -> list[Pair]:
    """Pairs that must meet in a free round, once for each such round; a wish for any round may be kept by one of these."""
    timed = {(wish.pair, wish.round) for wish in problem.keep_together if wish.round in problem.shape}
    sure = {people for people, _ in timed} | {people for round in problem.frozen for people in round.pairings()}
    return [*(people for people, _ in timed), *({wish.pair for wish in problem.keep_together if wish.round is None} - sure)]


def _even(problem: Problem, reach: Reach, total: int) -> tuple[int, int]:
    """Where there are more meetings than pairs and their repeats fall as evenly as can be, every pair meets so many times:
    those of one school too. Returns that spread, and the meetings within schools that come with it; (-1, 0) where nothing follows.
    """
    pairs = sum(reach.people.values()) // 2
    times, more = divmod(total, max(1, pairs))
    if problem.prior or not times or any(not shape.free_sizes for shape in problem.shape.values()):
        return (-1, 0)
    same = sum(reach.people[id] - reach.cross[id] for id in problem.ids) // 2
    return pairs * times * (times - 1) // 2 + more * times, same * times


def _needs(problem: Problem, reach: Reach) -> tuple[int, ...]:
    """Meetings that the people of a school must have among themselves, or again with others.

    A person has seats - k neighbors, where k counts the rounds at a table one smaller than the largest, and at most `cross`
    of them are new and from other schools. Summed over a school A: need = sum of max(0, seats - cross) is at most the sum
    of k, plus two for each meeting within A, plus one for each repeat with others. At a small table j people of A sit with
    at least j - 1 meetings within A, so the sum of k is at most the number of small tables plus the meetings within A.
    With x meetings within A and r repeats: need <= small + 3x + r. Given here is need - small, where it is positive.
    """
    if any(not shape.free_sizes or shape.sits_out for shape in problem.shape.values()):
        return ()
    small = sum(size < max(shape.sizes) for shape in problem.shape.values() for size in shape.sizes)
    need: Counter[str] = Counter()
    for person in problem.participants:
        if person.school is not None:
            need[person.school] += max(0, reach.seats[person.id] - reach.cross[person.id])
    return tuple(sorted(n - small for n in need.values() if n > small))


def _same_min(problem: Problem, label: Mapping[str, str | None]) -> int:
    """The fewest pairings within one label, each label spread evenly over the tables, round by round."""
    total = 0
    for number in problem.free_rounds:
        sizes = Counter(label[id] for id in problem.roster[number] if label[id] is not None)
        total += sum(fewest_pairings(people, _places(problem, number)) for people in sizes.values())
    return total


def _topics(problem: Problem, reach: Reach) -> int | None:
    """Half the sum, over people, of their best possible partners; None where nobody offers or nobody asks."""
    offered, wanted = _by_topic(problem)
    if not offered or not wanted:
        return None
    total = 0
    for id in problem.ids:
        person = problem.by_id[id]
        useful = Counter({other for topic in person.wants for other in offered[topic]})
        useful.update({other for topic in person.offers for other in wanted[topic]})
        values = [n for other, n in useful.items() if other != id and reach.can_meet(id, other) and pair(id, other) not in reach.gone]
        total += sum(sorted(values, reverse=True)[: reach.seats[id]])
    return total // 2


def _by_topic(problem: Problem) -> tuple[Mapping[str, set[str]], Mapping[str, set[str]]]:
    offered: defaultdict[str, set[str]] = defaultdict(set)
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for person in problem.participants:
        for topic in person.offers:
            offered[topic].add(person.id)
        for topic in person.wants:
            wanted[topic].add(person.id)
    return offered, wanted
