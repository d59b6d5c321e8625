"""Memory: which conversations really took place, between people and between schools (rounds rule 9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

Couple = tuple[int, int]
"""Two schools, the smaller number first; twice the same for a conversation within one school"""


@dataclass(frozen=True)
class Talker:
    """Somebody who sat at a table. `marks` are what knows them again, the surest first; students have none: of them the
    school is remembered only. No school: somebody from outside of the directory.
    """

    school: int | None
    marks: tuple[str, ...] = ()


Sat = Sequence[Talker]
"""The people of one table in one round"""


def couple(a: int, b: int) -> Couple:
    """Two schools in a fixed order, so that what is between them has one name.

    >>> couple(7, 3)
    (3, 7)
    """
    return (a, b) if a < b else (b, a)


def between_schools(tables: Iterable[Sat]) -> Counter[Couple]:
    """How many conversations two schools had; one conversation is two people at a table in one round.

    >>> table = [Talker(1), Talker(2), Talker(2), Talker(None)]
    >>> sorted(between_schools([table]).items())
    [((1, 2), 2), ((2, 2), 1)]
    """
    met: Counter[Couple] = Counter()
    for table in tables:
        schools = [talker.school for talker in table if talker.school is not None]
        met.update(couple(a, b) for a, b in combinations(schools, 2))
    return met


def between_people(tables: Iterable[Sat], here: Mapping[str, str]) -> Counter[tuple[str, str]]:
    """How often two people of those who are here talked before. `here` leads from a mark to the person who has it now.

    >>> ana, ben, student = Talker(1, ("ana@x.org", "ana of 1")), Talker(2, ("ben of 2",)), Talker(2)
    >>> between_people([[ana, ben, student], [ana, ben]], {"ana of 1": "p1", "ben of 2": "p2"})
    Counter({('p1', 'p2'): 2})
    """
    met: Counter[tuple[str, str]] = Counter()
    for table in tables:
        people = sorted({id for talker in table if (id := _here(talker, here)) is not None})
        met.update(combinations(people, 2))
    return met


def _here(talker: Talker, here: Mapping[str, str]) -> str | None:
    return next((here[mark] for mark in talker.marks if mark in here), None)
