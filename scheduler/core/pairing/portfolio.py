"""Which methods are tried, in which order and for how long; of all plans they offer the best is kept.

Slots first, people second: where everybody is there throughout, a construction or a search plans the slots, and relabelling
decides who sits in which. Each way of making a plan is a line. Lines take turns with twice the steps each time, and a line
that falls behind retires; the plain search and the polishing of the best plan never do, though the former waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, cycle
from random import Random
from typing import Protocol

from scheduler.core.pairing.anneal import COOL, HOSTED, PLAIN, REHEATED, RELABELLED, RISING, SOFT, Run
from scheduler.core.pairing.board import Board, by_chance, from_design
from scheduler.core.pairing.bounds import Bounds
from scheduler.core.pairing.catalogue import published
from scheduler.core.pairing.circle import circle
from scheduler.core.pairing.costs import Costs
from scheduler.core.pairing.design import Design
from scheduler.core.pairing.diagnose import regular
from scheduler.core.pairing.effort import Effort
from scheduler.core.pairing.kernel import Kernel
from scheduler.core.pairing.kernel.layout import Counts
from scheduler.core.pairing.matching import MOST_PEOPLE, Matching
from scheduler.core.pairing.plan import Plan, pair
from scheduler.core.pairing.problem import Participant, Problem
from scheduler.core.pairing.relabel import by_school
from scheduler.core.pairing.rotation import rotation
from scheduler.core.pairing.score import Metrics, score
from scheduler.core.pairing.seating import ByCount, BySize
from scheduler.core.pairing.spares import with_spares
from scheduler.core.pairing.starters import nearly, starters

FIRST = 60
"""Steps for each seat in a line's first turn."""
AGAIN = 60
"""Steps for each seat after which planning anew starts over: names of tables are given at the end, so one long search finds less."""
STARTER_PIECE = 100_000
MOST_IN_RINGS = 150
"""Larger rooms have room enough for class rotation, and rings take long to make there."""
LONGER = 2
NOTHING = Counts(*[2**30] * 6)
"""The counts of a line that has found nothing"""
TURNS = 6
"""After so many turns a line that has not made the best plan retires."""


class Line(Protocol):
    """One way of making plans."""

    def turn(self, steps: int) -> Counts:
        """Work for so many steps and offer what was found; the counts of the line's own best plan."""


class Hunt:
    """One call of `solve`: gives every line its turns and remembers the best plan of all."""

    def __init__(self, problem: Problem, limits: Bounds, effort: Effort, seed: int, quick: int, kernel: Kernel | None = None) -> None:
        self.problem, self.limits, self.effort, self.quick, self.kernel = problem, limits, effort, quick, kernel
        self.chance = Random(seed)
        self.costs = Costs(problem)
        self.seats = sum(len(people) for people in problem.roster.values())
        self.board: Board | None = None
        self.counts: Counts | None = None
        self.found: tuple[Plan, Metrics] | None = None
        self.method = ""

    @property
    def best(self) -> tuple[Plan, Metrics]:
        assert self.found, "every hunt offers at least one plan"
        return self.found

    def go(self, start: Plan | None) -> None:
        """Turn after turn, until everything is proven or the effort is spent."""
        lines = list(self._lines(start))
        steps, turn = FIRST, 1
        while lines and not (self.found and (self.effort.over or self.proven())):
            staying = []
            for line in lines:
                counts = line.turn(steps * self.seats)
                if self.effort.over or self.proven():
                    break
                if isinstance(line, FromPlan | FromChance | Polish) or turn < TURNS or (self.counts and counts[:4] <= self.counts[:4]):
                    staying.append(line)
            lines, steps, turn = staying, 2 * steps, turn + 1

    def offer(self, run: Run, method: str) -> Counts:
        """Keep the best seats of a search if no plan so far is better."""
        counts = run.counts
        if self.counts is None or counts[:5] < self.counts[:5] or (counts[:5] == self.counts[:5] and self.seats < 5_000):
            board = run.seated()
            plan = with_spares(self.problem, board.plan()) if self.problem.spares else board.plan()
            metrics = score(self.problem, plan, self.limits)
            if self.found is None or metrics.key < self.found[1].key:
                self.found, self.method, self.board = (plan, metrics), method, board
                # A plan of which only the judge sees that it breaks a rule must not stand in the way of one that keeps them all.
                self.counts = None if metrics.violations and not counts.broken else counts
                self.effort.found(counts)
        return counts

    def without_empty_chairs(self, seated: Board) -> Board:
        """The same seats for people alone."""
        board = Board(self.problem)
        board.seats = [[[n for n in table if n < self.costs.people] for table in round] for round in seated.seats]
        board.sits_out, board.held = [[] for _ in board.seats], [set() for _ in board.seats]
        return board

    def good_enough(self, counts: Counts) -> bool:
        """Where only repeats matter, a search may stop as soon as they are at their bound."""
        least = self.limits.repeat_meetings_min
        return self.costs.plain and counts[:3] == (0, least, least)

    def proven(self) -> bool:
        """Whether everything that is compared before the softer wishes is at its bound.

        The softer wishes have no bound worth waiting for: they get the quick effort.
        """
        return self.at_bounds(7) and (self.costs.plain or self.effort.done >= self.quick)

    def at_bounds(self, places: int) -> bool:
        """Whether the first so many places in the order of plans are at their bounds."""
        if self.found is None:
            return False
        metrics = self.found[1]
        sitting = sum(self.problem.shape[number].sits_out for number in self.problem.free_rounds)
        least = metrics.repeat_meetings_min
        goal = (0, least, least, metrics.same_school_min, 0, -1.0, sitting)
        return metrics.key[:places] == goal[:places]

    def _lines(self, start: Plan | None) -> Iterator[Line]:
        if start or self.problem.announced:
            yield FromPlan(self, start or Plan(self.problem.announced))
        if regular(self.problem) and self.problem.free_rounds:
            for method, design in designs(self.problem):
                yield FromSlots(self, method, design)
            if not self.problem.in_pairs and self.costs.people <= MOST_IN_RINGS:
                yield FromStarters(self)
            if not self.problem.prior and not self.costs.plain:
                yield FromSlots(self, "slots", [])
        if self.problem.in_pairs and not self.costs.plain and self.costs.people <= MOST_PEOPLE:
            yield FromMatching(self)
        if hosted := with_hosts(self.problem, self.costs):
            yield FromHosts(self, hosted)
        yield FromChance(self, "search", self.problem)
        yield Polish(self)


