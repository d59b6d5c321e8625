"""Wrong tries, counted: whoever guesses at a secret has to wait. In the memory of one process, because a guess shall write nothing."""

from __future__ import annotations

import ipaddress
import math
import threading
from collections import OrderedDict
from datetime import datetime, timedelta

MOST_CALLERS = 10_000
"""So many are remembered, the latest ones: what is counted never fills the memory"""


class Tries:
    """At most so many wrong tries of one caller in a span; then the caller waits until the span that began with the first is over.

    >>> from datetime import UTC
    >>> noon, tries = datetime(2026, 3, 4, 12, tzinfo=UTC), Tries(2, timedelta(minutes=1))
    >>> tries.wrong("192.0.2.1", noon); tries.seconds_to_wait("192.0.2.1", noon)
    0
    >>> tries.wrong("192.0.2.1", noon); tries.seconds_to_wait("192.0.2.1", noon + timedelta(seconds=20))
    40
    >>> tries.seconds_to_wait("192.0.2.1", noon + timedelta(minutes=1)), tries.seconds_to_wait("192.0.2.2", noon)
    (0, 0)
    """

    def __init__(self, most: int, span: timedelta) -> None:
        self.most, self.span = most, span
        self._began: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._lock = threading.Lock()

    def wrong(self, caller: str, now: datetime) -> None:
        """This caller was wrong once more."""
        name = _network(caller)
        with self._lock:
            began, number = self._began.get(name, (now, 0))
            self._began[name] = (now, 1) if now - began >= self.span else (began, number + 1)
            self._began.move_to_end(name)
            if len(self._began) > MOST_CALLERS:
                self._began.popitem(last=False)

    def seconds_to_wait(self, caller: str, now: datetime) -> int:
        """How long this caller waits before the next try; 0: not at all."""
        began, number = self._began.get(_network(caller), (now, 0))
        left = (began + self.span - now).total_seconds()
        return math.ceil(left) if number >= self.most and left > 0 else 0


def _network(caller: str) -> str:
    """One caller has a whole network of addresses of the newer kind.

    >>> _network("192.0.2.1"), _network("2001:db8::1:2"), _network("")
    ('192.0.2.1', '2001:db8::/64', '')
    """
    if ":" not in caller:
        return caller
    return str(ipaddress.ip_network((caller.partition("%")[0], 64), strict=False))
