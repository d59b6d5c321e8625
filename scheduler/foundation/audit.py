"""The audit log: who did what, when, to what; people by id, never their data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import g, has_request_context
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.foundation.db import Model, db


class AuditLine(Model):
    __tablename__ = "audit_lines"
    __table_args__ = (sa.Index("ix_audit_lines_what", "what", "id"), sa.Index("ix_audit_lines_actor", "actor", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(sa.String(60))
    """user:7, link:registration, job:mail, import:3, command:demo"""
    what: Mapped[str] = mapped_column(sa.String(60))
    about: Mapped[str] = mapped_column(sa.String(60), index=True)
    """visit:12, registration:9, user:3"""
    school_id: Mapped[int | None] = mapped_column(index=True)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    request: Mapped[str] = mapped_column(sa.String(20), default="")


def record(
    what: str, about: str, *, actor: str, now: datetime, school_id: int | None = None,
    before: dict[str, Any] | None = None, after: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Add a line, in the transaction of the deed. `before` and `after` carry capacity, times, states, settings and
    rights; of what is about a person only the field's name."""
    reference = g.get("reference", "") if has_request_context() else ""
    line = {"at": now, "actor": actor, "what": what, "about": about, "school_id": school_id, "request": reference}
    db.session.execute(_RECORDED, line | {"before": before or {}, "after": after or {}})


_RECORDED = sa.insert(db.metadata.tables["audit_lines"]).inline()
"""Of the table, as nobody reads a line again in the transaction that wrote it: half of what a mapped object takes"""


def user(user_id: int | None) -> str:
    """The actor's name in the log for a signed-in person; `link` where a mailed link acted."""
    return f"user:{user_id}" if user_id else "link"
