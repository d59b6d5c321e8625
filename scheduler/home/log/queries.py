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
from scheduler.foundation.db import db, distinct

PAGE = 50
MOST_CSV = 20_000
MOST_ACTORS = 100
"""Of a kind, looked up one by one; of more the log is read through"""


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
    found = _newest(wanted, PAGE + 1, before)
    return LogPage(found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None)


def to_take_away(wanted: Narrowed) -> Sequence[AuditLine]:
    """As many lines as a file holds."""
    return _newest(wanted, MOST_CSV)


def _newest(wanted: Narrowed, most: int, before: int | None = None) -> Sequence[AuditLine]:
    conditions = _conditions(wanted)
    if before is not None:
        conditions.append(AuditLine.id < before)
    chosen = sa.select(AuditLine).order_by(AuditLine.id.desc()).limit(most)
    actors = distinct(AuditLine.actor, beginning=wanted.who) if wanted.who else []
    if not wanted.who or len(actors) > MOST_ACTORS:
        said = AuditLine.actor.in_(actors) if wanted.who else sa.true()
        return db.session.scalars(chosen.where(said, *conditions)).all()
    # The newest of each actor, by the index, and of these the newest: whoever is rare is not looked for in all of the log.
    each = [sa.select(AuditLine.id).where(AuditLine.actor == actor, *conditions) for actor in actors]
    newest = [ids.order_by(AuditLine.id.desc()).limit(most).subquery() for ids in each]
    return db.session.scalars(chosen.where(sa.or_(sa.false(), *(AuditLine.id.in_(sa.select(ids.c.id)) for ids in newest)))).all()


def _conditions(wanted: Narrowed) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.thing:
        whole = AuditLine.about == wanted.thing
        found.append(whole if ":" in wanted.thing else AuditLine.about.between(f"{wanted.thing}:", f"{wanted.thing};"))
    if wanted.what:
        found.append(AuditLine.what == wanted.what)
    if wanted.since:
        found.append(AuditLine.at >= wanted.since)
    if wanted.until:
        found.append(AuditLine.at < wanted.until)
    return found


def deeds() -> Sequence[str]:
    """Everything that was ever done, by its name."""
    return distinct(AuditLine.what)


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
