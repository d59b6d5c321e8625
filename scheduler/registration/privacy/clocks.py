"""When the time of a kind of data has come for a row: the gathering it belongs to, somebody's last one, or an instant of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scheduler.accounts.models import Grant, User
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.personal import After, Classified, Condition, Kind
from scheduler.registration.models import Attendee, Gathering, Person, Registration

GATHERINGS: sa.Table = Gathering.__table__  # type: ignore[assignment]


def due(line: Classified, kind: Kind, now: datetime) -> tuple[sa.FromClause, Condition] | None:
    """Where to look, and the condition that the time of a kind has come for a row; None for what has no number of days."""
    if kind.keep.days is None:
        return None
    limit = now - timedelta(days=kind.keep.days)
    source: sa.FromClause = line.table
    if kind.keep.after == After.GATHERING:
        source, passed = with_gathering(line.table), GATHERINGS.c.ends_at < limit
    elif kind.keep.after == After.STORED:
        passed = line.table.c[line.since] < limit
    else:
        passed = _LAST[line.table.name](limit)
    return source, sa.and_(passed, line.ready(now)) if line.ready else passed


def has_gathering(table: sa.Table) -> bool:
    """Whether its rows belong to gatherings."""
    return table is GATHERINGS or bool(way(table))


def with_gathering(table: sa.Table) -> sa.FromClause:
    """A table joined to the gatherings of its rows."""
    source: sa.FromClause = table
    for key in way(table):
        source = source.join(key.column.table, key.parent == key.column)
    return source


def way(table: sa.Table) -> list[sa.ForeignKey]:
    """The foreign keys that lead from a table to its gathering, as few as possible; empty where none do.

    >>> from scheduler.registration.models import AccessNeeds
    >>> [key.column.table.name for key in way(AccessNeeds.__table__)]
    ['attendees', 'registrations', 'gatherings']
    """
    waiting: deque[tuple[sa.Table, list[sa.ForeignKey]]] = deque([(table, [])])
    seen = {table}
    while waiting:
        here, before = waiting.popleft()
        if here is GATHERINGS:
            return before
        for key in sorted(here.foreign_keys, key=lambda key: key.parent.name):
            if key.column.table not in seen:
                seen.add(key.column.table)
                waiting.append((key.column.table, [*before, key]))
    return []


def _person_is_long_gone(limit: datetime) -> Condition:
    """Nobody of whom something was later: neither a gathering nor the row."""
    there = sa.select(Attendee.id).join(Attendee.registration).join(Registration.gathering)
    later = there.where(Attendee.person_id == Person.id, Gathering.ends_at >= limit).exists()
    return sa.and_(Person.created_at < limit, _one_by_one(~later))


def _lead_is_long_gone(limit: datetime) -> Condition:
    """Parties, beside their gatherings, whose lead's address came to nothing since, neither as a lead nor in the party of somebody else."""
    other, others_gathering = sa.alias(Registration.__table__, "later"), sa.alias(GATHERINGS, "at_later")
    same = sa.and_(Registration.lead_email != "", other.c.lead_email == Registration.lead_email)
    led = sa.select(other.c.id).join(others_gathering, others_gathering.c.id == other.c.gathering_id)
    later = led.where(same, others_gathering.c.ends_at >= limit).exists()
    # The own gathering first: the addresses of parties that are too young themselves are not looked for.
    return sa.and_(GATHERINGS.c.ends_at < limit, _one_by_one(sa.and_(~later, ~_came_with_others(limit))))


def _one_by_one(rare: Condition) -> Condition:
    """PostgreSQL would gather all who came later before it says of a few rows that they did not."""
    return sa.case((rare, sa.true()), else_=sa.false())


def _came_with_others(limit: datetime) -> Condition:
    party = sa.alias(Registration.__table__, "of_another")
    at = sa.alias(GATHERINGS, "at_another")
    came = sa.select(Attendee.id).join(Person, Person.id == Attendee.person_id).join(party, party.c.id == Attendee.registration_id)
    came = came.join(at, at.c.id == party.c.gathering_id)
    return came.where(Registration.lead_email != "", Person.email == Registration.lead_email, at.c.ends_at >= limit).exists()


def _role_is_long_over(limit: datetime) -> Condition:
    """Users without any role, since their rights changed last."""
    roles = sa.select(Grant.id).where(Grant.user_id == User.id).exists()
    about = sa.literal("user:") + sa.cast(User.id, sa.String)
    changed = sa.select(sa.func.max(AuditLine.at)).where(AuditLine.about == about).scalar_subquery()
    return sa.and_(~roles, sa.func.coalesce(changed, User.created_at) < limit)


_LAST: dict[str, Callable[[datetime], Any]] = {
    "people": _person_is_long_gone,
    "registrations": _lead_is_long_gone,
    "users": _role_is_long_over,
}
