"""The map of the network as a page asks for it: which schools, of which school year, in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property

import sqlalchemy as sa

from scheduler.core.memory import between_schools
from scheduler.core.network_map import NetworkMap, conversations_by_school, suggest
from scheduler.core.school_days import days_of, school_year
from scheduler.core.text import same_name
from scheduler.foundation.db import db
from scheduler.meetups.memory.queries import Held, held_between
from scheduler.registration.models import (
    Attendee,
    AttendeeState,
    Gathering,
    GatheringKind,
    GatheringState,
    Registration,
    RegistrationState,
    Roster,
)
from scheduler.schools import queries as schools
from scheduler.schools.models import School, Tier
from scheduler.schools.queries import Choice

MOST_DRAWN = 60
"""Schools on one map that can still be read; of more a page is shown"""


class Order(StrEnum):
    NAME = "name"
    BOROUGH = "borough"
    TIER = "tier"
    FEWEST = "fewest"
    """Fewest conversations first"""


@dataclass(frozen=True)
class Asked:
    """What an address asks for; empty fields mean everything.

    >>> Asked(year=2026, borough="Bronx").without(borough="").query
    {'year': 2026}
    """

    year: int | None = None
    borough: str = ""
    tier: str = ""
    order: Order = Order.NAME
    first: str = ""
    """The school with which the page begins"""

    @property
    def query(self) -> dict[str, object]:
        """What stands in the address: nothing of what is usual."""
        asked = {"year": self.year, "borough": self.borough, "tier": self.tier, "order": self.order.value, "first": self.first}
        return {name: value for name, value in asked.items() if value and value != Order.NAME}

    def without(self, **fields: object) -> Asked:
        """The same with some fields changed: what a link asks for."""
        return replace(self, **fields)  # type: ignore[arg-type]


class MapPage:
    """Everything the page, its table and its file show: up to sixty schools at once, in a fixed number of statements."""

    def __init__(self, asked: Asked, *, now: datetime) -> None:
        self.asked = asked
        self.every = schools.choices(School.tier != Tier.EXTERNAL)
        self.now = now

    @cached_property
    def held(self) -> list[Held]:
        """Every meetup that took place, by schools: those of this page, or all where these follow from their conversations."""
        return held_between(None if self.asked.order == Order.FEWEST else self.chosen)

    @cached_property
    def years(self) -> list[int]:
        """School years from the first in which something took place to the one that it is now; the newest first."""
        days = [held.held_on for held in self.held] + [self.now.date()]
        if (first := _first_visit(self.now)) is not None:
            days.append(first.date())
        return list(range(school_year(max(days)), school_year(min(days)) - 1, -1))

    @cached_property
    def boroughs(self) -> list[str]:
        return sorted({school.borough for school in self.every if school.borough}, key=same_name)

    @cached_property
    def tiers(self) -> list[Tier]:
        there = {school.tier for school in self.every}
        return [tier for tier in Tier if tier in there]

    @cached_property
    def fitting(self) -> list[Choice]:
        """The schools that are asked for, in the order that is asked for, on all pages."""
        asked = self.asked
        found = [school for school in self.every if asked.borough in ("", school.borough) and asked.tier in ("", school.tier)]
        talks = conversations_by_school({school.id for school in found}, self._talks(asked.year)) if asked.order == Order.FEWEST else {}
        return sorted(found, key=lambda school: (_rank(school, asked.order, talks), same_name(school.short_name)))

    @cached_property
    def begin(self) -> int:
        """How many schools stand on the pages before this one."""
        return next((place for place, school in enumerate(self.fitting) if school.slug == self.asked.first), 0)

    @cached_property
    def chosen(self) -> dict[int, Choice]:
        """The schools of this page, by id."""
        return {school.id: school for school in self.fitting[self.begin : self.begin + MOST_DRAWN]}

    @property
    def before(self) -> Asked | None:
        """The page before this one; None on the first."""
        before = self.fitting[max(self.begin - MOST_DRAWN, 0) :][:1]
        return self.asked.without(first=before[0].slug) if self.begin else None

    @property
    def after(self) -> Asked | None:
        """The page after this one; None on the last."""
        after = self.fitting[self.begin + MOST_DRAWN :][:1]
        return self.asked.without(first=after[0].slug) if after else None

    @cached_property
    def visits(self) -> list[Visited]:
        return _visits(self.chosen, self.now)

    @cached_property
    def network(self) -> NetworkMap:
        """What was between the schools of this page in the chosen school year, or ever."""
        return self._between(list(self.chosen), self.asked.year)

    def _between(self, ids: Sequence[int], year: int | None = None) -> NetworkMap:
        talks = self._talks(year)
        visits = Counter((visit.guest, visit.host) for visit in self.visits if year is None or school_year(visit.day) == year)
        return NetworkMap(ids, talks, visits)

    def _talks(self, year: int | None) -> Mapping[tuple[int, int], int]:
        return between_schools(table for held in self.meetups_of(year) for table in held.tables)

    def meetups_of(self, year: int | None) -> list[Held]:
        """The meetups of a school year, or all."""
        return [held for held in self.held if year is None or school_year(held.held_on) == year]

    @cached_property
    def drawn(self) -> list[Choice]:
        """The schools of the picture."""
        return list(self.chosen.values())

    @cached_property
    def matrix(self) -> list[list[int]]:
        return [[self.network.talked(a.id, b.id) for b in self.drawn] for a in self.drawn]

    @cached_property
    def visited(self) -> list[list[int]]:
        return [[self.network.visited(a.id, b.id) if a is not b else 0 for b in self.drawn] for a in self.drawn]

    @cached_property
    def couples(self) -> list[tuple[Choice, Choice, int, int, int]]:
        """Every two schools: conversations, visits of the first at the second, and of the second at the first."""
        network, by_id = self.network, self.chosen
        return [
            (by_id[a], by_id[b], network.talked(a, b), network.visits.get((a, b), 0), network.visits.get((b, a), 0))
            for a, b in network.couples
        ]

    @cached_property
    def suggestions(self) -> list[Suggestion]:
        """Which two to invite next: whoever never met, in any school year."""
        ever = self._between(list(self.chosen))
        others = len(self.chosen) - 1
        return [Suggestion(self.chosen[a], self.chosen[b], ever.known[a], ever.known[b], others) for a, b in suggest(ever)]


def _rank(school: Choice, order: Order, talks: Mapping[int, int]) -> tuple[int, str]:
    match order:
        case Order.BOROUGH:
            return 0, same_name(school.borough)
        case Order.TIER:
            return list(Tier).index(school.tier), ""
        case Order.FEWEST:
            return talks.get(school.id, 0), ""
        case Order.NAME:
            return 0, ""


@dataclass(frozen=True)
class Suggestion:
    """Two schools that never met, and how many of the others each knows."""

    one: Choice
    other: Choice
    one_knows: int
    other_knows: int
    others: int


@dataclass(frozen=True)
class Visited:
    """A party from one school was at another."""

    guest: int
    host: int
    day: date


def _first_visit(now: datetime) -> datetime | None:
    """When the first visit took place, by the clock on its wall."""
    held = sa.and_(Gathering.kind == GatheringKind.VISIT, Gathering.state == GatheringState.PUBLISHED, Gathering.ends_at <= now)
    return db.session.scalar(sa.select(Gathering.starts_wall).where(held).order_by(Gathering.starts_at).limit(1))


def _visits(ids: Collection[int], now: datetime) -> list[Visited]:
    """Visits between some schools that are over: parties of whom somebody was marked as arrived, or, while the roster is open, that were
    confirmed."""
    arrived = sa.select(Attendee.id).where(Attendee.registration_id == Registration.id, Attendee.state == AttendeeState.ARRIVED).exists()
    chosen = (
        sa.select(Registration.school_id, Gathering.school_id, Gathering.starts_wall)
        .join(Gathering, Registration.gathering_id == Gathering.id)
        .outerjoin(Roster, Roster.gathering_id == Gathering.id)
        .where(
            Gathering.kind == GatheringKind.VISIT, Gathering.state == GatheringState.PUBLISHED, Gathering.ends_at <= now,
            Registration.state == RegistrationState.CONFIRMED, Registration.school_id.in_(ids), Gathering.school_id.in_(ids),
            Registration.school_id != Gathering.school_id, sa.or_(Roster.closed_at.is_(None), arrived),
        )
    )  # fmt: skip
    return [Visited(guest, host, wall.date()) for guest, host, wall in db.session.execute(chosen) if guest and host]


def read_asked(arguments: Mapping[str, str]) -> Asked:
    """What an address asks for; what cannot be read counts as not asked.

    >>> read_asked({"year": "2026", "order": "fewest", "tier": "gold"})
    Asked(year=2026, borough='', tier='', order=<Order.FEWEST: 'fewest'>, first='')
    """
    year, tier = arguments.get("year", ""), arguments.get("tier", "")
    order = next((order for order in Order if order == arguments.get("order")), Order.NAME)
    return Asked(
        int(year) if year.isascii() and year.isdigit() and 2000 <= int(year[:5]) <= 2100 else None, arguments.get("borough", "")[:60],
        tier if tier in list(Tier) else "", order, arguments.get("first", "")[:80],
    )  # fmt: skip


def season_name(year: int) -> str:
    """How people call a school year.

    >>> season_name(2026)
    '2026–27'
    """
    return f"{days_of(year)[0].year}–{days_of(year)[1].year % 100:02}"
