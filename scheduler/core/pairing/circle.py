"""Pairs by the circle method: one stays, the others go round, and nobody meets anyone twice for n - 1 rounds."""

from __future__ import annotations

from collections import Counter

from scheduler.core.pairing.design import Design
from scheduler.core.pairing.seating import Odd


def circle(people: int, rounds: int, odd: Odd = "trio") -> Design:
    """Pairs of slots for every round; an odd one out joins the pair that costs least, or sits out.

    Without a repeat for n - 1 rounds (n even) or n rounds (n odd, sitting out); after that it starts again from the front,
    so repeats fall evenly. Source: Kirkman 1847; the usual draw of a tournament.

    >>> circle(4, 3)
    [[[3, 0], [1, 2]], [[3, 1], [2, 0]], [[3, 2], [0, 1]]]
    >>> circle(5, 2, odd="sits_out")
    [[[0], [1, 4], [2, 3]], [[1], [2, 0], [3, 4]]]
    """
    turn = people - 1 if people % 2 == 0 else people
    drawn = [[[number % turn], *_opposite(number, turn)] for number in range(rounds)]
    if people % 2 == 0:
        return [[[turn, *alone], *pairs] for alone, *pairs in drawn]
    return drawn if odd == "sits_out" else _join(drawn)


def _opposite(number: int, turn: int) -> list[list[int]]:
    return [[(number + step) % turn, (number - step) % turn] for step in range(1, (turn + 1) // 2)]


def _join(drawn: Design) -> Design:
    """Let the odd one out join a pair: fewest repeats in all rounds first, then whoever was least in a trio."""
    met = Counter(frozenset(pair) for _, *pairs in drawn for pair in pairs)
    trios: Counter[int] = Counter()
    rounds = []
    for [alone], *pairs in drawn:
        host = min(pairs, key=lambda pair: (sum(met[frozenset((alone, slot))] for slot in pair), sum(trios[slot] for slot in pair)))
        met.update(frozenset((alone, slot)) for slot in host)
        trios.update([alone, *host])
        rounds.append([[alone, *host], *(pair for pair in pairs if pair is not host)])
    return rounds
