"""The benchmark's judge, which shares no line with the engine, finds our plans valid and counts what we count."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from bench.pairing import check_plan, run
from scheduler.core.pairing.instance import read_problem, write_problem
from scheduler.core.pairing.plan import write_plan
from scheduler.core.pairing.solve import solve

INSTANCES = {file.stem: file for file in sorted(Path(check_plan.__file__).parent.glob("instances/*.json"))}
# Between them: somebody sits out, trios, uneven tables, hosts, wishes, topics, a memory, frozen rounds, late comers.
SMALL = [
    "p08-pairs-n25-r25-bye",
    "p12-net-n23-g4-r6",
    "p15-net-n80-g2-r10",
    "p16-net-n80-hosts-r6",
    "p18-net-n120-replan",
    "p22-pairs-n7-r9",
]
BOUNDS = {
    "repeat_meetings_min": "repeat_meetings",
    "same_school_min": "same_school_meetings",
    "same_role_min": "same_role_meetings",
    "new_meetings_max": "new_meetings",
    "topic_matches_max": "topic_matches",
}
"""What is proven, and the count that it limits"""


def instance(name):
    return json.loads(INSTANCES[name].read_text())


@pytest.mark.parametrize("name", SMALL)
def test_the_judge_finds_our_plans_valid_and_counts_what_we_count(name):
    result = solve(read_problem(instance(name)), seed=1, iterations=40_000)

    broken, counted = check_plan.check(instance(name), write_plan(result.plan))

    ours = said(result.metrics)
    assert broken == []
    assert without(BOUNDS, ours) == without(BOUNDS, counted)
    assert result.metrics.key[:4] + result.metrics.key[5:] == check_plan.key(counted, 0)
    assert {name for name, count in BOUNDS.items() if name in counted and not as_tight(ours, counted, name, count)} == set()


def said(metrics):
    """Our counts under the judge's names, without those that do not apply."""
    names = {"sits_out_min": "byes_min", "sits_out_max": "byes_max"}
    return {names.get(name, name): value for name, value in asdict(metrics).items() if value is not None and name != "violations"}


def without(names, counts):
    return {name: value for name, value in counts.items() if name not in names}


def as_tight(ours, judges, bound, count):
    """Whether our bound is as good as the judge's or better, and not passed by the plan that is there."""
    if bound.endswith("_min"):
        return judges[bound] <= ours[bound] <= ours[count]
    return judges[bound] >= ours[bound] >= ours[count]


@pytest.mark.parametrize("name", INSTANCES)
def test_an_instance_is_read_and_written_back_without_a_change_of_meaning(name):
    original = instance(name)

    problem = read_problem(original)
    written = json.loads(json.dumps(write_problem(problem)))

    assert read_problem(written) == problem
    assert meaning(written) == meaning(original)


def meaning(data):
    """All that the judge takes from an instance, in an order of its own."""
    read = check_plan.Instance(data)
    facts = ("school", "role", "offers", "wants", "mobility")
    people = {person["id"]: [person.get(fact) or None for fact in facts] for person in read.people}
    shapes = {number: (check_plan.round_shape(len(people), read.seating), read.tables(number)) for number, people in read.roster.items()}
    must = sorted((check_plan.pair(*wish["pair"]), str(wish.get("round"))) for wish in read.must)
    frozen = {number: [(group["table"], group["members"]) for group in round["groups"]] for number, round in read.frozen.items()}
    return people, read.R, shapes, read.never, must, read.prior, frozen, read.station, read.roster, read.present


def test_a_run_tells_counts_proof_and_totals(capsys):
    kept = run.table(seconds=10, seeds=2, only="p07,p08", rivals=None)

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]

    assert kept
    assert [(*line[:5], line[6]) for line in lines[1:3]] == [
        ("p07-pairs-n24-r23", "0/0", "0/0", "[0/0]", "0/0", "circle"),
        ("p08-pairs-n25-r25-bye", "0/0", "0/0", "[0/0]", "0/0", "circle"),
    ]
    assert " ".join(lines[3]).startswith("Of 2 instances 2 valid, 2 at both proven bounds, 2 at most 1 above the best known in 10 s")


def test_a_run_says_so_where_there_is_no_plan_or_a_plan_breaks_a_rule():
    broken = run.judged(instance("p22-pairs-n7-r9"), {"rounds": []}, seconds=1)

    assert (str(broken), broken.is_valid, broken.is_near((24, 6))) == ("9 broken", False, False)
    assert (str(run.Tried(seconds=1)), run.Tried(seconds=1).is_proven) == ("–", False)
