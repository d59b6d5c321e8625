"""Visitors hear of new dates: only who confirmed by the mailed link, once a day at most, until they stop it (rule 21)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.foundation import clock, daily, outbox
from scheduler.foundation.daily import DailyRun
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import OutboxMail
from scheduler.schools.models import School
from scheduler.visits import service as visits
from scheduler.visits.models import Visit
from scheduler.visits.watches import mail, service
from scheduler.visits.watches.models import Watch
from tests.people import MONDAY

Make = Callable[..., Visit]
ANA = "ana@school.org"


def hours(n: float) -> datetime:
    return MONDAY + timedelta(hours=n)


def mails(template: str = mail.NEW_DATES) -> list[OutboxMail]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(OutboxMail).where(OutboxMail.template == template).order_by(OutboxMail.id)))


def watches() -> list[tuple[str, bool]]:
    db.session.rollback()
    return [(watch.email, watch.confirmed_at is not None) for watch in db.session.scalars(sa.select(Watch).order_by(Watch.id))]


def told(message: OutboxMail) -> list[str]:
    return [date["title"] for date in message.facts["dates"]]


def watching(email: str = ANA, *, now: datetime = MONDAY, **what: int) -> int:
    """A confirmed watch; its id."""
    service.ask(email, **what, now=now)  # type: ignore[arg-type]
    watch_id = db.session.scalars(sa.select(Watch.id).order_by(Watch.id.desc()).limit(1)).one()
    service.confirm(watch_id, now=now)
    return watch_id


def link_in(message: OutboxMail) -> str:
    """The path of the first link of a watch in a mail."""
    found = re.search(r"https?://[^/\s]+(/new-dates/\S+)", outbox.render(message).text)
    assert found
    return found.group(1)


# Asking and confirming


def test_asking_writes_one_mail_and_nothing_is_told_before_the_button_is_pressed(
    cast: SimpleNamespace, make_visit: Make, client: FlaskClient
) -> None:
    answer = client.post("/new-dates", data={"about": f"school:{cast.here.slug}", "email": " Ana@School.org "})
    make_visit(cast.here, in_days=20, now=clock.now())
    service.tell_of_new_dates(clock.now() + timedelta(hours=1))
    [asked] = mails(mail.ASKED)
    looked = client.get(link_in(asked))

    assert (answer.status_code, answer.location) == (303, "/new-dates/asked")
    assert client.get(answer.location).status_code == 200
    assert (looked.status_code, "Yes, tell me" in looked.text) == (200, True)
    assert (watches(), mails()) == ([(ANA, False)], [])


def test_button_behind_the_link_begins_it_and_one_press_stops_it(cast: SimpleNamespace, client: FlaskClient) -> None:
    client.post("/new-dates", data={"about": f"school:{cast.here.slug}", "email": ANA})
    link = link_in(mails(mail.ASKED)[0])

    begun = client.post(f"{link}/begin", follow_redirects=True)
    between = watches()
    stopped = client.post(f"{link}/stop")

    assert "You hear of new dates at Harvest Collegiate High School" in begun.text
    assert between == [(ANA, True)]
    assert (stopped.status_code, watches()) == (303, [])
    assert client.get(link).status_code == 404
    assert "Nothing is sent here any more" in client.get(link).text


def test_answer_is_the_same_for_every_address(cast: SimpleNamespace, client: FlaskClient) -> None:
    watching(school_id=cast.here.id)
    asking = {"about": f"school:{cast.here.slug}", "email": ANA}

    answers = [client.post("/new-dates", data=asking | {"email": email}) for email in (ANA, "new@school.org")]
    pages = [client.get(answer.location).text for answer in answers]

    assert {(answer.status_code, answer.location) for answer in answers} == {(303, "/new-dates/asked")}
    assert pages[0] == pages[1]
    assert watches() == [(ANA, True), ("new@school.org", False)]
    assert "You hear of these new dates already" in outbox.render(mails(mail.ASKED)[-2]).text


def test_one_address_gets_five_mails_an_hour_at_most(cast: SimpleNamespace) -> None:
    for n in range(8):
        service.ask(ANA, school_id=cast.here.id if n % 2 else cast.there.id, now=MONDAY + timedelta(minutes=n))
    service.ask("another@school.org", school_id=cast.here.id, now=hours(0.5))
    service.ask(ANA, school_id=cast.here.id, now=hours(1.5))

    assert [message.to_address for message in mails(mail.ASKED)] == [ANA] * 5 + ["another@school.org", ANA]


def test_watch_that_nobody_confirms_is_deleted_after_seven_days(cast: SimpleNamespace) -> None:
    service.ask(ANA, school_id=cast.here.id, now=MONDAY)
    watching("told@school.org", school_id=cast.here.id)

    service.tell_of_new_dates(hours(24 * 7))
    kept = watches()
    service.tell_of_new_dates(hours(24 * 7 + 1))

    assert (kept, watches()) == ([(ANA, False), ("told@school.org", True)], [("told@school.org", True)])


@pytest.mark.parametrize("deed", ["", "/begin", "/stop"])
def test_wrong_link_opens_nothing(cast: SimpleNamespace, client: FlaskClient, deed: str) -> None:
    watching(school_id=cast.here.id)
    right = link_in(mails(mail.ASKED)[0])
    wrong = right[:-1] + ("y" if right.endswith("x") else "x")

    statuses = [client.open(f"{path}{deed}", method="POST" if deed else "GET").status_code for path in (wrong, "/new-dates/bcdfghjkmn/x")]

    assert (statuses, watches()) == ([404, 404], [(ANA, True)])


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"email": "ana at school"}, "This is not an e-mail address. It looks like ana@school.org."),
        ({"email": ""}, "This is needed."),
        ({"email": "a@b.org\r\nBcc: x@y.org"}, "line break cannot be shown here. Type the text again without it."),
        ({"about": "school:no-such"}, "Choose one of the list."),
        ({"about": ""}, "Choose one of the list."),
    ],
)
def test_wrong_input_gets_a_sentence_and_is_kept(cast: SimpleNamespace, client: FlaskClient, typed: dict[str, str], sentence: str) -> None:
    answer = client.post("/new-dates", data={"about": f"school:{cast.there.slug}", "email": ANA} | typed)

    assert answer.status_code == 422
    assert re.findall(r'<p class="error"[^>]*>(.*?)</p>', answer.text, re.S) == [sentence]
    assert ('value="ana@school.org"' in answer.text) == ("email" not in typed)
    assert (watches(), mails(mail.ASKED)) == ([], [])


def test_program_that_fills_every_field_asks_for_nothing(cast: SimpleNamespace, client: FlaskClient) -> None:
    answer = client.post("/new-dates", data={"about": f"school:{cast.here.slug}", "email": ANA, "website": "https://spam.example"})

    assert (answer.status_code, watches()) == (422, [])


@pytest.mark.parametrize("query", ["", "?school=no-such", "?focus=%00", "?school="])
def test_page_opens_whatever_its_address_says(cast: SimpleNamespace, client: FlaskClient, query: str) -> None:
    assert client.get(f"/new-dates{query}").status_code == 200


def test_page_knows_what_its_address_asks_for(cast: SimpleNamespace, client: FlaskClient) -> None:
    area = cast.here.focus_areas[0]

    assert f'<option selected value="school:{cast.there.slug}"' in client.get(f"/new-dates?school={cast.there.slug}").text
    assert f'<option selected value="focus:{area.slug}"' in client.get(f"/new-dates?focus={area.slug}").text


# The mail of the day


def test_dates_published_since_the_wish_are_told_once(cast: SimpleNamespace, make_visit: Make) -> None:
    make_visit(cast.here, title="Before the wish", now=hours(-1))
    watching(school_id=cast.here.id)
    make_visit(cast.here, title="New", now=hours(1))
    make_visit(cast.there, title="Elsewhere", now=hours(1))
    make_visit(cast.here, title="Draft", now=hours(1), publish=False)

    mailed = [service.tell_of_new_dates(hours(6)), service.tell_of_new_dates(hours(30))]

    assert mailed == [1, 0]
    assert [(message.to_address, told(message)) for message in mails()] == [(ANA, ["New"])]


def test_draft_is_told_when_it_is_published_and_a_cancelled_or_begun_date_never(cast: SimpleNamespace, make_visit: Make) -> None:
    watching(school_id=cast.here.id)
    draft = make_visit(cast.here, title="Was a draft", publish=False)
    cancelled = make_visit(cast.here, title="Cancelled", now=hours(1))
    soon = make_visit(cast.here, title="Begun", now=hours(1), starts_wall=datetime(2026, 11, 2, 14), ends_wall=datetime(2026, 11, 2, 15))
    visits.publish_visit(draft.id, actor="user:1", now=hours(2))
    visits.cancel_visit(cancelled.id, "Testing", actor="user:1", now=hours(2))

    service.tell_of_new_dates(hours(6))

    assert soon.gathering.starts_at < hours(6)
    assert [told(message) for message in mails()] == [["Was a draft"]]


def test_all_watches_of_an_address_make_one_mail_and_a_date_stands_in_it_once(cast: SimpleNamespace, make_visit: Make) -> None:
    area = cast.here.focus_areas[0]
    watching(school_id=cast.here.id)
    watching(focus_area_id=area.id)
    watching("bo@school.org", focus_area_id=area.id)
    make_visit(cast.here, title="Both", now=hours(1), focus_area_ids=[area.id])
    make_visit(cast.there, title="Focus", now=hours(1), focus_area_ids=[area.id], starts_wall=datetime(2026, 12, 3, 9),
               ends_wall=datetime(2026, 12, 3, 10))  # fmt: skip
    make_visit(cast.here, title="School", now=hours(1), starts_wall=datetime(2026, 12, 4, 9), ends_wall=datetime(2026, 12, 4, 10))

    service.tell_of_new_dates(hours(6))

    assert [(message.to_address, told(message)) for message in mails()] == [
        (ANA, ["Both", "Focus", "School"]),
        ("bo@school.org", ["Both", "Focus"]),
    ]
    assert [watched["name"] for watched in mails()[0].facts["watched"]] == ["Harvest Collegiate High School", "performance assessment"]


def test_date_published_while_the_mail_is_made_is_told_the_next_day(cast: SimpleNamespace, make_visit: Make) -> None:
    watching(school_id=cast.here.id)
    make_visit(cast.here, title="Early", now=hours(1))
    make_visit(cast.here, title="In the same minute", now=hours(6) - timedelta(seconds=30))

    service.tell_of_new_dates(hours(6))
    service.tell_of_new_dates(hours(30))

    assert [told(message) for message in mails()] == [["Early"], ["In the same minute"]]


def test_mail_names_the_dates_and_has_a_link_that_stops_each_wish(app: Flask, cast: SimpleNamespace, make_visit: Make) -> None:
    area = cast.here.focus_areas[0]
    watching(school_id=cast.here.id)
    watching(focus_area_id=area.id)
    make_visit(cast.here, title="Grading <b> & more", now=hours(1), private_place="The blue door")
    service.tell_of_new_dates(hours(6))

    rendered = outbox.render(mails()[0])

    assert rendered.subject == "A new date: Grading <b> & more"
    assert "Wednesday, December 2, 9:00–11:30 am (New York time)" in rendered.text
    assert "Stop mails about new dates at Harvest Collegiate High School:" in rendered.text
    assert "Stop mails about new dates, Performance assessment:" in rendered.text
    assert len(set(re.findall(r"/new-dates/\S+", rendered.text))) == 2
    assert len(set(re.findall(r'/new-dates/[^"]+', rendered.html))) == 2
    assert "Grading &lt;b&gt; &amp; more" in rendered.html
    assert "blue door" not in rendered.text + rendered.html


def test_many_new_dates_are_counted_and_twenty_are_named(cast: SimpleNamespace, make_visit: Make) -> None:
    watching(school_id=cast.here.id)
    for n in range(23):
        make_visit(cast.here, title=f"Visit {n}", now=hours(1))
    service.tell_of_new_dates(hours(6))

    [message] = mails()
    rendered = outbox.render(message)

    assert (rendered.subject, len(told(message))) == ("23 new dates", 20)
    assert "3 more are here:" in rendered.text


def test_stopping_one_keeps_the_others_and_stopping_all_deletes_the_address(cast: SimpleNamespace, client: FlaskClient) -> None:
    watching(school_id=cast.here.id)
    watching(school_id=cast.there.id)
    watching(focus_area_id=cast.here.focus_areas[0].id)
    watching("bo@school.org", school_id=cast.here.id)
    first, second = (link_in(message) for message in mails(mail.ASKED)[:2])

    page = client.get(first).text
    client.post(f"{first}/stop")
    left = watches()
    client.post(f"{second}/stop", data={"all": "1"})

    assert "New dates at NYC iSchool" in page
    assert left == [(ANA, True), (ANA, True), ("bo@school.org", True)]
    assert watches() == [("bo@school.org", True)]
    assert not db.session.scalar(sa.text("SELECT count(*) FROM audit_lines WHERE about LIKE '%@%' OR CAST(after AS TEXT) LIKE '%@%'"))


def test_a_school_that_goes_takes_its_watches_with_it(cast: SimpleNamespace) -> None:
    watching(school_id=cast.there.id)

    with transaction():
        db.session.execute(sa.delete(School).where(School.id == cast.there.id))

    assert watches() == []


def test_worker_tells_at_four_in_the_networks_afternoon(cast: SimpleNamespace, make_visit: Make) -> None:
    watching(school_id=cast.here.id)
    make_visit(cast.here, now=hours(1))  # 11:00 in New York

    begun = [daily.run_due(now=hours(5.9)), daily.run_due(now=hours(6)), daily.run_due(now=hours(6.1))]

    assert (begun, len(mails())) == ([3, 1, 0], 1)  # first what is due since the early morning
    names = [run.name for run in db.session.scalars(sa.select(DailyRun).order_by(DailyRun.id))]
    assert (sorted(names[:3]), names[3:]) == (["closures", "retention", "statistics"], ["watches"])


def test_same_work_is_done_for_one_address_with_news_whatever_it_watches(
    cast: SimpleNamespace, make_visit: Make, count_statements: Callable[[Callable[[], object]], int]
) -> None:
    watching(school_id=cast.here.id)
    make_visit(cast.here, now=hours(1))
    one = count_statements(lambda: service.tell_of_new_dates(hours(6)))
    watching(focus_area_id=cast.here.focus_areas[0].id, now=hours(7))
    for n in range(5):
        make_visit(cast.here, now=hours(8 + n))

    assert count_statements(lambda: service.tell_of_new_dates(hours(24))) <= one + 1  # one row more to write


def test_new_dates_are_stopped_by_the_button_of_a_mail_program(
    app: Flask, client: FlaskClient, cast: SimpleNamespace, make_visit: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    watching(school_id=cast.here.id)
    watching(school_id=cast.there.id)
    make_visit(cast.here, now=hours(1))
    service.tell_of_new_dates(hours(3))
    [letter] = mails()
    message, asked = outbox.build(letter), outbox.build(mails(mail.ASKED)[0])

    address = message["List-Unsubscribe"].strip("<>").removeprefix(app.config["BASE_URL"])
    looked = client.get(address)
    wrong = client.post(address.replace("/mail", "x/mail"), data={"List-Unsubscribe": "One-Click"})
    kept = watches()
    pressed = [client.post(address, data={"List-Unsubscribe": "One-Click"}).status_code for _ in range(2)]

    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert asked["List-Unsubscribe"] is None  # what somebody has to answer is no list
    assert (looked.status_code, wrong.status_code, len(kept)) == (303, 404, 2)
    assert (pressed, watches()) == ([200, 200], [])
