"""Who moves up when seats come free."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """One party in line: its entry's id and how many seats it needs."""

    entry_id: int
    party_size: int


def moving_up(left: int, line: Iterable[Waiting]) -> list[Waiting]:
    """The parties that get seats now, in the order in which they asked; nobody is overtaken.

    >>> moving_up(4, [Waiting(1, 2), Waiting(2, 3), Waiting(3, 1)])
    [Waiting(entry_id=1, party_size=2)]
    >>> moving_up(6, [Waiting(1, 2), Waiting(2, 3), Waiting(3, 1)])
    [Waiting(entry_id=1, party_size=2), Waiting(entry_id=2, party_size=3), Waiting(entry_id=3, party_size=1)]
    """
    moved = []
    for waiting in line:
        if waiting.party_size > left:
            break
        moved.append(waiting)
        left -= waiting.party_size
    return moved
