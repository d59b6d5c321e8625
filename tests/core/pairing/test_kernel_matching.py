"""The cheapest pairs: against every other way to make them, against their certificate, and the kernel against its twin."""

from array import array
from functools import cache
from math import dist
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.core.pairing.kernel.matching import cheapest_pairs
from scheduler.core.pairing.kernel.matching_twin import OUTER, TwinMatching

RANGES = [(0, 1), (0, 3), (-5, 5), (0, 1_000), (-1_000_000, 1_000_000), (-(2**31), 2**31 - 1)]


def symmetric(people, price) -> array:
    cost = array("i", [0] * people * people)
    for u in range(people):
        for v in range(u):
            cost[u * people + v] = cost[v * people + u] = price(u, v)
    return cost


def drawn(people, least, most, chance) -> array:
    return symmetric(people, lambda u, v: chance.randint(least, most))


def clusters(people, chance) -> array:
    """Points in odd bunches: blossoms within blossoms."""
    places = [(chance.randrange(5) * 100 + chance.random() * 9, chance.randrange(5) * 100 + chance.random() * 9) for _ in range(people)]
    return symmetric(people, lambda u, v: int(dist(places[u], places[v])))


def total(cost, mate) -> int:
    return sum(cost[u * len(mate) + v] for u, v in enumerate(mate)) // 2


def least_total(people, cost) -> int:
    """By trying all ways."""

    @cache
    def least(single: int) -> int:
        if not single:
            return 0
        u = single.bit_length() - 1
        single ^= 1 << u
        return min(cost[u * people + v] + least(single ^ 1 << v) for v in range(u) if single >> v & 1)

    return least((1 << people) - 1)


def all_paired(mate) -> bool:
    return all(mate[v] == u != v for u, v in enumerate(mate))


@pytest.mark.parametrize("kernel", ["wasm", "twin"])
@given(st.sampled_from([2, 4, 6, 8]), st.sampled_from(RANGES), st.randoms(use_true_random=False))
def test_no_way_to_make_pairs_is_cheaper(kernel, people, costs, chance):
    cost = drawn(people, *costs, chance)

    mate = cheapest_pairs(people, cost, kernel)

    assert all_paired(mate)
    assert total(cost, mate) == least_total(people, cost)


@pytest.mark.parametrize(("people", "costs"), [(14, (0, 2)), (14, (0, 50)), (16, (-9, 9))])
def test_no_way_to_make_more_pairs_is_cheaper(people, costs):
    for seed in range(3):
        cost = drawn(people, *costs, Random(seed))

        assert total(cost, cheapest_pairs(people, cost)) == least_total(people, cost)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("people", [2, 10, 30, 52])
def test_kernel_and_twin_make_the_same_pairs(people, seed):
    for cost in [clusters(people, Random(seed)), *(drawn(people, *costs, Random(seed)) for costs in RANGES)]:
        assert cheapest_pairs(people, cost, "wasm") == cheapest_pairs(people, cost, "twin")


@pytest.mark.parametrize("seed", range(6))
def test_prices_prove_that_nothing_is_cheaper(seed):
    """Whoever pairs any other way pays at least the prices of all people, less those of the blossoms."""
    people = 40
    cost = clusters(people, Random(seed)) if seed % 2 else drawn(people, 0, 30, Random(seed))
    matching = TwinMatching(people, cost.tolist())

    mate = matching.run()

    blossoms = [(node.price, set(node.members())) for node in matching.blossoms if node]
    slack = [
        [matching.slack(u, v) + sum(price for price, who in blossoms if u in who and v in who) for u in range(people)]
        for v in range(people)
    ]
    assert min(slack[u][v] for u in range(people) for v in range(u)) == 0
    assert all(slack[u][mate[u]] == 0 for u in range(people))
    assert all(price >= 0 for price, _ in blossoms)
    assert 4 * total(cost, mate) == sum(node.price for node in matching.people) - sum(price * (len(who) // 2) for price, who in blossoms)
    assert all(sum(mate[u] in who for u in who) == len(who) - 1 for price, who in blossoms if price)


def test_nested_blossoms_were_among_these():
    matching = TwinMatching(40, clusters(40, Random(1)).tolist())
    seen = set()
    advance = matching.advance

    matching.begin()
    while matching.plant():
        while not advance():
            seen |= {bool(node.inside) for node in matching.blossoms if node and node.side == OUTER}

    assert seen == {False, True}


def test_nobody_to_pair_is_fine_and_an_odd_number_is_not():
    assert cheapest_pairs(0, array("i")) == cheapest_pairs(0, array("i"), "twin") == []
    with pytest.raises(ValueError, match="even"):
        cheapest_pairs(3, array("i", [0] * 9))
    with pytest.raises(ValueError, match="even"):
        cheapest_pairs(4, array("i", [0] * 9))
