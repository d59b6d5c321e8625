"""Counts of small plans, worked out by hand."""

from hypothesis import given

from scheduler.core.pairing.plan import Plan, Round, Table
from scheduler.core.pairing.problem import Participant, Problem
from scheduler.core.pairing.score import score
from scheduler.core.pairing.seating import BySize
from scheduler.core.pairing.solve import solve
from tests.core.pairing.problems import letters, plan_of, small_rooms


def test_repeats_count_from_the_second_time_and_their_spread_grows_with_each():
    problem = Problem(letters("abcd"), 3, BySize(2))

    metrics = score(problem, plan_of("ab cd", "ab cd", "ab cd"))

    assert (metrics.total_meetings, metrics.repeat_meetings, metrics.repeat_spread) == (6, 4, 6)
    assert (metrics.max_meetings_of_a_pair, metrics.worst_person_repeats, metrics.worst_new_share) == (3, 2, 0.3333)


def test_memory_and_frozen_rounds_make_a_first_pairing_a_repeat():
    problem = Problem(letters("abcd"), 2, BySize(2), met_before={("a", "c"): 2}, frozen=plan_of("ab cd").rounds)

    metrics = score(problem, plan_of("ab cd", "ac bd"))

    assert (metrics.total_meetings, metrics.repeat_meetings, metrics.repeat_spread) == (2, 1, 2)


def test_schools_roles_and_seats_without_anybody_from_elsewhere_are_counted():
    own = [Participant(id, school="own", role="teacher") for id in "ab"]
    problem = Problem((*own, *letters("cd", role="leader")), 1, BySize(2))

    metrics = score(problem, plan_of("ab cd"))

    assert (metrics.same_school_meetings, metrics.same_role_meetings, metrics.isolated_seats) == (1, 2, 2)


def test_topics_count_where_a_wish_meets_an_offer():
    asks, offers = Participant("a", wants=frozenset("x")), Participant("b", offers=frozenset("x"))
    alone = Participant("c", wants=frozenset("y"))
    problem = Problem((asks, offers, alone, Participant("d")), 1, BySize(2))

    metrics = score(problem, plan_of("ab cd"))

    assert (metrics.topic_matches, metrics.topic_matches_max, metrics.wanters_without_match) == (1, 1, 1)


def test_turns_in_trios_and_table_changes_are_counted():
    stays = Participant("a", mobility=True)
    problem = Problem((stays, *letters("bcde")), 2, BySize(2))

    metrics = score(problem, plan_of("abc de", "de abc"))

    assert (metrics.trios_min, metrics.trios_max, metrics.sits_out_max) == (0, 2, None)
    assert (metrics.mobility_moves, metrics.table_moves) == (1, 5)


@given(small_rooms())
def test_new_names_for_people_change_no_count(problem):
    plan = solve(problem, iterations=500).plan
    other = {id: f"q{number:02}" for number, id in enumerate(reversed(problem.ids))}

    metrics = score(renamed(problem, other), renamed_plan(plan, other))

    assert metrics == score(problem, plan)


@given(small_rooms())
def test_trading_all_seats_between_people_who_are_always_there_never_changes_repeats(problem):
    bare = Problem(tuple(Participant(id) for id in problem.ids), problem.rounds, problem.seating)
    plan = solve(bare, iterations=500).plan
    turned = dict(zip(bare.ids, (*bare.ids[1:], bare.ids[0]), strict=True))

    before, after = score(bare, plan), score(bare, renamed_plan(plan, turned))

    assert (after.repeat_meetings, after.repeat_spread) == (before.repeat_meetings, before.repeat_spread)


def renamed(problem: Problem, name: dict[str, str]) -> Problem:
    people = tuple(Participant(**{**vars_of(person), "id": name[person.id]}) for person in problem.participants)
    met = {tuple(sorted(name[id] for id in pair)): times for pair, times in problem.met_before.items()}
    return Problem(people, problem.rounds, problem.seating, met_before=met)


def vars_of(person: Participant) -> dict:
    return {field: getattr(person, field) for field in Participant.__dataclass_fields__}


def renamed_plan(plan: Plan, name: dict[str, str]) -> Plan:
    def tables(round: Round) -> tuple[Table, ...]:
        return tuple(Table(table.id, tuple(name[id] for id in table.members)) for table in round.tables)

    return Plan(tuple(Round(round.number, tables(round), tuple(name[id] for id in round.sits_out)) for round in plan.rounds))
