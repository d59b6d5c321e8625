"""Calendars of closed days at an address of the school's own: fetched every day, and what changed in them changes here (rule 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from scheduler.core import times
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit, daily, fetch
from scheduler.foundation.db import db, transaction
from scheduler.foundation.ical_reader import read_calendar
from scheduler.foundation.tokens import new_public_id
from scheduler.schools import closures, queries
from scheduler.schools import closures_queries as reads
from scheduler.schools.closures import Row
from scheduler.schools.closures_calendar import rows_of
from scheduler.schools.closures_lines import ClosureDetails
from scheduler.schools.models import Closure, ClosureSource

Get = Callable[[str], bytes]

UNREAD = frozenset({"broken", "repeats", "long"})
"""Reasons for which an entry says nothing about its days: then nothing is taken for gone"""
TRIED_TODAY = timedelta(hours=12)
MOST_SOURCES = 5


@dataclass(frozen=True)
class Changes:
    """What a fetch did to the closures."""

    new: int = 0
    changed: int = 0
    gone: int = 0

    @property
    def any(self) -> bool:
        return bool(self.new or self.changed or self.gone)


def network_zone() -> ZoneInfo:
    """The clock by which calendars are fetched, and by which a day is over."""
    return ZoneInfo(queries.network().time_zone)


def add_source(school_id: int | None, url: str, *, actor: str, now: datetime, get: Get = fetch.get) -> Changes:
    """Fetch a calendar from now on. Refused, and nothing is written, when it cannot be read at once."""
    url = fetch.read_address(url).geturl()
    rows = _rows(get(url), now)
    with transaction():
        closures.take_turns()
        known = reads.sources_of(school_id)
        if any(source.url == url for source in known):
            raise Refusal(say("This calendar is fetched already."))
        if len(known) >= MOST_SOURCES:
            raise Refusal(say("Up to five calendars are fetched. Stop one of them first."))
        source = ClosureSource(public_id=new_public_id(), school_id=school_id, url=url, created_at=now)
        db.session.add(source)
        db.session.flush()
        audit.record("calendar of closures added", closures.about(school_id), actor=actor, now=now, school_id=school_id)
        return _apply(source, rows, actor, now)


def refresh(source_id: int, *, actor: str, now: datetime, get: Get = fetch.get) -> Changes:
    """Fetch a calendar again. One that cannot be read leaves everything as it was read last, and says why on the page."""
    url = db.session.get_one(ClosureSource, source_id).url
    try:
        rows = _rows(get(url), now)
    except Refusal as refusal:
        with transaction():
            tried = sa.update(ClosureSource).where(ClosureSource.id == source_id)
            db.session.execute(tried.values(tried_at=now, problem=str(refusal)[:300]))
        raise
    with transaction():
        closures.take_turns()
        source = db.session.get(ClosureSource, source_id, populate_existing=True)
        return _apply(source, rows, actor, now) if source is not None else Changes()


def stop_source(source_id: int, *, actor: str, now: datetime) -> None:
    """No longer fetch a calendar. Its closures stay, as if somebody had typed them; stopping twice is stopping once."""
    with transaction():
        source = db.session.get(ClosureSource, source_id)
        if source is None:
            return
        db.session.execute(sa.update(Closure).where(Closure.source_id == source_id).values(source_id=None))
        db.session.delete(source)
        about = closures.about(source.school_id)
        audit.record("calendar of closures stopped", about, actor=actor, now=now, school_id=source.school_id)


@daily.every_day("closures", at=time(4), zone=network_zone)
def fetch_all(now: datetime, get: Get = fetch.get) -> int:
    """Fetch every calendar that was not tried today; returns how many could be read."""
    due = sa.or_(ClosureSource.tried_at.is_(None), ClosureSource.tried_at < now - TRIED_TODAY)
    ids = db.session.scalars(sa.select(ClosureSource.id).where(due).order_by(ClosureSource.id)).all()
    return sum(_fetched(source_id, now, get) for source_id in ids)


def _fetched(source_id: int, now: datetime, get: Get) -> bool:
    try:
        refresh(source_id, actor="job:closures", now=now, get=get)
    except Refusal:  # it is noted, and the others are fetched all the same
        return False
    return True


def _rows(data: bytes, now: datetime) -> list[Row]:
    rows = rows_of(read_calendar(data), today=_today(now))
    days = sum(row.details.days for row in rows if row.details)
    if days > closures.MOST_DAYS:
        raise Refusal(say("This calendar closes %(days)d days; up to 10,000 can be read.", days=days))
    return rows


def _today(now: datetime) -> date:
    return times.to_wall(now, network_zone()).date()


def _apply(source: ClosureSource, rows: Sequence[Row], actor: str, now: datetime) -> Changes:
    """Write what differs: an entry is known by its UID, one without by its days and title; what did not change is not touched."""
    stored = reads.known_of(source.school_id)
    listed = [row.details for row in rows if row.details]
    new, changed = _write(source, listed, stored, now)
    unread = any(row.why in UNREAD for row in rows)
    gone = [] if unread else [closure for closure in stored if _is_gone(closure, source, listed, _today(now))]
    for closure in gone:
        db.session.delete(closure)
    source.fetched_at = source.tried_at = now
    source.problem = ""
    done = Changes(new, changed, len(gone))
    if done.any:
        after = {"new": new, "changed": changed, "gone": len(gone)}
        audit.record("closures fetched", closures.about(source.school_id), actor=actor, now=now, school_id=source.school_id, after=after)
        closures.tell_followers(source.school_id, now)
    return done


def _write(source: ClosureSource, listed: Iterable[ClosureDetails], stored: Sequence[Closure], now: datetime) -> tuple[int, int]:
    by_uid = {closure.source_uid: closure for closure in stored if closure.source_uid}
    by_days = {closures.key_of(closures.details_of(closure)): closure for closure in stored}
    new = changed = 0
    for details in listed:
        known = by_uid.get(details.source_uid or "") or by_days.get(closures.key_of(details))
        if known is None:
            added = closures.new_closure(source.school_id, details, now)
            added.source_id = source.id
            db.session.add(added)
            by_days[closures.key_of(details)] = added
            new += 1
        elif known.source_id in (None, source.id):  # what another calendar brought is that one's
            changed += _adopt(known, source, details)
    return new, changed


def _adopt(closure: Closure, source: ClosureSource, details: ClosureDetails) -> bool:
    """From now on the calendar keeps this closure; True when its days or title change by that."""
    differs = (closure.first_day, closure.last_day, closure.title) != (details.first_day, details.last_day, details.title)
    closure.source_id = source.id
    if differs or closure.source_uid is None:
        closures.change(closure, details)
    return differs


def _is_gone(closure: Closure, source: ClosureSource, listed: Sequence[ClosureDetails], today: date) -> bool:
    """The calendar brought it, it is not over, and the calendar no longer has it."""
    if closure.source_id != source.id or closure.last_day < today:
        return False
    uids = {details.source_uid for details in listed if details.source_uid}
    return (
        closure.source_uid not in uids
        if closure.source_uid
        else closures.key_of(closures.details_of(closure)) not in {closures.key_of(details) for details in listed}
    )