class FromPlan:
    """Planning anew: begin from an old plan and change little. Any table may be a smaller one while the search lasts."""

    method = "start"

    def __init__(self, hunt: Hunt, start: Plan) -> None:
        self.hunt, self.start = hunt, start
        chairs = with_empty_chairs(hunt.problem)
        self.costs = Costs(chairs) if chairs else hunt.costs
        self.phases = cycle((SOFT, REHEATED))  # cold first: what people know already stays where it can

    def turn(self, steps: int) -> Counts:
        piece = AGAIN * self.hunt.seats
        best = self._once(min(steps, piece))
        for _ in range(piece, steps, piece):
            if self.hunt.effort.over:
                break
            best = min(best, self._once(piece))
        return best

    def _once(self, steps: int) -> Counts:
        hunt = self.hunt
        run = Run(self.costs, by_chance(self.costs.problem, hunt.chance, like=self.start), hunt.chance.getrandbits(32), hunt.kernel)
        run.go(next(self.phases), steps, hunt.effort, hunt.good_enough)
        if self.costs is not hunt.costs:
            run = Run(hunt.costs, hunt.without_empty_chairs(run.seated()), hunt.chance.getrandbits(32), hunt.kernel)
        return hunt.offer(run, self.method)


class FromChance:
    """Seats by chance, then annealing with a rising price of repeats.

    While another line is ahead it takes one turn in eight: polishing needs the steps more (measured on 120 people, tables of 6, 8 rounds,
    7 million steps, four seeds: 1, 1, 1, 2 conversations within a school instead of 3, 4, 2, 3).
    """

    def __init__(self, hunt: Hunt, method: str, problem: Problem) -> None:
        self.hunt, self.method, self.problem = hunt, method, problem
        self.best: Counts | None = None
        self.turns = 0

    def turn(self, steps: int) -> Counts:
        hunt, self.turns = self.hunt, self.turns + 1
        if self.best and hunt.counts and hunt.counts[:3] < self.best[:3] and self.turns % 8:
            return self.best
        run = Run(hunt.costs, self.board(), hunt.chance.getrandbits(32), hunt.kernel)
        run.go(PLAIN if hunt.costs.plain else RISING, steps, hunt.effort, hunt.good_enough)
        counts = hunt.offer(run, self.method)
        self.best = min(self.best or counts, counts)
        return self.best

    def board(self) -> Board:
        return by_chance(self.problem, self.hunt.chance)


class FromMatching:
    """Pairs matched round by round, then the softer wishes polished."""

    def __init__(self, hunt: Hunt) -> None:
        self.hunt = hunt
        self.best: Counts | None = None

    def turn(self, steps: int) -> Counts:
        hunt = self.hunt
        board = by_chance(hunt.problem, hunt.chance)
        if not Matching(hunt.costs, board, hunt.chance, hunt.kernel).run(2, hunt.effort) and self.best:
            return self.best
        run = Run(hunt.costs, board, hunt.chance.getrandbits(32), hunt.kernel)
        run.go(SOFT, steps, hunt.effort, hunt.good_enough)
        counts = hunt.offer(run, "matching")
        self.best = min(self.best or counts, counts)
        return self.best


