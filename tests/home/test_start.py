"""Where a signed-in person starts: the next visits by day, and the first step where nothing is there yet."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.core.access import AccessRole
from scheduler.visits.models import Visit

SignIn = Callable[[User], FlaskClient]


def test_administrator_of_an_empty_network_is_led_to_its_schools(make_user: Callable[..., User], sign_in: SignIn) -> None:
    page = sign_in(make_user("Ada First", AccessRole.ADMINISTRATOR)).get("/workspace").text

    assert "No school is here yet." in page
    assert '<a class="btn" href="/workspace/schools">Add schools</a>' in page
    assert "Plan a visit" not in page


def test_visits_of_one_day_stand_together(cast: SimpleNamespace, make_visit: Callable[..., Visit], sign_in: SignIn) -> None:
    for school, in_days in ((cast.here, 20), (cast.there, 20), (cast.there, 21)):
        make_visit(school, in_days=in_days)

    everybody, own = (sign_in(user).get("/workspace").text for user in (cast.organizer, cast.host))

    assert (everybody.count('<section class="day">'), everybody.count('<article class="visit">')) == (2, 3)
    assert (own.count('<section class="day">'), own.count('<article class="visit">')) == (1, 1)
    assert ("The next visits" in everybody, "Your next visits" in own) == (True, True)
