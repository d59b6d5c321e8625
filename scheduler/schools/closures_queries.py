"""Reads of closures: which days are closed, for whom, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from flask import abort

from scheduler.core.access import Actor
from scheduler.foundation.db import db
from scheduler.foundation.imports import ImportDraft
from scheduler.schools.models import Closure, ClosureSource, School

IMPORT_KIND = "closures"


def closed_days(school_id: int, first: date, last: date) -> dict[date, str]:
    """The closed days of a school from `first` to `last`, both included, with the title of what closes them: the network's
    closures and its own, whose title is the one that is told. Weekends are not in it unless a closure covers them."""
    return closed_days_of([school_id], first, last)[school_id]


def closed_days_of(school_ids: Collection[int], first: date, last: date) -> dict[int, dict[date, str]]:
    """The closed days of several schools, each as `closed_days` gives them, in one statement."""
    touching = sa.and_(Closure.first_day <= last, Closure.last_day >= first)
    meant = sa.or_(Closure.school_id.is_(None), Closure.school_id.in_(school_ids))
    columns = sa.select(Closure.school_id, Closure.first_day, Closure.last_day, Closure.title).where(touching, meant)
    closed: dict[int, dict[date, str]] = {school_id: {} for school_id in school_ids}
    # The network's come first, so that a school's own title is written over theirs; the longer one before a day within it.
    ordered = sorted(db.session.execute(columns), key=lambda row: (row.school_id is not None, row.first_day - row.last_day, row.title))
    for school_id, begins, ends, title in ordered:
        days = dict.fromkeys(_days(max(begins, first), min(ends, last)), title)
        for each in school_ids if school_id is None else [school_id]:
            closed[each] |= days
    return closed


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def network_days(first: date, last: date) -> dict[date, str]:
    """The days on which the whole network is closed, with their titles."""
    listed = closures_of(None, from_day=first)
    return {day: closure.title for closure in listed for day in _days(max(closure.first_day, first), min(closure.last_day, last))}


def closures_of(school_id: int | None, *, from_day: date) -> Sequence[Closure]:
    """A school's own closures, or the network's, that are not over on a day, in their order."""
    chosen = sa.select(Closure).where(_owned_by(school_id), Closure.last_day >= from_day)
    return db.session.scalars(chosen.order_by(Closure.first_day, Closure.last_day, Closure.id)).all()


def sources_of(school_id: int | None) -> Sequence[ClosureSource]:
    """The calendars that are fetched for a school, or for the network."""
    mine = ClosureSource.school_id.is_(None) if school_id is None else ClosureSource.school_id == school_id
    return db.session.scalars(sa.select(ClosureSource).where(mine).order_by(ClosureSource.id)).all()


def source_or_404(public_id: str, actor: Actor) -> ClosureSource:
    """A calendar of closures that this person keeps."""
    found = db.session.scalar(sa.select(ClosureSource).where(ClosureSource.public_id == public_id))
    if found is None or not may_close(actor, found.school_id):
        abort(404)
    return found


def known_of(school_id: int | None) -> Sequence[Closure]:
    """All closures of a school, or of the network, that there ever were."""
    return db.session.scalars(sa.select(Closure).where(_owned_by(school_id)).order_by(Closure.id)).all()


def _owned_by(school_id: int | None) -> sa.ColumnElement[bool]:
    return Closure.school_id.is_(None) if school_id is None else Closure.school_id == school_id


def school(school_id: int | None) -> School | None:
    """The school that owns closures; none for the network's."""
    return None if school_id is None else db.session.get_one(School, school_id)


def may_close(actor: Actor, school_id: int | None) -> bool:
    """Hosts close their own school; organizers and administrators any school, and the network."""
    return actor.sees_every_school if school_id is None else actor.may_host(school_id)


def closure_or_404(public_id: str, actor: Actor) -> Closure:
    """A closure that this person keeps; everything else is not there."""
    found = db.session.scalar(sa.select(Closure).where(Closure.public_id == public_id))
    if found is None or not may_close(actor, found.school_id):
        abort(404)
    return found


def draft_or_404(public_id: str, actor: Actor) -> ImportDraft:
    """Somebody's own import of closures, for a school that is still theirs."""
    found = db.session.scalar(
        sa.select(ImportDraft).where(
            ImportDraft.public_id == public_id, ImportDraft.kind == IMPORT_KIND, ImportDraft.created_by == actor.user_id
        )
    )  # fmt: skip
    if found is None or not may_close(actor, owner_of(found)):
        abort(404)
    return found


def owner_of(draft: ImportDraft) -> int | None:
    """The school that an import is for; None: the network."""
    _, _, school_id = draft.about.partition(":")
    return int(school_id) if school_id else None
