"""The benchmark's judge, which shares no line with the engine, finds our plans valid and counts what we count."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from bench.pairing import check_plan, run
from bench.pairing.promises import Promise
from bench.pairing.rivals import genetic
from scheduler.core.pairing.bounds import bounds
from scheduler.core.pairing.instance import read_problem, write_problem
from scheduler.core.pairing.plan import pair, write_plan
from scheduler.core.pairing.problem import Participant, Pin, Problem, Together
from scheduler.core.pairing.score import score
from scheduler.core.pairing.seating import ByCount, BySize, ByTables, TableSpec, TwoLines
from scheduler.core.pairing.solve import solve
from scheduler.core.refusal import Refusal
from tests.core.pairing.problems import ROLES

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

    assert broken == []
    assert without(BOUNDS, said(result.metrics)) == without(BOUNDS, counted)
    assert result.metrics.key == check_plan.key(counted, 0)
    assert loose(result.metrics, counted) == set()


def said(metrics):
    """Our counts under the judge's names, without those that do not apply."""
    names = {"sits_out_min": "byes_min", "sits_out_max": "byes_max"}
    return {names.get(name, name): value for name, value in asdict(metrics).items() if value is not None and name != "violations"}


def without(names, counts):
    return {name: value for name, value in counts.items() if name not in names}


def loose(metrics, counted):
    """Bounds of ours that are not as good as the judge's, or that the plan has passed."""
    ours = said(metrics)
    return {name for name, count in BOUNDS.items() if name in counted and not as_tight(ours, counted, name, count)}


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
    facts = ("school", "role", "offers", "wants", "mobility", "step_free", "station", "sat_out")
    people = {person["id"]: [person.get(fact) or None for fact in facts] for person in read.people}
    must = sorted((check_plan.pair(*wish["pair"]), str(wish.get("round"))) for wish in read.must)
    frozen = {number: [(group["table"], group["members"]) for group in round["groups"]] for number, round in read.frozen.items()}
    asked = (read.company, read.pins, read.announced, read.spares, read.distinct)
    return people, read.R, read.shape, read.never, must, read.prior, frozen, read.roster, read.present, asked


@pytest.mark.parametrize("name", INSTANCES)
def test_judge_and_engine_prove_the_same_of_every_instance(name):
    ours = {bound: value for bound, value in asdict(bounds(read_problem(instance(name)))).items() if value is not None}

    judges = check_plan.bounds(check_plan.Instance(instance(name)))

    judges |= {"share": judges.pop("_sure"), "share_cross": judges.pop("_surex")}
    assert json.loads(json.dumps(ours)) == json.loads(json.dumps(judges))


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


def test_a_promise_of_the_engine_is_kept_or_missed():
    most, least = Promise("memory", 90.2, 100, "MB"), Promise("topics", 90.2, 100, at_least=True)

    assert [" ".join(str(promise).split()) for promise in (most, least)] == [
        "memory 90.2 MB at most 100 kept",
        "topics 90.2 at least 100 missed",
    ]


def test_a_rival_that_has_no_time_at_all_still_has_a_plan():
    for seed in range(5):
        assert check_plan.check(instance("p07-pairs-n24-r23"), genetic.plan(instance("p07-pairs-n24-r23"), 0, seed))[0] == []


SEATINGS = (
    lambda chance: TwoLines("student"),
    lambda chance: ByCount(chance.randint(1, 4)),
    lambda chance: BySize(chance.randint(2, 5), chance.choice(["trio", "sits_out"])),
    lambda chance: ByTables(stations(chance)),
)


def extended(chance):
    """Six to twelve people in one of the newer formats, with some of the newer wishes."""
    seating, rounds, n = chance.choice(SEATINGS)(chance), chance.randint(1, 4), chance.randint(6, 12)
    tables = seating.tables if isinstance(seating, ByTables) else ()
    hosts = [table.id for table in tables[: chance.randint(0, len(tables))]]
    participants = tuple(person(f"p{i}", hosts[i] if i < len(hosts) else None, rounds, chance) for i in range(n))
    problem = Problem(participants, rounds, seating, distinct_tables=maybe(chance), students_have_company=maybe(chance))
    twos = [pair(*chance.sample(problem.ids, 2)) for _ in range(9)]
    return replace(
        problem,
        keep_apart=frozenset(twos[: chance.randint(0, 2)]),
        keep_together=tuple(Together(two, wished(problem, two, chance)) for two in twos[-1:] * chance.randint(0, 2)),
        pins=tuple(chance.sample(seats(problem), min(chance.randint(0, 2), len(seats(problem))))),
        met_before=dict.fromkeys(twos[2 : chance.randint(2, 5)], chance.randint(1, 2)),
        spares=chance.randint(0, 3),
    )


