"""When booking opens and ends, counted in school days, also when days are closed afterwards (visits rules 2 and 3)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from types import SimpleNamespace

import pytest

from scheduler.core.refusal import Refusal
from scheduler.foundation.db import db
from scheduler.registration import service
from scheduler.schools import closures
from scheduler.schools.closures import ClosureDetails
from scheduler.visits import service as visits
from scheduler.visits.models import Visit
from tests.people import MONDAY, details

RULES = {"cutoff_days": 2, "cutoff_time": time(15), "opens_days": 20}


def closes(visit: Visit) -> datetime:
    db.session.refresh(visit.gathering)
    return visit.gathering.closes_at


def test_booking_ends_two_school_days_before_at_three(cast: SimpleNamespace, make_visit: Callable[..., Visit]) -> None:
    visit = make_visit(cast.here, **RULES)

    assert visit.gathering.closes_at == datetime(2026, 11, 30, 20, tzinfo=UTC)
    assert visit.gathering.opens_at == datetime(2026, 11, 12, 5, tzinfo=UTC)


def test_a_closure_of_the_network_moves_the_cutoff_and_taking_it_away_moves_it_back(
    cast: SimpleNamespace, make_visit: Callable[..., Visit]
) -> None:
    visit = make_visit(cast.here, **RULES)
    before = visit.gathering.closes_at

    closures.close_days(None, ClosureDetails(date(2026, 11, 30), date(2026, 12, 1), "Training days"), actor="user:1", now=MONDAY)
    moved = closes(visit)
    closures.open_days(db.session.query(closures.Closure).one().id, actor="user:1", now=MONDAY)

    assert moved == datetime(2026, 11, 26, 20, tzinfo=UTC)
    assert closes(visit) == before


def test_a_closure_of_another_school_moves_nothing(cast: SimpleNamespace, make_visit: Callable[..., Visit]) -> None:
    visit = make_visit(cast.here, **RULES)
    before = visit.gathering.closes_at

    closures.close_days(cast.there.id, ClosureDetails(date(2026, 11, 30), date(2026, 12, 1), "Open days"), actor="user:1", now=MONDAY)

    assert closes(visit) == before


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (MONDAY, "Booking opens on Thursday, November 12 at 12:00 am. Come back then."),
        (datetime(2026, 11, 30, 20, tzinfo=UTC), "Booking ended on Monday, November 30 at 3:00 pm. Another date may have seats."),
    ],
)
def test_before_and_after_nobody_books_and_is_told_when(
    cast: SimpleNamespace, make_visit: Callable[..., Visit], book: Callable[..., service.Booked], now: datetime, sentence: str
) -> None:
    visit = make_visit(cast.here, **RULES)

    with pytest.raises(Refusal) as refused:
        book(visit, 2, now=now)

    assert str(refused.value) == sentence


def test_a_cutoff_keeps_its_time_of_day_across_the_clock_change(cast: SimpleNamespace, make_visit: Callable[..., Visit]) -> None:
    spring = make_visit(cast.here, starts_wall=datetime(2027, 3, 16, 9), ends_wall=datetime(2027, 3, 16, 11), **RULES)
    visits.edit_visit(
        spring.id,
        details(starts_wall=datetime(2027, 3, 15, 9), ends_wall=datetime(2027, 3, 15, 11), **RULES),
        version=spring.gathering.version, actor="user:1", now=MONDAY,
    )  # fmt: skip

    assert closes(spring) == datetime(2027, 3, 11, 20, tzinfo=UTC)  # Thursday, still on winter time; the visit is on summer time
    assert spring.gathering.starts_at == datetime(2027, 3, 15, 13, tzinfo=UTC)
