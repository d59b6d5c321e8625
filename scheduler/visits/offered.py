"""What visitors can choose from in the list: the schools and focus areas of coming visits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from scheduler.foundation.boxes import MOST_LISTED
from scheduler.foundation.db import columns
from scheduler.registration.models import Gathering, GatheringKind
from scheduler.schools import queries as schools
from scheduler.schools.models import FocusArea, School, Tier
from scheduler.visits.fitting import COMING, at
from scheduler.visits.models import Visit, visit_focus_areas


class Area(NamedTuple):
    """A focus area as lists to choose from show it."""

    slug: str
    name: str


@dataclass(frozen=True)
class Offered:
    """What coming visits offer to choose from: no choice leads to an empty page by itself."""

    schools: Sequence[schools.Choice]
    """One more than a list may hold where there are too many"""
    areas: Sequence[Area]
    boroughs: Sequence[str]
    tiers: Sequence[Tier]

    @property
    def named(self) -> tuple[object, ...]:
        """All that the form of the filters shows while nothing is chosen."""
        return *self.schools, *self.areas, *self.boroughs, *self.tiers


def offered(*, now: datetime) -> Offered:
    """Schools, boroughs, tiers and focus areas of coming visits, each by name, in one statement."""
    found: dict[str, list[Any]] = {"school": [], "area": [], "borough": [], "tier": []}
    for row in columns(_OFFERED, **at(now)):
        found[row.kind].append(_READ[row.kind](row))
    tiers = [tier for tier in Tier if tier in found["tier"]]
    return Offered(found["school"], found["area"], found["borough"], tiers)


_READ: dict[str, Callable[[sa.Row[Any]], Any]] = {
    "school": lambda row: schools.Choice._make(row[1:]), "area": lambda row: Area(row.slug, row.name),
    "borough": lambda row: row.name, "tier": lambda row: row.tier,
}  # fmt: skip


def _offered() -> sa.CompoundSelect[Any]:
    there = sa.select(Gathering.id).where(Gathering.kind == GatheringKind.VISIT, COMING)
    # The first coming visit of a school, or of an area: asked whether there is any, PostgreSQL reads all of them.
    about = there.join(Visit).join(visit_focus_areas, visit_focus_areas.c.visit_id == Visit.id).order_by(Gathering.starts_wall).limit(1)
    places = sa.select(*(getattr(School, name) for name in schools.Choice._fields))
    here = there.where(Gathering.school_id == School.id).order_by(Gathering.starts_wall).limit(1)
    places = places.where(here.correlate(School).scalar_subquery().is_not(None))
    has_them = places.cte("places").prefix_with("MATERIALIZED").c  # else SQLite looks for each of the three anew
    first = sa.select(*has_them).order_by(has_them.name).limit(MOST_LISTED + 1).subquery().c
    areas = _row("area", slug=FocusArea.slug, name=FocusArea.name)
    return sa.union_all(
        _row("school", **{name: first[name] for name in schools.Choice._fields}),
        _row("borough", name=has_them.borough).where(has_them.borough != "").distinct(),
        _row("tier", tier=has_them.tier).distinct(),
        areas.where(about.where(visit_focus_areas.c.focus_area_id == FocusArea.id).correlate(FocusArea).scalar_subquery().is_not(None)),
    ).order_by("name")


def _row(kind: str, **said: Any) -> sa.Select[Any]:
    """A row of the union, with nothing where nothing is said."""
    types = {name: getattr(School, name).type for name in schools.Choice._fields}
    return sa.select(
        sa.literal(kind).label("kind"),
        *(said.get(name, sa.cast(sa.null(), of_column)).label(name) for name, of_column in types.items()),
    )  # fmt: skip


_OFFERED = _offered()
