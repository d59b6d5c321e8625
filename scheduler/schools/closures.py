"""What people do with closures: close days, open them again, bring a list of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from scheduler.core.refusal import Refusal, say
from scheduler.core.text import same_name
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.tokens import new_public_id
from scheduler.schools import closures_queries as queries
from scheduler.schools.closures_lines import ClosureDetails
from scheduler.schools.models import Closure, Network

DRAFTS_ARE_KEPT = timedelta(days=1)
MOST_DAYS = 10_000


class Kind(StrEnum):
    """What confirming would do with a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    LEFT_OUT = "left_out"


@dataclass(frozen=True)
class Row:
    """A line of a list, or an entry of a calendar: the closure it is, or why it is none (a key of closures_calendar.WHY)."""

    line: int
    title: str
    details: ClosureDetails | None = None
    why: str = ""


@dataclass(frozen=True)
class Compared:
    """A row beside what is stored."""

    key: str
    """Names the row in the form that confirms"""
    row: Row
    kind: Kind
    stored: Closure | None = None


@dataclass(frozen=True)
class Checked:
    """A whole import beside what is stored."""

    rows: tuple[Compared, ...]

    def of(self, kind: Kind) -> list[Compared]:
        return [row for row in self.rows if row.kind == kind]

    @property
    def to_write(self) -> list[Compared]:
        return [row for row in self.rows if row.kind in (Kind.NEW, Kind.CHANGED)]

    @property
    def expected(self) -> str:
        """What a button over this list promises; sent along, so that a promise that became false is noticed."""
        return f"{len(self.of(Kind.NEW))} new, {len(self.of(Kind.CHANGED))} changed"


@dataclass(frozen=True)
class Imported:
    """What a confirmation did; `done` False: the list is no longer what the button said, and nothing was written."""

    done: bool
    new: int = 0
    changed: int = 0


Follower = Callable[[int | None, datetime], None]
_followers: list[Follower] = []


def followed_by(follower: Follower) -> Follower:
    """Register what counts in school days: it is called in the transaction that closes or opens days of a school, or of all (None)."""
    _followers.append(follower)
    return follower


def tell_followers(school_id: int | None, now: datetime) -> None:
    """Say to whatever counts in school days that those of a school, or of all, have changed."""
    db.session.flush()
    for follower in _followers:
        follower(school_id, now)


def close_days(school_id: int | None, details: ClosureDetails, *, actor: str, now: datetime) -> None:
    """Close days of a school, or of the whole network. No visit is cancelled by it (rule 4)."""
    with transaction():
        take_turns()
        if any(_same_days(closure, details) for closure in queries.known_of(school_id)):
            raise Refusal(say("%(title)s is in the list with these days already.", title=details.title))
        db.session.add(new_closure(school_id, details, now))
        audit.record("days closed", about(school_id), actor=actor, now=now, school_id=school_id, after=_logged(details))
        tell_followers(school_id, now)


def open_days(closure_id: int, *, actor: str, now: datetime) -> None:
    """Take a closure away; taking it away twice is taking it away once."""
    with transaction():
        closure = db.session.get(Closure, closure_id)
        if closure is None:
            return
        if closure.source_id is not None:
            raise Refusal(say("A calendar keeps this day and would close it again. Remove it there, or stop fetching that calendar."))
        db.session.delete(closure)
        before = _logged(details_of(closure))
        audit.record("days opened", about(closure.school_id), actor=actor, now=now, school_id=closure.school_id, before=before)
        tell_followers(closure.school_id, now)


def start_import(school_id: int | None, file_name: str, rows: Sequence[Row], *, user_id: int, now: datetime) -> str:
    """Keep a list as a draft; the draft's public id. Nothing else is written."""
    days = sum(row.details.days for row in rows if row.details)
    if days > MOST_DAYS:
        raise Refusal(say("This list closes %(days)d days; up to 10,000 can be imported at once. Bring fewer years.", days=days))
    with transaction():
        db.session.execute(
            sa.delete(ImportDraft).where(ImportDraft.kind == queries.IMPORT_KIND, ImportDraft.created_at < now - DRAFTS_ARE_KEPT)
        )
        draft = ImportDraft(
            public_id=new_public_id(), kind=queries.IMPORT_KIND, about=about(school_id) if school_id else "", file_name=file_name[:200],
            headers=[], rows=[_row_to_json(row) for row in rows], mapping={}, created_by=user_id, created_at=now,
        )  # fmt: skip
        db.session.add(draft)
        return draft.public_id


def preview(draft: ImportDraft) -> Checked:
    """What confirming would do. An imported entry is known by its UID, anything else by its days and title."""
    stored = queries.known_of(queries.owner_of(draft))
    by_uid = {closure.source_uid: closure for closure in stored if closure.source_uid}
    by_days = {key_of(details_of(closure)): closure for closure in stored}
    compared: list[Compared] = []
    seen: set[object] = set()
    for number, row in enumerate(map(_row_from_json, draft.rows)):
        known = None
        if row.details is not None:
            known = by_uid.get(row.details.source_uid or "") or by_days.get(key_of(row.details))
            twice = key_of(row.details) in seen and known is None
            seen.add(key_of(row.details))
            row = Row(row.line, row.title, None, "twice") if twice else row
        compared.append(Compared(str(number), row, _kind(row, known), known))
    return Checked(tuple(compared))


