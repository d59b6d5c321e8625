"""Tables under way: whom a late arrival meets, how thin tables are merged, and what is asked when the rounds to come are planned anew."""

from __future__ import annotations

import random
from dataclasses import replace

from scheduler.core.live_tables import Floor, Move, breaks, may_move, merge, seat_for, thin_tables
from scheduler.core.pairing.check import check
from scheduler.core.pairing.problem import Participant, Problem, Together
from scheduler.core.pairing.seating import BySize, ByTables, TableSpec, TwoLines
from scheduler.core.pairing.solve import solve
from scheduler.core.replanning import Day, rest_of

SEEDS = range(200)


def room(letters: str, **more: object) -> Problem:
    facts = {"rounds": 1, "seating": BySize(4)} | more
    return Problem(tuple(Participant(letter) for letter in letters), **facts)  # type: ignore[arg-type]


def floor(problem: Problem, *tables: str) -> Floor:
    return Floor(problem, 1, {letter: number for number, table in enumerate(tables, 1) for letter in table})


def crowd(seed: int) -> Floor:
    """Students and adults of a few schools at tables of all sizes, some kept apart, as they may sit."""
    chance = random.Random(seed)
    people = tuple(
        Participant(f"p{n}", school=f"s{chance.randint(1, 4)}", role=chance.choice(["student", "teacher", "leader"])) for n in range(18)
    )
    apart = frozenset(tuple(sorted(chance.sample([person.id for person in people], 2))) for _ in range(4))
    problem = Problem(people, 1, BySize(4), keep_apart=apart, students_have_company=True)  # type: ignore[arg-type]
    there = Floor(problem, 1, {})
    for person in people:
        tables = [table for table in range(1, 6) if there.allows(table, (*there.tables.get(table, ()), person.id))]
        if tables:
            there = replace(there, seats={**there.seats, person.id: chance.choice(tables)})
    return there


def test_late_arrival_takes_the_smallest_table_that_may_take_them() -> None:
    """Rule 8, and what rule 3 never breaks: apart, company, steps, and the chairs of a table."""
    student = Participant("h", school="MS 442", role="student")
    apart = room("abcdefgh", keep_apart=frozenset([("e", "h")]))
    company = Problem((*room("abcdefg").participants, student), 1, BySize(4), students_have_company=True)
    mates = tuple(replace(person, school="MS 442") if person.id == "a" else person for person in company.participants)
    steps = (TableSpec("T1", 3, 5), TableSpec("T2", 3, 5, step_free=False))
    chair = Problem((*room("abcdefg").participants, Participant("h", step_free=True)), 1, ByTables(steps))

    seats = [seat_for(floor(problem, "abcd", "efg"), "h") for problem in (room("abcdefgh"), apart, company, chair)]
    assert seats == [2, 1, None, 1]
    assert seat_for(floor(replace(company, participants=mates), "abcd", "efg"), "h") == 1
    assert seat_for(floor(room("abcdefghijk"), "abcde", "fghij"), "k") is None
    assert seat_for(floor(room("abcde", seating=BySize(2)), "ab", "cd"), "e") == 1
    assert (
        seat_for(floor(Problem((Participant("a", role="student"), Participant("b"), Participant("c")), 1, TwoLines("student")), "ab"), "c")
        is None
    )


def test_kept_together_are_not_parted_by_a_merge() -> None:
    problem = room("abcdefgh", keep_together=(Together(("a", "b"), 0),))

    assert merge(floor(problem, "abcd", "ef"), 2) == [Move("c", 1, 2)]
    assert not may_move(floor(problem, "abcd", "efg"), "a", 2)


def test_two_left_alone_in_pairs_are_put_together_with_one_move() -> None:
    there = floor(room("abcd", seating=BySize(2)), "a", "b", "cd")

    assert (thin_tables(there), merge(there, 1)) == ([1, 2], [Move("a", 1, 2)])


def test_student_left_without_company_makes_a_table_thin() -> None:
    people = (*room("abcdefg").participants, Participant("h", school="s", role="student"), Participant("i", school="s"))
    there = floor(Problem(people, 1, BySize(4), students_have_company=True), "abch", "defi")

    assert (thin_tables(there), merge(there, 1)) == ([1], [Move("i", 2, 1)])


def test_whatever_is_seated_moved_or_merged_breaks_nothing() -> None:
    """Many seeds: nobody but the people of the answer moves, nothing that held breaks, and a merge makes the table well or empty."""
    merged = 0
    for seed in SEEDS:
        there, chance = crowd(seed), random.Random(seed)
        gone = chance.sample(sorted(there.seats), min(5, len(there.seats)))
        there = replace(there, seats={person: table for person, table in there.seats.items() if person not in gone})
        for person in gone:
            if (table := seat_for(there, person)) is not None:
                assert not breaks(there, there.after([Move(person, None, table)]))
        for table in thin_tables(there):
            if moves := merge(there, table):
                after, merged = there.after(moves), merged + 1
                assert not breaks(there, after)
                assert table not in thin_tables(after)
                assert set(thin_tables(after)) <= set(thin_tables(there))
                assert len(moves) <= len(there.tables[table]) + there.least(table)
        person = chance.choice(sorted(there.seats))
        for table in there.tables:
            assert not may_move(there, person, table) or not breaks(there, there.after([Move(person, there.seats[person], table)]))
    assert merged > 100


def test_rounds_to_come_are_asked_for_as_they_are_known() -> None:
    """Frozen rounds are memory without those who left; away people are not there; a move by hand is a pin; the plan keeps all of it."""
    problem = room("abcdefgh", rounds=3, seating=BySize(4), keep_together=(Together(("a", "b"), 0), Together(("a", "c"), 2)))
    seats = {n: {letter: 1 + k // 5 for k, letter in enumerate("abcdzefgh")} for n in (1, 2, 3)}
    rest = rest_of(problem, Day(seats, first_free=2, away={("h", 2)}, by_hand={("e", 3): 1, ("f", 1): 1}))

    result = solve(rest, seed=1, effort="quick")
    assert check(rest, result.plan) == []
    assert [round.number for round in (*rest.frozen, *rest.announced)] == [0, 1, 2]
    assert rest.frozen[0].table_of["a"].members == ("a", "b", "c", "d")
    assert (rest.keep_together, [(pin.person, pin.round, pin.table) for pin in rest.pins]) == ((Together(("a", "c"), 2),), [("e", 2, "T1")])
    assert rest.by_id["h"].present == frozenset({0, 2})
