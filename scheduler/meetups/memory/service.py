"""What organizers do about memory: choose how much earlier meetups count; import a meetup from before, and take it away again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from scheduler.core.refusal import Refusal, say
from scheduler.core.times import date_text
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.tables import Table
from scheduler.foundation.tokens import new_public_id
from scheduler.meetups import service
from scheduler.meetups.imports import directory
from scheduler.meetups.memory import queries
from scheduler.meetups.memory.marks import email_mark, name_mark
from scheduler.meetups.memory.models import EarlierMeetup, EarlierSeat
from scheduler.meetups.memory.rows import ALL_FIELDS, Checked, Sitter, check, guessed_columns, without_student_data
from scheduler.meetups.models import Remembers
from scheduler.schools import service as schools

DRAFTS_ARE_KEPT = timedelta(days=1)


def remember(meetup_id: int, remembers: Remembers, *, actor: str, now: datetime) -> None:
    """Choose how much earlier meetups count in the next plan of this one."""
    with transaction():
        meetup = service.hold(meetup_id)[0]
        before, meetup.remembers = meetup.remembers, remembers
        if before != remembers:
            audit.record("earlier meetups counted", f"meetup:{meetup_id}", actor=actor, now=now, before={"remembers": before.value},
                         after={"remembers": remembers.value})  # fmt: skip


@dataclass(frozen=True)
class Earlier:
    """What somebody says about a list: which meetup it is of, and when that was."""

    title: str
    held_on: date


def start_import(earlier: Earlier, file_name: str, table: Table, *, user_id: int, now: datetime) -> str:
    """Keep a list as a draft and guess its columns; the draft's public id. Nothing else is written."""
    if not table.rows:
        raise Refusal(say("Below the headings there is no row. Each conversation, or each person at a table, takes one."))
    columns = guessed_columns(table.headers)
    rows = [{"line": line, "cells": without_student_data(cells, columns)} for line, cells in zip(table.lines, table.rows, strict=True)]
    with transaction():
        old = sa.and_(ImportDraft.kind == queries.IMPORT_KIND, ImportDraft.created_at < now - DRAFTS_ARE_KEPT)
        db.session.execute(sa.delete(ImportDraft).where(old))
        draft = ImportDraft(
            public_id=new_public_id(), kind=queries.IMPORT_KIND, file_name=file_name[:200], headers=table.headers, rows=rows,
            mapping={"columns": columns, "schools": {}, "title": earlier.title, "held_on": earlier.held_on.isoformat()},
            created_by=user_id, created_at=now,
        )  # fmt: skip
        db.session.add(draft)
        return draft.public_id


def preview(draft: ImportDraft) -> Checked:
    """What confirming would keep."""
    rows = [(row["line"], row["cells"]) for row in draft.rows]
    return check(rows, draft.mapping["columns"], directory(), draft.mapping["schools"])


def mend(draft_id: int, columns: Mapping[str, int], matched: Mapping[str, str]) -> None:
    """Correct which column holds what, and which school of the directory is meant where the list calls it otherwise."""
    with transaction():
        _mend(db.session.get_one(ImportDraft, draft_id), columns, matched)


def _mend(draft: ImportDraft, columns: Mapping[str, int], matched: Mapping[str, str]) -> None:
    kept = {name: index for name, index in columns.items() if name in ALL_FIELDS and 0 <= index < len(draft.headers)}
    named = {typed[:200]: meant[:200] for typed, meant in matched.items() if meant}
    draft.mapping = {**draft.mapping, "columns": kept, "schools": {**draft.mapping["schools"], **named}}
    draft.rows = [{**row, "cells": without_student_data(row["cells"], kept)} for row in draft.rows]


@dataclass(frozen=True)
class Kept:
    """What a confirmation did; `done` False: the list is no longer what the button said, and nothing was written."""

    done: bool
    conversations: int = 0


def confirm(
    draft_id: int, columns: Mapping[str, int], matched: Mapping[str, str], *, expected: str, actor: str, user_id: int, now: datetime
) -> Kept:
    """Keep who talked with whom, rows with mistakes aside; the draft's rows are then forgotten. Confirming twice is confirming once.

    Refuses a list that is kept already, under whatever name: it would count twice.
    """
    with transaction():
        schools.hold_the_directory()  # and with it whoever confirms the same list at the same moment
        draft = db.session.get_one(ImportDraft, draft_id, populate_existing=True, with_for_update=True)
        if draft.confirmed_at is not None:
            return Kept(True)
        _mend(draft, columns, matched)
        checked = preview(draft)
        if checked.missing or not checked.conversations or checked.expected != expected:
            return Kept(False)
        _refuse_known(checked)
        meetup = EarlierMeetup(
            public_id=new_public_id(), title=draft.mapping["title"], held_on=date.fromisoformat(draft.mapping["held_on"]),
            fingerprint=checked.fingerprint, conversations=checked.conversations, created_by=user_id, created_at=now,
        )  # fmt: skip
        db.session.add(meetup)
        db.session.flush()
        seats = [_seat(meetup.id, number, sitter) for number, table in enumerate(checked.tables, 1) for sitter in table]
        db.session.execute(sa.insert(EarlierSeat), seats)
        draft.rows, draft.headers, draft.confirmed_at = [], [], now
        counts = {"conversations": checked.conversations, "left out": len(checked.faulty)}
        audit.record("earlier meetup imported", f"earlier meetup:{meetup.id}", actor=actor, now=now, after=counts)
        return Kept(True, checked.conversations)


def _refuse_known(checked: Checked) -> None:
    known = queries.find_earlier(checked.fingerprint)
    if known is not None:
        facts = {"title": known.title, "day": date_text(known.held_on)}
        raise Refusal(say("This list is kept already, as “%(title)s” of %(day)s. Nothing was written; it would count twice.", **facts))


def _seat(meetup_id: int, table: int, sitter: Sitter) -> dict[str, object]:
    by_name = "" if sitter.is_student else name_mark(sitter.name, sitter.school.id)
    by_address = "" if sitter.is_student else email_mark(sitter.email)
    return {"earlier_meetup_id": meetup_id, "table": table, "school_id": sitter.school.id, "name_mark": by_name, "email_mark": by_address}


def forget(earlier_id: int, *, actor: str, now: datetime) -> None:
    """Take an imported meetup away; forgetting twice is forgetting once."""
    with transaction():
        meetup = db.session.get(EarlierMeetup, earlier_id)
        if meetup is not None:
            before = {"conversations": meetup.conversations}
            audit.record("earlier meetup forgotten", f"earlier meetup:{meetup.id}", actor=actor, now=now, before=before)
            db.session.delete(meetup)


def unmark(attendee_ids: Collection[int]) -> None:
    """Nothing at an imported meetup leads to these people any more, inside the transaction that erases them; who sat together stays."""
    for name, email, school_id in db.session.execute(queries.names_of(attendee_ids)):
        by_address, by_name = email_mark(email or ""), name_mark(name, school_id)
        own = sa.and_(EarlierSeat.email_mark != "", EarlierSeat.email_mark == by_address)
        namesake = sa.and_(EarlierSeat.name_mark != "", EarlierSeat.name_mark == by_name, EarlierSeat.email_mark.in_(["", by_address]))
        db.session.execute(sa.update(EarlierSeat).where(sa.or_(own, namesake)).values(email_mark="", name_mark=""))
