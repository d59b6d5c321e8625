"""Bounds and searches against all plans there are, in rooms small enough to try them all."""

from itertools import combinations, combinations_with_replacement, permutations, product
from random import Random

import pytest

from scheduler.core.pairing.known import FEWEST_REPEATS
from scheduler.core.pairing.plan import Plan, Round, Table
from scheduler.core.pairing.problem import Participant, Problem
from scheduler.core.pairing.score import score
from scheduler.core.pairing.seating import BySize
from scheduler.core.pairing.solve import solve
from tests.core.pairing.test_bounds import seatings_of


def masks(seatings, place):
    """Each round as a number with one bit for each pair that meets."""
    return [sum(1 << place[frozenset(two)] for table in tables for two in combinations(table, 2)) for tables in seatings]


def best_by_level(problem: Problem):
    """For every reachable (repeats, spread) the plan with the fewest meetings within schools; equal rounds in any order are one plan."""
    ids = list(problem.ids)
    place = {frozenset(two): n for n, two in enumerate(combinations(ids, 2))}
    same = sum(1 << n for two, n in place.items() if problem.same_school(*two))
    seatings = list(seatings_of(ids, problem.shape[0].sizes))
    rounds = masks(seatings, place)
    within = [(mask & same).bit_count() for mask in rounds]
    best: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {}
    for chosen in combinations_with_replacement(range(len(rounds)), problem.rounds):
        seen = repeats = spread = 0
        for n, r in enumerate(chosen):
            repeats += (seen & rounds[r]).bit_count()
            spread += sum((rounds[r] & rounds[q]).bit_count() for q in chosen[:n])
            seen |= rounds[r]
        found = sum(within[r] for r in chosen)
        if (repeats, spread) not in best or found < best[repeats, spread][0]:
            best[repeats, spread] = found, chosen
    return {level: (found, plan_from(seatings, chosen)) for level, (found, chosen) in best.items()}


def plan_from(seatings, chosen) -> Plan:
    tables = [tuple(Table(f"T{t}", members) for t, members in enumerate(seatings[r], 1)) for r in chosen]
    return Plan(tuple(Round(number, round) for number, round in enumerate(tables)))


CASES = [
    *((9, 3, 3), (9, 5, 3), (9, 2, 2), (8, 4, 3), (8, 2, 3), (7, 4, 3), (7, 2, 3)),
    *((6, 3, 5), (6, 2, 5), (5, 2, 5), (5, 3, 5), (4, 2, 5)),
]


@pytest.mark.soak
@pytest.mark.parametrize(("n", "size", "rounds"), CASES)
@pytest.mark.parametrize("seed", range(3))
def test_no_bound_exceeds_the_best_of_all_plans_and_the_search_finds_that(n, size, rounds, seed):
    chance = Random(100 * n + seed)
    people = tuple(Participant(f"p{i}", school=chance.choice("abc")) for i in range(n))
    problem = Problem(people, rounds, BySize(size))

    levels = best_by_level(problem)

    for (repeats, spread), (found, plan) in levels.items():
        metrics = score(problem, plan)
        assert (metrics.repeat_meetings, metrics.repeat_spread, metrics.same_school_meetings) == (repeats, spread, found)
        assert metrics.repeat_meetings_min <= repeats
        assert metrics.same_school_min <= found
    level = min(levels)
    assert solve(problem, seed=seed, iterations=100_000).metrics.key[1:4] == (*level, levels[level][0])


def all_rounds(problem: Problem, number: int):
    """Every way to seat a round, tables with their names; which table is the small one is free."""
    people, sizes = list(problem.roster[number]), problem.shape[number].sizes
    names = [table.id for table in problem.shape[number].tables]
    return [
        Round(number, tuple(Table(name, members) for name, members in zip(names, tables, strict=True)))
        for seating in seatings_of(people, sizes)
        for tables in permutations(seating)
    ]


def announced(n: int, size: int, rounds: int, chance: Random) -> Problem:
    """The first round is played, the others are known to everybody, and then one or two people leave."""
    people = tuple(Participant(f"p{i}", school=chance.choice("abc")) for i in range(n))
    known = solve(Problem(people, rounds, BySize(size)), seed=1, iterations=20_000).plan.rounds
    gone = set(chance.sample([person.id for person in people], chance.choice([1, 2])))
    played = Round(0, tuple(Table(table.id, tuple(set(table.members) - gone)) for table in known[0].tables))
    left = tuple(person for person in people if person.id not in gone)
    return Problem(left, rounds, BySize(size), frozen=(played,), announced=known[1:])


@pytest.mark.soak
@pytest.mark.parametrize(("n", "size", "rounds"), [(8, 4, 3), (9, 3, 3), (8, 2, 2), (12, 4, 2)])
@pytest.mark.parametrize("seed", range(3))
def test_planning_anew_changes_as_few_announced_seats_as_any_plan_that_is_as_good(n, size, rounds, seed):
    problem = announced(n, size, rounds, Random(10 * n + seed))
    choices = [all_rounds(problem, number) for number in problem.free_rounds]

    best = min(score(problem, Plan((*problem.frozen, *chosen))).key[:5] for chosen in product(*choices))

    assert solve(problem, seed=seed, iterations=200_000).metrics.key[:5] == best


TWOS = [(n, n + 1) for n in range(0, 12, 2)]


def first_rounds(seatings):
    """One of each kind of rounds of 12 people in threes, kinds being what renaming people turns into each other while the pairs
    0-1, 2-3, ... 10-11 stay pairs; each with its whole kind."""
    turns = [{0: 1, 1: 0}, {0: 2, 1: 3, 2: 0, 3: 1}, {n: (n + 2) % 12 for n in range(12)}]
    left = {frozenset(map(frozenset, round)) for round in seatings}
    while left:
        kind, growing = set(), [min(left, key=lambda round: sorted(map(sorted, round)))]
        first = growing[0]
        while growing:
            round = growing.pop()
            if round not in kind:
                kind.add(round)
                growing += [frozenset(frozenset(turn.get(n, n) for n in table) for table in round) for turn in turns]
        left -= kind
        yield first, kind


@pytest.mark.soak
def test_twelve_people_in_threes_cannot_do_six_rounds_with_six_repeats():
    """Six repeats would mean that everybody meets everybody, and just one person twice: six pairs that meet twice, say 0-1, 2-3, ..."""
    seatings = list(seatings_of(list(range(12)), (3, 3, 3, 3)))
    single = {frozenset(two): n for n, two in enumerate(set(combinations(range(12), 2)) - set(TWOS))}
    twice = {frozenset(two): 3 * n for n, two in enumerate(TWOS)}

    def code(round):
        pairs = [frozenset(two) for table in round for two in combinations(sorted(table), 2)]
        return sum(1 << single[two] for two in pairs if two in single), sum(1 << twice[two] for two in pairs if two in twice)

    usable = {frozenset(map(frozenset, round)): code(round) for round in seatings}
    everything = (1 << len(single)) - 1

    thrice = sum(1 << shift for shift in twice.values())

    def complete(seen, doubles, rounds, left):
        if rounds == 6:
            return seen == everything
        fits = [(pairs, more) for pairs, more in left if not pairs & seen and not (doubles + more) & (doubles + more >> 1) & thrice]
        lowest = everything & ~seen & -(everything & ~seen)
        return any(complete(seen | pairs, doubles + more, rounds + 1, fits) for pairs, more in fits if pairs & lowest)

    for first, kind in first_rounds(seatings):
        assert not complete(*usable[first], 1, list(usable.values()))
        for round in kind:
            del usable[round]

    assert FEWEST_REPEATS[4, 3, 6] == 7
