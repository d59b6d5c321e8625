"""Names that stand on a list twice, and which two people may become one (registration rules 4 and 6)."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Protocol, TypeVar

from scheduler.core.refusal import Refusal, Sentence, say
from scheduler.core.text import folded

JOINS = "-‐‑–—,.;/_"
"""Between two parts of a name; whatever else is neither letter nor digit, such as an apostrophe, is left out"""


def name_keys(name: str) -> frozenset[str]:
    """Forms of a name of which nearly the same names share one: the parts in any order, and the whole without its spaces.

    Case, accents, doubled letters and signs do not count.

    >>> sorted(name_keys("Pérez-Ruiz,  ANNA"))
    ['ana perez ruiz', 'perezruizana']
    >>> name_keys("🙂")
    frozenset()
    """
    spaced = "".join(" " if sign in JOINS else sign for sign in folded(name))
    parts = [_single("".join(sign for sign in part if _counts(sign))) for part in spaced.split()]
    parts = [part for part in parts if part]
    return frozenset({" ".join(sorted(parts)), _single("".join(parts))} if parts else ())


def _counts(sign: str) -> bool:
    return sign.isalnum() or unicodedata.category(sign).startswith("M")


def _single(text: str) -> str:
    """Doubled letters once; numbers as they are, for 11 is not 1."""
    return "".join(letter if letter.isalpha() else "".join(run) for letter, run in groupby(text))


def nearly_same(name: str, other: str) -> bool:
    """Whether two names may be one, typed twice.

    >>> nearly_same("Ana Pérez", "perez  anna"), nearly_same("Mary Ann Lee", "Maryann Lee"), nearly_same("Sean O'Neil", "Seán ONeill")
    (True, True, True)
    >>> nearly_same("Ana Pérez", "Ana Ruiz"), nearly_same("Visitor 1", "Visitor 11")
    (False, False)
    """
    return bool(name_keys(name) & name_keys(other))


class HasName(Protocol):
    """Whatever stands on a list under a name."""

    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=HasName)


def doubles(listed: Iterable[N]) -> list[tuple[N, N]]:
    """The pairs of nearly the same name, in the order of the list; whoever has no name is in none."""
    order = list(listed)
    by_key: defaultdict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(order):
        for key in name_keys(one.name):
            by_key[key].append(place)
    pairs = {pair for places in by_key.values() for pair in combinations(places, 2)}
    return [(order[one], order[other]) for one, other in sorted(pairs)]


@dataclass(frozen=True)
class Known:
    """One person as the network knows them."""

    id: int
    name: str
    email: str
    school_id: int | None


def may_be_one(people: Iterable[Known]) -> list[tuple[Known, Known]]:
    """People of the network who may be the same: nearly the same name at the same school, or under two addresses.

    >>> ana, anna, other = Known(1, "Ana Pérez", "ana@x.org", 7), Known(2, "Anna Perez", "", 7), Known(3, "Ana Perez", "", 8)
    >>> [(one.id, two.id) for one, two in may_be_one([ana, anna, other])]
    [(1, 2)]
    """
    return [(one, two) for one, two in doubles(people) if _same_school(one, two) or (one.email and two.email)]


def _same_school(one: Known, two: Known) -> bool:
    return one.school_id is not None and one.school_id == two.school_id


@dataclass(frozen=True)
class Place:
    """Somebody on the list of one gathering, as the rules of merging see them."""

    id: int
    name: str
    party_id: int
    is_lead: bool = False
    is_student: bool = False
    was_here: bool = False


def lead_stays(stays: Place, goes: Place) -> bool:
    """Whether the two are the right way round: who leads a party stays, for its mail and its link are theirs.

    >>> lead_stays(Place(1, "Ana", 4), Place(2, "Anna", 5, is_lead=True))
    False
    """
    return stays.is_lead or not goes.is_lead


def may_merge(stays: Place, goes: Place) -> None:
    """Refuse to make one of two who are two, or who cannot become one without taking something from a party.

    >>> may_merge(Place(1, "Ana", 4, was_here=True), Place(2, "Anna", 5, was_here=True))
    Traceback (most recent call last):
    scheduler.core.refusal.Refusal: Ana and Anna are both checked in, so they are two people. If one check-in was a mistake, take it back at the door first.
    """  # noqa: E501
    _refuse_oneself(stays.id, goes.id, stays.name)
    names = {"one": stays.name, "other": goes.name}
    if stays.was_here and goes.was_here:
        raise Refusal(
            say(
                "%(one)s and %(other)s are both checked in, so they are two people. "
                "If one check-in was a mistake, take it back at the door first.", **names,
            )
        )  # fmt: skip
    _refuse_student_with_adult(stays.is_student, goes.is_student, names)
    if stays.is_lead and goes.is_lead:
        raise Refusal(
            say(
                "%(one)s and %(other)s each lead a booking here, and a booking needs its lead. "
                "Cancel one of the two bookings, and make the other larger where more people come.", **names,
            )
        )  # fmt: skip


@dataclass(frozen=True)
class Shared:
    """A gathering at which both people have a place."""

    title: Sentence
    is_coming: bool
    both_were_here: bool


def may_merge_people(stays: Known, goes: Known, shared: Sequence[Shared], *, students: tuple[bool, bool]) -> None:
    """Refuse to make one of two people of the network who were at one place together, or still have two places somewhere.

    >>> fair = Shared(say("Fair, May 2"), is_coming=True, both_were_here=False)
    >>> may_merge_people(Known(1, "Ana", "", 7), Known(2, "Anna", "", 7), [fair], students=(False, False))
    Traceback (most recent call last):
    scheduler.core.refusal.Refusal: Ana and Anna both stand on the list of Fair, May 2. Merge them there first, so that one place remains.
    """
    _refuse_oneself(stays.id, goes.id, stays.name)
    names: dict[str, object] = {"one": stays.name, "other": goes.name}
    _refuse_student_with_adult(*students, names)
    for gathering in shared:
        if gathering.both_were_here:
            sentence = "%(one)s and %(other)s were both checked in at %(where)s, so they are two people."
            raise Refusal(say(sentence, where=gathering.title, **names))
    for gathering in shared:
        if gathering.is_coming:
            sentence = "%(one)s and %(other)s both stand on the list of %(where)s. Merge them there first, so that one place remains."
            raise Refusal(say(sentence, where=gathering.title, **names))


def _refuse_oneself(one: int, other: int, name: str) -> None:
    if one == other:
        raise Refusal(say("This is %(name)s twice: the same entry. Choose two people.", name=name))


def _refuse_student_with_adult(one: bool, other: bool, names: dict[str, object] | dict[str, str]) -> None:
    if one != other:
        sentence = "%(one)s and %(other)s are a student and an adult, so they are two people. If a role is wrong, change it first."
        raise Refusal(say(sentence, **names))


def needs_together(one: Sequence[str], other: Sequence[str]) -> list[str]:
    """What two entries of one person say that they need: all of it, nothing twice.

    >>> needs_together(["seating"], ["quiet_space", "seating"])
    ['seating', 'quiet_space']
    """
    return list(dict.fromkeys([*one, *other]))


def notes_together(one: str, other: str, *, most: int) -> str:
    """What two entries say about it in words, one after the other; refused where it grows too long.

    >>> notes_together("No stairs", "no stairs", most=500), notes_together("No stairs", "Nuts", most=500)
    ('No stairs', 'No stairs; Nuts')
    """
    if not other or folded(one) == folded(other):
        return one
    together = f"{one}; {other}" if one else other
    if len(together) > most:
        raise Refusal(say("What the two entries say about access is too long together. Ask the lead to shorten one of them first."))
    return together
