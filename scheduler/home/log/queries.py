"""Reads of the log: pages of it, newest first, and what one can narrow it by."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.accounts.models import User
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db, like

PAGE = 50
MOST_CSV = 20_000


@dataclass(frozen=True)
class Narrowed:
    """Which lines are wanted; what is empty narrows nothing."""

    who: str = ""
    """user:7, or a kind of actor such as link, job or command"""
    what: str = ""
    thing: str = ""
    """visit:12, or visit for all of them"""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class LogPage:
    """One page; `earlier` leads to the next."""

    lines: Sequence[AuditLine]
    earlier: int | None


def lines(wanted: Narrowed, *, before: int | None = None) -> LogPage:
    """The newest lines, or those before one."""
    chosen = _chosen(wanted).limit(PAGE + 1)
    if before is not None:
        chosen = chosen.where(AuditLine.id < before)
    found = db.session.scalars(chosen).all()
    return LogPage(found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None)


def to_take_away(wanted: Narrowed) -> Sequence[AuditLine]:
    """As many lines as a file holds."""
    return db.session.scalars(_chosen(wanted).limit(MOST_CSV)).all()


def _chosen(wanted: Narrowed) -> sa.Select[AuditLine]:
    chosen = sa.select(AuditLine).order_by(AuditLine.id.desc())
    for column, text in ((AuditLine.actor, wanted.who), (AuditLine.about, wanted.thing)):
        if text:
            chosen = chosen.where(sa.or_(column == text, column.like(like(f"{text}:")[1:], escape="\\")))
    if wanted.what:
        chosen = chosen.where(AuditLine.what == wanted.what)
    if wanted.since:
        chosen = chosen.where(AuditLine.at >= wanted.since)
    return chosen.where(AuditLine.at < wanted.until) if wanted.until else chosen


def deeds() -> Sequence[str]:
    """Everything that was ever done, by its name."""
    return db.session.scalars(sa.select(AuditLine.what).distinct().order_by(AuditLine.what)).all()


def names() -> Mapping[str, str]:
    """Who signs in, or did, by the actor's name in the log."""
    rows = db.session.execute(sa.select(User.id, User.name).order_by(sa.func.lower(User.name), User.id))
    return {f"user:{row.id}": row.name for row in rows}


def changes(line: AuditLine) -> list[tuple[str, str, str]]:
    """What a line says changed: the field, how it was, how it is."""
    fields = dict.fromkeys([*line.before, *line.after])
    return [(field.replace("_", " "), _shown(line.before.get(field)), _shown(line.after.get(field))) for field in fields]


def _shown(value: Any) -> str:
    """A value of the log as people read it.

    >>> _shown(["host of school:3", "viewer"]), _shown({"rows": 3}), _shown(None), _shown(12)
    ('host of school:3, viewer', '{"rows": 3}', '', '12')
    """
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_shown(each) for each in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
