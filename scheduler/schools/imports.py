"""Importing schools: a list is kept as a draft with its preview and written all at once when confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.tables import Table, guess
from scheduler.foundation.tokens import new_public_id
from scheduler.schools import queries, service
from scheduler.schools.models import School
from scheduler.schools.rows import FIELDS, Checked, Known, check

DRAFTS_ARE_KEPT = timedelta(days=1)
MOST_SCHOOLS = 2000


@dataclass(frozen=True)
class Imported:
    """What a confirmation did; `done` False: the list is no longer what the button said, and nothing was written."""

    done: bool
    new: int = 0
    changed: int = 0


def start_import(file_name: str, table: Table, *, user_id: int, now: datetime) -> str:
    """Keep a list as a draft and guess its columns; the draft's public id. Nothing else is written."""
    if not table.rows:
        raise Refusal(say("Below the headings there is no row. Each school takes one."))
    if len(table.rows) > MOST_SCHOOLS:
        raise Refusal(say("This list has %(rows)d rows; up to 2,000 schools can be imported at once.", rows=len(table.rows)))
    with transaction():
        db.session.execute(
            sa.delete(ImportDraft).where(ImportDraft.kind == queries.IMPORT_KIND, ImportDraft.created_at < now - DRAFTS_ARE_KEPT)
        )
        draft = ImportDraft(
            public_id=new_public_id(), kind=queries.IMPORT_KIND, file_name=file_name[:200], headers=table.headers,
            rows=[{"line": line, "cells": cells} for line, cells in zip(table.lines, table.rows, strict=True)],
            mapping=guess(table.headers, FIELDS), created_by=user_id, created_at=now,
        )  # fmt: skip
        db.session.add(draft)
        return draft.public_id


def choose_columns(draft_id: int, mapping: Mapping[str, int]) -> None:
    """Correct which column holds which field."""
    with transaction():
        draft = db.session.get_one(ImportDraft, draft_id)
        draft.mapping = {name: index for name, index in mapping.items() if name in FIELDS and 0 <= index < len(draft.headers)}


def preview(draft: ImportDraft) -> Checked | None:
    """What confirming would do; None while no column holds the name."""
    if "name" not in draft.mapping:
        return None
    schools = db.session.scalars(sa.select(School).options(selectinload(School.focus_areas), selectinload(School.contacts)))
    known = [Known(school.id, service.details_of(school)) for school in schools]
    lines = [(row["line"], row["cells"]) for row in draft.rows]
    return check(lines, draft.mapping, known, zone=queries.network().time_zone)


def confirm(draft_id: int, *, expected: str, actor: str, now: datetime) -> Imported:
    """Write the whole list or nothing of it. Confirming twice is confirming once; the draft's rows are then forgotten."""
    with transaction():
        directory = service.hold_the_directory()
        draft = db.session.get_one(ImportDraft, draft_id, populate_existing=True, with_for_update=True)
        if draft.confirmed_at is not None:
            return Imported(True)
        checked = preview(draft)
        if checked is None or checked.faulty or checked.expected != expected:
            return Imported(False)
        service.add_schools([row.details for row in checked.new], directory, actor=f"import:{draft.id}", now=now)
        for row in checked.changed:
            school = db.session.get_one(School, row.school_id)
            service.change_school(school, row.details, directory, actor=f"import:{draft.id}", now=now)
        draft.rows, draft.headers, draft.confirmed_at = [], [], now
        done = Imported(True, len(checked.new), len(checked.changed))
        audit.record("schools imported", f"import:{draft.id}", actor=actor, now=now, after={"new": done.new, "changed": done.changed})
        return done
