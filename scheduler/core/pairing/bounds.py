"""What no plan can beat: safe limits on repeats, conversations within a school or role, and topics that meet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from scheduler.core.pairing.known import fewest_repeats
from scheduler.core.pairing.plan import Pair
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
        self.school = {person.id: person.school for person in problem.participants}
        self.size = Counter(self.kind.values())
        self.seats, self.sure = self._count_seats()
        self.people, self.cross = self._count_people()

    @cached_property
    def kind(self) -> Mapping[str, int]:
        """Each person's kind, as a number."""
        numbers = {kind: number for number, kind in enumerate(self.kinds)}
        return {id: numbers[kind] for id, kind in self._kind_of.items()}

    @cached_property
    def kinds(self) -> list[Kind]:
        return list(dict.fromkeys(self._kind_of.values()))

    @cached_property
    def _kind_of(self) -> Mapping[str, Kind]:
        """What decides whom a person can meet at all: the rounds, the station, the line."""
        problem, free = self.problem, frozenset(self.problem.free_rounds)
        return {id: (problem.present[id] & free, problem.stations.get(id), problem.line(id)) for id in problem.ids}

    @cached_property
    def meets(self) -> list[list[bool]]:
        """Whether two kinds of people can share a table at all: a common free round, not hosts of different tables, not one line."""
        return [[bool(a & b) and (not x or not y or x == y) and (v is None or v != w) for b, y, w in self.kinds] for a, x, v in self.kinds]

    @cached_property
    def gone(self) -> Mapping[str, set[str]]:
        """For each person whom they could meet, but have met before or are kept apart from."""
        gone: dict[str, set[str]] = {id: set() for id in self.kind}
        for a, b in self.problem.keep_apart | {people for people, times in self.problem.prior.items() if times > 0}:
            if a in gone and b in gone and self.meets[self.kind[a]][self.kind[b]]:
                gone[a].add(b)
                gone[b].add(a)
        return gone

    def _count_seats(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """Neighbors at most and for sure, of each person."""
        seats, sure = [0] * len(self.kinds), [0] * len(self.kinds)
        for number in self.problem.free_rounds:
            shape = self.problem.shape[number]
            most, largest = {table.id: table.most for table in shape.tables}, shape.largest
            least = self._least(number)
            for kind, (present, station, _) in enumerate(self.kinds):
                if number in present:
                    seats[kind] += max(0, most.get(station or "", largest) - 1)
                    sure[kind] += max(0, least - 1)
        lost = self._lost_by_sitting_out()
        sure = [max(0, neighbors - lost[line]) for neighbors, (_, _, line) in zip(sure, self.kinds, strict=True)]
        return {id: seats[kind] for id, kind in self.kind.items()}, {id: sure[kind] for id, kind in self.kind.items()}

    def _least(self, number: int) -> int:
        """People at the smallest table of a round, if all of them are used evenly."""
        shape = self.problem.shape[number]
        if shape.free_sizes or not shape.tables:
            return shape.smallest
        return min(shape.largest, max(shape.smallest, len(self.problem.roster[number]) // len(shape.tables)))

    def _lost_by_sitting_out(self) -> Mapping[bool | None, int]:
        """A fair share of sitting out costs everybody a few neighbors; in two lines only the longer one."""
        sits_out: Counter[bool | None] = Counter()
        for number in self.problem.free_rounds:
            sits_out[_longer_line(self.problem, number)] += self.problem.shape[number].sits_out
        people: Counter[bool | None] = Counter()
        for kind, (_, _, line) in enumerate(self.kinds):
            people[line] += self.size[kind]
        return {line: -(-sits_out[line] // there) for line, there in people.items()}

    def _count_people(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """Whom each person could newly meet: of all, and of other schools."""
        school, kind = self.school, self.kind
        together = Counter((kind[id], school[id]) for id in kind if school[id] is not None)
        reach = [[other for other, meets in enumerate(row) if meets] for row in self.meets]
        all_of = [sum(self.size[other] for other in row) - (mine in row) for mine, row in enumerate(reach)]
        mates = {(mine, own): sum(together[other, own] for other in reach[mine]) - (mine in reach[mine]) for mine, own in together}
        people, cross = {}, {}
        for id, mine in kind.items():
            own = school[id]
            people[id] = all_of[mine] - len(self.gone[id])
            others_gone = sum(own is None or school[other] != own for other in self.gone[id])
            cross[id] = all_of[mine] - max(0, mates.get((mine, own), 0)) - others_gone
        return people, cross


def _longer_line(problem: Problem, number: int) -> bool | None:
    """In two lines, the one whose people sit out in that round; None in other formats."""
    if not isinstance(problem.seating, TwoLines):
        return None
    stay = [problem.line(id) for id in problem.roster[number]]
    return 2 * stay.count(True) > len(stay)


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
    round = problem.played.get(earlier)
    places = len(round.tables) if round else _places(problem, earlier)
    was = round.table_of.keys() if round else problem.roster[earlier]
    newcomers = len(set(problem.roster[number]).difference(was))
    return sum(tables * fewest_pairings(size, places) for size, tables in _without(newcomers, problem.shape[number].sizes).items())


def _without(newcomers: int, sizes: Iterable[int]) -> Counter[int]:
    """How many tables of each size are left when so many people are taken away, each from the largest.

    >>> _without(4, (4, 4, 3)) == {3: 1, 2: 2}
    True
    """
    left = Counter(sizes)
    while newcomers and (largest := max(left, default=0)):
        tables = min(newcomers, left[largest])
        left += Counter({largest - 1: tables})
        left -= Counter({largest: tables})
        newcomers -= tables
    return left


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
    small = sum(len(shape.sizes) - shape.sizes.count(max(shape.sizes, default=0)) for shape in problem.shape.values())
    need: Counter[str] = Counter()
    for person in problem.participants:
        if person.school is not None:
            need[person.school] += max(0, reach.seats[person.id] - reach.cross[person.id])
    return tuple(sorted(n - small for n in need.values() if n > small))


def _same_min(problem: Problem, label: Mapping[str, str | None]) -> int:
    """The fewest pairings within one label, each label spread evenly over the tables, round by round."""
    total = 0
    for number in problem.free_rounds:
        sizes = Counter(map(label.get, problem.roster[number]))
        del sizes[None]
        total += sum(fewest_pairings(people, _places(problem, number)) for people in sizes.values())
    return total


def _topics(problem: Problem, reach: Reach) -> int | None:
    """Half the sum, over people, of their best possible partners; None where nobody offers or nobody asks."""
    offered, wanted = _by_topic(problem)
    if not offered or not wanted:
        return None
    total = 0
    for person in problem.participants:
        id = person.id
        useful = Counter(set().union(*(offered[topic] for topic in person.wants)))
        useful.update(set().union(*(wanted[topic] for topic in person.offers)))
        meets, gone = reach.meets[reach.kind[id]], reach.gone[id] | {id}
        met = (n for other, n in useful.most_common() if other not in gone and meets[reach.kind[other]])
        total += sum(islice(met, reach.seats[id]))
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
