"""Claiming rows of work: several workers, on either engine, and each row is with one of them at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scheduler.foundation.db import db, transaction

LEASE = timedelta(minutes=2)


def claim(table: type[Any], due: sa.ColumnElement[bool], *, limit: int, now: datetime, lease: timedelta = LEASE) -> Sequence[int]:
    """Take up to `limit` due rows for the length of the lease; ids in order. A row whose lease ran out is due again.

    One statement: PostgreSQL skips rows that others hold, SQLite takes turns. A look without a lock comes first, so
    that an idle worker never takes the write lock.
    """
    free = sa.and_(due, sa.or_(table.lease_until.is_(None), table.lease_until < now))
    wanted = sa.select(table.id).where(free).order_by(table.id).limit(limit)
    found = db.session.scalar(wanted.limit(1))
    db.session.rollback()
    if found is None:
        return []
    # Materialized: inside IN, PostgreSQL may run the choice again for each row, and then the limit holds for none of them.
    chosen = wanted.with_for_update(skip_locked=True).cte("chosen").prefix_with("MATERIALIZED", dialect="postgresql")
    with transaction():
        rows = db.session.scalars(
            sa.update(table)
            .where(table.id.in_(sa.select(chosen.c.id)))
            .values(lease_until=now + lease, attempts=table.attempts + 1)
            .returning(table.id)
            .execution_options(synchronize_session=False)
        ).all()
    return sorted(rows)
