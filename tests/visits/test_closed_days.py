"""Visits on closed days: nothing is cancelled by itself; the host keeps, moves or cancels, and sees counts first (rule 4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.core.refusal import Refusal
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from scheduler.registration import queries as registration
from scheduler.registration.models import GatheringState
from scheduler.schools import closures
from scheduler.schools.closures_lines import ClosureDetails
from scheduler.schools.models import School
from scheduler.visits import closed_days
from scheduler.visits.models import Visit
from tests.people import MONDAY

SignIn = Callable[[User], FlaskClient]
Make = Callable[..., Visit]
Book = Callable[..., object]
PATH = "/workspace/visits/closed-days"


def close(school: School | None, first: date, last: date | None = None, title: str = "Winter recess") -> None:
    details = ClosureDetails(first, last or first, title)
    closures.close_days(school.id if school else None, details, actor="command:test", now=MONDAY)


def in_days(days: int) -> date:
    return (datetime.now(UTC) + timedelta(days=days)).date()


def mails() -> list[str]:
    return [mail.template.rsplit("/", 1)[-1] for mail in db.session.query(OutboxMail).order_by(OutboxMail.id)]


def fresh(visit: Visit) -> Visit:
    db.session.expire_all()
    return db.session.get_one(Visit, visit.id)


def found(user: User, now: datetime = MONDAY) -> list[tuple[str, str, int, int]]:
    """Title, closure, booked, waiting."""
    hits = closed_days.hits_of(closed_days.marks_for_host(user.actor, now=now))
    return [(hit.gathering.title, hit.closure, hit.booked, hit.row.waiting) for hit in hits]


def test_new_closure_cancels_nothing_and_lists_what_lies_on_it(cast: SimpleNamespace, make_visit: Make, book: Book) -> None:
    visit = make_visit(cast.here, capacity=4)
    book(visit, 3)
    book(visit, 2, lead_email="late@example.org")
    make_visit(cast.here, title="Another day", starts_wall=datetime(2026, 12, 3, 9), ends_wall=datetime(2026, 12, 3, 11))
    make_visit(cast.there, title="Elsewhere")

    close(cast.here, date(2026, 12, 1), date(2026, 12, 2), "Testing")

    assert found(cast.host) == [("Student-led conferences, start to finish", "Testing", 3, 2)]
    assert found(cast.other_host) == []
    assert found(cast.organizer) == found(cast.host)
    assert fresh(visit).gathering.state == GatheringState.PUBLISHED
    assert mails() == ["confirmed", "waitlisted"]


def test_closure_of_the_network_is_everybodys(cast: SimpleNamespace, make_visit: Make) -> None:
    make_visit(cast.here, title="Here")
    make_visit(cast.there, title="There", publish=False)

    close(None, date(2026, 12, 2))

    assert found(cast.host) == [("Here", "Winter recess", 0, 0)]
    assert found(cast.other_host) == [("There", "Winter recess", 0, 0)]


def test_cancelled_and_begun_visits_are_not_listed(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn) -> None:
    visit = make_visit(cast.here)
    close(cast.here, date(2026, 12, 2))
    begun = visit.gathering.starts_at

    before, after = found(cast.host), found(cast.host, now=begun)
    visit.gathering.state = GatheringState.CANCELLED
    db.session.commit()

    assert (len(before), after, found(cast.host)) == (1, [], [])


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ([], None),
        ([0], "1 visit without bookings lies on a closed day."),
        ([1], "1 visit with 1 person lies on a closed day."),
        ([5, 0, 9], "3 visits with 14 people lie on closed days."),
    ],
)
def test_counts_come_first(cast: SimpleNamespace, make_visit: Make, book: Book, sizes: list[int], sentence: str | None) -> None:
    for hour, size in enumerate(sizes, 9):
        visit = make_visit(cast.here, starts_wall=datetime(2026, 12, 2, hour), ends_wall=datetime(2026, 12, 2, hour, 50), party_most=9)
        if size:
            book(visit, size)
    close(cast.here, date(2026, 12, 2))

    counted = closed_days.counted(closed_days.marks_for_host(cast.host.actor, now=MONDAY))

    assert (str(counted) if counted else None) == sentence


def test_list_takes_as_many_statements_for_three_visits_as_for_one(
    cast: SimpleNamespace, make_visit: Make, count_statements: Callable[[Callable[[], object]], int]
) -> None:
    close(None, date(2026, 12, 1), date(2026, 12, 31))
    actor = cast.organizer.actor
    make_visit(cast.here)
    db.session.expire_all()
    one = count_statements(lambda: closed_days.hits_of(closed_days.marks_for_host(actor, now=MONDAY)))
    make_visit(cast.there)
    make_visit(cast.there, starts_wall=datetime(2026, 12, 3, 9), ends_wall=datetime(2026, 12, 3, 11))
    db.session.expire_all()

    three = count_statements(lambda: closed_days.hits_of(closed_days.marks_for_host(actor, now=MONDAY)))

    assert (len(found(cast.organizer)), three) == (3, one)


# Keep


def test_kept_visit_waits_for_no_choice_until_it_is_on_another_closed_day(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn) -> None:
    visit, host = make_visit(cast.here, in_days=30), sign_in(cast.host)
    close(cast.here, in_days(30), in_days(32))

    answer = host.post(f"{PATH}/{visit.gathering.public_id}/keep", data={"day": in_days(30).isoformat()})
    page = host.get(PATH).text
    kept = fresh(visit)

    assert answer.status_code == 303
    assert kept.kept_on == closed_days.day_of(kept) == in_days(30)
    assert "No visit waits for a choice." in page
    assert "Kept on a closed day" in page
    assert mails() == []
    assert db.session.query(AuditLine).filter(AuditLine.what == "visit kept on a closed day").count() == 1
    kept.gathering.starts_wall += timedelta(days=1)
    db.session.commit()
    assert "1 visit without bookings lies on a closed day." in host.get(PATH).text


def test_visit_that_moved_meanwhile_is_not_kept(cast: SimpleNamespace, make_visit: Make) -> None:
    visit = make_visit(cast.here)

    with pytest.raises(Refusal, match="changed meanwhile"):
        closed_days.keep(visit.id, "2026-12-01", actor="command:test", now=MONDAY)

    assert fresh(visit).kept_on is None


# Move


def test_moved_visit_keeps_its_times_and_parties_and_all_are_told(
    cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn
) -> None:
    visit, host = make_visit(cast.here, in_days=30), sign_in(cast.host)
    book(visit, 3, now=datetime.now(UTC))
    close(cast.here, in_days(30))
    name = visit.gathering.public_id
    before = host.get(PATH).text

    answer = host.post(
        f"{PATH}/{name}/move", data={f"{name}-day": in_days(31).isoformat(), f"{name}-version": str(visit.gathering.version)}
    )
    moved = fresh(visit).gathering

    assert "1 visit with 3 people lies on a closed day." in before
    assert "Move it and tell 3 people" in before
    assert answer.status_code == 303
    assert (moved.starts_wall.date(), moved.starts_wall.hour, moved.ends_wall.hour, moved.ends_wall.minute) == (in_days(31), 9, 11, 30)
    assert registration.taken_of([moved.id]) == {moved.id: 3}
    assert mails() == ["confirmed", "changed"]
    assert found(cast.host, now=datetime.now(UTC)) == []


@pytest.mark.parametrize(
    ("days", "status", "sentence"),
    [
        (30, 409, "This is the day it is on. Choose another day."),
        (31, 409, "Winter recess. Choose another day."),
        (-1, 409, "The visit would begin in the past. Choose a later day."),
        (33, 409, "“Flexible pacing” takes place then, 9:00–11:30 am. Choose another day."),
        (None, 422, "Choose a day."),
    ],
)
def test_day_that_does_not_work_gets_a_sentence_and_moves_nothing(
    cast: SimpleNamespace, make_visit: Make, sign_in: SignIn, days: int | None, status: int, sentence: str
) -> None:
    visit, host = make_visit(cast.here, in_days=30), sign_in(cast.host)
    make_visit(cast.here, in_days=33, title="Flexible pacing")
    close(cast.here, in_days(30), in_days(31))
    name, typed = visit.gathering.public_id, "" if days is None else in_days(days).isoformat()

    answer = host.post(f"{PATH}/{name}/move", data={f"{name}-day": typed, f"{name}-version": str(visit.gathering.version)})

    assert answer.status_code == status
    assert sentence in answer.text
    assert f'value="{typed}"' in answer.text
    assert fresh(visit).gathering.starts_wall.date() == in_days(30)


def test_two_who_move_at_once_do_not_overwrite_each_other(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn) -> None:
    visit, host = make_visit(cast.here, in_days=30), sign_in(cast.host)
    close(cast.here, in_days(30), in_days(31))
    name, seen = visit.gathering.public_id, str(visit.gathering.version)

    first, second = (
        host.post(f"{PATH}/{name}/move", data={f"{name}-day": in_days(days).isoformat(), f"{name}-version": seen}) for days in (32, 33)
    )

    assert (first.status_code, second.status_code) == (303, 409)
    assert "Somebody else changed this" in second.text
    assert fresh(visit).gathering.starts_wall.date() == in_days(32)


# Cancel


def test_cancelled_visit_tells_those_who_booked_and_those_who_wait(
    cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn
) -> None:
    visit, host = make_visit(cast.here, in_days=30, capacity=3), sign_in(cast.host)
    book(visit, 3, now=datetime.now(UTC))
    book(visit, 2, now=datetime.now(UTC), lead_email="late@example.org")
    close(cast.here, in_days(30))
    name = visit.gathering.public_id
    before = host.get(PATH).text

    silent = host.post(f"{PATH}/{name}/cancel", data={f"{name}-reason": ""})
    answer = host.post(f"{PATH}/{name}/cancel", data={f"{name}-reason": "We are closed that week."})

    assert "Cancel it and tell 5 people" in before
    assert (silent.status_code, answer.status_code) == (422, 303)
    assert fresh(visit).gathering.cancel_reason == "We are closed that week."
    assert mails() == ["confirmed", "waitlisted", "cancelled_by_host", "waitlist_closed"]


# Who, and where it is said


@pytest.mark.parametrize("choice", ["keep", "move", "cancel"])
@pytest.mark.parametrize("who", ["other_host", "viewer"])
def test_visits_of_others_are_not_there(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn, who: str, choice: str) -> None:
    visit = make_visit(cast.here, in_days=30)
    close(None, in_days(30))

    answer = sign_in(getattr(cast, who)).post(f"{PATH}/{visit.gathering.public_id}/{choice}")

    assert answer.status_code == 404


def test_season_workspace_and_closures_say_it_to_whoever_can_choose(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn) -> None:
    make_visit(cast.here, in_days=30)
    close(None, in_days(30))
    pages = ("/workspace/visits", "/workspace", "/workspace/closures")

    said = [PATH in sign_in(user).get(page).text for user in (cast.host, cast.organizer, cast.other_host) for page in pages]

    assert said == [True] * 6 + [False] * 3
    assert PATH not in sign_in(cast.viewer).get("/workspace").text


def test_form_is_told_of_a_closed_day_unless_the_visit_is_there_already(cast: SimpleNamespace, make_visit: Make) -> None:
    visit = make_visit(cast.here)
    close(cast.here, date(2026, 12, 2))

    new = closed_days.closed_on(cast.here.id, date(2026, 12, 2))

    assert str(new) == "The school is closed on December 2, 2026: Winter recess. Choose another day."
    assert closed_days.closed_on(cast.here.id, date(2026, 12, 2), visit=visit) is None
    assert closed_days.closed_on(cast.here.id, date(2026, 12, 3)) is None
    assert closed_days.closed_on(cast.there.id, date(2026, 12, 2)) is None
