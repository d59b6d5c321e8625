"""What tests of forgetting stand on: somebody who has left traces everywhere, and a look into every column of every table."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from scheduler.foundation.db import db
from scheduler.registration.models import HOLDING, Attendee, Gathering, Registration


def places_of(*texts: str) -> list[str]:
    """Where one of these texts stands: every text and JSON column of every table is read."""
    db.session.rollback()
    with db.engine.connect() as connection:
        return sorted(
            f"{table.name}.{column}: {text}"
            for table in db.metadata.sorted_tables
            for row in connection.execute(sa.select(table)).mappings()
            for column, value in row.items()
            for text in texts
            if text.lower() in shown(value)
        )


def shown(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="ignore").lower()
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return (text + text.encode().decode("unicode_escape", errors="ignore")).lower() if "\\u" in text else text.lower()


def bytes_with(folder: Path, *texts: str) -> list[str]:
    """The files of a folder in which one of these texts stands."""
    return sorted(
        f"{file.name}: {text}" for file in folder.rglob("*") if file.is_file() for text in texts if text.encode() in file.read_bytes()
    )


def totals(*, until: datetime) -> tuple[Counter[Any], Counter[Any], Counter[Any]]:
    """Seats by gathering and by school, and people by gathering, school, role and attendance, of what began before an instant."""
    db.session.rollback()
    over = sa.and_(Gathering.starts_at <= until, Registration.state.in_(HOLDING))
    parties = sa.select(Gathering.id, Registration.school_id, Registration.organization, Registration.party_size)
    people = sa.select(Gathering.id, Registration.school_id, Attendee.role, Attendee.state, Attendee.person_id.is_not(None))
    seats: Counter[Any] = Counter()
    schools: Counter[Any] = Counter()
    for gathering, school, organization, size in db.session.execute(parties.join(Registration.gathering).where(over)):
        seats[gathering] += size
        schools[school or organization] += size
    named = db.session.execute(
        people.join(Registration, Attendee.registration_id == Registration.id).join(Registration.gathering).where(over)
    )
    return seats, schools, Counter(tuple(row) for row in named)


def rows() -> Iterator[tuple[str, int]]:
    """How many rows each table has."""
    db.session.rollback()
    for table in db.metadata.sorted_tables:
        yield table.name, db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
