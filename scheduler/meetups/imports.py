"""Importing registrants: a list is kept as a draft with its preview, mended there, and written all at once when confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.tables import Table, guess
from scheduler.foundation.tokens import new_public_id
from scheduler.meetups import queries, service
from scheduler.meetups.models import Meetup
from scheduler.meetups.registrants import (
    FIELDS,
    Checked,
    Directory,
    Here,
    KnownSchool,
    Row,
    Typed,
    check,
    missing_columns,
    read_row,
    without_student_data,
)
from scheduler.registration.service import Member
from scheduler.schools import queries as schools
from scheduler.schools.models import School

DRAFTS_ARE_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Changes:
    """What somebody changed on the preview: the columns, and rows by their line."""

    mapping: Mapping[str, int]
    mended: Mapping[int, Typed]


@dataclass(frozen=True)
class Imported:
    """What a confirmation did; `done` False: the list is no longer what the button said, and nothing was written."""

    done: bool
    people: int = 0
    teams: int = 0


def start_import(meetup_id: int, file_name: str, table: Table, *, user_id: int, now: datetime) -> str:
    """Keep a list as a draft and guess its columns; returns the draft's public id. Nothing else is written."""
    if len(table.rows) > service.MOST_PEOPLE:
        raise Refusal(say("This list has %(rows)d rows; up to 2,000 people can come to a meetup.", rows=len(table.rows)))
    if not table.rows:
        raise Refusal(say("Below the headings there is no row. Each person takes one."))
    mapping = guessed_mapping(table.headers)
    rows = [
        {"line": line, "cells": without_student_data(cells, mapping)} for line, cells in zip(table.lines, table.rows, strict=True)
    ]  # fmt: skip
    with transaction():
        gathering = service.hold(meetup_id)[1]
        service.may_register(gathering, now)
        db.session.execute(
            sa.delete(ImportDraft).where(ImportDraft.kind == queries.IMPORT_KIND, ImportDraft.created_at < now - DRAFTS_ARE_KEPT)
        )
        draft = ImportDraft(
            public_id=new_public_id(), kind=queries.IMPORT_KIND, about=f"meetup:{meetup_id}", file_name=file_name[:200],
            headers=table.headers, rows=rows, mapping=mapping, created_by=user_id, created_at=now,
        )  # fmt: skip
        db.session.add(draft)
        return draft.public_id


def guessed_mapping(headers: list[str], fields: Mapping[str, Sequence[str]] = FIELDS) -> dict[str, int]:
    """Which column holds what; a name in two parts is preferred to a third column that seems to hold one.

    >>> guessed_mapping(["Order #", "First Name", "Last Name", "Email", "School", "Ticket Type"])
    {'email': 3, 'school': 4, 'role': 5, 'first_name': 1, 'last_name': 2}
    """
    mapping = guess(headers, fields)
    if "name" in mapping and "first_name" in mapping:
        del mapping["name"]
    return mapping


def preview(draft: ImportDraft, meetup: Meetup) -> Checked:
    """Check a draft against the directory and the people who are registered already."""
    missing = missing_columns(draft.mapping)
    if missing:
        return Checked((), missing)
    typed = [_typed(row, draft.mapping) for row in draft.rows]
    here = [
        Here(attendee.name, attendee.registration.school_id, attendee.email or None)
        for attendee in queries.attendees_of(meetup.gathering_id)
    ]
    return Checked(check(typed, directory(), here))


def directory() -> Directory:
    """The schools that a list may name."""
    return Directory(KnownSchool(school.id, school.name, school.short_name, school.slug) for school in schools.all_schools())


def save_changes(draft_id: int, changes: Changes) -> None:
    """Keep what was mended on the preview; of students no more than is kept of them anyway."""
    with transaction():
        _apply(db.session.get_one(ImportDraft, draft_id), changes)


def confirm(draft_id: int, meetup_id: int, changes: Changes, *, expected: str, actor: str, now: datetime) -> Imported:
    """Register everybody on the list who is new, all or nobody; rows with mistakes are left out, as the button says.

    Confirming twice is confirming once. When the list is no longer what the button said, nothing is written but the changes.
    """
    with transaction():
        meetup, gathering = service.hold(meetup_id)
        draft = db.session.get_one(ImportDraft, draft_id, populate_existing=True)
        if draft.confirmed_at is not None:
            return Imported(True)
        service.may_register(gathering, now)
        _apply(draft, changes)
        checked = preview(draft, meetup)
        if checked.missing or checked.expected != expected:
            return Imported(False)
        service.refuse_overfull(gathering, len(checked.new))
        for school, rows in checked.teams.items():
            _bring(meetup, school, rows, actor=actor, now=now)
        draft.rows, draft.confirmed_at = [], now
        counts = {"people": len(checked.new), "teams": len(checked.teams), "left out": len(checked.faulty)}
        audit.record("registrants imported", f"meetup:{meetup_id}", actor=actor, now=now, after=counts)
        return Imported(True, len(checked.new), len(checked.teams))


def _bring(meetup: Meetup, school: KnownSchool, rows: list[Row], *, actor: str, now: datetime) -> None:
    members = [Member(row.name, row.role, row.email, row.grade_band) for row in rows]
    team = queries.team_of_school(meetup.gathering_id, school.id)
    if team is not None:
        service.join_team(team, members, actor=actor, now=now)
    else:
        service.new_team(meetup.gathering, db.session.get_one(School, school.id), members, actor=actor, now=now)


def _typed(row: Mapping[str, Any], mapping: Mapping[str, int]) -> Typed:
    if mended := row.get("mended"):
        return Typed(**mended)
    return read_row(row["line"], row["cells"], mapping)


def _apply(draft: ImportDraft, changes: Changes) -> None:
    width = len(draft.headers)
    draft.mapping = {name: index for name, index in changes.mapping.items() if name in FIELDS and 0 <= index < width}
    draft.rows = [_mended(row, changes.mended, draft.mapping) for row in draft.rows]


def _mended(row: Mapping[str, Any], mended: Mapping[int, Typed], mapping: Mapping[str, int]) -> dict[str, Any]:
    cells = without_student_data(row["cells"], mapping)
    typed = mended.get(row["line"])
    if typed is None:
        return {**row, "cells": cells}
    kept = {"name": Row(typed, role=typed.role).name, "email": "" if typed.role == "student" else typed.email}
    kept["grade"] = Row(typed, role=typed.role).grade_band
    return {"line": row["line"], "cells": [], "mended": asdict(typed) | kept}
