"""The pages of wishes: said in plain words, kept once, named where they clash, taken by the plan (rules 3, 5, 11 and 16)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.calendars import queries as calendars
from scheduler.core.pairing.check import check
from scheduler.core.pairing.plan import pair
from scheduler.core.pairing.wishes import Kind, Wish
from scheduler.core.refusal import Refusal
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.meetups import plans, queries, what_if
from scheduler.meetups import service as meetups
from scheduler.meetups.models import Format, Meetup
from scheduler.meetups.results import Result
from scheduler.meetups.timing import Talk, round_span
from scheduler.meetups.wishes import merged, service
from scheduler.meetups.wishes import queries as wishes
from scheduler.meetups.wishes.models import WishPerson
from scheduler.meetups.wishes.naming import Directory
from scheduler.registration.models import AccessNeeds
from scheduler.registration.twins import rows
from tests.meetups.test_plans import engine_plan
from tests.people import MONDAY

APART = {"people-0": "Leader 0", "people-1": "leader 1, Sample 2"}


@pytest.fixture
def desk(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient]
) -> SimpleNamespace:
    """An organizer at the wishes of a meetup of 24 people."""
    meetup = make_meetup(in_days=30)
    fill(meetup)
    people = {attendee.name: attendee.public_id for attendee in queries.attendees_of(meetup.gathering_id)}
    path = f"/workspace/meetups/{meetup.gathering.public_id}"
    return SimpleNamespace(meetup=meetup, people=people, path=path, client=sign_in(cast.organizer), user_id=cast.organizer.id)


def add(desk: SimpleNamespace, kind: Kind, *names: str, **more: object) -> int:
    wish = Wish(kind, tuple(desk.people[name] for name in names), **more)  # type: ignore[arg-type]
    return service.add_wishes(desk.meetup.id, [wish], user_id=desk.user_id, now=MONDAY)


def test_wishes_said_twice_are_one_and_each_can_be_taken_away(desk: SimpleNamespace) -> None:
    first = desk.client.post(f"{desk.path}/wishes?add=apart", data=APART, follow_redirects=True).text
    again = desk.client.post(
        f"{desk.path}/wishes?add=apart", data={"people-0": "LEADER 1", "people-1": "Leader 0"}, follow_redirects=True
    ).text
    kept = wishes.wishes_of(desk.meetup.id)
    removed = desk.client.post(f"{desk.path}/wishes/{kept[0].id}/remove", follow_redirects=True).text

    assert "Leader 0 and Leader 1 are kept apart." in first
    assert "That is wished already." in again
    assert len(kept) == 1
    assert "The wish is taken away." in removed
    assert "Leader 0 and Leader 1 are kept apart." not in removed
    logged = db.session.query(AuditLine).filter(AuditLine.what.in_(["wishes added", "wish removed"])).order_by(AuditLine.id)
    assert [(line.what, line.after) for line in logged] == [
        ("wishes added", {"kinds": ["apart"], "number": 1}), ("wish removed", {"kinds": ["apart"], "number": 1}),
    ]  # fmt: skip


def test_what_cannot_be_read_stays_typed_and_says_what_would_work(desk: SimpleNamespace) -> None:
    near = desk.client.post(f"{desk.path}/wishes?add=apart", data={"people-0": "Leader", "people-1": "Teacher 3", "people-2": "Zoltan"})
    rounds = desk.client.post(f"{desk.path}/wishes?add=away", data={"people-0": "Leader 0", "rounds": "5-9"})
    alone = desk.client.post(f"{desk.path}/wishes?add=together", data={"people-0": "Leader 0", "people-1": "Leader 0", "round": "4"})

    assert (near.status_code, rounds.status_code, alone.status_code) == (422, 422, 422)
    assert "“Leader” is not clear. Did you mean Leader 0, Sample 1; Leader 1, Sample 2; Leader 2, Sample 3?" in near.text
    assert "Nobody on the list is called “Zoltan”." in near.text
    assert 'value="Teacher 3"' in near.text
    assert "Write numbers from 1 to 3, such as 2 or 1, 3-5." in rounds.text
    assert "Pick at least two different people." in alone.text
    assert "There are only 3 rounds." in alone.text
    assert wishes.wishes_of(desk.meetup.id) == []


def test_conflict_is_named_on_both_pages_before_solving_and_plan_refuses_it(desk: SimpleNamespace) -> None:
    add(desk, Kind.APART, "Leader 0", "Leader 1")
    add(desk, Kind.TOGETHER, "Leader 0", "Leader 1", round=2)
    words = "are both kept apart and kept together. Take one of the two wishes away."

    pages = [desk.client.get(f"{desk.path}/{page}").text for page in ("wishes", "plan")]
    pressed = desk.client.post(f"{desk.path}/plan", data={"rounds": "6", "format": "tables", "table_size": "4"})

    for page in pages:
        assert words in page
        assert page.count("Leader 0 and Leader 1 share a table in round 2.") >= 1
    assert (pressed.status_code, words in pressed.text) == (409, True)
    assert queries.live_job(desk.meetup.id) is None


def test_wishes_of_many_kinds_are_kept_by_the_plan_and_its_page_says_so(desk: SimpleNamespace, make_plan: Callable[..., Result]) -> None:
    add(desk, Kind.APART, "Leader 0", "Leader 1", "Leader 2")
    add(desk, Kind.PIN, "Teacher 4", table=3, round=1)
    add(desk, Kind.AWAY, "Leader 5", round=2)
    add(desk, Kind.STATION, "Teacher 6", table=2, topic="Grading")
    add(desk, Kind.ASKS, "Leader 7", topic="grading")
    service.tell_rounds(desk.meetup.id, [Talk(8, "What did you try?")], user_id=desk.user_id, now=MONDAY)

    result = make_plan(desk.meetup)
    page = desk.client.get(f"{desk.path}/plans/1").text

    assert check(result.problem, engine_plan(result.plan)) == []
    assert "Leader" not in str(result.plan.problem)
    for sentence in ("3 pairs are kept apart.", "1 person stays at a station.", "1 absence is heeded.", "What did you try?"):
        assert sentence in page
    assert "Visits to stations about what people asked for" in page


@pytest.mark.parametrize(("format", "words"), [(Format.LINES, "two lines"), (Format.STATIONS, "2 stations")])
def test_formats_make_plans(desk: SimpleNamespace, make_plan: Callable[..., Result], format: Format, words: str) -> None:
    chosen = service.Chosen(format, 4, "student", True, 1)
    service.choose_format(desk.meetup.id, chosen, user_id=desk.user_id, now=MONDAY)
    if format == Format.STATIONS:
        add(desk, Kind.STATION, "Leader 0", table=1, topic="Grading")
        add(desk, Kind.STATION, "Leader 1", table=2, topic="Advisory")

    result = make_plan(desk.meetup, settings=plans.Settings(2, format, 4))

    assert (str(result.format), check(result.problem, engine_plan(result.plan))) == (words, [])
    assert words in desk.client.get(f"{desk.path}/plan").text


def test_what_if_keeps_the_format_the_wishes_and_the_lengths(desk: SimpleNamespace) -> None:
    service.choose_format(desk.meetup.id, service.Chosen(Format.STATIONS, 4, "student", True, 1), user_id=desk.user_id, now=MONDAY)
    add(desk, Kind.STATION, "Leader 0", table=1, topic="Grading")
    add(desk, Kind.STATION, "Leader 1", table=2, topic="Advisory")
    add(desk, Kind.APART, "Leader 2", "Leader 3")
    service.tell_rounds(desk.meetup.id, [Talk(10)], user_id=desk.user_id, now=MONDAY)
    meetup = queries.meetup_or_404(desk.meetup.gathering.public_id)

    now, *others = what_if.variants(meetup, queries.attendees_of(meetup.gathering_id), what_if.now_of(meetup))
    page = desk.client.get(f"{desk.path}/what-if").text

    assert [str(other.label) for other in others] == ["8 people do not come", "One round more", "One round fewer"]
    assert (now.tables, now.minutes, now.clash) == (2, 25, None)
    assert now.problem.keep_apart == {pair(desk.people["Leader 2"], desk.people["Leader 3"])}
    assert all(other.problem.distinct_tables for other in others)
    assert "Tables of 5" not in page


def test_papers_say_what_stations_and_rounds_are_about(desk: SimpleNamespace, make_plan: Callable[..., Result]) -> None:
    add(desk, Kind.STATION, "Leader 0", table=1, topic="Grading Ünits")
    service.tell_rounds(desk.meetup.id, [Talk(8, "What did you try?")], user_id=desk.user_id, now=MONDAY)
    make_plan(desk.meetup)

    tents, sheets, routes = (desk.client.get(f"{desk.path}/{name}").text for name in ("tents", "sheets", "routes"))

    assert (tents.count("Grading Ünits"), sheets.count("Grading Ünits")) == (2, 1)
    assert "What did you try?" in sheets
    assert "What did you try?" in routes
    assert "4:09" in routes  # eight minutes, and a minute and a half to move


def test_format_and_rounds_are_said_on_their_pages(desk: SimpleNamespace) -> None:
    chosen = {"format": "lines", "table_size": "5", "stays": "teacher", "role_mix": "3"}
    lengths = {f"rounds-{n}-minutes": "6" for n in range(6)} | {"rounds-1-prompt": "What did you try?", "rounds-1-minutes": "10"}

    desk.client.post(f"{desk.path}/wishes/format", data=chosen)
    desk.client.post(f"{desk.path}/wishes/rounds", data=lengths)
    page = desk.client.get(f"{desk.path}/wishes").text
    too_long = desk.client.post(f"{desk.path}/wishes/rounds", data=lengths | {"rounds-0-minutes": "60", "rounds-2-minutes": "50"})

    meetup = queries.meetup_or_404(desk.meetup.gathering.public_id)
    assert (meetup.format, meetup.table_size, meetup.stays, meetup.students_have_company, meetup.role_mix) == (
        "lines",
        5,
        "teacher",
        False,
        3,
    )
    for sentence in ("in two lines, of which each teacher stays", "What did you try?", "10 minutes", "counts much"):
        assert sentence in page
    assert (too_long.status_code, "only 2 rounds fit" in too_long.text, 'value="60"' in too_long.text) == (409, True, True)


def test_published_lengths_and_prompts_do_not_change_with_the_meetup(desk: SimpleNamespace, make_plan: Callable[..., Result]) -> None:
    service.tell_rounds(desk.meetup.id, [Talk(10, "First"), Talk()], user_id=desk.user_id, now=MONDAY)
    make_plan(desk.meetup)
    plans.publish_plan(desk.meetup.id, 1, actor="command:test", now=MONDAY)

    service.tell_rounds(desk.meetup.id, [Talk(5, "Another"), Talk()], user_id=desk.user_id, now=MONDAY)

    attendee = queries.attendees_of(desk.meetup.gathering_id)[0]
    second = calendars.rounds_of(attendee, MONDAY)[1]
    starts_at, _ = round_span(desk.meetup.gathering.starts_at, 2, second.talks)
    assert starts_at - desk.meetup.gathering.starts_at == timedelta(minutes=11, seconds=30)
    plan = queries.find_plan(desk.meetup.id, 1)
    assert plan is not None
    assert (plan.talks[0], len(plan.talks)) == (Talk(10, "First"), 3)


def test_need_is_shown_to_organizers_and_stored_with_a_plan_only_where_it_matters(
    desk: SimpleNamespace, make_plan: Callable[..., Result]
) -> None:
    attendee = queries.attendees_of(desk.meetup.gathering_id)[0]
    with transaction():
        db.session.add(AccessNeeds(attendee_id=attendee.id, needs=["step_free"], note="", changed_at=MONDAY))

    page = desk.client.get(f"{desk.path}/wishes").text
    without = make_plan(desk.meetup).plan.problem
    add(desk, Kind.LEVEL, table=1)
    matters = make_plan(desk.meetup).plan

    assert "Said when registering that they need a step-free way: Leader 0." in page
    assert "'step_free': True" not in str(without["participants"])
    assert [person["id"] for person in matters.problem["participants"] if person.get("step_free")] == [attendee.public_id]
    assert {seating.table for seating in matters.seatings if seating.attendee_id == attendee.id} == {1}


def test_wish_stays_with_the_person_and_not_with_the_place(desk: SimpleNamespace) -> None:
    add(desk, Kind.APART, "Leader 0", "Leader 1")
    attendee = queries.attendees_of(desk.meetup.gathering_id)[0]
    with transaction():
        attendee.public_id = new_public_id()  # as when somebody else comes instead

    page = desk.client.get(f"{desk.path}/wishes").text
    asked = plans.asked_of(desk.meetup, queries.attendees_of(desk.meetup.gathering_id), plans.settings_of(desk.meetup))

    assert "Somebody who is no longer on the list and Leader 1 are kept apart." in page
    assert (asked.problem.keep_apart, asked.clashes) == (frozenset(), ())


def test_wishes_go_over_when_two_people_turn_out_to_be_one(desk: SimpleNamespace) -> None:
    add(desk, Kind.APART, "Leader 0", "Leader 1")
    add(desk, Kind.AWAY, "Teacher 5", round=2)
    people = {attendee.name: attendee for attendee in queries.attendees_of(desk.meetup.gathering_id)}

    with transaction():
        rows.write(merged.wishes_go_over(people["Teacher 0"], people["Leader 0"]))
    db.session.expire_all()
    both = merged.wishes_go_over(people["Leader 1"], people["Teacher 0"])

    assert "Teacher 0 and Leader 1 are kept apart." in desk.client.get(f"{desk.path}/wishes").text
    assert both == []


def test_wish_whose_person_is_deleted_still_reads_as_a_sentence(desk: SimpleNamespace) -> None:
    add(desk, Kind.AWAY, "Leader 0", round=2)
    with transaction():
        db.session.execute(sa.delete(WishPerson))

    page = desk.client.get(f"{desk.path}/wishes").text

    assert "Somebody who is no longer on the list is away in round 2." in page


def test_two_of_one_name_are_told_apart_by_school(desk: SimpleNamespace) -> None:
    with transaction():
        for attendee in queries.attendees_of(desk.meetup.gathering_id)[:4:3]:
            assert attendee.person is not None
            attendee.person.name = "Ana Perez"

    directory = Directory(queries.attendees_of(desk.meetup.gathering_id))

    with pytest.raises(Refusal, match=re.escape("“ana perez” is not clear. Did you mean Ana Perez, Sample 1; Ana")):
        directory.find("ana perez")
    assert directory.find("Ana Perez, Sample 2").registration.organization == "Sample 2 Collegiate High School"


def test_wishes_end_with_the_meetup(desk: SimpleNamespace) -> None:
    meetups.cancel_meetup(desk.meetup.id, "Snow.", actor="command:test", now=MONDAY)

    chosen = {"format": "pairs", "table_size": "5", "stays": "teacher", "role_mix": "3"}
    refused = desk.client.post(f"{desk.path}/wishes/format", data=chosen)

    assert refused.status_code == 409
    assert "This meetup is over or cancelled, so nothing is planned for it any more." in refused.text


@pytest.mark.parametrize("page", ["wishes", "wishes/format", "wishes/rounds"])
def test_wishes_open_for_organizers_and_nobody_else(
    app: Flask, desk: SimpleNamespace, cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], page: str
) -> None:
    path = f"{desk.path}/{page}"
    visitors = [desk.client, sign_in(cast.host), sign_in(cast.viewer), app.test_client()]

    assert [visitor.get(path).status_code for visitor in visitors] == [200, 404, 404, 302]
    assert sign_in(cast.host).post(f"{desk.path}/wishes?add=apart", data=APART).status_code == 404
