"""The improving searches: their prices are right, they stop where nothing helps, and they never lose the best seats."""

from collections import Counter
from dataclasses import replace
from itertools import combinations, count
from random import Random

import pytest

from scheduler.core.pairing.anneal import POLISH, Phase, Search
from scheduler.core.pairing.board import by_chance, from_design
from scheduler.core.pairing.check import check
from scheduler.core.pairing.costs import Costs
from scheduler.core.pairing.effort import Effort
from scheduler.core.pairing.plan import pair
from scheduler.core.pairing.problem import Participant, Problem
from scheduler.core.pairing.relabel import REPEAT, relabel
from scheduler.core.pairing.rotation import rotation
from scheduler.core.pairing.score import score
from scheduler.core.pairing.seating import BySize, ByTables, TableSpec
from tests.core.pairing.problems import people, room

COLD = (Phase(2_000, 100_000, 1, 1, 1.0),)
MIXED = tuple(
    Participant(f"p{i}", school=f"s{i % 4}", role="ab"[i % 2], offers=frozenset("xyz"[i % 3]), wants=frozenset("xyz"[i % 2]))
    for i in range(12)
)
MEMORY = {("p0", "p1"): 2, ("p3", "p10"): 1}


def price(search: Search, seats) -> int:
    """The whole price of some seats, worked out from nothing."""
    met = Counter({frozenset(two): times for two, times in search.costs.prior.items()})
    total = 0
    for a, b in (two for round in seats for table in round for two in combinations(table, 2)):
        total += search.costs.static[a][b] + search.prices[met[frozenset((a, b))]]
        met[frozenset((a, b))] += 1
    return total


def swapped(seats, r, t, place, u, other):
    seats = [[list(table) for table in round] for round in seats]
    seats[r][t][place], seats[r][u][other] = seats[r][u][other], seats[r][t][place]
    return seats


def every_swap(seats):
    for r, round in enumerate(seats):
        for t, u in combinations(range(len(round)), 2):
            for place in range(len(round[t])):
                for other in range(len(round[u])):
                    yield swapped(seats, r, t, place, u, other)


@pytest.mark.parametrize("seed", range(5))
def test_without_heat_a_search_only_gets_better_and_ends_where_no_swap_helps(seed):
    problem = Problem(MIXED, 2, BySize(4), met_before=MEMORY, keep_apart=frozenset({("p0", "p4")}))
    search = Search(Costs(problem), by_chance(problem, Random(seed)), Random(seed))
    search._price(COLD[0])

    prices = []
    for _ in range(60):
        search._swaps(100, 0)
        prices.append(price(search, search.board.seats))

    assert prices == sorted(prices, reverse=True)
    assert min(price(search, seats) for seats in every_swap(search.board.seats)) >= prices[-1]


@pytest.mark.parametrize("schools", [2, 4])
def test_trading_slots_only_gets_better_and_ends_where_no_trade_helps(schools):
    mixed = tuple(replace(person, school=f"s{i % schools}") for i, person in enumerate(MIXED))
    met = Random(1).sample([pair(a.id, b.id) for a, b in combinations(MIXED, 2)], 30)
    problem = Problem(mixed, 3, BySize(4), met_before=dict.fromkeys(met, 1))
    costs, board = Costs(problem), from_design(problem, rotation(12, 3, 2), range(12))
    by_chance(problem, Random(schools), first=board)

    prices = []
    for seed in range(40):
        relabel(costs, board, 100, Effort(100), Random(seed))
        prices.append(traded_price(costs, board.seats, 0, 0))

    assert prices == sorted(prices, reverse=True)
    assert min(traded_price(costs, board.seats, a, b) for a, b in combinations(range(12), 2)) >= prices[-1]


def traded_price(costs: Costs, seats, a: int, b: int) -> int:
    turned, met = {a: b, b: a}, {frozenset(two) for two in costs.prior}
    pairs = [tuple(turned.get(i, i) for i in two) for round in seats for table in round for two in combinations(table, 2)]
    return sum(costs.static[i][j] + REPEAT * (frozenset((i, j)) in met) for i, j in pairs)


def test_a_hot_search_keeps_the_best_seats_it_saw():
    problem = room(16, 4, BySize(4), schools=4)
    board = from_design(problem, rotation(16, 4, 3), range(16))
    by_chance(problem, Random(1), first=board)
    search = Search(Costs(problem), board, Random(1))
    best = search.counts()

    search.run((Phase(200, 400, 5_000, 5_000, 1.0),), 60_000, Effort(60_000), lambda counts: False)

    assert Search(Costs(problem), board, Random(1)).counts() <= best


def test_counts_of_a_search_are_those_of_its_plan():
    problem = room(14, 4, BySize(4), schools=5, met_before={("p0", "p1"): 1})
    search = Search(Costs(problem), by_chance(problem, Random(1)), Random(1))

    search.run(POLISH, 5_000, Effort(5_000), lambda counts: False)

    metrics = score(problem, search.board.plan())
    counts = (metrics.violations, metrics.repeat_meetings, metrics.repeat_spread, metrics.same_school_meetings)
    assert search.best_counts == counts


def test_a_search_never_seats_anybody_at_a_table_they_may_not_use():
    tables = ByTables(tuple(TableSpec(f"T{t}", 3, 4, step_free=t % 2 == 0) for t in range(6)))
    wheels = tuple(Participant(f"w{i}", school="own", step_free=True) for i in range(5))
    problem = Problem((*wheels, *people(16, schools=5)), 4, tables)

    board = by_chance(problem, Random(2))
    Search(Costs(problem), board, Random(2)).run(POLISH, 30_000, Effort(30_000), lambda counts: False)

    assert [violation for violation in check(problem, board.plan()) if violation.rule == "place"] == []


def test_who_cancels_gets_no_further_step():
    looks = count()
    effort = Effort(limit=10_000, cancel=lambda: next(looks) >= 1)

    taken = [effort.take(100) for _ in range(3)]

    assert (taken, effort.stopped_early, effort.done) == ([100, 0, 0], True, 100)


def test_the_clock_stops_a_search():
    effort = Effort(limit=10_000, time_limit=0)

    assert (effort.take(100), effort.over) == (0, True)
