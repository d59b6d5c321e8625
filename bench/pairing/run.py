"""A plan for every instance of this folder, judged by check_plan.py: its counts beside what is proven and what is known.

python bench/pairing/run.py [--seconds 1] [--seeds 1] [--only p01,p17] [--rivals [p01,p11]] [--full]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.pairing import check_plan
from scheduler.core.pairing.instance import read_problem
from scheduler.core.pairing.plan import write_plan
from scheduler.core.pairing.solve import solve
from scheduler.core.refusal import Refusal

FOLDER = Path(__file__).parent
PLANS = "repeats/same school"
RIVALS = ("matching", "cpsat", "genetic")
FULL = ((0.1, 1.0, 10.0), 3)
"""The seconds and the number of seeds of --full"""

Counts = tuple[int, int]
"""Repeats and conversations within a school"""


@dataclass(frozen=True)
class Tried:
    """What came of one attempt. Without `counts` there is no plan; `broken` rules make one worthless; `least` is what is proven."""

    seconds: float
    counts: Counts | None = None
    broken: int = 0
    least: Counts = (0, 0)
    key: tuple[float, ...] = ()
    method: str = ""

    def __str__(self) -> str:
        if self.counts is None:
            return "–"
        return f"{self.broken} broken" if self.broken else "{}/{}".format(*self.counts)

    @property
    def is_valid(self) -> bool:
        return self.counts is not None and not self.broken

    @property
    def is_proven(self) -> bool:
        return self.is_valid and self.counts == self.least

    def is_near(self, best: Counts) -> bool:
        """Fewer repeats than the best known, or at most one more of each count."""
        if self.counts is None or self.broken:
            return False
        return self.counts[0] < best[0] or all(got <= known + 1 for got, known in zip(self.counts, best, strict=True))


def judged(instance: Mapping[str, Any], plan: Mapping[str, Any], seconds: float, method: str = "", ours: Counts = (0, 0)) -> Tried:
    """What check_plan.py says of a plan; its bounds, or `ours` where these are tighter."""
    bad, found = check_plan.check(instance, plan)
    least = max(found["repeat_meetings_min"], ours[0]), max(found["same_school_min"], ours[1])
    counts = found["repeat_meetings"], found["same_school_meetings"]
    return Tried(seconds, counts, len(bad), least, check_plan.key(found, len(bad)), method)


def engine(instance: Mapping[str, Any], seconds: float, seed: int) -> Tried:
    """Our engine's plan."""
    begun = time.perf_counter()
    try:
        result = solve(read_problem(instance), seed=seed, effort="thorough", time_limit=seconds)
    except Refusal:
        return Tried(time.perf_counter() - begun, method="no plan")
    took, metrics = time.perf_counter() - begun, result.metrics
    return judged(instance, write_plan(result.plan), took, result.method, (metrics.repeat_meetings_min, metrics.same_school_min))


def rival(name: str, instance: Mapping[str, Any], seconds: float) -> str:
    """A rival's counts, with the time it took where that is far from the time it had."""
    plan_by: Callable[..., Any] = import_module(f"bench.pairing.rivals.{name}").plan
    begun = time.perf_counter()
    plan = plan_by(instance, seconds, 1)
    took = time.perf_counter() - begun
    shown = "–" if plan is None else str(judged(instance, plan, took))
    return f"{shown} {took:.1f}s" if plan is not None and took > 1.5 * seconds else shown


def instances(only: str) -> Iterator[dict[str, Any]]:
    """The instances whose names begin with one of these, parted by commas."""
    for file in sorted(FOLDER.glob("instances/*.json")):
        if file.stem.startswith(tuple(only.split(","))):
            yield json.loads(file.read_text())


def best_known() -> dict[str, Counts]:
    return {name: (found["key"][1], found["key"][3]) for name, found in json.loads((FOLDER / "best.json").read_text()).items()}


def table(seconds: float, seeds: int, only: str, rivals: str | None) -> bool:
    """Print a line an instance and the totals; False when a plan of ours breaks a rule."""
    best, tried = best_known(), {}
    others = RIVALS if rivals is not None else ()
    print(f"{'instance':<24} {PLANS:<{8 * seeds - 1}} {'proven':<9} {'best':<7} {'s':>6}  {'method':<12}", *map("{:<12}".format, others))
    for instance in instances(only):
        name = instance["name"]
        tried[name] = [engine(instance, seconds, seed) for seed in range(1, seeds + 1)]
        print(f"{name:<24} {ours(tried[name], best[name])}", end="", flush=True)
        for other in others if name.startswith(tuple((rivals or "").split(","))) else ():
            print(f" {rival(other, instance, seconds):<12}", end="", flush=True)
        print()
    print(f"{totals(tried, best)} in {seconds:g} s; an instance counts where every seed does.\n")
    return not any(one.broken for mine in tried.values() for one in mine)


def ours(mine: list[Tried], best: Counts) -> str:
    """Every seed's counts, and of the best of them what is proven and how it was made."""
    first = min(mine, key=lambda one: (not one.is_valid, one.key))
    shown = " ".join(f"{one!s:<7}" for one in mine)
    proven, known = "[{}/{}]".format(*first.least), "{}/{}".format(*best)
    return f"{shown:<{len(PLANS)}} {proven:<9} {known:<7} {max(one.seconds for one in mine):>6.2f}  {first.method:<12}"


def totals(tried: Mapping[str, list[Tried]], best: Mapping[str, Counts]) -> str:
    """How many instances are valid, proven and near the best known, with every seed."""
    valid = sum(all(one.is_valid for one in mine) for mine in tried.values())
    proven = sum(all(one.is_proven for one in mine) for mine in tried.values())
    near = sum(all(one.is_near(best[name]) for one in mine) for name, mine in tried.items())
    return f"Of {len(tried)} instances {valid} valid, {proven} at both proven bounds, {near} at most 1 above the best known"


def main() -> int:
    """Read the command line; status 1 when a plan of ours breaks a rule."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1, help="for each plan")
    parser.add_argument("--seeds", type=int, default=1, help="how many plans of each instance")
    parser.add_argument("--only", default="", metavar="NAMES", help="instances whose names begin so, parted by commas")
    parser.add_argument("--rivals", nargs="?", const="", metavar="NAMES", help="other solvers beside ours, on these instances or on all")
    parser.add_argument("--full", action="store_true", help="0.1, 1 and 10 s, three seeds each")
    asked = parser.parse_args()
    times, seeds = FULL if asked.full else ((asked.seconds,), asked.seeds)
    kept = [table(seconds, seeds, asked.only, asked.rivals) for seconds in times]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
