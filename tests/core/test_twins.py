"""Names that may be one, typed twice (registration rule 4)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.core.refusal import Refusal
from scheduler.core.twins import Known, Place, doubles, lead_stays, may_be_one, may_merge, name_keys, nearly_same, notes_together


@dataclass(frozen=True)
class Entry:
    name: str


PARTS = st.lists(st.text(st.characters(categories=["L"]), min_size=1, max_size=8), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Ana Pérez", "ANA PEREZ"), ("Ana Pérez", "Pérez, Ana"), ("Anna Lee", "Ana Lee"), ("Jean-Luc Roy", "Jean Luc Roy"),
        ("Mary Ann Lee", "Maryann Lee"), ("Sean O’Neill", "Sean ONeil"), ("  Ana   Pérez ", "Ana Pérez"), ("李 小龙", "李小龙"),
        ("José", "Jose\u0301"),
    ],
)  # fmt: skip
def test_one_name_typed_twice_is_found(name: str, other: str) -> None:
    assert nearly_same(name, other)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Ana Pérez", "Ana Ruiz"),
        ("Ana", "Ana Pérez"),
        ("Visitor 1", "Visitor 11"),
        ("", ""),
        ("🙂", "🙂"),
        ("Ana P.", "Ana R."),
        ("राम", "रमा"),
    ],
)
def test_two_names_are_two(name: str, other: str) -> None:
    assert not nearly_same(name, other)


@given(PARTS)
def test_order_case_and_accents_of_a_name_do_not_count(parts: list[str]) -> None:
    name = " ".join(parts)
    accented = "".join(letter + "\u0301" if letter in "aeiou" else letter for letter in name)

    for other in (" ".join(reversed(parts)), unicodedata.normalize("NFD", name), f"  {name} ", accented):
        assert name_keys(name) == set() or nearly_same(name, other)


@given(st.text(max_size=12), st.text(max_size=12))
def test_being_nearly_the_same_goes_both_ways_and_takes_any_text(name: str, other: str) -> None:
    assert nearly_same(name, other) == nearly_same(other, name)
    assert nearly_same(name, name) == bool(name_keys(name))


@given(st.lists(st.sampled_from(["Ana Ruiz", "Ruiz Anna", "Ana", "", "Mary Ann Lee", "Lee Mary Ann", "Maryann Lee"]), max_size=8))
def test_every_pair_of_a_list_is_found_once_in_its_order(names: list[str]) -> None:
    listed = [Entry(name) for name in names]

    wanted = [
        (one, other)
        for place, one in enumerate(listed)
        for other in listed[place + 1 :]
        if nearly_same(one.name, other.name)
    ]  # fmt: skip
    assert doubles(listed) == wanted


def test_people_of_the_network_share_a_school_or_have_two_addresses() -> None:
    here, there = Known(1, "Ana Ruiz", "a@x.org", 7), Known(2, "Ana Ruíz", "b@x.org", 8)
    without, elsewhere, nowhere = Known(3, "Ruiz Ana", "", 7), Known(4, "Ana Ruiz", "", 9), Known(5, "Ana Ruiz", "", None)

    pairs = may_be_one([here, there, without, elsewhere, nowhere])

    assert [(one.id, other.id) for one, other in pairs] == [(1, 2), (1, 3)]


def test_lead_stays_where_only_one_leads() -> None:
    lead, other = Place(1, "Ana", 1, is_lead=True), Place(2, "Anna", 2)

    assert (lead_stays(lead, other), lead_stays(other, lead), lead_stays(other, other), lead_stays(lead, lead)) == (True, False, True, True)


@pytest.mark.parametrize(
    ("stays", "goes", "because"),
    [
        (Place(1, "Ana", 1), Place(1, "Ana", 1), "the same entry"),
        (Place(1, "Ana", 1, was_here=True), Place(2, "Anna", 1, was_here=True), "both checked in"),
        (Place(1, "Ana", 1, is_lead=True), Place(2, "Anna", 2, is_lead=True), "each lead a booking"),
        (Place(1, "Ana", 1, is_student=True), Place(2, "Anna", 2), "a student and an adult"),
    ],
)
def test_who_cannot_be_one_is_told_why(stays: Place, goes: Place, because: str) -> None:
    with pytest.raises(Refusal, match=because):
        may_merge(stays, goes)


def test_two_notes_that_are_too_long_together_are_refused_rather_than_cut() -> None:
    assert notes_together("a" * 4, "b" * 4, most=10) == "aaaa; bbbb"
    with pytest.raises(Refusal, match="too long together"):
        notes_together("a" * 5, "b" * 4, most=10)
