"""Cyclic starters: one round, or a few, whose turns give all the others, and no two people meet twice.

Miller, Valkov, Abel: Combinatorial Solutions to the Social Golfer Problem and the Social Golfer Problem with Adjacent Group
Sizes, Symmetry 18(2) 269 (2026), call them starter blocks; Colbourn and Dinitz, Handbook of Combinatorial Designs, has them as
base blocks of resolvable designs. Here they are found by annealing, and those for up to 150 people are kept in a catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scheduler.core.pairing.catalogue import catalogued
from scheduler.core.pairing.design import Design
from scheduler.core.pairing.kernel import Kernel
from scheduler.core.pairing.kernel.starters import open_starter
from scheduler.core.pairing.mirrors import NO_MIRROR, Mirror, mirrored_layout, mirrors
from scheduler.core.pairing.rings import Rings
from scheduler.core.pairing.seating import even_sizes

BaseRounds = list[list[list[int]]]

# From half of the conflicts for the worse being accepted to hardly any (measured on 28 / 4 x 9 and 36 / 4 x 11).
HEATS = [round(1_638 * (512 / 1_638) ** (stretch / 11)) for stretch in range(12)]
STEPS_PER_SEAT = 200
MOST_BASE_ROUNDS = 3


def starter(
    sizes: Sequence[int], rings: Rings, base_rounds: int, steps: int, seed: int, mirror: Mirror = NO_MIRROR, kernel: Kernel | None = None
) -> tuple[int, BaseRounds]:
    """The fewest conflicts that so many steps find, and their base rounds; 0 means that nobody meets anybody twice.

    The base rounds give base_rounds x rings.length rounds, in which the spread of repeats is conflicts x rings.length / 2.
    Equally large tables of `sizes` stand together. Same seed and steps: same base rounds. Raises ValueError where the sizes do
    not fit the people, or the mirror does not fit the sizes.

    >>> conflicts, [round] = starter((3,) * 5, Rings(7, 2, 1), 1, steps=50_000, seed=1)
    >>> conflicts, len(Rings(7, 2, 1).all_turns([round]))
    (0, 7)
    """
    layout = mirrored_layout(rings, sizes, base_rounds, mirror) if sum(sizes) == rings.people else None
    if layout is None:
        raise ValueError("starter: the tables do not seat these people, or not in this mirror")
    search = open_starter(layout, seed, kernel)
    stretch = max(1, STEPS_PER_SEAT * rings.people * base_rounds // len(HEATS))
    conflicts = search.anneal(0, 0)
    while steps > 0 and conflicts:
        search.deal()
        for heat in HEATS:
            conflicts = search.anneal(min(stretch, steps), heat)
            steps = max(0, steps - stretch)
    return conflicts, [_tables(seats, sizes) for seats in search.best()]


def _tables(seats: list[int], sizes: Sequence[int]) -> list[list[int]]:
    people = iter(seats)
    return [sorted(next(people) for _ in range(size)) for size in sizes]


def settings(people: int, tables: int, rounds: int) -> Iterator[tuple[Rings, int]]:
    """Rings and numbers of base rounds that give exactly so many rounds, fewest base rounds first.

    As many rings as there are people for: fixed people never meet each other, so there are at most as many as tables, and the
    fewer the better.

    >>> list(settings(36, 9, 11)), list(settings(18, 6, 8))
    ([(Rings(length=11, number=3, fixed=3), 1)], [(Rings(length=8, number=2, fixed=2), 1), (Rings(length=4, number=4, fixed=2), 2)])
    """
    for base_rounds in range(1, MOST_BASE_ROUNDS + 1):
        length, rest = divmod(rounds, base_rounds)
        if rest == 0 and 2 < length <= people and people % length <= tables:
            yield Rings(length, people // length, people % length), base_rounds


def starters(people: int, tables: int, rounds: int, steps: int = 0, seed: int = 0) -> Design:
    """Rounds without a repeat, at most `rounds`: those of the catalogue, and if they are fewer, all of them by a search.

    Tables differ in size by at most one. `steps` of annealing are shared out evenly over all rings and mirrors that may do; an
    empty design means that nothing was found. Reliable for tables of 3 and 4 up to about 60 people; larger tables leave less
    choice, and a class rotation is often better there.

    >>> [len(starters(people, tables, 40)) for people, tables in ((15, 5), (28, 7), (27, 7), (36, 9))]
    [7, 9, 9, 11]
    """
    known = catalogued(people, tables)[:rounds]
    if len(known) == rounds or not steps:
        return known
    conflicts, design = _searched(people, tables, rounds, steps, seed)
    return known if conflicts else design


def nearly(people: int, tables: int, rounds: int, steps: int, seed: int = 0) -> Design:
    """All rounds, with the fewest repeats that so many steps find, evenly spread; empty where the rounds do not fit any rings.

    >>> design = nearly(16, 4, 6, steps=20_000)
    >>> len(design)
    6
    """
    return _searched(people, tables, rounds, steps, seed)[1]


def _searched(people: int, tables: int, rounds: int, steps: int, seed: int) -> tuple[int, Design]:
    sizes = even_sizes(people, tables)
    tries = list(attempts(people, tables, rounds))
    fewest, design = 1, Design()
    for rings, base_rounds, mirror in tries:
        conflicts, found = starter(sizes, rings, base_rounds, max(1, steps // len(tries)), seed, mirror)
        if not design or conflicts * rings.length < fewest:
            fewest, design = conflicts * rings.length, rings.all_turns(found)
        if not conflicts:
            break
    return fewest, design


def attempts(people: int, tables: int, rounds: int) -> Iterator[tuple[Rings, int, Mirror]]:
    """Rings, numbers of base rounds and mirrors that fit so many rounds at tables as even as possible."""
    sizes = even_sizes(people, tables)
    for rings, base_rounds in settings(people, tables, rounds):
        yield from ((rings, base_rounds, mirror) for mirror in mirrors(rings) if mirrored_layout(rings, sizes, base_rounds, mirror))
