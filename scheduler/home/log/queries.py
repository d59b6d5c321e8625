"""Reads of the log: pages of it, newest first, and what one can narrow it by."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

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


class Line(NamedTuple):
    """A line, and what its user is called; None where it was somebody else, or the user is gone."""

    line: AuditLine
    name: str | None


@dataclass(frozen=True)
class LogPage:
    """One page; `earlier` leads to the next."""

    lines: Sequence[Line]
    earlier: int | None


def lines(wanted: Narrowed, *, before: int | None = None) -> LogPage:
    """The newest lines, or those before one."""
    found = [Line(*row) for row in db.session.execute(_newest(wanted, PAGE + 1, before).add_columns(_name()))]
    return LogPage(found[:PAGE], found[PAGE - 1].line.id if len(found) > PAGE else None)


def to_take_away(wanted: Narrowed) -> Sequence[AuditLine]:
    """As many lines as a file holds."""
    return db.session.scalars(_newest(wanted, MOST_CSV)).all()


def _name() -> sa.ScalarSelect[str]:
    """Of the user who did it, by the number in the actor's name."""
    number = sa.cast(sa.func.substr(AuditLine.actor, len("user:") + 1), sa.Integer)
    user_id = sa.case((AuditLine.actor.startswith("user:"), number))
    return sa.select(User.name).where(User.id == user_id).correlate(AuditLine).scalar_subquery()


def _newest(wanted: Narrowed, most: int, before: int | None = None) -> sa.Select[AuditLine]:
    conditions = _conditions(wanted)
    if before is not None:
        conditions.append(AuditLine.id < before)
    chosen = sa.select(AuditLine).order_by(AuditLine.id.desc()).limit(most)
    actors = distinct(AuditLine.actor, beginning=wanted.who) if wanted.who else []
    if not wanted.who or len(actors) > MOST_ACTORS:
        said = AuditLine.actor.in_(actors) if wanted.who else sa.true()
        return chosen.where(said, *conditions)
    # The newest of each actor, by the index, and of these the newest: whoever is rare is not looked for in all of the log.
    each = [sa.select(AuditLine.id).where(AuditLine.actor == actor, *conditions) for actor in actors]
    newest = [ids.order_by(AuditLine.id.desc()).limit(most).subquery() for ids in each]
    return chosen.where(sa.or_(sa.false(), *(AuditLine.id.in_(sa.select(ids.c.id)) for ids in newest)))


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
