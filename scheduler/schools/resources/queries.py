"""Reads of shared resources: what everybody may search, and what hosts see of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import joinedload, selectinload

from scheduler.core.access import Actor
from scheduler.core.text import folded
from scheduler.foundation.db import db, like
from scheduler.schools.choosing import queries as choosing
from scheduler.schools.choosing.queries import Among
from scheduler.schools.models import FocusArea, School
from scheduler.schools.resources.models import Audience, Resource, ResourceKind, resource_focus_areas

PAGE = 50
"""Resources on one page of the list"""
MOST_WORDS = 8
"""Of a search; more say nothing new"""


@dataclass(frozen=True)
class Filters:
    """What a visitor looks for; empty fields mean everything."""

    words: str = ""
    focus: str = ""
    kind: str = ""
    school: str = ""


@dataclass(frozen=True)
class Found:
    """One page of what fits."""

    listed: Sequence[Resource]
    total: int
    page: int
    last: int


def find(filters: Filters, *, page: int = 1) -> Found:
    """What everybody may see and fits, newest first: four statements, however many there are."""
    fitting = _fitting(filters)
    total = db.session.scalar(sa.select(sa.func.count(Resource.id)).join(Resource.school).where(*fitting)) or 0
    last = max(1, -(-total // PAGE))
    page = min(max(page, 1), last)
    chosen = _full().join(Resource.school).where(*fitting).order_by(Resource.changed_at.desc(), Resource.id.desc())
    return Found(db.session.scalars(chosen.limit(PAGE).offset((page - 1) * PAGE)).all(), total, page, last)


def _full() -> sa.Select[Resource]:
    """Resources with all that a list shows of them."""
    return sa.select(Resource).options(joinedload(Resource.school), joinedload(Resource.file), selectinload(Resource.focus_areas))


def _fitting(filters: Filters) -> list[sa.ColumnElement[bool]]:
    chosen: list[sa.ColumnElement[bool]] = [Resource.audience == Audience.EVERYBODY]
    if filters.kind:
        chosen.append(Resource.kind == ResourceKind(filters.kind))
    if filters.school:
        chosen.append(School.slug == filters.school)
    if filters.focus:
        chosen.append(Resource.focus_areas.any(FocusArea.slug == filters.focus))
    for word in folded(filters.words).split()[:MOST_WORDS]:
        of_school = sa.or_(School.name.ilike(like(word), escape="\\"), School.short_name.ilike(like(word), escape="\\"))
        chosen.append(sa.or_(Resource.words.like(like(word), escape="\\"), of_school))
    return chosen


def of_school(
    school_id: int, *audiences: Audience, area_ids: Collection[int] = (), also: Iterable[int] = (), most: int | None = None
) -> Sequence[Resource]:
    """What a school shares with some audiences, newest first.

    With `area_ids`, what is about other focus areas only is left out; those with an id in `also` are always in.
    """
    fits: sa.ColumnElement[bool] = Resource.audience.in_(audiences)
    if area_ids:
        about = sa.select(resource_focus_areas.c.resource_id)
        shared = Resource.id.in_(about.where(resource_focus_areas.c.focus_area_id.in_(area_ids)))
        fits = sa.and_(fits, sa.or_(shared, Resource.id.not_in(about)))
    chosen = _full().where(Resource.school_id == school_id, sa.or_(fits, Resource.id.in_(list(also))))
    return db.session.scalars(chosen.order_by(Resource.changed_at.desc(), Resource.id.desc()).limit(most)).all()


def options() -> tuple[Sequence[FocusArea], Among]:
    """The focus areas and schools of which everybody may see something."""
    public = Resource.audience == Audience.EVERYBODY
    about = sa.select(resource_focus_areas.c.focus_area_id).join(Resource).where(public)
    areas = sa.select(FocusArea).where(FocusArea.id.in_(about)).order_by(FocusArea.name)
    sharing = sa.select(Resource.id).where(Resource.school_id == School.id, public).exists()
    return db.session.scalars(areas).all(), choosing.among(sharing)


def public_or_404(public_id: str) -> Resource:
    """A resource that everybody may see."""
    found = find_resource(public_id)
    return found if found and found.audience == Audience.EVERYBODY else abort(404)


def for_host_or_404(public_id: str, actor: Actor) -> Resource:
    """A resource of a school that this person works for; everything else is not there."""
    found = find_resource(public_id)
    return found if found and actor.may_host(found.school_id) else abort(404)


def find_resource(public_id: str) -> Resource | None:
    """A resource by its name in addresses."""
    return db.session.scalar(_full().where(Resource.public_id == public_id))
