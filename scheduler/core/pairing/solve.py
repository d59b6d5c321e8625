"""Making a plan: a portfolio of constructions and searches, of which the best plan is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

from scheduler.core.pairing.anneal import PLAIN, POLISH, RISING, Counts, Phase, Search
from scheduler.core.pairing.board import Board, by_chance, from_design
from scheduler.core.pairing.bounds import Bounds
from scheduler.core.pairing.check import check
from scheduler.core.pairing.circle import circle
from scheduler.core.pairing.costs import Costs
from scheduler.core.pairing.design import Design
from scheduler.core.pairing.diagnose import diagnose, outcome, regular
from scheduler.core.pairing.effort import Effort, Progress
from scheduler.core.pairing.plan import Plan
from scheduler.core.pairing.problem import Problem
from scheduler.core.pairing.relabel import by_school, relabel
from scheduler.core.pairing.rotation import rotation
from scheduler.core.pairing.score import Metrics, score
from scheduler.core.pairing.seating import BySize
from scheduler.core.refusal import Refusal, Sentence, say

Level = Literal["quick", "normal", "thorough"]

# Steps for each seat to fill. Searches start anew with twice the steps, 8 at first, so these are 5, 8 and 11 searches.
FIRST = 8
STEPS: dict[Level, int] = {"quick": FIRST * 31, "normal": FIRST * 255, "thorough": FIRST * 2047}
# Wishes may need several fresh starts, and in a small room those cost next to nothing.
FEWEST_SEATS = 60


@dataclass(frozen=True)
class Result:
    """The best plan found, its counts beside the bounds, and all that is needed to make it again: seed and iterations."""

    plan: Plan
    metrics: Metrics
    bounds: Bounds
    explanation: Sentence
    method: str
    seed: int
    iterations: int
    stopped_early: bool


def solve(
    problem: Problem,
    *,
    seed: int = 0,
    effort: Level = "normal",
    iterations: int | None = None,
    time_limit: float | None = None,
    start: Plan | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Result:
    """Make a plan. Same problem, seed, start and iterations done: same plan; time only stops, it never decides.

    `iterations` takes the place of `effort`. `start` is a plan to begin from, for planning anew. About ten times a second
    `on_progress` hears the best counts so far and `cancel` is asked whether to stop; both leave the best plan so far.
    Refuses when wishes clash, or when no plan that keeps all of them was found.

    >>> from scheduler.core.pairing.problem import Participant
    >>> result = solve(Problem(tuple(Participant(f"p{n}") for n in range(9)), rounds=4, seating=BySize(3)))
    >>> print(result.method, result.metrics.repeat_meetings, result.explanation)
    rotation 0 Nobody meets anyone twice. No conversation is within one school.
    """
    limit = iterations if iterations is not None else STEPS[effort] * max(FEWEST_SEATS, _seats(problem))
    spent = Effort(limit, time_limit, cancel, on_progress)
    before = diagnose(problem)
    if before.clashes:
        raise Refusal(before.clashes[0].sentence)
    hunt = Hunt(problem, before.bounds, spent, seed)
    hunt.go(start)
    plan, metrics = hunt.best
    if metrics.violations:
        raise Refusal(_not_found(problem, plan))
    return Result(plan, metrics, before.bounds, outcome(metrics), hunt.method, seed, spent.done, spent.stopped_early)


def _seats(problem: Problem) -> int:
    return sum(len(people) for people in problem.roster.values())


def _not_found(problem: Problem, plan: Plan) -> Sentence:
    broken = check(problem, plan)[0].sentence
    return say(
        "No plan that keeps all wishes was found. The best one breaks this: %(broken)s Take a wish away or search longer.", broken=broken
    )


class Hunt:
    """One call of `solve`: offers plans from every method and remembers the best of them."""

    def __init__(self, problem: Problem, limits: Bounds, effort: Effort, seed: int) -> None:
        self.problem = problem
        self.limits = limits
        self.effort = effort
        self.chance = Random(seed)
        self.costs = Costs(problem)
        self.seats = _seats(problem)
        self.found: tuple[Plan, Metrics] | None = None
        self.method = ""

    @property
    def best(self) -> tuple[Plan, Metrics]:
        assert self.found, "every hunt offers at least one plan"
        return self.found

    def go(self, start: Plan | None) -> None:
        """Constructions and the old plan first, then searches from chance, each twice as long as the one before."""
        if design := self._design():
            self._build(*design)
        if start:
            self._search(by_chance(self.problem, self.chance, like=start), POLISH, FIRST, "start")
        steps = FIRST
        while self.found is None or not (self.effort.over or self._proven()):
            self._search(by_chance(self.problem, self.chance), PLAIN if self.costs.plain else RISING, steps, "search")
            steps *= 2

    def _design(self) -> tuple[str, Design] | None:
        """A design for the bare shape, if the problem is regular enough for one; it may cover the first rounds only."""
        problem = self.problem
        people, rounds = len(problem.ids), len(problem.free_rounds)
        if not rounds or not regular(problem) or (problem.students_have_company and any(self.costs.students)):
            return None
        if not isinstance(problem.seating, BySize) or problem.seating.size > 2:
            return "rotation", rotation(people, len(problem.shape[problem.free_rounds[0]].tables), rounds)
        uneven = len({person.sat_out for person in problem.participants}) > 1 or problem.frozen
        if problem.seating.odd == "sits_out" and people % 2 and uneven:
            return None
        return "circle", circle(people, rounds, problem.seating.odd)

    def _build(self, method: str, design: Design) -> None:
        """Seat people in a design, schools class by class; let them trade slots; polish."""
        tables = len(self.problem.shape[self.problem.free_rounds[0]].tables)
        board = from_design(self.problem, design, by_school(self.problem, max(1, tables)))
        whole = len(design) == len(self.problem.free_rounds)
        if not whole:
            board = by_chance(self.problem, self.chance, first=board)
        if whole or not self.costs.plain:
            self._offer(board, method)
        if not self._proven(soft=True):
            relabel(self.costs, board, FIRST * self.seats, self.effort, self.chance)
            self._offer(board, method)
            self._search(board, POLISH, FIRST * 2, method)

    def _search(self, board: Board, phases: tuple[Phase, ...], steps: int, method: str) -> None:
        search = Search(self.costs, board, self.chance)
        search.run(phases, steps * self.seats, self.effort, self._good_enough)
        self._offer(board, method)

    def _good_enough(self, counts: Counts) -> bool:
        """Where only repeats matter, a search may stop as soon as they are at their bound."""
        return self.costs.plain and counts[:3] == (0, self.limits.repeat_meetings_min, self.limits.repeat_meetings_min)

    def _offer(self, board: Board, method: str) -> None:
        plan = board.plan()
        metrics = score(self.problem, plan, self.limits)
        if self.found is None or metrics.key < self.found[1].key:
            self.found, self.method = (plan, metrics), method
            self.effort.found(metrics.violations, metrics.repeat_meetings, metrics.repeat_spread, metrics.same_school_meetings)

    def _proven(self, soft: bool = False) -> bool:
        """Whether everything that is compared before the softer wishes is at its bound.

        The softer wishes have no bound worth waiting for: they get the quick effort, or with `soft` are asked for too.
        """
        if self.found is None:
            return False
        metrics = self.found[1]
        sitting = sum(self.problem.shape[number].sits_out for number in self.problem.free_rounds)
        least = metrics.repeat_meetings_min
        goal = (0, least, least, metrics.same_school_min, -1.0, sitting)
        if metrics.key[:6] != goal:
            return False
        return self.costs.plain or (not soft and self.effort.done >= STEPS["quick"] * self.seats)
