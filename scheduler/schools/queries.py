"""Reads of schools and the network."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import abort, g, has_request_context
from sqlalchemy.orm import selectinload

from scheduler.core.text import same_name
from scheduler.foundation.db import columns, db
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.pages import Page, page_of
from scheduler.schools.models import FocusArea, Network, School, SchoolContact, Tier

IMPORT_KIND = "schools"


def network() -> Network:
    """The one network of this installation."""
    return db.session.get_one(Network, 1)


def how_the_network_is_called() -> sa.Row[Any] | None:
    """What pages say of the network: a row of its words, at a third of the price of the network itself; of one request asked once."""
    known: sa.Row[Any] | None = g.get("called") if has_request_context() else None
    return known or columns(_CALLED).one_or_none()


def keep_called(row: sa.Row[Any]) -> None:
    """These words were read along with something else: the page of this request need not ask for them."""
    if has_request_context():
        g.called = row


CALLED = Network.site_name, Network.name, Network.welcome, Network.introduction, Network.contact_email, Network.time_zone
_CALLED = sa.select(*CALLED).where(Network.id == 1)


def all_schools() -> Sequence[School]:
    """The directory, by name, with focus areas."""
    return db.session.scalars(sa.select(School).options(selectinload(School.focus_areas)).order_by(School.name)).all()


class Choice(NamedTuple):
    """A school as lists to choose from show it: a thousand of these are read in the time of fifty whole schools."""

    id: int
    slug: str
    name: str
    short_name: str
    tier: Tier
    borough: str


def choices(*conditions: sa.ColumnElement[bool], most: int | None = None) -> list[Choice]:
    """The schools that one can choose from, by name, all or the first ones."""
    chosen = sa.select(*(getattr(School, name) for name in Choice._fields)).where(*conditions).order_by(School.name).limit(most)
    return [Choice._make(row) for row in columns(chosen).all()]


class Addressee(NamedTuple):
    """Somebody to write to at a school, as long lists show them."""

    id: int
    school_id: int
    name: str
    email: str


def addressees(school_ids: Collection[int] | None = None) -> defaultdict[int, list[Addressee]]:
    """Whom to write to, by school, at some or at all."""
    chosen = sa.select(*(getattr(SchoolContact, name) for name in Addressee._fields)).order_by(SchoolContact.id)
    if school_ids is not None:
        chosen = chosen.where(SchoolContact.school_id.in_(school_ids))
    found: defaultdict[int, list[Addressee]] = defaultdict(list)
    for one in map(Addressee._make, columns(chosen).all()):
        found[one.school_id].append(one)
    return found


def school_or_404(slug: str) -> School:
    """A school of the directory by its name in addresses."""
    school = db.session.scalar(sa.select(School).where(School.slug == slug).options(selectinload(School.focus_areas)))
    if school is None:
        abort(404)
    return school


def find_school(typed: str) -> School | None:
    """The directory school that a person means: its name, short name or slug, in any case."""
    found = find_named(typed)
    return db.session.get_one(School, found[0]) if found else None


def find_named(typed: str) -> tuple[int, str] | None:
    """The id and the name of that school: all that most want to know, and no school is loaded for it."""
    chosen = columns(_BY_NAME, name=typed).first()  # as the form offers it
    if chosen is not None:
        return chosen.id, chosen.name
    wanted = same_name(typed)
    named = sa.select(School.id, School.name, School.short_name, School.slug)
    for school_id, name, short_name, slug in db.session.execute(named):
        if wanted in _spellings(name, short_name, slug):
            return school_id, name
    return None


_BY_NAME = sa.select(School.id, School.name).where(School.name == sa.bindparam("name")).limit(1)


@lru_cache(4096)
def _spellings(name: str, short_name: str, slug: str) -> tuple[str, str, str]:
    return same_name(name), same_name(short_name), slug


def boroughs() -> Sequence[str]:
    """Every borough that has a school."""
    return db.session.scalars(sa.select(School.borough).where(School.borough != "").distinct().order_by(School.borough)).all()


def focus_areas() -> Sequence[FocusArea]:
    """Every focus area, by name."""
    return db.session.scalars(sa.select(FocusArea).order_by(FocusArea.name)).all()


def directory(asked: Mapping[str, str]) -> Page[School]:
    """A page of the directory, Living Labs first, with focus areas."""
    rank = sa.case({tier: place for place, tier in enumerate(Tier)}, value=School.tier)
    return page_of(sa.select(School).options(selectinload(School.focus_areas)), [rank, School.name], School.slug, asked)


def by_name(asked: Mapping[str, str]) -> Page[School]:
    """A page of the directory by name."""
    return page_of(sa.select(School), [School.name], School.slug, asked)


def draft_or_404(public_id: str, user_id: int | None) -> ImportDraft:
    """Somebody's own import of schools."""
    draft = db.session.scalar(
        sa.select(ImportDraft).where(
            ImportDraft.public_id == public_id, ImportDraft.kind == IMPORT_KIND, ImportDraft.created_by == user_id
        )
    )  # fmt: skip
    if draft is None:
        abort(404)
    return draft
