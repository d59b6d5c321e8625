"""Pages of seasons: nothing typed is lost, nothing is written before, and only the school's hosts see them (rule 5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.foundation.db import db
from scheduler.registration.models import Gathering, GatheringState
from scheduler.visits import series_queries as reads
from scheduler.visits.models import Visit, VisitSeries

SignIn = Callable[[User], FlaskClient]
NEW = "/workspace/visits/series/new"


def in_weeks(weeks: int) -> str:
    """A Monday, so many weeks ahead."""
    today = datetime.now(UTC).date()
    return (today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)).isoformat()


def typed(cast: SimpleNamespace, **more: Any) -> dict[str, Any]:
    """Mondays and Wednesdays of four weeks, from 9 to 11: eight dates."""
    facts = {
        "school": cast.here.slug, "title": "Open mornings", "description": "Sit in.", "day": in_weeks(5), "until": in_weeks(9),
        "weekdays": ["0", "2"], "every": "1", "starts": "09:00", "ends": "11:00", "doors_minutes": "15", "capacity": "12",
        "party_most": "6", "waitlist_open": "y", "place": "34 West 14th St", "arrival_notes": "Ring twice.", "opens_days": "60",
        "cutoff_days": "2", "cutoff_time": "15:00", "school_most": "6", "release_days": "10", "publish": "yes",
        "least_people": "", "reserved_living_lab": "", "reserved_incubator": "", "reserved_active_member": "", "reserved_friend": "",
        "key": "a-key-of-a-form-000001",
    }  # fmt: skip
    return facts | more


def sent(page: str) -> dict[str, Any]:
    """What the lower half of a preview would send: its hidden values and its ticks."""
    hidden = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page) for name in ("expected", "shown", "version")}
    ticked = re.findall(r'name="chosen" value="([^"]+)" checked', page)
    return {name: found[1] for name, found in hidden.items() if found} | {"chosen": ticked}


def plan(host: FlaskClient, cast: SimpleNamespace, **more: Any) -> VisitSeries:
    facts = typed(cast, **more)
    page = host.post(NEW, data=facts).text
    answer = host.post(NEW, data=facts | sent(page) | {"plan": "1"})
    assert answer.status_code == 303
    return db.session.query(VisitSeries).one()


def test_season_is_seen_then_planned(cast: SimpleNamespace, sign_in: SignIn) -> None:
    host = sign_in(cast.host)

    page = host.post(NEW, data=typed(cast) | {"show": "1"})
    before = db.session.query(Visit).count()
    choice = sent(page.text)
    unticked = choice["chosen"].pop(1)
    answer = host.post(NEW, data=typed(cast) | choice | {"plan": "1"}, follow_redirects=True)

    assert (page.status_code, before, len(choice["chosen"])) == (200, 0, 8)
    assert "9 visits will be planned." in page.text
    assert "Plan 9 visits" in page.text
    assert "8 visits can be booked now." in answer.text
    made = db.session.query(VisitSeries).one()
    assert answer.request.path == f"/workspace/visits/series/{made.public_id}"
    assert made.left_out == [unticked]
    states = [visit.gathering.state for visit in reads.visits_of(made.id)]
    assert states == [GatheringState.PUBLISHED] * 8


def test_date_whose_booking_would_have_ended_is_named_before_it_is_planned(cast: SimpleNamespace, sign_in: SignIn) -> None:
    host = sign_in(cast.host)

    near = host.post(NEW, data=typed(cast, day=in_weeks(1), until=in_weeks(2), cutoff_days="30", opens_days="")).text
    far = host.post(NEW, data=typed(cast, day=in_weeks(20), until=in_weeks(21))).text

    said = "Booking would have ended, so it is planned as a draft."
    assert (near.count(said), far.count(said)) == (len(sent(near)["chosen"]), 0)


def test_drafts_are_planned_and_published_together(cast: SimpleNamespace, sign_in: SignIn) -> None:
    host = sign_in(cast.host)
    made = plan(host, cast, publish="no")
    path = f"/workspace/visits/series/{made.public_id}"

    before = host.get(path).text
    after = host.post(f"{path}/publish", follow_redirects=True).text

    assert "Publish 9 visits" in before
    assert "9 visits are open for booking." in after
    assert "Publish 9 visits" not in after


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"until": "2020-01-01"}, "until", "The last day lies before the first"),
        ({"weekdays": []}, "weekdays", "No weekday is chosen. Choose one or more."),
        ({"until": in_weeks(150), "weekdays": list("01234")}, "until", "200 is the most at once. Choose an earlier last day."),
        ({"until": in_weeks(5), "weekdays": ["4"]}, "until", "No Friday lies between"),
        ({"starts_2": "10:30", "ends_2": "12:00"}, "starts_2", "Two visits of one day overlap"),
        ({"ends": "08:00"}, "ends", "A visit from 9:00 am cannot end at 8:00 am."),
        ({"starts_3": "13:00"}, "ends_3", "Choose a time."),
        ({"every": "9"}, "every", "Choose one of the list."),
        ({"day": "2026-02-30"}, "day", "There is no day 2026-02-30."),
        ({"title": ""}, "title", "This is needed."),
        ({"party_most": "13"}, "party_most", "There are 12 seats."),
        ({"reserved_friend": "13"}, "reserved_friend", "seats"),
        ({"opens_days": "1"}, "opens_days", "Booking would end before it opens."),
    ],
)
def test_wrong_input_gets_a_sentence_at_its_field_and_loses_nothing(
    cast: SimpleNamespace, sign_in: SignIn, wrong: dict[str, Any], field: str, sentence: str
) -> None:
    answer = sign_in(cast.host).post(NEW, data=typed(cast, **wrong) | {"plan": "1"})

    said = re.search(rf'id="{field}-error">([^<]*)', answer.text)
    assert answer.status_code == 422
    assert said is not None
    assert sentence in said[1]
    assert "Sit in." in answer.text
    assert db.session.query(Visit).count() == 0


def test_season_that_has_changed_meanwhile_is_shown_again_with_its_ticks(cast: SimpleNamespace, sign_in: SignIn) -> None:
    host = sign_in(cast.host)
    choice = sent(host.post(NEW, data=typed(cast)).text)
    unticked = choice["chosen"].pop(0)

    answer = host.post(NEW, data=typed(cast, until=in_weeks(8)) | choice | {"plan": "1"})

    again = sent(answer.text)
    assert answer.status_code == 409
    assert "Nothing was written. Look at the dates again." in answer.text
    assert "6 visits will be planned; 1 date is left out." in answer.text
    assert unticked in again["shown"]
    assert unticked not in again["chosen"]


def test_pressing_twice_leads_to_the_same_season(cast: SimpleNamespace, sign_in: SignIn) -> None:
    host = sign_in(cast.host)
    choice = sent(host.post(NEW, data=typed(cast)).text)

    first, again = (host.post(NEW, data=typed(cast) | choice | {"plan": "1"}) for _ in range(2))

    assert first.location == again.location
    assert db.session.query(Visit).count() == 9


def test_rule_is_changed_after_it_is_seen(cast: SimpleNamespace, sign_in: SignIn, book: Callable[..., object]) -> None:
    host = sign_in(cast.host)
    made = plan(host, cast)
    path = f"/workspace/visits/series/{made.public_id}/rule"
    first = reads.visits_of(made.id)[0]
    book(first, 2, now=datetime.now(UTC))
    facts = {name: typed(cast)[name] for name in ("day", "until", "every", "starts", "ends", "publish")} | {"weekdays": ["2", "3"]}

    form = host.get(path).text
    page = host.post(path, data=facts | {"show": "1"})
    answer = host.post(path, data=facts | sent(page.text) | {"plan": "1"}, follow_redirects=True)

    assert re.findall(r'<input checked id="weekdays-(\d)"', form) == ["0", "2"]
    assert "4 visits will be planned; 4 visits are dropped; 5 visits stay." in page.text
    assert "2 people have registered or wait." in page.text
    assert "Plan 4 visits and drop 4" in page.text
    assert "4 visits can be booked now." in answer.text
    assert "4 visits are dropped." in answer.text
    assert db.session.get_one(Gathering, first.gathering_id).state == GatheringState.PUBLISHED


def test_wrong_rule_of_a_season_gets_a_sentence(cast: SimpleNamespace, sign_in: SignIn) -> None:
    host = sign_in(cast.host)
    made = plan(host, cast)

    answer = host.post(f"/workspace/visits/series/{made.public_id}/rule", data={"day": in_weeks(5), "until": in_weeks(9)})

    assert answer.status_code == 422
    assert "Choose a time." in answer.text
    assert in_weeks(9) in answer.text


def test_shared_details_are_changed_and_a_stale_form_is_told(cast: SimpleNamespace, sign_in: SignIn) -> None:
    host = sign_in(cast.host)
    made = plan(host, cast)
    path = f"/workspace/visits/series/{made.public_id}/details"
    facts = typed(cast, title="Open afternoons", capacity="20", version="1")

    page = host.get(path).text
    answer = host.post(path, data=facts, follow_redirects=True)
    stale = host.post(path, data=facts | {"title": "Mine"})
    wrong = host.post(path, data=facts | {"title": ""})

    assert "9 coming dates change." in page
    assert "9 visits are changed." in answer.text
    assert "Open afternoons" in answer.text
    assert (stale.status_code, wrong.status_code) == (409, 422)
    assert "Somebody else changed this season meanwhile." in stale.text
    assert 'value="Mine"' in stale.text
    assert {visit.gathering.capacity for visit in reads.visits_of(made.id)} == {20}


def test_seasons_are_listed_for_their_hosts_alone(cast: SimpleNamespace, sign_in: SignIn, app: Flask) -> None:
    host = sign_in(cast.host)
    made = plan(host, cast)
    path = f"/workspace/visits/series/{made.public_id}"
    pages = ["", "/rule", "/details"]

    listed = {who: "Open mornings" in sign_in(getattr(cast, who)).get(path.rsplit("/", 1)[0]).text for who in ("host", "other_host")}
    seen = {
        who: [sign_in(getattr(cast, who)).get(path + page).status_code for page in pages]
        for who in ("host", "other_host", "organizer", "administrator", "viewer")
    }
    posted = {
        who: [sign_in(getattr(cast, who)).post(path + page).status_code for page in ("/publish", "/rule", "/details")]
        for who in ("other_host", "viewer")
    }
    nobody = [app.test_client().get(path + page).status_code for page in pages]

    assert listed == {"host": True, "other_host": False}
    assert seen == {
        "host": [200] * 3, "other_host": [404] * 3, "organizer": [200] * 3, "administrator": [200] * 3, "viewer": [404] * 3
    }  # fmt: skip
    assert posted == {"other_host": [404] * 3, "viewer": [404] * 3}
    assert nobody == [302] * 3


def test_host_cannot_plan_a_season_at_another_school(cast: SimpleNamespace, sign_in: SignIn) -> None:
    answer = sign_in(cast.other_host).post(NEW, data=typed(cast) | {"plan": "1"})

    assert answer.status_code == 422
    assert db.session.query(Visit).count() == 0


def test_page_of_visits_leads_to_a_season(cast: SimpleNamespace, sign_in: SignIn) -> None:
    assert f'href="{NEW}"' in sign_in(cast.host).get("/workspace/visits").text
