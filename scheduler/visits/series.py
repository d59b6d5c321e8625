"""Series: a season of visits from one rule, seen before it is written; what people rely on is never touched (rule 5)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from scheduler.core import recurrence, times
from scheduler.core.recurrence import Action, ExistingDate, Line, Rule
from scheduler.core.refusal import Refusal, Sentence, count, say
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.registration import changes
from scheduler.registration import queries as registration
from scheduler.registration.models import GatheringState
from scheduler.schools import closures_queries as closures
from scheduler.schools.models import School
from scheduler.visits import queries, service
from scheduler.visits import series_queries as reads
from scheduler.visits.models import Visit, VisitSeries
from scheduler.visits.service import VisitDetails


class Changed(Refusal):
    """Writing would now do something else than the page has shown."""


@dataclass(frozen=True)
class Preview:
    """What a rule would do, line by line in order of time."""

    lines: tuple[Line, ...]

    def of(self, action: str) -> list[Line]:
        return [line for line in self.lines if line.action == action]

    def to_create(self, left_out: Collection[str] = ()) -> list[Line]:
        """The new dates, but for those that the host leaves out."""
        return [line for line in self.of(Action.CREATE) if name_of(line) not in left_out]

    def without(self, left_out: Collection[str]) -> list[str]:
        """The names of the new dates that the host leaves out."""
        return [name_of(line) for line in self.of(Action.CREATE) if name_of(line) in left_out]

    @property
    def expected(self) -> str:
        """What a button over these lines promises; sent along, so that a promise that became false is noticed (SHA-256)."""
        facts = [(name_of(line), line.ends_wall, line.action.value, line.existing and line.existing.visit_id) for line in self.lines]
        return hashlib.sha256(repr(facts).encode()).hexdigest()

    def counts(self, left_out: Collection[str] = ()) -> list[Sentence]:
        """What would happen, one sentence a kind; nothing is said of what does not."""
        created, dropped, skipped = len(self.to_create(left_out)), len(self.of(Action.DROP)), len(self.of(Action.SKIP))
        left, kept = len(self.of(Action.CREATE)) - created, len(self.of(Action.KEEP))
        said = [
            (created, count(created, "%(n)d visit will be planned", "%(n)d visits will be planned")),
            (left, count(left, "%(n)d date is left out", "%(n)d dates are left out")),
            (skipped, count(skipped, "%(n)d date is skipped", "%(n)d dates are skipped")),
            (dropped, count(dropped, "%(n)d visit is dropped", "%(n)d visits are dropped")),
            (kept, count(kept, "%(n)d visit stays", "%(n)d visits stay")),
        ]
        return [sentence for number, sentence in said if number]


@dataclass(frozen=True)
class Written:
    """What was done: the series' public id, and how many visits are new, of those drafts, and dropped."""

    public_id: str
    created: int = 0
    drafts: int = 0
    dropped: int = 0


def name_of(line: Line) -> str:
    """What a line is called in a form: its start, which no other new date of the rule has.

    >>> name_of(Line(Action.CREATE, datetime(2026, 12, 2, 9), datetime(2026, 12, 2, 11)))
    '2026-12-02T09:00'
    """
    return line.starts_wall.isoformat(timespec="minutes")


