"""Closed days: whose they are, who may change them, and what is told of a day (visits, rule 3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.schools import closures_queries as queries
from scheduler.schools.models import Closure, School
from tests.people import MONDAY

pytestmark = pytest.mark.both_engines

THANKSGIVING = (date(2026, 11, 26), date(2026, 11, 27))


def stored(school: School | None, first: date, last: date, title: str, uid: str | None = None) -> None:
    with transaction():
        db.session.add(
            Closure(
                public_id=new_public_id(), school_id=school and school.id, first_day=first, last_day=last, title=title, source_uid=uid,
                created_at=MONDAY,
            )
        )  # fmt: skip


def test_closed_days_are_the_networks_and_the_schools_own_within_the_span(cast: SimpleNamespace) -> None:
    stored(None, *THANKSGIVING, "Thanksgiving")
    stored(cast.here, date(2026, 11, 27), date(2026, 11, 30), "Boiler repair")
    stored(cast.there, date(2026, 11, 25), date(2026, 11, 25), "Testing")

    closed = queries.closed_days(cast.here.id, date(2026, 11, 25), date(2026, 11, 29))

    assert closed == {
        date(2026, 11, 26): "Thanksgiving",
        date(2026, 11, 27): "Boiler repair",
        date(2026, 11, 28): "Boiler repair",
        date(2026, 11, 29): "Boiler repair",
    }


def test_several_schools_take_one_statement(cast: SimpleNamespace, count_statements: Callable[[Callable[[], object]], int]) -> None:
    stored(None, *THANKSGIVING, "Thanksgiving")
    stored(cast.there, date(2026, 12, 1), date(2026, 12, 1), "Testing")
    ids = [cast.here.id, cast.there.id]
    found: list[dict[int, dict[date, str]]] = []

    statements = count_statements(lambda: found.append(queries.closed_days_of(ids, date(2026, 11, 1), date(2026, 12, 31))))

    both = dict.fromkeys(THANKSGIVING, "Thanksgiving")
    assert found == [{cast.here.id: both, cast.there.id: both | {date(2026, 12, 1): "Testing"}}]
    assert statements == 1


@pytest.mark.parametrize("whose", ["network", "school"])
def test_one_entry_of_a_calendar_is_stored_once_for_its_owner(cast: SimpleNamespace, whose: str) -> None:
    school = cast.here if whose == "school" else None
    stored(school, *THANKSGIVING, "Thanksgiving", "one@example.org")
    stored(cast.there, *THANKSGIVING, "Thanksgiving", "one@example.org")

    with pytest.raises(sa.exc.IntegrityError):
        stored(school, *THANKSGIVING, "Thanksgiving", "one@example.org")

    stored(school, *THANKSGIVING, "Thanksgiving")
    stored(school, *THANKSGIVING, "Thanksgiving")


def test_closure_does_not_end_before_it_begins(cast: SimpleNamespace) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        stored(None, THANKSGIVING[1], THANKSGIVING[0], "Thanksgiving")
