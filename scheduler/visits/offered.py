"""What visitors can choose from in the list: the schools and focus areas of coming visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

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
    areas: Sequence[Area]

    @property
    def named(self) -> tuple[object, ...]:
        """All that the form of the filters shows while nothing is chosen."""
        return *self.schools, *self.areas

    @property
    def boroughs(self) -> list[str]:
        return sorted({school.borough for school in self.schools if school.borough})

    @property
    def tiers(self) -> list[Tier]:
        there = {school.tier for school in self.schools}
        return [tier for tier in Tier if tier in there]


def offered(*, now: datetime) -> Offered:
    """Schools and focus areas of coming visits, by name, in one statement."""
    places, areas = list[schools.Choice](), list[Area]()
    for row in columns(_OFFERED, **at(now)):
        places.append(schools.Choice(*row[1:])) if row.kind == "school" else areas.append(Area(row.slug, row.name))
    return Offered(places, areas)


def _offered() -> sa.CompoundSelect[Any]:
    there = sa.select(Gathering.id).where(Gathering.kind == GatheringKind.VISIT, COMING)
    about = there.join(Visit).join(visit_focus_areas, visit_focus_areas.c.visit_id == Visit.id)
    places = sa.select(sa.literal("school").label("kind"), *(getattr(School, name) for name in schools.Choice._fields))
    areas = sa.select(
        sa.literal("area"), FocusArea.id, FocusArea.slug, FocusArea.name, sa.literal(""), sa.cast(sa.null(), sa.String), sa.literal("")
    )
    places = places.where(there.where(Gathering.school_id == School.id).exists())
    areas = areas.where(about.where(visit_focus_areas.c.focus_area_id == FocusArea.id).exists())
    both = sa.union_all(places, areas)
    return both.order_by(both.selected_columns.name)


_OFFERED = _offered()
