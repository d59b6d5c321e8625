"""Wishes: what one says, when two are one, and the problem or the clash that comes of them (rules 3, 5 and 16)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.core.pairing.asked import Frame, ask, behind
from scheduler.core.pairing.check import check
from scheduler.core.pairing.instance import read_problem, write_problem
from scheduler.core.pairing.problem import Participant, Pin, Together
from scheduler.core.pairing.proof import kept, measures, why_above
from scheduler.core.pairing.seating import BySize, ByTables, TwoLines
from scheduler.core.pairing.solve import solve
from scheduler.core.pairing.wishes import Kind, Wish, sentence

NAMES = ("Ana", "Ben", "Cleo", "Dan", "Eva", "Fay", "Gil", "Hal")
PEOPLE = [
    Participant(name[0].lower(), school=str(n % 4), role="student" if n < 2 else "teacher", name=name) for n, name in enumerate(NAMES)
]
TABLES = Frame(3)
APART = Wish(Kind.APART, ("a", "b"))


def said(*wishes: Wish, frame: Frame = TABLES) -> list[str]:
    return [str(clash) for clash in ask(PEOPLE, wishes, frame).clashes]


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish(Kind.TOGETHER, ("a", "b"), 2), "Ana and Ben share a table in round 2."),
        (Wish(Kind.TOGETHER, ("a", "b")), "Ana and Ben share a table at least once."),
        (Wish(Kind.PIN, ("a",), 2, 7), "Ana sits at table 7 in round 2."),
        (Wish(Kind.PIN, ("a",), None, 7), "Ana sits at table 7 in every round."),
        (Wish(Kind.AWAY, ("a",), 1), "Ana is away in round 1."),
        (Wish(Kind.STAYS, ("a",)), "Ana changes tables as rarely as possible."),
        (Wish(Kind.STEP_FREE, ("a",)), "Ana sits at step-free tables only."),
        (Wish(Kind.OFFERS, ("a",), topic="Grading"), "Ana can talk about “Grading”."),
        (Wish(Kind.ASKS, ("a",), topic="Grading"), "Ana wants to hear about “Grading”."),
        (Wish(Kind.STATION, (), table=1, topic="Grading"), "Table 1 is about “Grading”; nobody stays there yet."),
        (Wish(Kind.STATION, ("a", "b"), table=1, topic="Grading"), "Table 1 is about “Grading”; Ana and Ben stay there."),
        (Wish(Kind.CLOSED, table=1, round=3), "Table 1 is closed in round 3."),
        (Wish(Kind.CLOSED, table=1), "Table 1 is closed."),
        (Wish(Kind.LEVEL, table=1), "Table 1 is step-free."),
        (Wish(Kind.SEATS, table=1, seats=6), "Table 1 seats up to 6."),
    ],
)
def test_every_wish_is_a_sentence(wish: Wish, words: str) -> None:
    names = {person.id: person.name for person in PEOPLE}

    assert str(sentence(wish, names.__getitem__)) == words


def test_wishes_become_what_the_engine_knows() -> None:
    wishes = [
        Wish(Kind.APART, ("a", "b")), Wish(Kind.TOGETHER, ("d", "e"), 1), Wish(Kind.PIN, ("f",), 2, 1), Wish(Kind.AWAY, ("g",), 3),
        Wish(Kind.STAYS, ("h",)), Wish(Kind.OFFERS, ("h",), topic="Grading"), Wish(Kind.ASKS, ("g",), topic="GRADING"),
    ]  # fmt: skip

    asked = ask(PEOPLE, wishes, Frame(3, role_mix=3))

    problem = asked.problem
    assert asked.clashes == ()
    assert problem.keep_apart == {("a", "b")}
    assert problem.keep_together == (Together(("d", "e"), 0),)
    assert problem.pins == (Pin("f", 1, "T1"),)
    assert problem.by_id["g"].present == {0, 1}
    assert (problem.by_id["h"].mobility, problem.by_id["h"].offers, problem.by_id["g"].wants) == (True, {"grading"}, {"grading"})
    assert (problem.seating, problem.students_have_company, problem.role_mix) == (BySize(4), True, 3)
    assert read_problem(write_problem(problem)).role_mix == 3


@pytest.mark.parametrize(
    ("wishes", "frame", "words"),
    [
        (
            [APART, Wish(Kind.TOGETHER, ("b", "a"))], TABLES,
            "Ana and Ben are both kept apart and kept together. Take one of the two wishes away.",
        ),
        (
            [Wish(Kind.PIN, ("a",), 1, 1), Wish(Kind.PIN, ("a",), None, 2)], TABLES,
            "Ana is to sit at table 1 and at table 2 in round 1. Take one wish away.",
        ),
        (
            [Wish(Kind.AWAY, ("a",), 4)], TABLES,
            "Ana is away in round 4. But there are only 3 rounds. Take the wish away, or plan more rounds.",
        ),
        (
            [Wish(Kind.PIN, ("a",), 2, 2), Wish(Kind.CLOSED, table=2, round=2)], TABLES,
            "Round 2: Ana is placed at table 2, which is closed then. Open it, or choose another table.",
        ),
        ([Wish(Kind.PIN, ("a",), 2, 9)], TABLES, "Round 2: Ana is placed at table 9, which is not there. Choose another table."),
        (
            [Wish(Kind.STATION, (), table=1, topic="Grading")], TABLES,
            "Nobody stays at table 1, “Grading”. Say who does, or take the station away.",
        ),
        (
            [Wish(Kind.STATION, ("a",), table=5, topic="Grading")], TABLES,
            "There is no table 5 for a station: the last one is 2. Choose another.",
        ),
        (
            [Wish(Kind.STATION, ("a",), table=1, topic="Grading")], Frame(3, "stations"),
            "Stations need at least 2 tables with a topic and somebody who stays. Add a station, or choose tables.",
        ),
        (
            [Wish(Kind.CLOSED, table=1), Wish(Kind.LEVEL, table=2)], Frame(3, "pairs"),
            "Pairs and two lines know no numbered tables. Choose tables or stations, or take these wishes away: "
            "Table 1 is closed. Table 2 is step-free.",
        ),
        (
            [Wish(Kind.TOGETHER, ("a", "b"))], Frame(3, "lines"),
            "Ana and Ben are to share a table but stand in one line. Take the wish away.",
        ),
        (
            [Wish(Kind.LEVEL, table=1), *(Wish(Kind.STEP_FREE, (id,)) for id in "abcde")], TABLES,
            "Round 1: The step-free tables have 4 seats, and 5 people need one. Open another.",
        ),
    ],
)  # fmt: skip
def test_wishes_that_cannot_hold_are_named_with_what_would_work(wishes: list[Wish], frame: Frame, words: str) -> None:
    assert said(*wishes, frame=frame)[0] == words


def test_clash_leads_to_the_wishes_behind_it() -> None:
    pinned, closed, other = Wish(Kind.PIN, ("a",), 2, 2), Wish(Kind.CLOSED, table=2, round=2), Wish(Kind.PIN, ("b",), 2, 1)
    topic = Wish(Kind.ASKS, ("a",), topic="Grading")
    wishes = [pinned, closed, other, topic]

    clash = ask(PEOPLE, wishes, TABLES).clashes[0]

    assert behind(clash, wishes) == [pinned, closed]


def test_wish_of_somebody_who_left_the_list_binds_nobody() -> None:
    asked = ask(PEOPLE, [Wish(Kind.APART, ("a", "b", "gone")), Wish(Kind.TOGETHER, ("a", "gone")), Wish(Kind.PIN, ("gone",), 1, 1)], TABLES)

    assert (asked.clashes, asked.problem.keep_apart) == ((), {("a", "b")})
    assert (asked.problem.keep_together, asked.problem.pins) == ((), ())


def test_need_for_a_step_free_table_reaches_the_engine_only_where_some_table_has_steps() -> None:
    needy = [replace(PEOPLE[0], step_free=True), *PEOPLE[1:]]

    without, with_steps = (ask(needy, wishes, TABLES).problem for wishes in ([], [Wish(Kind.LEVEL, table=2)]))

    assert (without.by_id["a"].step_free, "step_free" in str(write_problem(without)["participants"])) == (False, False)
    assert with_steps.by_id["a"].step_free


def test_closed_table_is_passed_over_and_its_people_sit_elsewhere() -> None:
    throughout = ask(PEOPLE, [Wish(Kind.CLOSED, table=1)], TABLES).problem
    once = ask(PEOPLE, [Wish(Kind.CLOSED, table=1, round=2)], TABLES).problem

    assert [table.id for table in throughout.shape[0].tables] == ["T2", "T3"]
    assert [once.shape[number].sizes for number in range(3)] == [(4, 4), (8,), (4, 4)]


def test_formats_and_company() -> None:
    stations = [Wish(Kind.STATION, ("c",), table=1, topic="Grading"), Wish(Kind.STATION, ("d",), table=2, topic="Advisory")]

    lines = ask(PEOPLE, [], Frame(2, "lines", stays="student")).problem
    rotating = ask(PEOPLE, stations, Frame(2, "stations")).problem

    assert (lines.seating, lines.students_have_company) == (TwoLines("student"), False)
    assert isinstance(rotating.seating, ByTables)
    assert (rotating.distinct_tables, rotating.stations, rotating.students_have_company) == (True, {"c": "T1", "d": "T2"}, True)
    assert ask(PEOPLE, [], Frame(2, "pairs")).problem.students_have_company is False
    assert ask(PEOPLE, [], Frame(2, company=False)).problem.students_have_company is False


@pytest.mark.parametrize("seed", range(3))
def test_plan_of_many_wishes_keeps_them_all_and_says_so(seed: int) -> None:
    people = [Participant(f"p{n}", school=str(n % 8), role="student" if n % 5 == 0 else "teacher") for n in range(32)]
    wishes = [
        Wish(Kind.APART, ("p1", "p2", "p3")), Wish(Kind.TOGETHER, ("p4", "p6"), 2), Wish(Kind.PIN, ("p7",), 1, 3),
        Wish(Kind.AWAY, ("p8",), 3), Wish(Kind.STATION, ("p9",), table=2, topic="Grading"), Wish(Kind.CLOSED, table=4, round=2),
        Wish(Kind.LEVEL, table=1), Wish(Kind.LEVEL, table=2), Wish(Kind.STEP_FREE, ("p10",)), Wish(Kind.ASKS, ("p11",), topic="Grading"),
    ]  # fmt: skip
    asked = ask(people, wishes, Frame(4))

    result = solve(asked.problem, seed=seed, time_limit=None, iterations=20_000)

    assert asked.clashes == ()
    assert check(asked.problem, result.plan) == []
    assert [str(sentence) for sentence in kept(asked.problem)] == [
        "3 pairs are kept apart.", "1 pair shares a table.", "1 seat is at its given table.", "1 person stays at a station.",
        "1 absence is heeded.", "Who needs a step-free table sits at one.", "Nobody sits at a closed table.", "Every student has company.",
    ]  # fmt: skip


def test_count_above_its_bound_says_why() -> None:
    counts = {"repeat_meetings": 1, "repeat_meetings_min": 0, "same_school_meetings": 2, "same_school_min": 1}
    bound, free = ask(PEOPLE, [APART], TABLES).problem, ask(PEOPLE, [], TABLES).problem

    assert [str(measure.bound) for measure in measures(counts)] == ["none at all may be possible", "fewer than 1 is proven impossible"]
    assert "the wishes bind the plan further" in str(why_above(counts, bound, stopped_early=False))
    assert "more time may find a better plan" in str(why_above(counts, free, stopped_early=True))
    assert why_above(counts | {"repeat_meetings": 0, "same_school_meetings": 1}, free, stopped_early=True) is None
