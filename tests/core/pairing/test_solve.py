"""The engine as a whole: valid plans, the same plan again, and a stop that keeps the best so far."""

import ast
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations, count
from pathlib import Path

import pytest
from hypothesis import given

import scheduler.core.pairing
from scheduler.core.pairing.catalogue import _published
from scheduler.core.pairing.check import check
from scheduler.core.pairing.instance import write_problem
from scheduler.core.pairing.plan import pair, read_plan
from scheduler.core.pairing.problem import Participant, Pin, Problem, Together
from scheduler.core.pairing.seating import ByCount, BySize, ByTables, TableSpec
from scheduler.core.pairing.solve import solve
from scheduler.core.refusal import Refusal
from tests.core.pairing.problems import people, room, small_rooms, stations

FOLDER = Path(scheduler.core.pairing.__file__).parent


@given(small_rooms())
def test_small_rooms_without_wishes_always_get_a_valid_plan(problem):
    assert check(problem, solve(problem, iterations=1_000).plan) == []


@given(small_rooms(wishes=True))
def test_wishes_are_kept_or_refused_with_a_sentence(problem):
    found, refusal = solved_or_refused(problem)

    assert found == [] if refusal is None else refusal.endswith(".")


@given(small_rooms(wishes=False))
def test_same_seed_and_iterations_give_the_same_plan(problem):
    first, second = (solve(problem, seed=7, iterations=2_000) for _ in range(2))

    assert first == second


@pytest.mark.parametrize(
    "problem",
    [
        room(23, 6, BySize(4), schools=9, roles=True),
        room(30, 5, BySize(2), schools=7, roles=True),
        room(24, 5, BySize(4), schools=5, roles=True, students_have_company=True, met_before={("p0", "p1"): 1}),
        stations(4, 12, 5),
    ],
)
def test_both_kernels_and_processes_that_crowd_the_machine_give_the_same_plan(problem):
    here, twin = (solve(problem, seed=5, iterations=20_000, kernel=kernel) for kernel in ("wasm", "twin"))
    assert twin == here
    request = {"problem": write_problem(problem), "seed": 5, "iterations": 20_000, "time_limit": None}
    with ThreadPoolExecutor(2) as crowd:
        assert list(crowd.map(solved_elsewhere, [request] * 2)) == [here.plan] * 2


