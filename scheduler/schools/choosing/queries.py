"""The schools that somebody may choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from scheduler.core.access import Actor
from scheduler.core.near_names import near
from scheduler.core.text import same_name, tidy, without_unshowable
from scheduler.foundation.boxes import LONGEST, MOST_LISTED, MOST_NEAR
from scheduler.foundation.db import apart, columns, in_one
from scheduler.schools.models import School
from scheduler.schools.queries import Choice, choices


@dataclass(frozen=True)
class Among:
    """All of the schools where a plain list can hold them; of more the first ones by name, and ways to find the others."""

    listed: Sequence[Choice]
    conditions: tuple[sa.ColumnElement[bool], ...] = ()
    is_many: bool = False

    def find(self, typed: str) -> Choice | None:
        """The school that is meant by its name in addresses; of many by its name or short name, too, in any case."""
        typed = without_unshowable(tidy(typed[:LONGEST]))
        if not typed:
            return None
        if not self.is_many:
            return next((school for school in self.listed if school.slug == typed), None)
        exact = choices(sa.or_(School.slug == typed, School.name == typed), *self.conditions)
        return exact[0] if exact else self._spelled(same_name(typed))

    def _spelled(self, wanted: str) -> Choice | None:
        """Of several that are called so, the one whose full name it is."""
        called = [school for school in self._every() if wanted in (same_name(school.name), same_name(school.short_name))]
        return min(called, key=lambda school: same_name(school.name) != wanted, default=None)

    def near(self, typed: str) -> list[Choice]:
        """The schools that come near what was typed."""
        every = self._every()
        return [every[n] for n in near(typed, [(school.name, school.short_name) for school in every], most=MOST_NEAR)]

    def _every(self) -> Sequence[Choice]:
        return choices(*self.conditions) if self.is_many else self.listed


def among(*conditions: sa.ColumnElement[bool]) -> Among:
    """The schools of the directory that fit."""
    found = choices(*conditions, most=MOST_LISTED + 1)
    return Among(found[:MOST_LISTED], conditions, is_many=len(found) > MOST_LISTED)


def hosted(actor: Actor) -> Among:
    """The schools that this person works for."""
    return among() if actor.sees_every_school else among(School.id.in_(actor.hosted_school_ids))


def only(school: School) -> Among:
    """One school, which is not asked for."""
    return Among([Choice(*(getattr(school, name) for name in Choice._fields))])


def of(listed: Sequence[Choice]) -> Among:
    """Schools that were read already; of many any school of the directory is found."""
    return Among(listed[:MOST_LISTED], is_many=len(listed) > MOST_LISTED)


def names_offered(beside: sa.Row[Any] | None = None) -> list[str]:
    """What the schools are called, where a list can hold them all; of more none, and those near what is typed are asked for.

    Where they came `beside` something else (NAMES, as `school_names`), they are not asked for again.
    """
    names = apart(columns(_NAMED).scalar() if beside is None else beside.school_names)
    return [] if len(names) > MOST_LISTED else names


NAMES = sa.select(in_one(sa.select(School.name).limit(MOST_LISTED + 1).subquery().c.name)).scalar_subquery()
_NAMED = sa.select(NAMES)


def names_near(typed: str) -> list[str]:
    """What the schools of the directory are called that come near what somebody types."""
    if not typed.strip():
        return []
    every = _every(columns(_CALLED).scalar())
    return [every[n][0] for n in near(typed, every, most=MOST_NEAR, corrected=False)]


@lru_cache(1)
def _every(called: str | None) -> Sequence[tuple[str, ...]]:
    """Taken apart once, and not for each letter that somebody types."""
    return [tuple(names.split(_OR)) for names in apart(called)]


_OR = "\n"
"""Between the name and the short name of a school, which are lines"""
_CALLED = sa.select(in_one(School.name + _OR + School.short_name))
