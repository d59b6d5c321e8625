"""Numbers for Prometheus: how often each route answered how, and how long it took, summed over all processes of a server.

Why not prometheus-client: to sum over processes it needs an environment variable before it is first imported and a folder of files
by process id that somebody sweeps. What we count is known before the fork, so that a piece of shared memory does it.
"""

from __future__ import annotations

import mmap
import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

STATUSES = (200, 204, 302, 303, 304, 308, 400, 404, 405, 409, 413, 422, 429, 500, 503)
OTHER = "other"
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
"""Seconds; the upper ends of the histogram's steps"""
NO_ROUTE = "none"
WIDTH = len(STATUSES) + 1 + len(BOUNDS) + 1 + 1
"""Cells of one route: statuses, others, steps, longer, seconds in all"""
TEXT = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, object]


class Numbers:
    """Counters in memory that processes share once they are forked: each writes a part of its own, so that none waits for another
    and one that is killed leaves no lock behind."""

    def __init__(self, routes: Iterable[str], parts: int = 1) -> None:
        self.routes = {route: place for place, route in enumerate(sorted({*routes, NO_ROUTE}))}
        self.parts, self.part = parts, 0
        self._cells = memoryview(mmap.mmap(-1, 8 * parts * len(self.routes) * WIDTH)).cast("d")
        self._turn = threading.Lock()
        self.answered = 0
        """Requests of this process alone"""

    def note(self, route: str, status: int, seconds: float) -> None:
        """One request was answered."""
        first = (self.part * len(self.routes) + self.routes.get(route, self.routes[NO_ROUTE])) * WIDTH
        which = STATUSES.index(status) if status in STATUSES else len(STATUSES)
        step = len(STATUSES) + 1 + bisect_left(BOUNDS, seconds)
        with self._turn:
            self.answered += 1
            self._cells[first + which] += 1
            self._cells[first + step] += 1
            self._cells[first + WIDTH - 1] += seconds

    def of(self, route: str) -> list[float]:
        """The cells of a route, summed over all processes."""
        firsts = [(part * len(self.routes) + self.routes[route]) * WIDTH for part in range(self.parts)]
        return [sum(self._cells[first + cell] for first in firsts) for cell in range(WIDTH)]

    def lines(self) -> Iterator[str]:
        """All routes that were asked for."""
        found = {route: cells for route in self.routes if any(cells := self.of(route))}
        counted = (
            ({"route": route, "status": status}, cells[place])
            for route, cells in found.items()
            for place, status in enumerate((*STATUSES, OTHER))
            if cells[place]
        )
        yield from family("scheduler_requests_total", "counter", "Requests by route and status.", counted)
        yield from _heading("scheduler_request_seconds", "histogram", "Seconds from a request to its answer.")
        for route, cells in found.items():
            yield from _histogram(route, cells)


def _histogram(route: str, cells: Sequence[float]) -> Iterator[str]:
    steps, below = cells[len(STATUSES) + 1 : -1], 0.0
    for bound, number in zip((*BOUNDS, "+Inf"), steps, strict=True):
        below += number
        yield line("scheduler_request_seconds_bucket", {"route": route, "le": bound}, below)
    yield line("scheduler_request_seconds_sum", {"route": route}, round(cells[-1], 6))
    yield line("scheduler_request_seconds_count", {"route": route}, below)


def family(name: str, kind: str, meaning: str, values: Iterable[tuple[Labels, float]]) -> Iterator[str]:
    """One thing that is measured: what it means, and its values."""
    yield from _heading(name, kind, meaning)
    for labels, value in values:
        yield line(name, labels, value)


def _heading(name: str, kind: str, meaning: str) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} {kind}"


def line(name: str, labels: Labels, value: float) -> str:
    """One value as Prometheus reads it.

    >>> line("seats", {"school": 'the "lab"'}, 3.0)
    'seats{school="the \\\\"lab\\\\""} 3'
    """
    said = ",".join(f'{label}="{_escaped(str(text))}"' for label, text in labels.items())
    return f"{name}{{{said}}} {value:.10g}" if said else f"{name} {value:.10g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