def preview(school: School, rule: Rule, *, series: VisitSeries | None = None, now: datetime) -> Preview:
    """What a rule would do at a school: a new one, or another one for a series that is there. Refuses what `recurrence.dates` refuses.

    Beside what the core says, a date that its host has changed by hand stays, and one that was moved is not made again.
    Visits that are past are not told of.
    """
    recurrence.dates(rule)
    series_id = series.id if series else None
    rows = reads.in_the_way(school, rule.first, rule.until, series_id=series_id)
    own = [row.visit for row in rows if series_id is not None and row.visit.series_id == series_id]
    lines = recurrence.preview(
        rule, zone=ZoneInfo(school.time_zone), now=now, closed=closures.closed_days(school.id, rule.first, rule.until),
        existing=[_existing(row, own) for row in rows],
    )  # fmt: skip
    by_hand = {visit.id: visit for visit in own if _is_left_alone(visit) and visit.gathering.starts_at > now}
    moved = {visit.series_wall: visit for visit in own if visit.series_wall != visit.gathering.starts_wall}
    told = [_told(line, by_hand, moved) for line in lines]
    shown = {line.existing.visit_id for line in told if line.existing}
    told += [_changed_by_hand(visit) for visit in by_hand.values() if visit.id not in shown]
    ahead = [line for line in told if line.action != Action.KEEP or times.settle(line.starts_wall, ZoneInfo(school.time_zone)) > now]
    return Preview(tuple(sorted(ahead, key=lambda line: (line.starts_wall, line.ends_wall))))


def _is_left_alone(visit: Visit) -> bool:
    return visit.is_changed_by_hand and not visit.gathering.is_cancelled


def _existing(row: queries.VisitRow, own: Sequence[Visit]) -> ExistingDate:
    gathering = row.gathering
    return ExistingDate(
        row.visit.id, gathering.starts_wall, gathering.ends_wall, gathering.title,
        in_series=row.visit in own and not _is_left_alone(row.visit), people=row.seats.taken + row.waiting,
        is_cancelled=gathering.is_cancelled,
    )  # fmt: skip


def _told(line: Line, by_hand: Mapping[int, Visit], moved: Mapping[datetime | None, Visit]) -> Line:
    """A line of the core, with what only the series knows about it."""
    if line.existing and line.existing.visit_id in by_hand:
        return replace(line, reason=say("It was changed by hand."))
    if line.action == Action.CREATE and (visit := moved.get(line.starts_wall)) is not None:
        day = times.day_text(visit.gathering.starts_wall)
        return replace(line, action=Action.SKIP, reason=say("This date was moved to %(day)s.", day=day))
    return line


def _changed_by_hand(visit: Visit) -> Line:
    gathering = visit.gathering
    there = ExistingDate(visit.id, gathering.starts_wall, gathering.ends_wall, gathering.title)
    return Line(Action.KEEP, gathering.starts_wall, gathering.ends_wall, say("It was changed by hand."), there)


def too_late(school: School, lines: Iterable[Line], details: VisitDetails, *, now: datetime) -> set[str]:
    """The new dates, in order of time, whose booking would have ended already: they are planned as drafts."""
    late = set()
    for line in lines:
        own = replace(details, starts_wall=line.starts_wall, ends_wall=line.ends_wall)
        if service.booking_times(school, own)[1] > now:
            break  # later dates end later
        late.add(name_of(line))
    return late


def plan_series(
    school_id: int, rule: Rule, details: VisitDetails, *, left_out: Collection[str] = (), expected: str, publish: bool, key: str,
    actor: str, now: datetime,
) -> Written:  # fmt: skip
    """Plan all dates of a new rule, but for those left out; the same key gives the same series.

    `details` are written on every date; its own times do not count. Refuses with Changed, and writes nothing, when the rule
    would no longer do what `expected` says. Where booking would have ended already, a visit stays a draft.
    """
    fingerprint = _fingerprint(school_id, rule, details, sorted(left_out), publish)
    with transaction():
        school = _take_turn(school_id)
        if (earlier := _planned_before(key, fingerprint)) is not None:
            return Written(earlier.public_id)
        seen = _as_seen(preview(school, rule, now=now), expected)
        if not (lines := seen.to_create(left_out)):
            raise Refusal(_nothing_to_plan(seen))
        series = VisitSeries(
            public_id=new_public_id(), school_id=school.id, title=details.title, left_out=seen.without(left_out), key=key,
            fingerprint=fingerprint, version=1, created_at=now, **_columns(rule),
        )  # fmt: skip
        db.session.add(series)
        db.session.flush()
        audit.record("season planned", f"series:{series.id}", actor=actor, now=now, school_id=school.id, after=_logged(rule, len(lines)))
        return _created(series, school, lines, details, publish=publish, actor=actor, now=now)


