"""Memory and the map of the network as pure rules (rounds rules 9 and 17)."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from scheduler.core.memory import Talker, between_people, between_schools, couple
from scheduler.core.network_map import NetworkMap, suggest
from scheduler.core.pairing.spares import usual_spares
from scheduler.core.pairing.what_if import who_stays_away

SCHOOLS = st.integers(1, 9)
TABLES = st.lists(st.lists(st.one_of(st.builds(Talker, SCHOOLS), st.just(Talker(None))), max_size=5), max_size=8)
LINKS = st.dictionaries(st.tuples(SCHOOLS, SCHOOLS).filter(lambda pair: pair[0] != pair[1]), st.integers(1, 5), max_size=20)


def maps() -> st.SearchStrategy[NetworkMap]:
    talks = LINKS.map(lambda found: {couple(*pair): times for pair, times in found.items()})
    return st.builds(NetworkMap, st.lists(SCHOOLS, unique=True, max_size=9), talks, LINKS)


@given(TABLES)
def test_every_two_people_of_known_schools_at_a_table_are_one_conversation(tables: list[list[Talker]]) -> None:
    known = [[talker for talker in table if talker.school is not None] for table in tables]

    assert between_schools(tables).total() == sum(len(list(combinations(table, 2))) for table in known)


def test_student_is_remembered_by_school_only_and_everybody_else_by_the_surest_mark() -> None:
    ana, ben, student = Talker(1, ("ana@x.org", "ana of 1")), Talker(2, ("ben@x.org", "ben of 2")), Talker(2)
    here = {"ana of 1": "a", "ben@x.org": "b", "ben of 2": "somebody of the same name"}

    assert between_people([[ana, ben, student]], here) == Counter({("a", "b"): 1})
    assert between_schools([[ana, ben, student]]) == Counter({(1, 2): 2, (2, 2): 1})


@given(maps())
def test_suggested_schools_never_met_and_stand_in_the_list_once_while_others_can(network: NetworkMap) -> None:
    suggested = suggest(network, most=len(network.schools))
    strangers = {pair for pair in network.couples if network.are_strangers(*pair)}

    assert set(suggested) <= strangers
    assert len(set(suggested)) == len(suggested) == min(len(network.schools), len(strangers))
    first = [school for pair in suggested for school in pair]
    alone = [pair for pair in strangers if not set(pair) & set(first)]
    twice = [school for school, times in Counter(first).items() if times > 1]
    assert not (alone and twice)


@given(maps())
def test_pairs_that_talked_visited_or_did_neither_are_all_pairs(network: NetworkMap) -> None:
    tally = network.tally

    assert tally.talked + tally.visited - tally.both + tally.strangers == tally.couples
    assert sum(network.known.values()) == 2 * (tally.couples - tally.strangers)


@given(st.integers(2, 60), st.integers(0, 60))
def test_lot_takes_as_many_as_asked_whatever_the_order_of_the_list(people: int, missing: int) -> None:
    ids = [f"p{n}" for n in range(people)]

    away = who_stays_away(ids, missing)

    assert len(away) == min(people, missing)
    assert away == who_stays_away(list(reversed(ids)), missing)


def test_spare_cards_are_one_for_every_twenty_people_and_at_least_two() -> None:
    assert [usual_spares(people) for people in (3, 40, 41, 1000)] == [2, 2, 3, 50]
