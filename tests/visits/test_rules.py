"""The rules of booking in the visit's form: their defaults, what they say in words, and what does not go together (rules 2, 4, 6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.core.refusal import Refusal
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db
from scheduler.registration.models import Gathering, GatheringState
from scheduler.schools import closures
from scheduler.schools.closures_lines import ClosureDetails
from scheduler.schools.models import Tier
from scheduler.visits import closed_days, service
from scheduler.visits.models import Visit
from tests.people import MONDAY
from tests.visits.test_pages import a_visit, errors_in

Make = Callable[..., Visit]
SignIn = Callable[[User], FlaskClient]
NEW = "/workspace/visits/new"


def a_day(days: int = 40) -> date:
    """A weekday about so many days from today."""
    day = (datetime.now(UTC) + timedelta(days=days)).date()
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() > 4 else day


def typed(**more: Any) -> dict[str, str]:
    return a_visit(**({"day": a_day().isoformat()} | more))


def without(facts: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in facts.items() if key != name}


def written() -> Gathering:
    return db.session.query(Gathering).one()


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_new_visit_begins_with_the_defaults_of_the_rules_in_words(cast: SimpleNamespace, sign_in: SignIn) -> None:
    said = words(sign_in(cast.host).get(NEW).text)

    assert "Booking opens 60 days before and ends 2 school days before, at 3:00 pm." in said
    assert "Up to 6 people of one school can come." in said
    assert "Schools of the network are booked at once; you say yes or no to everybody else." in said
    assert "No seats are kept for anybody: whoever books first comes." in said


def test_what_the_form_sends_is_what_the_visit_asks_of_parties(cast: SimpleNamespace, sign_in: SignIn) -> None:
    host, day = sign_in(cast.host), a_day()
    rules = {
        "opens_days": "", "cutoff_days": "3", "cutoff_time": "12:30", "school_most": "8", "least_people": "5", "strict_line": "y",
        "reserved_incubator": "4", "reserved_friend": "2", "release_days": "5",
    }  # fmt: skip

    answer = host.post(NEW, data=without(typed(**rules), "needs_approval"))
    gathering, page = written(), words(host.get(f"{answer.location}/edit").text)

    assert answer.status_code == 303
    assert (gathering.school_most, gathering.opens_days, gathering.opens_at, gathering.cutoff_days) == (8, None, None, 3)
    assert (gathering.cutoff_time, gathering.needs_approval, gathering.strict_line) == (time(12, 30), False, True)
    assert gathering.least_people == 5
    assert {pool.tier: (pool.seats, pool.release_days) for pool in gathering.reserved} == {Tier.INCUBATOR: (4, 5), Tier.FRIEND: (2, 5)}
    assert gathering.starts_wall.date() == day
    assert "Booking opens as soon as the visit is published and ends 3 school days before, at 12:30 pm." in page
    assert "With fewer than 5 people three school days before, you are asked whether it takes place." in page
    assert "Kept for schools of a tier: Incubator 4, Friend 2. 5 school days before the visit everybody can have" in page


def test_saving_the_form_as_it_is_changes_nothing(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn) -> None:
    visit = make_visit(cast.here, in_days=20, school_most=6, cutoff_days=2, reserved={Tier.INCUBATOR: 3}, least_people=4)
    host, path = sign_in(cast.host), f"/workspace/visits/{visit.gathering.public_id}/edit"
    page = host.get(path).text
    inputs = [dict(re.findall(r'([a-z-]+)="([^"]*)"', tag)) | {"on": "checked" in tag} for tag in re.findall(r"<input [^>]*>", page)]
    sent = {one["name"]: one.get("value", "") for one in inputs if one.get("type") != "checkbox" or one["on"]}
    sent |= dict(re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>\r?\n?([^<]*)</textarea>', page))
    before = visit.gathering.version

    answer = host.post(path, data=sent)

    assert answer.status_code == 303
    assert db.session.get_one(Gathering, visit.gathering_id).version == before


@pytest.mark.parametrize(
    ("typed_rules", "sentences"),
    [
        ({"school_most": "4"}, ["A party can have 6 people. Write 6 or more, or make the largest party smaller."]),
        ({"school_most": "13"}, ["There are 12 seats. Write 12 or fewer, or leave it empty."]),
        ({"party_most": "13", "school_most": ""}, ["There are 12 seats. Write 12 or fewer."]),
        ({"least_people": "13"}, ["There are 12 seats. Write 12 or fewer, or leave it empty."]),
        (
            {"reserved_incubator": "8", "reserved_friend": "6"},
            ["14 seats are reserved and there are 12. Reserve fewer, or take more people."],
        ),
        ({"reserved_incubator": "-3"}, ["Write a whole number from 0 to 500."]),
        ({"capacity": "0"}, ["Write a whole number from 1 to 500."]),
        ({"capacity": "-3"}, ["Write a whole number from 1 to 500."]),
        ({"capacity": "10000"}, ["Write a whole number from 1 to 500."]),
        ({"cutoff_days": "31"}, ["Write a whole number from 0 to 30."]),
        ({"cutoff_time": "3 pm"}, ["There is no time 3 pm. Write it like 09:30."]),
    ],
)
def test_rules_that_do_not_go_together_get_a_sentence_and_lose_nothing(
    cast: SimpleNamespace, sign_in: SignIn, typed_rules: dict[str, str], sentences: list[str]
) -> None:
    answer = sign_in(cast.host).post(NEW, data=typed(description="Kept as typed.", **typed_rules))

    assert answer.status_code == 422
    assert errors_in(answer.text) == sentences
    assert "Kept as typed." in answer.text
    assert all(f'value="{value}"' in answer.text for value in typed_rules.values() if value)
    assert db.session.query(Gathering).count() == 0


def test_section_with_a_mistake_stands_open(cast: SimpleNamespace, sign_in: SignIn) -> None:
    host = sign_in(cast.host)

    right = host.get(NEW).text
    booking = host.post(NEW, data=typed(school_most="4")).text
    reserved = host.post(NEW, data=typed(reserved_friend="40")).text

    assert [page.count("<details open>") for page in (right, booking, reserved)] == [0, 1, 1]


def test_booking_that_would_end_before_it_opens_is_refused(cast: SimpleNamespace, sign_in: SignIn) -> None:
    answer = sign_in(cast.host).post(NEW, data=typed(opens_days="1"))

    assert answer.status_code == 422
    assert re.fullmatch(r"Booking would end on .* at 3:00 pm, before it opens on .*\. Let it open earlier\.", errors_in(answer.text)[0])


def test_visit_that_nobody_could_book_any_more_is_a_draft_at_most(cast: SimpleNamespace, sign_in: SignIn) -> None:
    host, soon = sign_in(cast.host), typed(day=(datetime.now(UTC) + timedelta(days=2)).date().isoformat(), cutoff_days="5")

    published, draft = host.post(NEW, data=soon), host.post(NEW, data=without(soon, "publish"))
    late = host.post(f"{draft.location}/publish")

    assert published.status_code == 422
    assert "Booking would have ended on" in errors_in(published.text)[0]
    assert draft.status_code == 303
    assert late.status_code == 409
    assert "so nobody could book. Let it end later, or choose a later day." in late.text
    assert written().state == GatheringState.DRAFT


def test_closed_day_is_named_and_taken_after_a_tick_for_just_this_day(cast: SimpleNamespace, sign_in: SignIn) -> None:
    host, day, other = sign_in(cast.host), a_day(40), a_day(50)
    for closed in (day, other):
        details = ClosureDetails(closed, closed, "Testing")
        closures.close_days(cast.here.id, details, actor="command:test", now=MONDAY)

    refused = host.post(NEW, data=typed(day=day.isoformat()))
    elsewhere = host.post(NEW, data=typed(day=other.isoformat(), keep_day=day.isoformat()))
    planned = host.post(NEW, data=typed(day=day.isoformat(), keep_day=day.isoformat()))
    visit = db.session.query(Visit).one()

    assert [answer.status_code for answer in (refused, elsewhere, planned)] == [422, 422, 303]
    assert ": Testing. Choose another day." in errors_in(refused.text)[0]
    assert f'value="{day}"' in refused.text
    assert "Plan it all the same" in refused.text
    assert not re.search(r"<input[^>]*checked[^>]*name=\"keep_day\"", elsewhere.text)
    assert visit.kept_on == day
    assert closed_days.counted(closed_days.marks_for_host(cast.host.actor, now=datetime.now(UTC))) is None


def test_two_hosts_who_save_at_once_do_not_overwrite_each_other(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn) -> None:
    visit = make_visit(cast.here, starts_wall=datetime.combine(a_day(), time(9)), ends_wall=datetime.combine(a_day(), time(11)))
    path, version = f"/workspace/visits/{visit.gathering.public_id}/edit", str(visit.gathering.version)
    one, two = sign_in(cast.host), sign_in(cast.organizer)

    first = one.post(path, data=typed(version=version, school_most="7"))
    second = two.post(path, data=typed(version=version, school_most="8"))
    kept = written().school_most
    third = two.post(path, data=typed(version=re.findall(r'name="version"[^>]*value="(\d+)"', second.text)[0], school_most="8"))

    assert (first.status_code, second.status_code, kept, third.status_code) == (303, 409, 7, 303)
    assert "<dt>People of one school at most</dt><dd>7</dd>" in second.text
    assert "Somebody else changed this while you were editing." in second.text
    assert 'value="8"' in second.text
    assert written().school_most == 8


def test_audit_log_has_the_rules_before_and_after(cast: SimpleNamespace, make_visit: Make) -> None:
    visit = make_visit(cast.here, reserved={Tier.FRIEND: 2})
    details = service.details_of(visit)

    service.edit_visit(
        visit.id, replace(details, cutoff_days=2, reserved={Tier.FRIEND: 3}), version=visit.gathering.version, actor="user:1",
        now=MONDAY,
    )  # fmt: skip
    line = db.session.query(AuditLine).filter(AuditLine.what == "visit changed").one()

    assert (line.before["cutoff_days"], line.after["cutoff_days"]) == (0, 2)
    assert (line.before["reserved"], line.after["reserved"]) == ({"friend": 2}, {"friend": 3})


def test_draft_whose_booking_has_ended_cannot_be_published(cast: SimpleNamespace, make_visit: Make) -> None:
    visit = make_visit(cast.here, publish=False, cutoff_days=2)

    with pytest.raises(Refusal, match="Booking ended on Monday, November 30 at 3:00 pm"):
        service.publish_visit(visit.id, actor="user:1", now=visit.gathering.closes_at)
