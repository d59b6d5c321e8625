"""A season: seen before it is written, written once, and changed without touching what people rely on (rule 5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from scheduler.core.recurrence import Rule
from scheduler.core.refusal import Refusal
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from scheduler.registration.models import Gathering, GatheringState
from scheduler.schools import closures
from scheduler.schools.closures_lines import ClosureDetails
from scheduler.schools.models import School, Tier
from scheduler.visits import series, service
from scheduler.visits import series_queries as reads
from scheduler.visits.models import Visit, VisitSeries
from tests.people import MONDAY, details

Make = Callable[..., Visit]
Book = Callable[..., object]
MORNING = (time(9), time(11))
AFTERNOON = (time(13), time(14, 30))
WEDNESDAYS = Rule(date(2026, 12, 2), date(2026, 12, 23), frozenset({2}), 1, (MORNING,))
"""December 2, 9, 16 and 23"""


def plan(school: School, rule: Rule = WEDNESDAYS, *, key: str = "a-key-of-a-form-000001", now: datetime = MONDAY, **more: Any) -> Any:
    """Plan all that the preview shows, as a host who reads it and presses at once."""
    more.setdefault("expected", series.preview(school, rule, now=now).expected)
    facts = {"details": details(), "publish": True, "key": key, "actor": "user:1", "now": now} | more
    written = series.plan_series(school.id, rule, **facts)
    return db.session.query(VisitSeries).filter_by(public_id=written.public_id).one()


def change(made: VisitSeries, rule: Rule, *, now: datetime = MONDAY, **more: Any) -> series.Written:
    """Give a season another rule after having looked at what that does."""
    more.setdefault("expected", series.preview(made.school, rule, series=made, now=now).expected)
    facts = {"publish": True, "version": made.version, "actor": "user:1", "now": now} | more
    return series.change_rule(made.id, rule, **facts)


def close(school: School, day: date, title: str) -> None:
    closures.close_days(school.id, ClosureDetails(day, day, title), actor="user:1", now=MONDAY)


def on(made: VisitSeries) -> list[str]:
    """The dates of a season that take place."""
    db.session.expire_all()
    return [
        f"{visit.gathering.starts_wall:%m-%d %H:%M} {visit.gathering.state.value}"
        for visit in reads.visits_of(made.id)
        if not visit.gathering.is_cancelled
    ]


def told(school: School, rule: Rule, *, of: VisitSeries | None = None, now: datetime = MONDAY) -> list[str]:
    """The lines of a preview."""
    lines = series.preview(school, rule, series=of, now=now).lines
    return [f"{line.starts_wall:%m-%d %H:%M} {line.action} {line.reason or ''}".rstrip() for line in lines]


def visit_on(made: VisitSeries, day: int) -> Visit:
    return next(visit for visit in reads.visits_of(made.id) if visit.gathering.starts_wall.day == day)


# Plan


def test_preview_says_what_is_skipped_and_why_and_writes_nothing(cast: SimpleNamespace, make_visit: Make) -> None:
    close(cast.here, date(2026, 12, 9), "Testing")
    make_visit(
        cast.here, title="Advisory visit", starts_wall=datetime(2026, 12, 16, 10), ends_wall=datetime(2026, 12, 16, 12), publish=False
    )

    seen = told(cast.here, replace(WEDNESDAYS, first=date(2026, 10, 28)), now=MONDAY)
    counts = [str(part) for part in series.preview(cast.here, WEDNESDAYS, now=MONDAY).counts({"2026-12-23T09:00"})]

    assert seen == [
        "10-28 09:00 skip This date is past.", "11-04 09:00 create", "11-11 09:00 create", "11-18 09:00 create", "11-25 09:00 create",
        "12-02 09:00 create", "12-09 09:00 skip Closed: Testing.",
        "12-16 09:00 skip It overlaps “Advisory visit”, 10:00 am–12:00 pm.", "12-23 09:00 create",
    ]  # fmt: skip
    assert counts == ["1 visit will be planned", "1 date is left out", "2 dates are skipped"]
    assert db.session.query(VisitSeries).count() == 0


@pytest.mark.both_engines
def test_season_is_planned_with_all_that_one_visit_has(cast: SimpleNamespace) -> None:
    shared = details(
        title="Open mornings", capacity=10, cutoff_days=2, reserved={Tier.ACTIVE_MEMBER: 4}, focus_area_ids=[cast.here.focus_areas[0].id]
    )

    made = plan(cast.here, details=shared)

    dates = [replace(shared, starts_wall=datetime(2026, 12, day, 9), ends_wall=datetime(2026, 12, day, 11)) for day in (2, 9, 16, 23)]
    visits = reads.visits_of(made.id)
    assert [service.details_of(visit) for visit in visits] == dates
    assert [(visit.gathering.state, visit.published_at) for visit in visits] == [(GatheringState.PUBLISHED, MONDAY)] * 4
    assert (made.title, reads.rule_of(made)) == ("Open mornings", WEDNESDAYS)
    assert [line.what for line in db.session.query(AuditLine).filter(AuditLine.about == f"series:{made.id}")] == ["season planned"]


def test_unticked_dates_are_left_out_and_stay_so_when_the_rule_changes(cast: SimpleNamespace) -> None:
    made = plan(cast.here, left_out={"2026-12-09T09:00", "2026-12-10T09:00"}, publish=False)

    assert on(made) == ["12-02 09:00 draft", "12-16 09:00 draft", "12-23 09:00 draft"]
    assert made.left_out == ["2026-12-09T09:00"]
    assert [visit.published_at for visit in reads.visits_of(made.id)] == [None] * 3


def test_visit_whose_booking_would_have_ended_stays_a_draft(cast: SimpleNamespace) -> None:
    now = datetime(2026, 12, 1, 15, tzinfo=UTC)

    made = plan(cast.here, details=details(cutoff_days=2), now=now)

    assert on(made) == ["12-02 09:00 draft", "12-09 09:00 published", "12-16 09:00 published", "12-23 09:00 published"]


def test_several_times_a_day_every_other_week(cast: SimpleNamespace) -> None:
    made = plan(cast.here, replace(WEDNESDAYS, every=2, slots=(MORNING, AFTERNOON)))

    assert on(made) == [f"12-{day} {hour}:00 published" for day in ("02", "16") for hour in ("09", "13")]


@pytest.mark.parametrize(
    ("rule", "skipped", "hours"),
    [
        (
            Rule(date(2026, 10, 25), date(2026, 11, 8), frozenset({6}), 1, ((time(1, 30), time(3)),)),
            "11-01 01:30 skip 1:30 am happens twice on November 1, 2026: the clocks go back over it. Choose a time outside that hour.",
            [5, 6],
        ),
        (
            Rule(date(2027, 3, 7), date(2027, 3, 21), frozenset({6}), 1, ((time(2, 30), time(4)),)),
            "03-14 02:30 skip 2:30 am does not exist on March 14, 2027: the clocks go forward over it. An hour later works.",
            [7, 6],
        ),
    ],
)
def test_hour_that_the_clocks_skip_or_repeat_makes_no_visit_and_others_keep_their_wall_time(
    cast: SimpleNamespace, rule: Rule, skipped: str, hours: list[int]
) -> None:
    now = datetime(2026, 10, 1, tzinfo=UTC)

    seen = told(cast.here, rule, now=now)
    made = plan(cast.here, rule, now=now)

    assert [line for line in seen if "skip" in line] == [skipped]
    assert [visit.gathering.starts_at.hour for visit in reads.visits_of(made.id)] == hours


@pytest.mark.both_engines
def test_same_form_sent_again_gives_the_same_season(cast: SimpleNamespace) -> None:
    expected = series.preview(cast.here, WEDNESDAYS, now=MONDAY).expected

    first, again = (plan(cast.here, expected=expected) for _ in range(2))

    assert first.id == again.id
    assert db.session.query(Visit).count() == 4
    with pytest.raises(Refusal, match="planned with this form already"):
        plan(cast.here, expected=expected, details=details(title="Other words"))


@pytest.mark.both_engines
def test_two_hosts_who_press_at_once_plan_one_season(app: Flask, cast: SimpleNamespace) -> None:
    expected, school_id, start, said = series.preview(cast.here, WEDNESDAYS, now=MONDAY).expected, cast.here.id, Barrier(2), []

    def press(key: str) -> None:
        with app.app_context():
            start.wait()
            try:
                series.plan_series(school_id, WEDNESDAYS, details(), expected=expected, publish=True, key=key, actor="user:1", now=MONDAY)
                said.append("planned")
            except series.Changed:
                said.append("changed")
            db.session.remove()

    both = [Thread(target=press, args=(f"a-key-of-a-form-00000{n}",)) for n in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    db.session.rollback()

    assert sorted(said) == ["changed", "planned"]
    assert (db.session.query(VisitSeries).count(), db.session.query(Visit).count()) == (1, 4)


def test_nothing_is_written_when_a_day_was_closed_meanwhile(cast: SimpleNamespace) -> None:
    expected = series.preview(cast.here, WEDNESDAYS, now=MONDAY).expected
    close(cast.here, date(2026, 12, 9), "Testing")

    with pytest.raises(series.Changed):
        plan(cast.here, expected=expected)

    assert (db.session.query(VisitSeries).count(), db.session.query(Visit).count()) == (0, 0)


@pytest.mark.parametrize(
    ("left_out", "closed", "sentence"),
    [
        ({f"2026-12-{day}T09:00" for day in ("02", "09", "16", "23")}, [], "No date is ticked"),
        (set(), [2, 9, 16, 23], "no date that can be planned"),
    ],
)
def test_season_without_a_date_is_refused(cast: SimpleNamespace, left_out: set[str], closed: list[int], sentence: str) -> None:
    for day in closed:
        close(cast.here, date(2026, 12, day), "Closed")

    with pytest.raises(Refusal, match=sentence):
        plan(cast.here, left_out=left_out)


# Change the rule


def test_changed_rule_drops_empty_dates_keeps_those_with_people_and_plans_new_ones(
    cast: SimpleNamespace, make_visit: Make, book: Book
) -> None:
    made = plan(cast.here, details=details(capacity=4))
    book(visit_on(made, 9), 3)
    book(visit_on(made, 9), 2)
    thursdays = replace(WEDNESDAYS, weekdays=frozenset({3}), until=date(2026, 12, 17))

    seen = told(cast.here, thursdays, of=made)
    written = change(made, thursdays)

    assert seen == [
        "12-02 09:00 drop", "12-03 09:00 create", "12-09 09:00 keep 5 people have registered or wait.", "12-10 09:00 create",
        "12-16 09:00 drop", "12-17 09:00 create", "12-23 09:00 drop",
    ]  # fmt: skip
    assert (written.created, written.dropped) == (3, 3)
    assert on(made) == ["12-03 09:00 published", "12-09 09:00 published", "12-10 09:00 published", "12-17 09:00 published"]
    assert {visit.gathering.capacity for visit in reads.visits_of(made.id)} == {4}
    assert [mail.template.rsplit("/", 1)[-1] for mail in db.session.query(OutboxMail).order_by(OutboxMail.id)] == [
        "confirmed",
        "waitlisted",
    ]


def test_dropped_drafts_go_and_published_dates_are_cancelled_and_can_come_back(cast: SimpleNamespace) -> None:
    made = plan(cast.here)
    later = replace(WEDNESDAYS, first=date(2026, 12, 9))

    change(made, later)
    states = [gathering.state.value for gathering in db.session.query(Gathering).order_by(Gathering.starts_wall, Gathering.id)]
    change(db.session.get_one(VisitSeries, made.id), WEDNESDAYS, publish=False)
    change(db.session.get_one(VisitSeries, made.id), later)

    assert states == ["cancelled", "published", "published", "published"]
    assert on(made) == ["12-09 09:00 published", "12-16 09:00 published", "12-23 09:00 published"]
    assert db.session.query(Visit).count() == 4


def test_dates_that_their_host_changed_moved_or_cancelled_are_left_alone(cast: SimpleNamespace) -> None:
    made = plan(cast.here)
    changed, moved, called_off = visit_on(made, 2), visit_on(made, 9), visit_on(made, 16)
    service.change_capacity(changed.id, 20, actor="user:1", now=MONDAY)
    elsewhere = replace(service.details_of(moved), starts_wall=datetime(2026, 12, 10, 9), ends_wall=datetime(2026, 12, 10, 11))
    service.edit_visit(moved.id, elsewhere, version=moved.gathering.version, actor="user:1", now=MONDAY)
    service.cancel_visit(called_off.id, "Snow", actor="user:1", now=MONDAY)

    same, thursdays = told(cast.here, WEDNESDAYS, of=made), told(cast.here, replace(WEDNESDAYS, weekdays=frozenset({4})), of=made)

    assert same == [
        "12-02 09:00 keep It was changed by hand.", "12-09 09:00 skip This date was moved to Thursday, December 10.",
        "12-10 09:00 keep It was changed by hand.", "12-16 09:00 keep This date was cancelled.", "12-23 09:00 keep",
    ]  # fmt: skip
    assert thursdays == [
        "12-02 09:00 keep It was changed by hand.", "12-04 09:00 create", "12-10 09:00 keep It was changed by hand.",
        "12-11 09:00 create", "12-16 09:00 keep This date was cancelled.", "12-18 09:00 create", "12-23 09:00 drop",
    ]  # fmt: skip


def test_publishing_a_draft_by_hand_is_no_change(cast: SimpleNamespace) -> None:
    made = plan(cast.here, publish=False)

    service.publish_visit(visit_on(made, 2).id, actor="user:1", now=MONDAY)

    assert [visit.is_changed_by_hand for visit in reads.visits_of(made.id)] == [False] * 4
    assert told(cast.here, replace(WEDNESDAYS, first=date(2026, 12, 9)), of=made)[0] == "12-02 09:00 drop"


def test_booking_after_the_preview_keeps_the_date(cast: SimpleNamespace, book: Book) -> None:
    made = plan(cast.here)
    later = replace(WEDNESDAYS, first=date(2026, 12, 9))
    expected = series.preview(cast.here, later, series=made, now=MONDAY).expected
    book(visit_on(made, 2), 1)

    with pytest.raises(series.Changed):
        change(made, later, expected=expected)

    assert len(on(made)) == 4


def test_past_dates_stay_and_are_not_told_of(cast: SimpleNamespace) -> None:
    made = plan(cast.here)
    now = datetime(2026, 12, 10, 15, tzinfo=UTC)

    seen = told(cast.here, replace(WEDNESDAYS, weekdays=frozenset({4})), of=made, now=now)

    assert seen == [
        "12-04 09:00 skip This date is past.", "12-11 09:00 create", "12-16 09:00 drop", "12-18 09:00 create", "12-23 09:00 drop",
    ]  # fmt: skip


def test_changing_twice_is_changing_once_and_a_stale_change_is_refused(cast: SimpleNamespace) -> None:
    made = plan(cast.here)
    later, version = replace(WEDNESDAYS, first=date(2026, 12, 9)), made.version
    expected = series.preview(cast.here, later, series=made, now=MONDAY).expected

    first, again = (change(made, later, version=version, expected=expected) for _ in range(2))

    assert ((first.dropped, again.dropped), made.version) == ((1, 0), version + 1)
    with pytest.raises(Refusal, match="Somebody else changed this season"):
        change(made, WEDNESDAYS, version=version)


def test_rule_that_leaves_no_date_is_refused(cast: SimpleNamespace) -> None:
    made = plan(cast.here)
    close(cast.here, date(2026, 12, 4), "Closed")

    with pytest.raises(Refusal, match="No date of the season would be left"):
        change(made, Rule(date(2026, 12, 4), date(2026, 12, 4), frozenset({4}), 1, (MORNING,)))

    assert len(on(made)) == 4


# Change what the dates share


def test_shared_details_change_on_coming_dates_without_people_only(cast: SimpleNamespace, book: Book) -> None:
    made = plan(cast.here)
    book(visit_on(made, 2), 1)
    service.change_capacity(visit_on(made, 9).id, 20, actor="user:1", now=MONDAY)

    changed = series.edit_details(made.id, details(title="New title", capacity=8), version=1, actor="user:1", now=MONDAY)

    db.session.expire_all()
    facts = [(visit.gathering.starts_wall.day, visit.gathering.title, visit.gathering.capacity) for visit in reads.visits_of(made.id)]
    old = details().title
    assert changed == 2
    assert facts == [(2, old, 12), (9, old, 20), (16, "New title", 8), (23, "New title", 8)]
    assert [visit.is_changed_by_hand for visit in reads.visits_of(made.id)] == [False, True, False, False]
    assert db.session.get_one(VisitSeries, made.id).title == "New title"


def test_shared_details_that_no_date_can_take_are_refused(cast: SimpleNamespace, book: Book) -> None:
    made = plan(cast.here, replace(WEDNESDAYS, until=date(2026, 12, 2)))
    book(visit_on(made, 2), 1)

    with pytest.raises(Refusal, match="Change them one by one"):
        series.edit_details(made.id, details(title="New title"), version=1, actor="user:1", now=MONDAY)


def test_drafts_of_a_season_are_published_together(cast: SimpleNamespace) -> None:
    made = plan(cast.here, details=details(cutoff_days=2), publish=False)
    now = datetime(2026, 12, 1, 15, tzinfo=UTC)

    opened, again = (series.publish_drafts(made.id, actor="user:1", now=now) for _ in range(2))

    assert (opened, again) == (3, 0)
    assert on(made) == ["12-02 09:00 draft", "12-09 09:00 published", "12-16 09:00 published", "12-23 09:00 published"]
    assert [visit.published_at for visit in reads.visits_of(made.id)] == [None, now, now, now]


def test_preview_takes_as_many_statements_for_two_hundred_dates_as_for_four(
    cast: SimpleNamespace, count_statements: Callable[[Callable[[], object]], int]
) -> None:
    daily = Rule(date(2026, 12, 1), date(2026, 12, 1) + timedelta(days=199), frozenset(range(7)), 1, (MORNING,))
    made = plan(cast.here)
    db.session.expire_all()
    few = count_statements(lambda: series.preview(cast.here, WEDNESDAYS, series=made, now=MONDAY))
    db.session.expire_all()

    many = count_statements(lambda: series.preview(cast.here, daily, series=made, now=MONDAY))

    assert many == few
