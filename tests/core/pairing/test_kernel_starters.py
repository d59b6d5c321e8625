"""Base rounds in the kernel: the same steps as in its twin, counts that hold, mirrors that stay whole."""

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scheduler.core.pairing.kernel.starters import open_starter
from scheduler.core.pairing.mirrors import NO_MIRROR, Mirror, mirrored_layout, mirrors
from scheduler.core.pairing.rings import Rings
from scheduler.core.pairing.seating import even_sizes

HEAT = 1_200
ROOMS = [
    (Rings(9, 3, 1), 7, 1, NO_MIRROR),
    (Rings(4, 4, 2), 6, 2, NO_MIRROR),
    (Rings(6, 3, 5), 6, 1, NO_MIRROR),
    (Rings(11, 3, 3), 9, 1, Mirror(3, 1, 1, 1)),
    (Rings(7, 3, 2), 6, 3, Mirror(3, 2, 1, 0)),
    (Rings(10, 2, 2), 5, 2, Mirror(2, 9, 1, 1)),
    (Rings(5, 2, 0), 2, 1, NO_MIRROR),
    (Rings(5, 1, 1), 1, 1, NO_MIRROR),
    (Rings(2, 1, 0), 1, 1, NO_MIRROR),
]


def layout_of(rings, tables, base_rounds, mirror):
    return mirrored_layout(rings, even_sizes(rings.people, tables), base_rounds, mirror)


def tables_of(seats, sizes):
    people = iter(seats)
    return [[next(people) for _ in range(size)] for size in sizes]


def spread(design) -> int:
    """A pair's second meeting counts 1, the third 2, and so on."""
    met = Counter(frozenset(two) for round in design for table in round for two in combinations(table, 2))
    return sum(times * (times - 1) // 2 for times in met.values())


@pytest.mark.parametrize(("rings", "tables", "base_rounds", "mirror"), ROOMS)
def test_kernel_and_twin_take_the_same_steps(rings, tables, base_rounds, mirror):
    layout = layout_of(rings, tables, base_rounds, mirror)
    kernel, twin = open_starter(layout, 5, "wasm"), open_starter(layout, 5, "twin")

    for steps, heat in [(0, 0), (1, HEAT), (1, HEAT), (7, HEAT), (300, 2 * HEAT), (300, HEAT), (300, 0)]:
        assert kernel.anneal(steps, heat) == twin.anneal(steps, heat)
        assert kernel.best() == twin.best()
        if steps == 300:
            kernel.deal()
            twin.deal()


@given(st.data())
def test_conflicts_are_the_spread_of_all_turns(data):
    rings = Rings(data.draw(st.integers(1, 9)), data.draw(st.integers(1, 4)), data.draw(st.integers(0, 3)))
    assume(rings.people > 1)
    tables, base_rounds = data.draw(st.integers(1, rings.people // 2)), data.draw(st.integers(1, 3))
    layout = layout_of(rings, tables, base_rounds, data.draw(st.sampled_from(list(mirrors(rings)))))
    assume(layout is not None)
    search = open_starter(layout, data.draw(st.integers(0, 99)))

    search.deal()
    conflicts = search.anneal(data.draw(st.integers(0, 60)), 10 * HEAT)

    design = rings.all_turns([tables_of(seats, layout.sizes) for seats in search.best()])
    assert conflicts * rings.length == 2 * spread(design)
    assert all(sorted(person for table in round for person in table) == list(range(rings.people)) for round in design)


@pytest.mark.parametrize(("rings", "tables", "base_rounds", "mirror"), [room for room in ROOMS if room[3] != NO_MIRROR])
def test_base_rounds_stay_their_own_mirror_image(rings, tables, base_rounds, mirror):
    layout = layout_of(rings, tables, base_rounds, mirror)
    images = mirror.images(rings)
    search = open_starter(layout, 3)

    search.deal()
    search.anneal(500, HEAT)

    for seats in search.best():
        round = {frozenset(table) for table in tables_of(seats, layout.sizes)}
        assert {frozenset(images[person] for person in table) for table in round} == round


def test_a_heat_of_nothing_never_makes_it_worse_and_no_conflicts_end_the_search():
    layout = layout_of(Rings(9, 3, 1), 7, 1, Mirror(3, 4, 1, 0))
    search = open_starter(layout, 1)

    fewest = [search.anneal(100, 0) for _ in range(5)]
    assert fewest == sorted(fewest, reverse=True)
    while search.anneal(2_000, HEAT):
        search.deal()
    found = search.best()
    search.deal()

    assert search.anneal(1_000, 100 * HEAT) == 0
    assert search.best() == found


def test_base_rounds_are_found_in_a_blink():
    search = open_starter(layout_of(Rings(13, 3, 1), 10, 1, Mirror(3, 1, 1, 0)), 1)

    for _ in range(200):
        search.deal()
        if not search.anneal(10_000, HEAT):
            break

    assert search.anneal(0, 0) == 0
