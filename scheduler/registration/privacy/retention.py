"""Forgetting in time: each night whatever has been here for as long as the inventory says, in small transactions (registration rule 6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from scheduler.core.people import FORMER_STUDENT, STUDENT
from scheduler.foundation import audit, daily, personal
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import columns, db, sweep, transaction
from scheduler.foundation.personal import After, Classified, Condition, Kind
from scheduler.registration import changes, inventory
from scheduler.registration.models import Attendee, Gathering, Person
from scheduler.registration.privacy import clocks, forget
from scheduler.registration.privacy.held import belonging_to
from scheduler.schools import queries as schools

AT_ONCE = 200
"""Rows in one transaction, so that nobody who books waits for long"""
MOST_COUNTED, MOST_LINES = 200, 50
"""Entries of one kind in one table that the page counts, and lines that it shows"""


@dataclass(frozen=True)
class Step:
    """One kind of data in one table: where to look, what has come due, and how it is forgotten."""

    kind: Kind
    source: sa.FromClause
    key: sa.ColumnElement[int]
    due: Condition
    forget: Callable[[Sequence[int], datetime], None]
    by_gathering: bool


@dataclass(frozen=True)
class Due:
    """How much of one kind has come due, at one gathering or at none."""

    kind: Kind
    number: int
    title: str = ""
    day: datetime | None = None


def steps(now: datetime) -> Iterator[Step]:
    """Everything that is looked for in a night: students first, because their places lead to the rest."""
    yield _students(now)
    for line in _with_rows([line for line in personal.tables() if _kinds(line)]):
        for kind in _kinds(line):
            if (line.table.name, kind) != ("attendees", inventory.STUDENT):
                yield from _step(line, kind, now)


def _kinds(line: Classified) -> list[Kind]:
    """What a table holds for some days only."""
    kinds = [line.whole] if line.whole else dict.fromkeys(line.personal.values())
    return [kind for kind in kinds if kind.keep.days is not None]


def _with_rows(lines: Sequence[Classified]) -> list[Classified]:
    """Less those whose tables belong to gatherings and are empty: SQLite keeps no statistics of these, and would look through all
    gatherings and their parties for rows of them."""
    asked = [line.table for line in lines if clocks.has_gathering(line.table)]
    found = columns(sa.select(*(sa.select(sa.literal_column("1")).select_from(table).exists() for table in asked))).one()
    empty = {table for table, there in zip(asked, found, strict=True) if not there}
    return [line for line in lines if line.table not in empty]


def _step(line: Classified, kind: Kind, now: datetime) -> Iterator[Step]:
    found = clocks.due(line, kind, now)
    if found is None:
        return
    source, passed = found
    whole = line.whole is kind
    due = passed if whole else sa.and_(passed, forget.is_filled(line, kind))
    columns = [name for name, its in line.personal.items() if its is kind]

    def deed(keys: Sequence[int], now: datetime) -> None:
        forget.drop(line, keys) if whole else forget.empty(line, columns, keys)

    by_gathering = kind.keep.after != After.STORED and clocks.has_gathering(line.table)
    if by_gathering and kind.keep.after != After.GATHERING:
        source = clocks.with_gathering(line.table)
    yield Step(kind, source, line.key, due, deed, by_gathering)


# Its word stands in the statement, so that the index of just these places is used.
_is_student = Attendee.role == sa.literal_column(f"'{STUDENT}'", sa.String)


def _students(now: datetime) -> Step:
    """Places of students: 30 days after the gathering nothing is left but that one came from that school."""
    limit = now - timedelta(days=inventory.STUDENT.keep.days or 0)
    people: sa.Table = Person.__table__  # type: ignore[assignment]
    source = clocks.with_gathering(Attendee.__table__).join(people, people.c.id == Attendee.person_id)  # type: ignore[arg-type]
    due = sa.and_(_is_student, Gathering.ends_at < limit, Person.name != FORMER_STUDENT)
    return Step(inventory.STUDENT, source, sa.type_coerce(Attendee.id, sa.Integer), due, _forget_students, True)


def _forget_students(keys: Sequence[int], now: datetime) -> None:
    """Each place of a student is somebody of that school: nothing leads from one gathering to the next."""
    for attendee in db.session.scalars(sa.select(Attendee).where(Attendee.id.in_(keys)).order_by(Attendee.id)):
        old, registration = attendee.person, attendee.registration
        attendee.person = Person(name=FORMER_STUDENT, school_id=registration.school_id, is_sample=registration.is_sample, created_at=now)
        if attendee.is_lead and not registration.lead_email:
            registration.lead_name = FORMER_STUDENT
        db.session.flush()
        changes.forget_unless_comes(old)
    forget.everything(belonging_to({"attendees": set(keys)}))


def list_due(now: datetime, *, most: int | None = None) -> list[Due]:
    """What the next night forgets: counts by kind and gathering, oldest first, what belongs to none last; nothing is written.

    Of each kind in a table at most so many entries are counted.
    """
    found = [due for step in steps(now) for due in _counted(step, most)]
    return sorted(found, key=lambda due: (due.day is None, due.day or now.replace(tzinfo=None), due.title))


@dataclass(frozen=True)
class DuePage:
    """The first lines of what is due; where it is too much to be read, no more is counted."""

    lines: Sequence[Due]
    is_all: bool


def page_of_due(now: datetime) -> DuePage:
    """The same for a page that answers at once, however much has come due."""
    found = list_due(now, most=MOST_COUNTED + 1)
    counted: Counter[Kind] = Counter()
    for due in found:
        counted[due.kind] += due.number
    is_all = len(found) <= MOST_LINES and max(counted.values(), default=0) <= MOST_COUNTED
    return DuePage(found[:MOST_LINES], is_all)


def _counted(step: Step, most: int | None) -> Iterator[Due]:
    about: list[Any] = [Gathering.id, Gathering.title, Gathering.starts_wall] if step.by_gathering else []
    named = [column.label(f"about_{n}") for n, column in enumerate(about)]
    some = sa.select(step.key.label("key"), *named).select_from(step.source).where(step.due).limit(most).subquery()
    where = [some.c[column.name] for column in named]
    for number, *at in db.session.execute(sa.select(sa.func.count(), *where).select_from(some).group_by(*where)):
        if number:
            yield Due(step.kind, number, *at[1:])


def run(now: datetime) -> Counter[str]:
    """Forget what is due; returns how many rows of each kind. Doing it twice is doing it once."""
    forgotten: Counter[str] = Counter()
    for step in steps(now):
        last = None
        while keys := _some(step, last, now):
            forgotten[step.kind.key] += len(keys)
            last = keys[-1]
    if forgotten or _erased_lately(now):
        sweep()
    return forgotten


def _erased_lately(now: datetime) -> bool:
    """Whether somebody was erased since the night before last: the log may not have been emptied then, because somebody read it."""
    lines = sa.select(AuditLine.id).where(AuditLine.what == "erased", AuditLine.at > now - timedelta(days=2)).limit(1)
    found = db.session.scalar(lines) is not None
    db.session.rollback()
    return found


def _some(step: Step, after: int | str | None, now: datetime) -> Sequence[Any]:
    """A first few rows, in one transaction with its line in the log. Where nothing is due the write lock is not taken."""
    chosen = sa.select(step.key).distinct().select_from(step.source).where(step.due).order_by(step.key).limit(AT_ONCE)
    if after is not None:
        chosen = chosen.where(step.key > after)
    found = db.session.scalars(chosen).first()
    db.session.rollback()
    if found is None:
        return []
    with transaction():
        keys = db.session.scalars(chosen).all()
        step.forget(keys, now)
        audit.record("forgotten in time", "network:1", actor="job:retention", now=now, after={step.kind.key: len(keys)})
    return keys


daily.every_day("retention", at=time(3), zone=lambda: ZoneInfo(schools.network().time_zone))(run)