def change_rule(
    series_id: int, rule: Rule, *, left_out: Collection[str] = (), expected: str, publish: bool, version: int, actor: str, now: datetime
) -> Written:
    """Give a series another rule: new dates are made after those that are there, and dates that it no longer has are dropped
    where nobody is registered or waits and nobody changed them by hand. Changing twice is changing once.

    Refuses with Changed, and writes nothing, when that would no longer do what `expected` says.
    """
    with transaction():
        series = _hold(series_id)
        before = reads.rule_of(series)
        if before == rule and series.version == version + 1:
            return Written(series.public_id)
        _refuse_stale(series, version)
        own = _held_visits(series)
        seen = _as_seen(preview(series.school, rule, series=series, now=now), expected)
        lines, dropped = seen.to_create(left_out), [line.existing.visit_id for line in seen.of(Action.DROP) if line.existing]
        if not (pattern := reads.pattern_of(own)) or (len(dropped) == len(own) and not lines):
            raise Refusal(say("No date of the season would be left. Choose a rule that has one."))
        details = service.details_of(pattern)
        for visit in own:
            if visit.id in dropped:
                _drop(visit, actor, now)
        written = _created(series, series.school, lines, details, publish=publish, actor=actor, now=now)
        _set_rule(series, rule, seen.without(left_out))
        audit.record(
            "season changed", f"series:{series.id}", actor=actor, now=now, school_id=series.school_id,
            before=_logged(before, len(own)), after=_logged(rule, len(own) - len(dropped) + len(lines)),
        )  # fmt: skip
        return replace(written, dropped=len(dropped))


def edit_details(series_id: int, details: VisitDetails, *, version: int, actor: str, now: datetime) -> int:
    """Change what the coming dates share, each at its own times. Dates for which somebody is registered or waits, and those
    changed by hand, stay as they are. Returns how many changed."""
    with transaction():
        series = _hold(series_id)
        _refuse_stale(series, version)
        if not (open_ones := can_change(_held_visits(series), now=now)):
            raise Refusal(say("Each coming date has people or was changed by hand. Change them one by one."))
        changed = sum(_rewrite(visit, details, actor, now) for visit in open_ones)
        series.title = details.title
        series.version += 1
        audit.record(
            "season changed", f"series:{series.id}", actor=actor, now=now, school_id=series.school_id, after={"visits changed": changed}
        )
        return changed


def publish_drafts(series_id: int, *, actor: str, now: datetime) -> int:
    """Open all coming drafts of a series that can still be booked; returns how many."""
    with transaction():
        series = _hold(series_id)
        drafts = [visit for visit in _held_visits(series) if can_open(visit, now=now)]
        for visit in drafts:
            service.publish(visit, actor=actor, now=now)
        return len(drafts)


def can_open(visit: Visit, *, now: datetime) -> bool:
    """A draft that somebody could book if it were published now."""
    return visit.gathering.state == GatheringState.DRAFT and not visit.gathering.is_closed(now)


def can_change(visits: Iterable[Visit], *, now: datetime) -> list[Visit]:
    """The coming dates for which nobody is registered or waits, and that nobody has changed by hand."""
    coming = [visit for visit in visits if not visit.gathering.is_cancelled and visit.gathering.starts_at > now]
    rows = queries.rows(visit for visit in coming if not visit.is_changed_by_hand)
    return [row.visit for row in rows if not row.seats.taken and not row.waiting]


def _created(
    series: VisitSeries, school: School, lines: Sequence[Line], details: VisitDetails, *, publish: bool, actor: str, now: datetime
) -> Written:
    drafts = 0
    for line in lines:
        own = replace(details, starts_wall=line.starts_wall, ends_wall=line.ends_wall)
        visit = service.add(school, own, publish_it=False, actor=actor, now=now)
        visit.series, visit.series_wall = series, line.starts_wall
        if publish and can_open(visit, now=now):
            service.publish(visit, actor=actor, now=now)
        else:
            drafts += 1
        visit.series_edits = visit.edits
    return Written(series.public_id, len(lines), drafts)


