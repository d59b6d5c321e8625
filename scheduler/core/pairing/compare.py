"""Two plans side by side: each count of both, which is better in the first that differs, and who sits elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from scheduler.core.pairing.proof import Measure, every_measure
from scheduler.core.pairing.score import REVISIT
from scheduler.core.refusal import Sentence, say


@dataclass(frozen=True)
class Compared:
    """One count of two plans; a plan to which it does not apply reaches None."""

    what: Sentence
    one: Measure
    other: Measure


def side_by_side(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Compared]:
    """The counts that apply to at least one of two plans, in the order in which plans are compared.

    >>> [(str(row.what), row.one.reached, row.other.reached) for row in side_by_side({"repeat_meetings": 2}, {"repeat_meetings": 0})]
    [('Conversations that repeat', 2, 0)]
    """
    pairs = zip_longest(every_measure(one), every_measure(other))
    return [Compared(a.what, a, b) for a, b in pairs if a.reached is not None or b.reached is not None]


def first_difference(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[int, Sentence | None]:
    """Which of two plans is better, 0 or 1, and in what: the first count that differs decides. None: they are equal in all.

    >>> kept = {"repeat_meetings": 1, "repeat_spread": 1, "same_school_meetings": 0, "worst_new_share": 1.0}
    >>> which, what = first_difference(kept, {**kept, "worst_new_share": 0.8})
    >>> which, str(what)
    (0, 'the person who meets the smallest share of new people')
    """
    for what, a, b in zip(_COUNTS, _order(one), _order(other), strict=True):
        if a != b:
            return int(b < a), what
    return 0, None


_COUNTS = (
    say("conversations that repeat"),
    say("how evenly repeats fall"),
    say("conversations within one school"),
    say("announced seats that change"),
    say("the person who meets the smallest share of new people"),
    say("seats with nobody from another school"),
    say("the softer wishes, taken together"),
)


def _order(metrics: Mapping[str, Any]) -> tuple[float, ...]:
    """What `Metrics.key` compares, of counts as they are kept; smaller is better."""

    def of(name: str) -> float:
        return metrics.get(name) or 0

    topics = of("topic_matches") + of("station_topics")
    softer = metrics.get("role_mix", 1) * of("same_role_meetings") - topics + 2 * of("mobility_moves") + REVISIT * of("table_revisits")
    first = (of("repeat_meetings"), of("repeat_spread"), of("same_school_meetings"), of("changed_seats"))
    return (*first, -of("worst_new_share"), of("isolated_seats"), softer)


def sits_elsewhere(
    one: Mapping[tuple[int, str], int | None], other: Mapping[tuple[int, str], int | None]
) -> dict[int, list[tuple[str, int | None, int | None]]]:
    """Who of those in both plans has another table, by round: person, table here, table there; None: sits out or is away.

    >>> sits_elsewhere({(1, "ana"): 2, (1, "ben"): 1, (2, "ana"): 3}, {(1, "ana"): 1, (1, "ben"): 1, (1, "cleo"): 2})
    {1: [('ana', 2, 1)], 2: [('ana', 3, None)]}
    """
    both = {person for _, person in one} & {person for _, person in other}
    found: dict[int, list[tuple[str, int | None, int | None]]] = {}
    for number, person in sorted(one.keys() | other.keys()):
        here, there = one.get((number, person)), other.get((number, person))
        if person in both and here != there:
            found.setdefault(number, []).append((person, here, there))
    return found