def solved_elsewhere(request):
    """The plan that another process makes; its input stays open, because the end of it would stop the engine."""
    command = [sys.executable, "-m", "scheduler.core.pairing"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as engine:
        engine.stdin.write(json.dumps(request) + "\n")
        engine.stdin.flush()
        answers = (json.loads(line) for line in engine.stdout)
        return read_plan(next(answer["result"]["plan"] for answer in answers if "result" in answer))


def test_a_plan_that_was_stopped_can_be_made_again_by_its_iterations():
    problem = room(23, 6, BySize(4), schools=9, roles=True)
    looks = count()

    stopped = solve(problem, seed=3, cancel=lambda: next(looks) > 40)
    again = solve(problem, seed=3, iterations=stopped.iterations)

    assert stopped.stopped_early
    assert not again.stopped_early
    assert (again.plan, again.iterations) == (stopped.plan, stopped.iterations)


def test_no_time_at_all_still_gives_a_valid_plan():
    problem = room(50, 5, BySize(4), schools=12)

    result = solve(problem, time_limit=0)

    assert result.stopped_early
    assert check(problem, result.plan) == []


def test_the_clock_waits_for_a_plan_of_people_and_not_for_one_of_bare_slots():
    problem = room(12, 4, BySize(4), schools=4, roles=True, students_have_company=True)

    result = solve(problem, time_limit=0)

    assert check(problem, result.plan) == []


def test_progress_is_told_and_never_gets_worse():
    told = []

    result = solve(room(23, 6, BySize(4), schools=9), seed=1, on_progress=told.append)

    best = [(progress.repeats, progress.same_school) for progress in told if progress.repeats is not None]
    assert told
    assert best == sorted(best, reverse=True)
    assert all(progress.iterations <= progress.of for progress in told)
    assert result.iterations <= told[0].of


def test_120_people_of_41_schools_in_6_rounds_of_four_never_meet_twice_nor_within_their_school():
    problem = room(120, 6, BySize(4), schools=41, roles=True)

    result = solve(problem)

    assert result.metrics.key[:7] == (0, 0, 0, 0, 0, -1.0, 0)
    assert check(problem, result.plan) == []


def test_as_many_people_as_tables_are_all_kept_apart_from_each_other():
    apart = frozenset(pair(*two) for two in combinations([f"p{i}" for i in range(0, 24, 4)], 2))
    problem = room(24, 3, BySize(4), keep_apart=apart)

    result = solve(problem)

    assert check(problem, result.plan) == []
    assert result.metrics.repeat_meetings == 0


def test_students_have_company_at_every_table():
    problem = room(40, 4, BySize(4), schools=13, roles=True, students_have_company=True)

    result = solve(problem)

    assert check(problem, result.plan) == []
    assert result.metrics.repeat_meetings == 0


@pytest.mark.parametrize(
    ("problem", "repeats"),
    [
        (room(24, 5, BySize(4)), 0),
        (room(31, 10, BySize(2)), 0),
        (room(25, 25, BySize(2, odd="sits_out")), 0),
        (room(7, 9, BySize(2)), 24),
        (room(49, 8, BySize(7)), 0),
        (room(30, 4, ByCount(7)), 0),
        (stations(4, 12, 3), 0),
    ],
)
def test_repeats_are_as_few_as_can_be_in_known_rooms(problem, repeats):
    result = solve(problem)

    assert check(problem, result.plan) == []
    assert result.metrics.repeat_meetings == repeats


@pytest.mark.parametrize(
    ("people", "size", "rounds"),
    [(15, 3, 7), (32, 4, 10), (36, 6, 3), (49, 7, 8), (27, 3, 11), (24, 2, 23)],
)
def test_where_a_schedule_is_known_nobody_searches(people, size, rounds):
    result = solve(room(people, rounds, BySize(size)), effort="thorough")

    assert (result.metrics.repeat_meetings, result.iterations) == (0, 0)


@pytest.mark.parametrize("seed", range(3))
def test_without_the_published_schedule_32_golfers_repeat_16_meetings_at_most(seed, monkeypatch):
    monkeypatch.delitem(_published(), (32, 8))

    result = solve(room(32, 10, BySize(4)), seed=seed, iterations=100_000)

    assert result.metrics.repeat_meetings <= 16


def test_hosts_stay_and_pins_hold_and_access_needs_are_met():
    tables = ByTables((TableSpec("A", 2, 4, step_free=False), TableSpec("B", 2, 4), TableSpec("C", 2, 4, closed=frozenset({1}))))
    special = (Participant("host", station="B"), Participant("wheels", step_free=True))
    problem = Problem((*special, *people(6)), 2, tables, pins=(Pin("p0", 0, "A"),), keep_together=(Together(("p1", "p2"), 1),))

    plan = solve(problem).plan

    assert check(problem, plan) == []
    assert [stop.table for stop in plan.route("host")] == ["B", "B"]
    assert "A" not in [stop.table for stop in plan.route("wheels")]


def test_who_should_stay_put_keeps_the_table_where_tables_are_alike():
    stays = Participant("stays", mobility=True)

    plan = solve(Problem((stays, *people(15)), 4, BySize(4))).plan

    assert len({stop.table for stop in plan.route("stays")}) == 1


def test_sitting_out_is_shared_never_twice_running_and_carried_over():
    turned = tuple(Participant(f"p{i}", sat_out=1 if i < 3 else 0) for i in range(7))
    problem = Problem(turned, 4, BySize(2, odd="sits_out"))

    out = [round.sits_out[0] for round in solve(problem).plan.rounds]

    assert sorted(out) == ["p3", "p4", "p5", "p6"]


def test_more_people_than_seats_take_turns():
    problem = Problem(people(10), 5, ByTables((TableSpec("A", 2, 4), TableSpec("B", 2, 4))))

    result = solve(problem)

    assert check(problem, result.plan) == []
    assert (result.metrics.sits_out_min, result.metrics.sits_out_max) == (1, 1)


def test_frozen_rounds_stay_and_later_ones_avoid_their_pairings():
    before = room(12, 3, BySize(3))
    played = solve(before).plan.rounds[:1]
    anew = Problem(before.participants, 3, BySize(3), frozen=played)

    result = solve(anew)

    assert result.plan.rounds[0] == played[0]
    assert result.metrics.repeat_meetings == 0


def test_planning_anew_can_begin_from_an_old_plan():
    problem = room(23, 4, BySize(4), schools=9)
    old = solve(problem, seed=1)

    again = solve(problem, seed=2, start=old.plan, iterations=1)

    assert again.metrics.key <= old.metrics.key


def test_everything_already_played_gives_the_plan_back():
    old = solve(room(4, 1, BySize(2))).plan

    assert solve(room(4, 1, BySize(2), frozen=old.rounds)).plan.rounds == old.rounds


def solved_or_refused(problem: Problem) -> tuple[list | None, str | None]:
    try:
        return check(problem, solve(problem, iterations=2_000).plan), None
    except Refusal as refusal:
        return None, str(refusal)


def imports(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("judge", ["check", "score", "bounds"])
def test_who_judges_a_plan_knows_no_solver(judge):
    ours = {name.removeprefix("scheduler.core.pairing.") for name in imports(FOLDER / f"{judge}.py") if "pairing" in name}

    assert ours <= {"plan", "problem", "seating", "bounds", "check", "known"}


def test_the_engine_needs_nothing_but_python_and_the_core():
    names = {name for file in FOLDER.glob("*.py") for name in imports(file)}

    foreign = {name for name in names if name.split(".")[0] not in sys.stdlib_module_names}
    assert {name for name in foreign if not name.startswith("scheduler.core.pairing")} == {
        f"scheduler.core.{name}" for name in ("refusal", "text", "capacity")
    }