def maybe(chance, share=0.5):
    return chance.random() < share


def some(chance, letters, most):
    return frozenset(chance.sample(letters, chance.randint(0, most)))


def stations(chance):
    """Two to four tables with limits and topics; the first is open and step-free throughout."""
    first = TableSpec("S0", 2, 5, topics=frozenset("x"))
    others = (
        TableSpec(
            f"S{n}",
            least=chance.choice([0, 1, 2, 2]),
            most=chance.randint(2, 5),
            step_free=maybe(chance),
            closed=some(chance, range(4), 1),
            topics=some(chance, "xyz", 1),
        )
        for n in range(1, chance.randint(2, 4))
    )
    return (first, *others)


def person(id, station, rounds, chance):
    """A host of a station, or a guest, who may be away in the first or the last round."""
    return Participant(
        id,
        school=chance.choice([None, "a", "b", "c"]),
        role=chance.choice(ROLES),
        present=None if station or maybe(chance, 0.8) else frozenset(range(rounds)) - {chance.choice([0, rounds - 1])},
        mobility=maybe(chance, 0.2),
        step_free=not station and maybe(chance, 0.2),
        station=station,
        offers=some(chance, "xyz", 1),
        wants=some(chance, "xyz", 2),
        sat_out=chance.randint(0, 2),
    )


def wished(problem, two, chance):
    """A round in which both are there, or any."""
    return chance.choice([None, *(problem.present[two[0]] & problem.present[two[1]])])


def seats(problem):
    """All that the organizer might pin: people without a station at tables that are there."""
    return [
        Pin(id, number, table.id)
        for number in problem.free_rounds
        for id in problem.roster[number]
        for table in problem.shape[number].tables
        if id not in problem.stations and (table.step_free or not problem.by_id[id].step_free)
    ]


def anew(problem, chance):
    """The problem some rounds later: a few are played, the others announced, and somebody has gone."""
    before = solve(problem, seed=1, iterations=500).plan.rounds
    played = chance.randrange(problem.rounds + 1)
    gone = next((id for id in problem.ids if id not in needed(problem)), None)
    left = tuple(person for person in problem.participants if person.id != gone)
    return replace(problem, participants=left, frozen=before[:played], announced=before[played:])


def needed(problem):
    """Hosts, and whoever a wish names."""
    wished = [*problem.keep_apart, *(wish.pair for wish in problem.keep_together)]
    return {*problem.stations, *(pin.person for pin in problem.pins), *(id for two in wished for id in two)}


@given(st.integers(0, 2**30))
def test_judge_and_engine_agree_on_plans_of_the_extension_and_on_spoilt_ones(number):
    chance = Random(number)
    try:
        problem = extended(chance)
        problem = anew(problem, chance) if maybe(chance) else problem
        result = solve(problem, seed=1, iterations=500)
    except Refusal:
        reject()
    written = json.loads(json.dumps(write_problem(problem)))

    broken, counted = check_plan.check(written, write_plan(result.plan))

    assert broken == []
    assert without(BOUNDS, said(result.metrics)) == without(BOUNDS, counted)
    assert result.metrics.key == check_plan.key(counted, 0)
    assert loose(result.metrics, counted) == set()
    for plan in (spoilt(result.plan, chance) for _ in range(5)):
        broken, counted = check_plan.check(written, write_plan(plan))
        metrics = score(problem, plan)
        assert bool(broken) == bool(metrics.violations)
        assert without(BOUNDS, said(metrics)) == without(BOUNDS, counted)
        assert metrics.key[1:] == check_plan.key(counted, 0)[1:]


def spoilt(plan, chance):
    """The plan with two people, two tables' names or two spare chairs of one round exchanged."""
    round = chance.choice(plan.rounds)
    people = [*round.table_of, *round.sits_out]
    if maybe(chance) and len(people) > 1:
        return with_round(plan, exchanged(round, *chance.sample(people, 2)))
    if len(round.tables) < 2:
        return plan
    one, other = chance.sample(range(len(round.tables)), 2)
    tables = list(round.tables)
    field = chance.choice(["id", "spare"])
    given, taken = getattr(tables[one], field), getattr(tables[other], field)
    tables[one], tables[other] = replace(tables[one], **{field: taken}), replace(tables[other], **{field: given})
    return with_round(plan, replace(round, tables=tuple(tables)))


def exchanged(round, a, b):
    turn = {a: b, b: a}
    tables = tuple(replace(table, members=tuple(turn.get(id, id) for id in table.members)) for table in round.tables)
    return replace(round, tables=tables, sits_out=tuple(turn.get(id, id) for id in round.sits_out))


def with_round(plan, round):
    return replace(plan, rounds=tuple(round if other.number == round.number else other for other in plan.rounds))