class FromHosts:
    """The people of the largest school stay at a table each, and empty chairs make all tables equally large while the search lasts."""

    method = "hosts"

    def __init__(self, hunt: Hunt, hosted: Problem) -> None:
        self.hunt, self.costs = hunt, Costs(hosted)
        self.best: Counts | None = None

    def turn(self, steps: int) -> Counts:
        hunt = self.hunt
        run = Run(self.costs, by_chance(self.costs.problem, hunt.chance), hunt.chance.getrandbits(32), hunt.kernel)
        run.go(HOSTED, steps * 3 // 4, hunt.effort, hunt.good_enough)
        run = Run(hunt.costs, hunt.without_empty_chairs(run.seated()), hunt.chance.getrandbits(32), hunt.kernel)
        run.go(REHEATED, steps // 4, hunt.effort, hunt.good_enough)
        counts = hunt.offer(run, self.method)
        self.best = min(self.best or counts, counts)
        return self.best


class Polish:
    """Heat the best plan a little and let it cool again; it keeps the name of the method that made it."""

    def __init__(self, hunt: Hunt) -> None:
        self.hunt = hunt

    def turn(self, steps: int) -> Counts:
        hunt = self.hunt
        assert hunt.board, "lines before have offered a plan"
        board = Board(hunt.problem)
        board.seats, board.sits_out, board.held = hunt.board.copy_seats(), hunt.board.sits_out, _holds(hunt.problem, hunt.board)
        run = Run(hunt.costs, board, hunt.chance.getrandbits(32), hunt.kernel)
        run.go(SOFT if hunt.at_bounds(4) else REHEATED, 3 * steps, hunt.effort, hunt.good_enough)
        return hunt.offer(run, hunt.method)


class FromSlots:
    """A design for the bare shape, made whole by a search that knows repeats only; then people are put into its slots."""

    def __init__(self, hunt: Hunt, method: str, design: Design) -> None:
        self.hunt, self.method, self.design = hunt, method, design
        bare = tuple(Participant(id) for id in hunt.problem.ids)
        self.bare = Costs(Problem(bare, len(hunt.problem.free_rounds), hunt.problem.seating))
        self.whole = len(design) == len(hunt.problem.free_rounds)
        self.slots: tuple[Counts, Design] | None = None
        self.best: Counts | None = None

    def turn(self, steps: int) -> Counts:
        if not self.whole:
            self._complete(steps // 2)
        return self._relabel(steps // 2)

    def _complete(self, steps: int) -> None:
        """Search the rounds that the design lacks, then let all rounds move a little."""
        hunt = self.hunt
        board = by_chance(self.bare.problem, hunt.chance, first=from_design(self.bare.problem, self.design, range(self.bare.people)))
        for held in board.held[: len(self.design)]:
            held.update(range(self.bare.people))
        for phases in (PLAIN, COOL) if self.design else (PLAIN,):
            run = Run(self.bare, board, hunt.chance.getrandbits(32), hunt.kernel, bare=True)
            run.go(phases, steps // (2 if self.design else 1), hunt.effort, self._good_enough)
            board = run.seated()
            board.held = [set() for _ in board.held]
        if self.slots is None or run.counts <= self.slots[0]:  # of equally good ones the newest: people may fit it better
            self.slots = run.counts, [[*round, *([slot] for slot in out)] for round, out in zip(board.seats, board.sits_out, strict=True)]

    def _good_enough(self, counts: Counts) -> bool:
        least = self.hunt.limits.repeat_meetings_min
        return counts[:3] == (0, least, least)

    def _relabel(self, steps: int) -> Counts:
        hunt = self.hunt
        design = self.slots[1] if self.slots else self.design
        tables = len(hunt.problem.shape[hunt.problem.free_rounds[0]].tables)
        board = from_design(hunt.problem, design, by_school(hunt.costs, max(1, tables)))
        run = Run(hunt.costs, board, hunt.chance.getrandbits(32), hunt.kernel)
        if not hunt.costs.plain:
            hunt.offer(run, self.method)
            run.go(RELABELLED, steps, hunt.effort, hunt.good_enough)
        counts = hunt.offer(run, self.method)
        self.best = min(self.best or counts, counts)
        return self.best


class FromStarters(FromSlots):
    """Cyclic starters made for this room: new ones in each turn, kept as long as no others have fewer repeats.

    Some rooms have a regular schedule of a few more rounds and none of just so many: the first rounds of a longer one do too.
    """

    def __init__(self, hunt: Hunt) -> None:
        super().__init__(hunt, "starters", [])
        self.fewest: int | None = None
        self.longer = cycle(range(LONGER + 1))

    def turn(self, steps: int) -> Counts:
        left = steps // 2
        while left > 0 and (taken := self.hunt.effort.take(min(left, STARTER_PIECE))):
            self._try(taken)
            left -= taken
        if self.design:
            return self._relabel(steps // 2)
        return NOTHING

    def _try(self, steps: int) -> None:
        problem = self.hunt.problem
        people, rounds = len(problem.ids), len(problem.free_rounds)
        tables = len(problem.shape[problem.free_rounds[0]].tables)
        design = nearly(people, tables, rounds + next(self.longer), steps, self.hunt.chance.getrandbits(32))[:rounds]
        if design and (self.fewest is None or repeats_in(design) <= self.fewest):
            self.design, self.fewest = design, repeats_in(design)


def repeats_in(design: Design) -> int:
    """How many meetings of a design are repeats.

    >>> repeats_in([[[0, 1], [2, 3]], [[0, 1], [3, 2]]])
    2
    """
    met = [two for round in design for table in round for two in combinations(sorted(table), 2)]
    return len(met) - len(set(met))


def designs(problem: Problem) -> Iterator[tuple[str, Design]]:
    """Constructions for the bare shape of a regular problem; a design may cover the first rounds only."""
    people, rounds = len(problem.ids), len(problem.free_rounds)
    if not isinstance(problem.seating, BySize) or problem.seating.size > 2:
        tables = len(problem.shape[problem.free_rounds[0]].tables)
        known = {"rotation": rotation(people, tables, rounds), "starters": starters(people, tables, rounds)}
        known["published"] = published(people, tables)[:rounds]
        longest = max(map(len, known.values()))
        yield from ((method, design) for method, design in known.items() if len(design) == longest)
        return
    uneven = len({person.sat_out for person in problem.participants}) > 1 or problem.frozen
    if problem.seating.odd != "sits_out" or people % 2 == 0 or not uneven:
        yield "circle", circle(people, rounds, problem.seating.odd)


def with_hosts(problem: Problem, costs: Costs) -> Problem | None:
    """The same problem with each person of the largest school at a table of their own; None where that does not fit.

    Tables are alike, so people who never share one may each be given one for good: whatever plan keeps the school apart can
    be renamed into such a plan. The search has fewer people to move and one school less to look after.
    """
    mates = costs.mates[0] if costs.mates else []
    tables = min((len(problem.shape[number].tables) for number in problem.free_rounds), default=0)
    if not regular(problem) or problem.frozen or problem.in_pairs or not 3 <= len(mates) <= tables:
        return None
    station = {person: f"T{t}" for t, person in enumerate(mates, start=1)}
    people = tuple(replace(person, station=station.get(n)) for n, person in enumerate(problem.participants))
    return with_empty_chairs(replace(problem, participants=people), always=True)


def with_empty_chairs(problem: Problem, *, always: bool = False) -> Problem | None:
    """The same problem with an empty chair, there in one round only, at each table that is smaller than others: so any may be.

    Two empty chairs are kept apart like people, for tables differ in size by one at most.

    None where the tables stand for themselves, differ in number from round to round, or (but for `always`) are all alike.
    """
    shapes = [problem.shape[number] for number in problem.free_rounds]
    counts = {len(shape.tables) for shape in shapes}
    missing = {number: sum(max(shape.sizes) - size for size in shape.sizes) for number, shape in problem.shape.items() if shape.sizes}
    if len(counts) != 1 or problem.in_pairs or not all(shape.free_sizes for shape in shapes) or not (always or any(missing.values())):
        return None
    chairs = {number: [f"\0empty {number} {n}" for n in range(missing.get(number, 0))] for number in problem.free_rounds}
    empty = [Participant(chair, present=frozenset((number,))) for number, listed in chairs.items() for chair in listed]
    apart = {pair(one, other) for listed in chairs.values() for one, other in combinations(listed, 2)}
    filled = replace(
        problem, participants=(*problem.participants, *empty), seating=ByCount(counts.pop()), keep_apart=problem.keep_apart | apart
    )
    return filled if all(len(set(shape.sizes)) == 1 for shape in filled.shape.values()) else None


def _holds(problem: Problem, board: Board) -> list[set[int]]:
    """Who is held in each round for the problem's own sake: a line may have held more people to search faster."""
    if board.problem is problem:
        return board.held
    return [set() for _ in board.held]
