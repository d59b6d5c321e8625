"""Series: the dates that a rule makes, and what a new or changed rule would do to those that are there (rule 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from scheduler.core.refusal import Refusal, Sentence, count, say
from scheduler.core.times import clock_text, date_text, from_wall, settle, span_text

MOST_WEEKS = 8
MOST_VISITS = 200
WEEKDAYS = (say("Monday"), say("Tuesday"), say("Wednesday"), say("Thursday"), say("Friday"), say("Saturday"), say("Sunday"))


@dataclass(frozen=True)
class Rule:
    """On these weekdays (0 is Monday) of every n-th week, from the first day until the last, both included, at these times of day.

    Weeks are counted from the Monday of the week of `first`. A slot is (start, end) on the school's wall; its end is not part of it.
    """

    first: date
    until: date
    weekdays: frozenset[int]
    every: int = 1
    slots: tuple[tuple[time, time], ...] = ()


def dates(rule: Rule) -> list[date]:
    """The days of a rule, in order; steps are days of the calendar, so a change of the clocks moves nothing.

    Refuses a rule that makes no visit, makes more than 200, or contradicts itself; the sentence says what would work.

    >>> rule = Rule(date(2026, 12, 2), date(2026, 12, 20), frozenset({0, 2}), every=2, slots=((time(9), time(11)),))
    >>> [str(day) for day in dates(rule)]       # Wednesday of the first week, Monday and Wednesday of the third
    ['2026-12-02', '2026-12-14', '2026-12-16']
    """
    _refuse_senseless(rule)
    _refuse_overlap(rule.slots)
    found = _days_by_weekday(rule)
    _refuse_number(rule, sum(map(len, found)) * len(rule.slots))
    return [date.fromordinal(day) for day in sorted(day for days in found for day in days)]


def _days_by_weekday(rule: Rule) -> list[range]:
    """One range of day numbers a weekday: counted without being walked through, and safe at the end of the calendar."""
    first, until, step = rule.first.toordinal(), rule.until.toordinal(), 7 * rule.every
    monday = first - rule.first.weekday()
    starts = (monday + weekday for weekday in rule.weekdays)
    return [range(start if start >= first else start + step, until + 1, step) for start in starts]


def _refuse_senseless(rule: Rule) -> None:
    if rule.until < rule.first:
        raise Refusal(say("The last day lies before the first, %(first)s. Choose a later last day.", first=date_text(rule.first)))
    if not rule.weekdays:
        raise Refusal(say("No weekday is chosen. Choose one or more."))
    if not 1 <= rule.every <= MOST_WEEKS:
        raise Refusal(say("A series repeats every 1 to %(most)d weeks. Choose a number between them.", most=MOST_WEEKS))
    if not rule.slots:
        raise Refusal(say("No time is given. Add when a visit starts and ends."))


def _refuse_overlap(slots: Iterable[tuple[time, time]]) -> None:
    ordered = sorted(slots)
    for starts, ends in ordered:
        if ends <= starts:
            raise Refusal(say("A visit from %(starts)s cannot end at %(ends)s. Choose a later end.", **_clocks(starts, ends)))
    for (_, ends), (starts, _) in pairwise(ordered):
        if starts < ends:
            raise Refusal(
                say("Two visits of one day overlap: one ends at %(ends)s, one starts at %(starts)s. Move one.", **_clocks(starts, ends))
            )


def _clocks(starts: time, ends: time) -> dict[str, str]:
    return {"starts": clock_text(starts), "ends": clock_text(ends)}


def _refuse_number(rule: Rule, visits: int) -> None:
    if visits == 0:
        raise Refusal(_no_day(rule))
    if visits > MOST_VISITS:
        made = count(visits, "%(n)d visit", "%(n)d visits")
        raise Refusal(
            say("This rule makes %(made)s; %(most)d is the most at once. Choose an earlier last day.", made=made, most=MOST_VISITS)
        )


def _no_day(rule: Rule) -> Sentence:
    between = {"first": date_text(rule.first), "until": date_text(rule.until)}
    if len(rule.weekdays) > 1 or rule.every > 1:
        return say("This rule has no day between %(first)s and %(until)s. Choose a later last day.", **between)
    weekday = WEEKDAYS[min(rule.weekdays)]
    return say("No %(weekday)s lies between %(first)s and %(until)s. Choose a later last day.", weekday=weekday, **between)


class Action(StrEnum):
    """What applying a rule does to one date."""

    CREATE = "create"
    KEEP = "keep"
    SKIP = "skip"
    DROP = "drop"


@dataclass(frozen=True)
class ExistingDate:
    """A visit that the school has: half-open wall times, its title, and whether it belongs to the series in question.

    `people` counts everybody who is registered or waits. A visit of the series that its host has moved or retimed by itself
    has left the rule: give it with in_series False. `is_cancelled` matters for the series only: what a host called off
    is not made again.
    """

    visit_id: int
    starts_wall: datetime
    ends_wall: datetime
    title: str
    in_series: bool = False
    people: int = 0
    is_cancelled: bool = False


@dataclass(frozen=True)
class Line:
    """One line of a preview: a date, what happens to it, why (where it needs saying), and the visit that is kept or dropped."""

    action: Action
    starts_wall: datetime
    ends_wall: datetime
    reason: Sentence | None = None
    existing: ExistingDate | None = None


def preview(rule: Rule, *, zone: ZoneInfo, now: datetime, closed: Mapping[date, str], existing: Iterable[ExistingDate]) -> list[Line]:
    """What a new or changed rule would do, line by line in order of time, before anything is written.

    create: a new visit. keep: the series has that very date (same start and end), or another visit of the school stands there
    already, or a date that the new rule no longer has is past, cancelled, or has people: changing a rule never touches those.
    drop: a coming date of the series that the new rule no longer has and for which nobody is registered or waits.
    skip: nothing is made, because the date is past, the clocks skip or repeat its hour, a closure (`closed`, title by day)
    covers it, or it overlaps a visit of the school that stays. Spans are half-open: 9:00–10:00 and 10:00–11:00 do not clash.
    A weekend that the rule names is made: a host may open on a Saturday. Refuses what `dates` refuses.

    >>> from datetime import UTC
    >>> rule = Rule(date(2026, 11, 24), date(2026, 12, 8), frozenset({1, 3}), slots=((time(9), time(11)),))
    >>> there = [ExistingDate(7, datetime(2026, 12, 1, 10), datetime(2026, 12, 1, 12), "Advisory visit")]
    >>> now, new_york = datetime(2026, 11, 20, tzinfo=UTC), ZoneInfo("America/New_York")
    >>> for line in preview(rule, zone=new_york, now=now, closed={date(2026, 11, 26): "Thanksgiving"}, existing=there):
    ...     print(line.starts_wall, line.action, line.reason or "-")
    2026-11-24 09:00:00 create -
    2026-11-26 09:00:00 skip Closed: Thanksgiving.
    2026-12-01 09:00:00 skip It overlaps “Advisory visit”, 10:00 am–12:00 pm.
    2026-12-03 09:00:00 create -
    2026-12-08 09:00:00 create -
    """
    planned = [(datetime.combine(day, starts), datetime.combine(day, ends)) for day in dates(rule) for starts, ends in rule.slots]
    there = [one for one in existing if one.in_series or not one.is_cancelled]
    left_over = [_left_over(one, zone, now) for one in there if one.in_series and (one.starts_wall, one.ends_wall) not in planned]
    dropped = {line.existing for line in left_over if line.action == Action.DROP}
    staying = [one for one in there if one not in dropped]
    lines = [_planned(span, zone, now, closed, staying) for span in planned]
    return sorted(lines + left_over, key=lambda line: (line.starts_wall, line.ends_wall))


def _left_over(one: ExistingDate, zone: ZoneInfo, now: datetime) -> Line:
    """A date of the series that the rule no longer has."""
    if one.is_cancelled:
        return _keep(one, say("This date was cancelled."))
    if settle(one.starts_wall, zone) <= now:
        return _keep(one, say("This date is past."))
    if one.people:
        return _keep(one, count(one.people, "%(n)d person has registered or waits.", "%(n)d people have registered or wait."))
    return Line(Action.DROP, one.starts_wall, one.ends_wall, existing=one)


def _keep(one: ExistingDate, reason: Sentence | None) -> Line:
    return Line(Action.KEEP, one.starts_wall, one.ends_wall, reason, one)


def _planned(
    span: tuple[datetime, datetime], zone: ZoneInfo, now: datetime, closed: Mapping[date, str], staying: list[ExistingDate]
) -> Line:
    same = [one for one in staying if (one.starts_wall, one.ends_wall) == span]
    if same:
        one = max(same, key=lambda one: (not one.is_cancelled, one.in_series))
        return _keep(one, _why_kept(one))
    reason = _why_not(span, zone, now, closed, staying)
    return Line(Action.SKIP if reason else Action.CREATE, *span, reason)


def _why_kept(one: ExistingDate) -> Sentence | None:
    if one.is_cancelled:
        return say("This date was cancelled.")
    return None if one.in_series else say("“%(title)s” is there already.", title=one.title)


def _why_not(
    span: tuple[datetime, datetime], zone: ZoneInfo, now: datetime, closed: Mapping[date, str], staying: list[ExistingDate]
) -> Sentence | None:
    starts, ends = span
    try:
        is_past = from_wall(starts, zone) <= now
        from_wall(ends, zone)
    except Refusal as refusal:
        return refusal.sentence
    if is_past:
        return say("This date is past.")
    if starts.date() in closed:
        return say("Closed: %(title)s.", title=closed[starts.date()])
    return _overlap(starts, ends, staying)


def _overlap(starts: datetime, ends: datetime, staying: list[ExistingDate]) -> Sentence | None:
    for one in staying:
        if not one.is_cancelled and one.starts_wall < ends and starts < one.ends_wall:
            return say("It overlaps “%(title)s”, %(span)s.", title=one.title, span=span_text(one.starts_wall, one.ends_wall))
    return None
