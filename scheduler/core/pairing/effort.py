"""How long a search may go on, and who hears of it on the way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from scheduler.core.pairing.kernel.layout import Counts

REPORT_EVERY = 0.1


@dataclass(frozen=True)
class Progress:
    """What a search has so far: steps done of steps planned, and the counts of the best plan yet (None before there is one)."""

    iterations: int
    of: int
    repeats: int | None = None
    same_school: int | None = None


@dataclass
class Effort:
    """A number of steps, spent piece by piece; the clock and `cancel` may end it early but never decide anything else.

    The clock has to wait until a plan keeps every rule or `least` steps are done: late is better than never.

    >>> effort = Effort(limit=700)
    >>> effort.take(512), effort.take(512), effort.take(512), effort.done
    (512, 188, 0, 700)
    """

    limit: int
    time_limit: float | None = None
    cancel: Callable[[], bool] | None = None
    on_progress: Callable[[Progress], None] | None = None
    least: int = 0
    done: int = 0
    stopped_early: bool = False
    best: tuple[int, int] | None = None
    _begun: float = field(default_factory=time.monotonic)
    _reported: float = float("-inf")

    def take(self, steps: int) -> int:
        """How many of these steps may be done now; 0 means stop."""
        self._look_up()
        steps = 0 if self.stopped_early else min(steps, self.limit - self.done)
        self.done += steps
        return steps

    @property
    def over(self) -> bool:
        return self.stopped_early or self.done >= self.limit

    def found(self, counts: Counts) -> None:
        """Tell of a plan found, for those who watch; plans with broken rules do not count."""
        if not counts.broken and (self.best is None or (counts.repeats, counts.same_school) < self.best):
            self.best = (counts.repeats, counts.same_school)

    def _look_up(self) -> None:
        now = time.monotonic()
        if self.on_progress and now - self._reported >= REPORT_EVERY:
            self._reported = now
            self.on_progress(Progress(self.done, self.limit, *(self.best or (None, None))))
        late = self.time_limit is not None and now - self._begun >= self.time_limit and (self.best is not None or self.done >= self.least)
        self.stopped_early = self.stopped_early or late or bool(self.cancel and self.cancel())
