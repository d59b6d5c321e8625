"""Dates of a series against a walk through the calendar, and previews line by line (rule 5)."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.core.recurrence import Action, ExistingDate, Line, Rule, dates, preview
from scheduler.core.refusal import Refusal
from scheduler.core.times import from_wall

NEW_YORK = ZoneInfo("America/New_York")
MORNING, NOON = (time(9), time(11)), (time(12), time(13))
MONDAY = date(2026, 11, 30)
DAY = timedelta(days=1)
BEFORE = datetime(2026, 11, 1, tzinfo=UTC)


def plain_words(rule):
    """Each day from the first until the last, if its weekday is chosen and its week is one of every n-th."""
    monday = rule.first - rule.first.weekday() * DAY
    days = (rule.first + n * DAY for n in range((rule.until - rule.first).days + 1))
    return [day for day in days if day.weekday() in rule.weekdays and (day - monday).days // 7 % rule.every == 0]


def test_rule_5_dates_are_those_of_the_calendar_for_every_small_rule():
    wrong = []

    for first, length, days, every in product(range(7), range(0, 29, 3), range(1, 128, 2), range(1, 5)):
        weekdays = frozenset(n for n in range(7) if days >> n & 1)
        rule = Rule(MONDAY + first * DAY, MONDAY + (first + length) * DAY, weekdays, every, (MORNING,))
        if found_or_none(rule) != plain_words(rule):
            wrong.append(rule)

    assert wrong == []


def found_or_none(rule):
    """The dates of a rule; none when it is refused."""
    try:
        return dates(rule)
    except Refusal:
        return []


@given(
    first=st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    days=st.integers(0, 300),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1, max_size=3),
    every=st.integers(1, 8),
)
def test_dates_of_longer_rules_are_those_of_the_calendar(first, days, weekdays, every):
    rule = Rule(first, first + days * DAY, weekdays, every, (MORNING,))

    assert found_or_none(rule) == plain_words(rule)


def test_wednesdays_at_nine_stay_at_nine_when_the_clocks_change():
    rule = Rule(date(2026, 10, 28), date(2026, 11, 4), frozenset({2}), slots=(MORNING,))

    before, after = (from_wall(datetime.combine(day, time(9)), NEW_YORK) for day in dates(rule))

    assert after - before == timedelta(days=7, hours=1)


MONDAYS = frozenset({0})
MONTH = {"first": MONDAY, "until": MONDAY + 28 * DAY, "weekdays": MONDAYS, "slots": (MORNING,)}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"until": MONDAY - DAY}, "The last day lies before the first, November 30, 2026. Choose a later last day."),
        ({"weekdays": frozenset()}, "No weekday is chosen. Choose one or more."),
        ({"every": 0}, "A series repeats every 1 to 8 weeks. Choose a number between them."),
        ({"every": 9}, "A series repeats every 1 to 8 weeks. Choose a number between them."),
        ({"slots": ()}, "No time is given. Add when a visit starts and ends."),
        ({"slots": ((time(11), time(9)),)}, "A visit from 11:00 am cannot end at 9:00 am. Choose a later end."),
        ({"slots": ((time(11), time(11)),)}, "A visit from 11:00 am cannot end at 11:00 am. Choose a later end."),
        (
            {"slots": (NOON, MORNING, (time(10, 30), time(12)))},
            "Two visits of one day overlap: one ends at 11:00 am, one starts at 10:30 am. Move one.",
        ),
        (
            {"first": MONDAY + DAY, "until": MONDAY + 6 * DAY},
            "No Monday lies between December 1, 2026 and December 6, 2026. Choose a later last day.",
        ),
        (
            {"first": MONDAY + DAY, "until": MONDAY + 8 * DAY, "every": 2},
            "This rule has no day between December 1, 2026 and December 8, 2026. Choose a later last day.",
        ),
        (
            {"until": MONDAY + 249 * 7 * DAY, "slots": (MORNING, NOON)},
            "This rule makes 500 visits; 200 is the most at once. Choose an earlier last day.",
        ),
        (
            {"first": date.min, "until": date.max, "weekdays": frozenset(range(7))},
            "This rule makes 3652059 visits; 200 is the most at once. Choose an earlier last day.",
        ),
    ],
)
def test_rule_that_makes_no_sense_is_refused_with_what_works(changes, sentence):
    with pytest.raises(Refusal) as refused:
        dates(Rule(**MONTH | changes))

    assert str(refused.value) == sentence


def test_two_hundred_visits_at_once_are_made():
    rule = Rule(MONDAY, MONDAY + 99 * 7 * DAY, MONDAYS, slots=(MORNING, NOON))

    assert len(dates(rule)) == 100


def test_slots_that_touch_do_not_overlap():
    rule = Rule(MONDAY, MONDAY, MONDAYS, slots=((time(9), time(10)), (time(10), time(11))))

    assert dates(rule) == [MONDAY]


def at(day, starts, ends, title="Open visit", **facts):
    """A visit of the school; its id is the number of its day."""
    return ExistingDate(day.toordinal(), datetime.combine(day, time(starts)), datetime.combine(day, time(ends)), title, **facts)


def shown(rule, *existing, closed=None, now=BEFORE):
    """A preview as a host reads it."""
    lines = preview(rule, zone=NEW_YORK, now=now, closed=closed or {}, existing=existing)
    return [f"{line.starts_wall:%m-%d %H}-{line.ends_wall:%H} {line.action} {line.reason or ''}".rstrip() for line in lines]


TWO_MONDAYS = Rule(MONDAY, MONDAY + 7 * DAY, MONDAYS, slots=(MORNING,))
NEXT = MONDAY + 7 * DAY


def test_new_rule_creates_all_of_its_dates():
    rule = Rule(MONDAY, NEXT, MONDAYS, slots=(NOON, MORNING))

    assert shown(rule) == ["11-30 09-11 create", "11-30 12-13 create", "12-07 09-11 create", "12-07 12-13 create"]


def test_same_rule_again_keeps_every_date_whatever_became_of_it():
    there = [at(MONDAY, 9, 11, in_series=True), at(NEXT, 9, 11, in_series=True, people=4)]

    lines = preview(TWO_MONDAYS, zone=NEW_YORK, now=BEFORE, closed={NEXT: "Snow"}, existing=there)

    assert lines == [Line(Action.KEEP, one.starts_wall, one.ends_wall, existing=one) for one in there]


def test_closed_day_is_skipped_with_the_title_of_its_closure():
    assert shown(TWO_MONDAYS, closed={NEXT: "Staff day"}) == ["11-30 09-11 create", "12-07 09-11 skip Closed: Staff day."]


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (8, 9, "create"),
        (11, 12, "create"),
        (8, 10, "skip It overlaps “Chess”, 8:00–10:00 am."),
        (10, 12, "skip It overlaps “Chess”, 10:00 am–12:00 pm."),
        (8, 12, "skip It overlaps “Chess”, 8:00 am–12:00 pm."),
        (9, 11, "keep “Chess” is there already."),
    ],
)
def test_visit_of_the_school_at_that_time_is_skipped_or_kept_and_named(starts, ends, expected):
    chess = at(MONDAY, starts, ends, "Chess", people=2)

    first = next(line for line in shown(TWO_MONDAYS, chess) if line.startswith("11-30 09-11"))

    assert first == f"11-30 09-11 {expected}"


def test_past_dates_are_skipped():
    begun = from_wall(datetime(2026, 11, 30, 9), NEW_YORK)

    assert shown(TWO_MONDAYS, now=begun) == ["11-30 09-11 skip This date is past.", "12-07 09-11 create"]
    assert shown(TWO_MONDAYS, now=begun - timedelta(seconds=1)) == ["11-30 09-11 create", "12-07 09-11 create"]


@pytest.mark.parametrize(
    ("slot", "reason"),
    [
        ((time(2), time(4)), "2:00 am does not exist on March 14, 2027: the clocks go forward over it. An hour later works."),
        ((time(1), time(2, 30)), "2:30 am does not exist on March 14, 2027: the clocks go forward over it. An hour later works."),
    ],
)
def test_hour_that_the_clocks_skip_is_skipped(slot, reason):
    rule = Rule(date(2027, 3, 14), date(2027, 3, 21), frozenset({6}), slots=(slot,))

    skipped, created = preview(rule, zone=NEW_YORK, now=BEFORE, closed={}, existing=[])

    assert (skipped.action, str(skipped.reason), created.action) == (Action.SKIP, reason, Action.CREATE)


def test_hour_that_happens_twice_is_skipped():
    rule = Rule(date(2026, 11, 1), date(2026, 11, 8), frozenset({6}), slots=((time(1), time(3)),))

    assert shown(rule, now=datetime(2026, 10, 1, tzinfo=UTC)) == [
        "11-01 01-03 skip 1:00 am happens twice on November 1, 2026: the clocks go back over it. Choose a time outside that hour.",
        "11-08 01-03 create",
    ]


def test_rule_5_changed_rule_drops_empty_dates_and_never_touches_dates_with_people():
    tuesdays = Rule(MONDAY, NEXT + 2 * DAY, frozenset({1}), slots=(MORNING,))
    empty, booked, single = at(MONDAY, 9, 11, in_series=True), at(NEXT, 9, 11, in_series=True, people=4), at(NEXT + DAY * 2, 9, 11, "Chess")

    assert shown(tuesdays, empty, booked, single) == [
        "11-30 09-11 drop",
        "12-01 09-11 create",
        "12-07 09-11 keep 4 people have registered or wait.",
        "12-08 09-11 create",
    ]


def test_longer_visits_take_the_place_of_empty_ones_and_leave_those_with_people():
    longer = Rule(MONDAY, NEXT, MONDAYS, slots=((time(9), time(12)),))
    empty, booked = at(MONDAY, 9, 11, in_series=True), at(NEXT, 9, 11, in_series=True, people=1)

    assert shown(longer, empty, booked) == [
        "11-30 09-11 drop",
        "11-30 09-12 create",
        "12-07 09-11 keep 1 person has registered or waits.",
        "12-07 09-12 skip It overlaps “Open visit”, 9:00–11:00 am.",
    ]


def test_past_dates_of_the_series_are_never_dropped():
    tuesdays = Rule(MONDAY, NEXT + DAY, frozenset({1}), slots=(MORNING,))
    past = at(MONDAY, 9, 11, in_series=True)

    first = shown(tuesdays, past, now=from_wall(past.starts_wall, NEW_YORK))[0]

    assert first == "11-30 09-11 keep This date is past."


def test_cancelled_dates_of_the_series_are_not_made_again_and_block_nothing():
    longer = Rule(MONDAY, NEXT, MONDAYS, slots=((time(9), time(12)),))
    cancelled = at(MONDAY, 9, 11, in_series=True, is_cancelled=True)

    assert shown(TWO_MONDAYS, cancelled)[0] == "11-30 09-11 keep This date was cancelled."
    assert shown(longer, cancelled)[:2] == ["11-30 09-11 keep This date was cancelled.", "11-30 09-12 create"]


def test_cancelled_visits_outside_of_the_series_do_not_count():
    cancelled = at(MONDAY, 9, 11, is_cancelled=True)

    assert shown(TWO_MONDAYS, cancelled) == ["11-30 09-11 create", "12-07 09-11 create"]


HOURS = st.integers(7, 15)


@st.composite
def visits(draw, number):
    starts = draw(HOURS)
    facts = {"in_series": draw(st.booleans()), "people": draw(st.integers(0, 2)), "is_cancelled": draw(st.booleans())}
    day = MONDAY + draw(st.integers(0, 13)) * DAY
    return ExistingDate(
        number, datetime.combine(day, time(starts)), datetime.combine(day, time(starts + draw(st.integers(1, 3)))), "", **facts
    )


@given(
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    starts=HOURS,
    there=st.integers(0, 8).flatmap(lambda n: st.tuples(*map(visits, range(n)))),
    passed=st.integers(-10, 10),
)
def test_rule_5_preview_touches_nobody_and_makes_no_clash(weekdays, starts, there, passed):
    rule = Rule(MONDAY, MONDAY + 13 * DAY, weekdays, slots=((time(starts), time(starts + 2)),))
    now = from_wall(datetime.combine(MONDAY + passed * DAY, time(10)), NEW_YORK)

    lines = preview(rule, zone=NEW_YORK, now=now, closed={MONDAY + 3 * DAY: "Closed"}, existing=there)

    dropped = [line.existing for line in lines if line.action == Action.DROP]
    created = [(line.starts_wall, line.ends_wall) for line in lines if line.action == Action.CREATE]
    staying = [one for one in there if one not in dropped and not one.is_cancelled]
    assert all(one.in_series and not one.people and from_wall(one.starts_wall, NEW_YORK) > now for one in dropped)
    assert all(one.starts_wall >= ends or one.ends_wall <= begins for begins, ends in created for one in staying)
    assert all(from_wall(begins, NEW_YORK) > now and begins.date() != MONDAY + 3 * DAY for begins, _ in created)
    assert lines == sorted(lines, key=lambda line: (line.starts_wall, line.ends_wall))
    assert all(line.reason for line in lines if line.action == Action.SKIP)
    planned = [line for line in lines if line.starts_wall.time() == time(starts) and line.ends_wall.time() == time(starts + 2)]
    assert set(dates(rule)) <= {line.starts_wall.date() for line in planned}