def confirm(draft_id: int, chosen: Collection[str], *, expected: str, actor: str, now: datetime) -> Imported:
    """Write the chosen rows of a list, or nothing where it would now do something else. Confirming twice is confirming once."""
    with transaction():
        take_turns()
        draft = db.session.get_one(ImportDraft, draft_id, populate_existing=True, with_for_update=True)
        if draft.confirmed_at is not None:
            return Imported(True)
        checked = preview(draft)
        if checked.expected != expected:
            return Imported(False)
        done = _write((row for row in checked.to_write if row.key in chosen), draft, now)
        draft.rows, draft.confirmed_at = [], now
        school_id, after = queries.owner_of(draft), {"new": done.new, "changed": done.changed}
        audit.record("closures imported", about(school_id), actor=actor, now=now, school_id=school_id, after=after)
        tell_followers(school_id, now)
        return done


def details_of(closure: Closure) -> ClosureDetails:
    """A closure as somebody would type it."""
    return ClosureDetails(closure.first_day, closure.last_day, closure.title, closure.source_uid)


def days_text(first: date, last: date) -> str:
    """Closed days as on a notice.

    >>> days_text(date(2026, 11, 26), date(2026, 11, 27)), days_text(date(2026, 11, 11), date(2026, 11, 11))
    ('November 26–27, 2026', 'November 11, 2026')
    >>> days_text(date(2026, 12, 24), date(2027, 1, 1)), days_text(date(2026, 4, 30), date(2026, 5, 1))
    ('December 24, 2026 – January 1, 2027', 'April 30 – May 1, 2026')
    """
    end = f"{last:%B} {last.day}, {last.year}"
    if first == last:
        return end
    if first.year != last.year:
        return f"{first:%B} {first.day}, {first.year} – {end}"
    return f"{first:%B} {first.day}–{last.day}, {last.year}" if first.month == last.month else f"{first:%B} {first.day} – {end}"


def take_turns() -> None:
    """On PostgreSQL: who changes closures takes turns, so that two imports of one calendar do not clash."""
    db.session.execute(sa.select(Network.id).where(Network.id == 1).with_for_update())


def _kind(row: Row, known: Closure | None) -> Kind:
    if row.details is None:
        return Kind.LEFT_OUT
    if known is None:
        return Kind.NEW
    same = (known.first_day, known.last_day, known.title) == (row.details.first_day, row.details.last_day, row.details.title)
    return Kind.SAME if same or row.details.source_uid is None else Kind.CHANGED


def _write(rows: Iterable[Compared], draft: ImportDraft, now: datetime) -> Imported:
    new = changed = 0
    for compared in rows:
        details = compared.row.details
        assert details is not None, "only rows with days are to be written"
        if compared.stored is None:
            db.session.add(new_closure(queries.owner_of(draft), details, now))
            new += 1
        else:
            change(compared.stored, details)
            changed += 1
    return Imported(True, new, changed)


def change(closure: Closure, details: ClosureDetails) -> None:
    """Let a closure be as a list says it."""
    closure.first_day, closure.last_day, closure.title = details.first_day, details.last_day, details.title
    closure.source_uid = details.source_uid


def new_closure(school_id: int | None, details: ClosureDetails, now: datetime) -> Closure:
    """A closure of a school, or of the network."""
    return Closure(
        public_id=new_public_id(), school_id=school_id, first_day=details.first_day, last_day=details.last_day, title=details.title,
        source_uid=details.source_uid, created_at=now,
    )  # fmt: skip


def key_of(details: ClosureDetails) -> tuple[date, date, str]:
    """By what a closure without a UID is known: its days and title."""
    return details.first_day, details.last_day, same_name(details.title)


def _same_days(closure: Closure, details: ClosureDetails) -> bool:
    return key_of(details_of(closure)) == key_of(details)


def about(school_id: int | None) -> str:
    """Whose closures, as the log names them."""
    return f"school:{school_id}" if school_id else "network:1"


def _logged(details: ClosureDetails) -> dict[str, Any]:
    return {"first_day": details.first_day.isoformat(), "last_day": details.last_day.isoformat(), "title": details.title}


def _row_to_json(row: Row) -> dict[str, Any]:
    days = {} if row.details is None else _logged(row.details) | {"uid": row.details.source_uid}
    return {"line": row.line, "title": row.title, "why": row.why, **days}


def _row_from_json(facts: dict[str, Any]) -> Row:
    if facts["why"]:
        return Row(facts["line"], facts["title"], None, facts["why"])
    first, last = date.fromisoformat(facts["first_day"]), date.fromisoformat(facts["last_day"])
    return Row(facts["line"], facts["title"], ClosureDetails(first, last, facts["title"], facts["uid"]))
