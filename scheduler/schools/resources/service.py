"""What hosts do with shared resources: post, change, remove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from scheduler.core.files import FileType, size_text
from scheduler.core.refusal import Refusal, say
from scheduler.core.text import folded
from scheduler.foundation import audit, files
from scheduler.foundation.db import db, transaction
from scheduler.foundation.files import StoredFile
from scheduler.foundation.tokens import new_public_id
from scheduler.schools.models import FocusArea, School
from scheduler.schools.resources.models import Audience, Resource, ResourceKind

MOST_SHARED = 300
"""Links and files of one school"""
MOST_BYTES = 200 * 1024 * 1024
"""Of all files of one school together"""


@dataclass(frozen=True)
class NewFile:
    """A file that was sent; core/files.py has said what it is."""

    name: str
    kind: FileType
    data: bytes


@dataclass(frozen=True)
class ResourceDetails:
    """What a host types. A link or a file; a file that is there stays where none is sent."""

    kind: ResourceKind
    audience: Audience
    title: str
    summary: str
    url: str
    focus_area_ids: Sequence[int] = ()
    file: NewFile | None = None


def share(school_id: int, details: ResourceDetails, *, actor: str, now: datetime) -> str:
    """Post a link or a file of a school; returns its public id."""
    with transaction():
        _hold(school_id)
        number = db.session.scalar(sa.select(sa.func.count(Resource.id)).where(Resource.school_id == school_id)) or 0
        if number >= MOST_SHARED:
            raise Refusal(say("This school shares %(n)s resources already, which is the most. Remove one first.", n=number))
        resource = Resource(public_id=new_public_id(), school_id=school_id, version=0, created_at=now)
        _write(resource, details, now=now)
        db.session.add(resource)
        _refuse_too_much(school_id)
        _log("resource shared", resource, actor, now)
        return resource.public_id


def edit(resource_id: int, details: ResourceDetails, *, version: int, actor: str, now: datetime) -> None:
    """Change a resource; the bytes of a file that is replaced are gone."""
    with transaction():
        resource = _held(resource_id)
        if resource.version != version:
            raise Refusal(say("Somebody else changed this while you were editing. Compare it with the page and save again."))
        _write(resource, details, now=now)
        _refuse_too_much(resource.school_id)
        _log("resource changed", resource, actor, now)


def remove(resource_id: int, *, actor: str, now: datetime) -> None:
    """Share something no longer: its row and its bytes are gone."""
    with transaction():
        resource = _held(resource_id)
        _log("resource removed", resource, actor, now)
        db.session.delete(resource)


def _hold(school_id: int) -> None:
    """Who shares for one school takes turns, so that two at once do not pass the bounds together."""
    db.session.execute(sa.select(School.id).where(School.id == school_id).with_for_update())


def _held(resource_id: int) -> Resource:
    resource = db.session.get(Resource, resource_id, populate_existing=True)
    if resource is None:
        raise Refusal(say("This was removed a moment ago, so it can no longer be changed."))
    _hold(resource.school_id)
    db.session.refresh(resource)
    return resource


def _write(resource: Resource, details: ResourceDetails, *, now: datetime) -> None:
    areas = list(db.session.scalars(sa.select(FocusArea).where(FocusArea.id.in_(details.focus_area_ids))))
    for name in ("kind", "audience", "title", "summary", "url"):
        setattr(resource, name, getattr(details, name))
    resource.words, resource.focus_areas = folded(f"{details.title} {details.summary}"), areas
    if details.file is not None:
        resource.file = files.stored(details.file.name, details.file.kind, details.file.data, now=now)
    elif details.url:
        resource.file = None
    resource.version += 1
    resource.changed_at = now


def _refuse_too_much(school_id: int) -> None:
    db.session.flush()
    used = sa.select(sa.func.coalesce(sa.func.sum(StoredFile.size), 0)).join(Resource, Resource.file_id == StoredFile.id)
    total = db.session.scalar(used.where(Resource.school_id == school_id)) or 0
    if total > MOST_BYTES:
        raise Refusal(
            say(
                "With this file the school's files would have %(size)s together; %(most)s fit. Remove one first, or share a link.",
                size=size_text(total), most=size_text(MOST_BYTES),
            )
        )  # fmt: skip


def _log(what: str, resource: Resource, actor: str, now: datetime) -> None:
    db.session.flush()
    after = {"audience": resource.audience.value, "kind": resource.kind.value, "bytes": resource.file.size if resource.file else 0}
    audit.record(what, f"resource:{resource.id}", actor=actor, now=now, school_id=resource.school_id, after=after)
