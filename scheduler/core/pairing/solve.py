"""Making a plan: a portfolio of constructions and searches, of which the best plan is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from scheduler.core.pairing.bounds import Bounds
from scheduler.core.pairing.check import check
from scheduler.core.pairing.diagnose import diagnose, outcome
from scheduler.core.pairing.effort import Effort, Progress
from scheduler.core.pairing.kernel import Kernel
from scheduler.core.pairing.methods import why
from scheduler.core.pairing.plan import Plan
from scheduler.core.pairing.portfolio import Hunt
from scheduler.core.pairing.problem import Problem
from scheduler.core.pairing.score import Metrics
from scheduler.core.refusal import Refusal, Sentence, say

Level = Literal["quick", "normal", "thorough"]

# Steps for each seat to fill; a small room counts as one of sixty seats, because there steps cost next to nothing.
STEPS: dict[Level, int] = {"quick": 2_000, "normal": 20_000, "thorough": 2_000_000}
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
    kernel: Kernel | None = None,
) -> Result:
    """Make a plan. Same problem, seed, start and iterations done: same plan; time only stops, it never decides.

    `iterations` takes the place of `effort`. `kernel` chooses WebAssembly or plain Python, which give the same plans; left open,
    the fast one where it runs. `start` is a plan to begin from, for planning anew. About ten times a second
    `on_progress` hears the best counts so far and `cancel` is asked whether to stop; both leave the best plan so far.
    Refuses when wishes clash, or when no plan that keeps all of them was found.

    >>> from scheduler.core.pairing.problem import Participant
    >>> from scheduler.core.pairing.seating import BySize
    >>> result = solve(Problem(tuple(Participant(f"p{n}") for n in range(9)), rounds=4, seating=BySize(3)))
    >>> print(result.method, result.explanation)
    rotation Nobody meets anyone twice. No conversation is within one school. Each class of people moves on at its own pace, ...
    """
    seats = max(FEWEST_SEATS, sum(len(people) for people in problem.roster.values()))
    limit = iterations if iterations is not None else STEPS[effort] * seats
    quick = STEPS["quick"] * seats
    spent = Effort(limit, time_limit, cancel, on_progress, quick)
    before = diagnose(problem)
    if before.clashes:
        raise Refusal(before.clashes[0].sentence)
    hunt = Hunt(problem, before.bounds, spent, seed, quick, kernel)
    hunt.go(start)
    plan, metrics = hunt.best
    if metrics.violations:
        raise Refusal(_not_found(problem, plan))
    explanation = say("%(outcome)s %(why)s", outcome=outcome(metrics), why=why(hunt.method))
    return Result(plan, metrics, before.bounds, explanation, hunt.method, seed, spent.done, spent.stopped_early)


def _not_found(problem: Problem, plan: Plan) -> Sentence:
    broken = check(problem, plan)[0].sentence
    return say(
        "No plan that keeps all wishes was found. The best one breaks this: %(broken)s Take a wish away or search longer.", broken=broken
    )
