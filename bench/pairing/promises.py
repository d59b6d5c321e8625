"""What is promised of the engine in figures, each measured and set beside its promise: start, speed, memory and single instances.

python bench/pairing/promises.py

Seconds are those that the processor works on it, so that other work on the machine hardly counts.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.pairing.run import instances
from scheduler.core.pairing import catalogue
from scheduler.core.pairing.diagnose import diagnose
from scheduler.core.pairing.instance import read_problem
from scheduler.core.pairing.problem import Problem
from scheduler.core.pairing.score import Metrics
from scheduler.core.pairing.solve import solve

TRIES = 5
IMPORT = """
import time
begun = time.process_time()
import scheduler.core.pairing.solve
print(time.process_time() - begun)
"""
FIRST_PLAN = """
import time
from bench.pairing.promises import problem_of
from scheduler.core.pairing.solve import solve
one, other = problem_of("p11"), problem_of("p11")
begun = time.process_time()
solve(one, iterations=10_000)
between = time.process_time()
solve(other, iterations=10_000)
print(2 * between - begun - time.process_time())
"""
LARGEST = """
import resource, sys
from bench.pairing.promises import made
metrics = made("p23", seconds=3)
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
print(metrics.same_school_meetings - metrics.same_school_min, megabytes)
"""


@dataclass(frozen=True)
class Promise:
    """One figure beside the most or the least that is promised."""

    what: str
    got: float
    promised: float
    unit: str = ""
    at_least: bool = False

    @property
    def is_kept(self) -> bool:
        return self.got >= self.promised if self.at_least else self.got <= self.promised

    def __str__(self) -> str:
        promised = f"{'at least' if self.at_least else 'at most'} {self.promised:g}"
        return f"{self.what:<64} {self.got:>7.3g} {self.unit:<2}  {promised:<12} {'kept' if self.is_kept else 'missed'}"


def promises() -> Iterator[Promise]:
    yield from of_the_start()
    yield from of_repeats()
    yield from of_hard_rooms()
    yield from of_the_largest()


def of_the_start() -> Iterator[Promise]:
    yield Promise("import of the engine", alone(IMPORT), 0.1, "s")
    yield Promise("first plan beyond the second", alone(FIRST_PLAN), 0.1, "s")
    for name in ("p19", "p20"):
        yield Promise(f"{name}: what is possible for 300 people", 1_000 * min(diagnosed(name) for _ in range(TRIES)), 50, "ms")


def of_repeats() -> Iterator[Promise]:
    for name in ("p01", "p03", "p04", "p05", "p07", "p08"):
        yield Promise(f"{name}: repeats in 0.2 s", made(name, 0.2).repeat_meetings, 0)
    yield Promise("p02: repeats, by a published schedule", made("p02", 1).repeat_meetings, 0)
    with unpublished():
        yield Promise("p02: repeats in 1 s, by search alone", made("p02", 1).repeat_meetings, 16)


def of_hard_rooms() -> Iterator[Promise]:
    three = [made("p13", 1, seed) for seed in (1, 2, 3)]
    best = min(three, key=lambda metrics: metrics.key)
    yield Promise("p13: repeats in 1 s, best of three seeds", best.repeat_meetings, 42)
    yield Promise("p13: conversations within a school of that plan", best.same_school_meetings, 19)
    yield Promise("p13: repeats in 1 s, worst of three seeds", max(metrics.repeat_meetings for metrics in three), 48)
    rules = made("p17", 1)
    yield Promise("p17: repeats in 1 s beyond what is proven", rules.repeat_meetings - rules.repeat_meetings_min, 0)
    yield Promise("p17: conversations within a school of that plan", rules.same_school_meetings, 2)
    anew = made("p18", 0.5)
    beyond = anew.repeat_meetings - anew.repeat_meetings_min + anew.same_school_meetings - anew.same_school_min
    yield Promise("p18: both counts, planned anew in 0.5 s, beyond what is proven", beyond, 0)
    yield Promise("p10: asks that meet an offer in 0.5 s", made("p10", 0.5).topic_matches or 0, 530, at_least=True)


def of_the_largest() -> Iterator[Promise]:
    beyond, megabytes = printed(LARGEST)
    yield Promise("p23: conversations within a school in 3 s beyond what is proven", beyond, 0)
    yield Promise("p23: memory", megabytes, 200, "MB")


def problem_of(name: str) -> Problem:
    """The instance whose name begins so."""
    (instance,) = instances(name)
    return read_problem(instance)


def made(name: str, seconds: float, seed: int = 1) -> Metrics:
    """The counts of the engine's plan; it refuses where it finds none that keeps every rule."""
    problem, until = problem_of(name), time.process_time() + seconds
    return solve(problem, seed=seed, effort="thorough", cancel=lambda: time.process_time() >= until).metrics


def diagnosed(name: str) -> float:
    """Seconds for what is said before solving."""
    problem = problem_of(name)
    begun = time.process_time()
    diagnose(problem)
    return time.process_time() - begun


@contextmanager
def unpublished() -> Iterator[None]:
    """As if nobody had found the schedules that no search of ours does."""
    known = catalogue._published()
    kept = dict(known)
    known.clear()
    try:
        yield
    finally:
        known.update(kept)


def alone(program: str) -> float:
    """The least of a few tries, each in a Python of its own."""
    return min(printed(program)[0] for _ in range(TRIES))


def printed(program: str) -> list[float]:
    """The numbers that a program prints."""
    found = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True, text=True).stdout
    return [float(number) for number in found.split()]


def main() -> None:
    found = []
    for promise in promises():
        print(promise, flush=True)
        found.append(promise.is_kept)
    print(f"Of {len(found)} promises {sum(found)} kept.\n")


if __name__ == "__main__":
    main()
