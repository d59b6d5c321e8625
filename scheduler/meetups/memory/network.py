"""The map of the network as a page asks for it: which schools, of which school year, in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property

import sqlalchemy as sa

from scheduler.core.memory import between_schools
from scheduler.core.network_map import NetworkMap, suggest
from scheduler.core.school_days import days_of, school_year
from scheduler.core.text import same_name
from scheduler.foundation.db import db
from scheduler.meetups.memory.queries import Held, held_meetups
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

MOST_DRAWN = 60
"""Schools on one picture that can still be read"""


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

    @property
    def query(self) -> dict[str, object]:
        """What stands in the address: nothing of what is usual."""
        asked = {"year": self.year, "borough": self.borough, "tier": self.tier, "order": self.order.value}
        return {name: value for name, value in asked.items() if value and value != Order.NAME}

    def without(self, **fields: object) -> Asked:
        """The same with some fields changed: what a link asks for."""
        return replace(self, **fields)  # type: ignore[arg-type]


class MapPage:
    """Everything the page, its table and its file show; five statements, however many schools there are."""

    def __init__(self, asked: Asked, *, now: datetime) -> None:
        self.asked = asked
        self.held = held_meetups()
        self.every = [school for school in schools.all_schools() if school.tier != Tier.EXTERNAL]
        self.visits = _visits(now)
        self.now = now

    @cached_property
    def years(self) -> list[int]:
        """School years in which something took place, and the one that it is now; the newest first."""
        days = [held.held_on for held in self.held] + [visit.day for visit in self.visits] + [self.now.date()]
        return sorted({school_year(day) for day in days}, reverse=True)

    @cached_property
    def boroughs(self) -> list[str]:
        return sorted({school.borough for school in self.every if school.borough}, key=same_name)

    @cached_property
    def tiers(self) -> list[Tier]:
        there = {school.tier for school in self.every}
        return [tier for tier in Tier if tier in there]

    @cached_property
    def chosen(self) -> dict[int, School]:
        """The schools that are asked for, by id, in the order that is asked for."""
        asked = self.asked
        found = [school for school in self.every if asked.borough in ("", school.borough) and asked.tier in ("", school.tier)]
        network = self._between([school.id for school in found], asked.year)
        ordered = sorted(found, key=lambda school: (_rank(school, asked.order, network), same_name(school.short_name)))
        return {school.id: school for school in ordered}

    @cached_property
    def network(self) -> NetworkMap:
        """What was between the chosen schools in the chosen school year, or ever."""
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
    def drawn(self) -> list[School]:
        """The schools of the picture."""
        return list(self.chosen.values())[:MOST_DRAWN]

    @cached_property
    def matrix(self) -> list[list[int]]:
        return [[self.network.talked(a.id, b.id) for b in self.drawn] for a in self.drawn]

    @cached_property
    def visited(self) -> list[list[int]]:
        return [[self.network.visited(a.id, b.id) if a is not b else 0 for b in self.drawn] for a in self.drawn]

    @cached_property
    def couples(self) -> list[tuple[School, School, int, int, int]]:
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


def _rank(school: School, order: Order, network: NetworkMap) -> tuple[int, str]:
    match order:
        case Order.BOROUGH:
            return 0, same_name(school.borough)
        case Order.TIER:
            return list(Tier).index(school.tier), ""
        case Order.FEWEST:
            return network.conversations_of(school.id), ""
        case Order.NAME:
            return 0, ""


@dataclass(frozen=True)
class Suggestion:
    """Two schools that never met, and how many of the others each knows."""

    one: School
    other: School
    one_knows: int
    other_knows: int
    others: int


@dataclass(frozen=True)
class Visited:
    """A party from one school was at another."""

    guest: int
    host: int
    day: date


def _visits(now: datetime) -> list[Visited]:
    """Visits that are over: parties of whom somebody was marked as arrived, or, while the roster is open, that were confirmed."""
    arrived = sa.select(Attendee.id).where(Attendee.registration_id == Registration.id, Attendee.state == AttendeeState.ARRIVED).exists()
    chosen = (
        sa.select(Registration.school_id, Gathering.school_id, Gathering.starts_wall)
        .join(Gathering, Registration.gathering_id == Gathering.id)
        .outerjoin(Roster, Roster.gathering_id == Gathering.id)
        .where(
            Gathering.kind == GatheringKind.VISIT, Gathering.state == GatheringState.PUBLISHED, Gathering.ends_at <= now,
            Registration.state == RegistrationState.CONFIRMED, Registration.school_id.is_not(None), Gathering.school_id.is_not(None),
            Registration.school_id != Gathering.school_id, sa.or_(Roster.closed_at.is_(None), arrived),
        )
    )  # fmt: skip
    return [Visited(guest, host, wall.date()) for guest, host, wall in db.session.execute(chosen) if guest and host]


def read_asked(arguments: Mapping[str, str]) -> Asked:
    """What an address asks for; what cannot be read counts as not asked.

    >>> read_asked({"year": "2026", "order": "fewest", "tier": "gold"})
    Asked(year=2026, borough='', tier='', order=<Order.FEWEST: 'fewest'>)
    """
    year, tier = arguments.get("year", ""), arguments.get("tier", "")
    order = next((order for order in Order if order == arguments.get("order")), Order.NAME)
    return Asked(
        int(year) if year.isascii() and year.isdigit() and 2000 <= int(year[:5]) <= 2100 else None, arguments.get("borough", "")[:60],
        tier if tier in list(Tier) else "", order,
    )  # fmt: skip


def season_name(year: int) -> str:
    """How people call a school year.

    >>> season_name(2026)
    '2026–27'
    """
    return f"{days_of(year)[0].year}–{days_of(year)[1].year % 100:02}"
