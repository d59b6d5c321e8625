"""Wrong tries from one address, counted for a while: who tries too often waits."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

MOST_ADDRESSES = 10_000
"""Remembered at once; beyond, the counts of those who tried longest ago are forgotten"""


class Tries:
    """How often somebody tried of late.

    >>> tries, noon = Tries(most=2, within=timedelta(minutes=1)), datetime(2026, 12, 3, 12)
    >>> tries.note("192.0.2.1", noon), tries.note("192.0.2.1", noon)
    (None, None)
    >>> tries.is_paused("192.0.2.1", noon), tries.is_paused("192.0.2.2", noon), tries.is_paused("192.0.2.1", noon + timedelta(minutes=1))
    (True, False, False)
    """

    def __init__(self, *, most: int, within: timedelta) -> None:
        self.most, self.within = most, within
        self._seen: dict[str, deque[datetime]] = {}

    def is_paused(self, address: str, now: datetime) -> bool:
        """Whether this address has tried too often within the time."""
        return sum(at > now - self.within for at in tuple(self._seen.get(address, ()))) >= self.most

    def note(self, address: str, now: datetime) -> None:
        """One more wrong try."""
        last = self._seen.pop(address, deque(maxlen=self.most))
        last.append(now)
        self._seen[address] = last  # at the end: whoever tried last is forgotten last
        while len(self._seen) > MOST_ADDRESSES:
            self._seen.pop(next(iter(self._seen)), None)