def _rewrite(visit: Visit, details: VisitDetails, actor: str, now: datetime) -> bool:
    """True when that changed anything."""
    gathering, before = visit.gathering, visit.edits
    own = replace(details, starts_wall=gathering.starts_wall, ends_wall=gathering.ends_wall)
    service.rewrite(visit, own, actor=actor, now=now)
    visit.series_edits = visit.edits
    return visit.edits != before


def _drop(visit: Visit, actor: str, now: datetime) -> None:
    """A draft goes; what was published is cancelled, because calendars show it (calendar rule S01), and leaves the series."""
    gathering = visit.gathering
    audit.record(
        "visit dropped from its season", f"visit:{visit.id}", actor=actor, now=now, school_id=visit.school_id,
        before={"starts_wall": gathering.starts_wall.isoformat(), "state": gathering.state.value},
    )  # fmt: skip
    if gathering.state == GatheringState.DRAFT:
        db.session.delete(visit)
        db.session.delete(gathering)
        return
    visit.series = visit.series_wall = visit.series_edits = None
    changes.cancel_gathering(gathering, str(say("The school has other dates now")), now=now)


def _take_turn(school_id: int) -> School:
    """The school, held: on PostgreSQL those who plan its seasons take turns, while its visits are booked all the same."""
    held = sa.select(School).where(School.id == school_id).with_for_update(key_share=True)
    return db.session.scalars(held.execution_options(populate_existing=True)).one()


def _hold(series_id: int) -> VisitSeries:
    """A series, held with its school."""
    series = db.session.get_one(VisitSeries, series_id)
    _take_turn(series.school_id)
    return db.session.get_one(VisitSeries, series_id, populate_existing=True)


def _held_visits(series: VisitSeries) -> Sequence[Visit]:
    """The visits of a series, their gatherings held in the order of their ids."""
    own = reads.visits_of(series.id)
    registration.lock_gatherings(visit.gathering_id for visit in own)
    return own


def _planned_before(key: str, fingerprint: str) -> VisitSeries | None:
    earlier = db.session.scalar(sa.select(VisitSeries).where(VisitSeries.key == key))
    if earlier is not None and earlier.fingerprint != fingerprint:
        raise Refusal(say("A season was planned with this form already. Load the page again to plan another."))
    return earlier


def _as_seen(now_so: Preview, expected: str) -> Preview:
    if now_so.expected != expected:
        raise Changed(say("What this would do is no longer what the page showed. Nothing was written. Look at the dates again."))
    return now_so


def _nothing_to_plan(seen: Preview) -> Sentence:
    if seen.of(Action.CREATE):
        return say("No date is ticked. Tick one or more.")
    return say("This rule has no date that can be planned; the list says why. Choose other days.")


def _refuse_stale(series: VisitSeries, version: int) -> None:
    if series.version != version:
        raise Refusal(
            say("Somebody else changed this season meanwhile. What you typed is still here; compare it with the season and save again.")
        )


def _set_rule(series: VisitSeries, rule: Rule, left_out: list[str]) -> None:
    for name, value in _columns(rule).items():
        setattr(series, name, value)
    series.left_out = left_out
    series.version += 1


def _columns(rule: Rule) -> dict[str, Any]:
    return {
        "first_day": rule.first, "last_day": rule.until, "weekdays": sorted(rule.weekdays), "every": rule.every,
        "slots": [[f"{starts:%H:%M}", f"{ends:%H:%M}"] for starts, ends in sorted(rule.slots)],
    }  # fmt: skip


def _logged(rule: Rule, visits: int) -> dict[str, Any]:
    columns = _columns(rule)
    return columns | {"first_day": rule.first.isoformat(), "last_day": rule.until.isoformat(), "visits": visits}


def _fingerprint(*facts: object) -> str:
    """Equal for equal facts (SHA-256)."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()
