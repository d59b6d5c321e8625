"""Big screens, phones and the help desk: who may open them, what they say, and what they never say (rounds rules 11-13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.foundation.db import db, transaction
from scheduler.meetups import queries as meetups
from scheduler.meetups.live import queries as live
from scheduler.meetups.live import service
from scheduler.meetups.live.screens import links, queries
from scheduler.meetups.live.screens import service as screens
from scheduler.meetups.live.screens.models import SortedBy
from scheduler.meetups.live.screens.service import Chosen
from scheduler.meetups.models import Meetup
from scheduler.registration.models import Attendee
from tests.meetups.test_live import publish_quickly

SignIn = Callable[[User], FlaskClient]
OLGA = "user:1"
STUDENT = "Stuart"


class Hall:
    """A meetup that begins in a few minutes, with a published plan of three rounds, its big screen, and phones."""

    def __init__(self, meetup: Meetup, client: FlaskClient) -> None:
        self.meetup, self.client = meetup, client
        screens.make_link(meetup.id, actor=OLGA, now=datetime.now(UTC))
        self.people: list[Attendee] = list(meetups.attendees_of(meetup.gathering_id))
        self.codes = queries.codes_of(meetup.gathering_id)

    @property
    def big(self) -> str:
        """The address of the big screen."""
        return urlsplit(links.screen_url(self.meetup, queries.screen_of(self.meetup.id))).path

    def phone(self, person: int = 0) -> str:
        """The address of somebody's phone page."""
        return f"/c/{self.codes[self.people[person].public_id]}"

    def press(self, *deeds: Callable[..., None]) -> live.LiveState:
        for deed in deeds:
            now = datetime.now(UTC)
            deed(self.meetup.id, seen=live.state_of(self.meetup, now).mark, user_id=1, now=now)
        db.session.rollback()
        return live.state_of(self.meetup, datetime.now(UTC))

    def choose(self, sorted_by: SortedBy = SortedBy.NAME, *, first_names: bool = False, numbers_only: bool = False) -> None:
        chosen = Chosen(sorted_by, first_names, numbers_only)
        screens.choose(self.meetup.id, chosen, actor=OLGA, now=datetime.now(UTC))

    def everything(self) -> str:
        """All that the big screen and all phones are told."""
        addresses = [self.big, *(self.phone(n) for n in range(0, 12, 3))]
        return "".join(self.client.get(address + more).text for address in addresses for more in ("", "/now"))

    def told(self, address: str) -> Any:
        return self.client.get(f"{address}/now").json


@pytest.fixture
def hall(make_meetup: Callable[..., Meetup], fill: Callable[..., None], client: FlaskClient) -> Hall:
    meetup = make_meetup(in_days=1, rounds=3)
    fill(meetup, 4)
    with transaction():
        meetup.students_have_company = False
    publish_quickly(meetup)
    begins(meetup, timedelta(minutes=5))
    return Hall(meetups.meetup_or_404(meetup.gathering.public_id), client)


def begins(meetup: Meetup, after: timedelta) -> None:
    """Let a meetup of two hours begin so long from now."""
    with transaction():
        gathering = meetups.meetup_or_404(meetup.gathering.public_id).gathering
        gathering.starts_at = datetime.now(UTC) + after
        gathering.closes_at, gathering.ends_at = gathering.starts_at, gathering.starts_at + timedelta(hours=2)


def test_before_the_start_screen_and_phone_know_no_table(hall: Hall) -> None:
    big, phone = hall.told(hall.big), hall.told(hall.phone())

    assert [big["rounds"], phone["rounds"]] == [{}, {}]
    assert [(leg["phase"], leg["action"]) for leg in big["legs"]] == [("before", "We begin soon.")]


def test_round_that_is_not_frozen_is_told_to_nobody(hall: Hall) -> None:
    """Rule 8: round 2 is in the plan, and neither page nor answer has it until the wrap signal."""
    state = hall.press(service.start, service.skip)
    assert len(state.seats[2]) == 12

    talking = [set(hall.told(address)["rounds"]) for address in (hall.big, hall.phone())]
    hall.press(service.skip)
    moving = [set(hall.told(address)["rounds"]) for address in (hall.big, hall.phone())]

    assert talking == [{"1"}, {"1"}]
    assert moving == [{"1", "2"}, {"1", "2"}]


def test_name_of_a_student_is_in_no_answer_unless_first_names_are_switched_on(hall: Hall) -> None:
    """Rule 13; last names never are."""
    hall.press(service.start, service.skip, service.skip)
    hall.choose(SortedBy.TABLE)
    by_table = hall.everything()
    hall.choose()
    by_name = hall.everything()
    hall.choose(first_names=True)
    called = hall.everything()

    assert any(person.is_student and STUDENT in person.name for person in hall.people)
    assert (STUDENT in by_table, STUDENT in by_name, STUDENT in called) == (False, False, True)
    assert "student, Sample 1" in by_name
    assert "student, Sample 1" in by_table
    assert f"{STUDENT} S" not in called


def test_with_table_numbers_only_nobody_is_named(hall: Hall) -> None:
    state = hall.press(service.start)
    hall.choose(numbers_only=True)
    person = hall.people[0]

    everything, phone = hall.everything(), hall.told(hall.phone())

    assert [word for word in ("Leader", "Teacher", STUDENT, "Sample") if word in everything] == []
    assert phone["rounds"]["1"]["line"] == f"Round 1: Table {state.seats[1][person.id]}"


def test_phone_names_the_table_the_people_there_and_the_prompt(hall: Hall) -> None:
    """Rule 12: first name, role and school."""
    state = hall.press(service.start)
    person = hall.people[0]
    table = state.seats[1][person.id]
    there = [state.people[id] for id, at in state.seats[1].items() if at == table and id != person.id]

    page = hall.client.get(hall.phone()).text

    assert f"Round 1: Table {table}" in page
    for other in there:
        called = f"student, {other.registration.school.short_name}" if other.is_student else f"<b>{other.name.split()[0]}</b> "
        assert called in page
    assert page.count("<b>Leader</b>") == sum(other.role == "leader" for other in there)


def test_unchanged_is_said_in_a_word_and_with_the_time(hall: Hall) -> None:
    for address in (hall.big, hall.phone()):
        first = hall.client.get(f"{address}/now")
        again = hall.client.get(f"{address}/now", headers={"If-None-Match": first.headers["ETag"]})
        assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
        assert abs(int(again.headers["Clock-Now"]) / 1000 - datetime.now(UTC).timestamp()) < 2
    hall.press(service.start)
    changed = [hall.client.get(f"{hall.phone()}/now", headers={"If-None-Match": first.headers["ETag"]}).status_code]
    before = hall.client.get(f"{hall.phone()}/now").headers["ETag"]
    hall.choose(first_names=True)
    changed.append(hall.client.get(f"{hall.phone()}/now", headers={"If-None-Match": before}).status_code)

    assert changed == [200, 200]


def test_screen_and_phone_say_the_same_leg_to_the_millisecond(hall: Hall) -> None:
    hall.press(service.start)

    big, phone = hall.told(hall.big), hall.told(hall.phone())

    assert big["legs"] == phone["legs"]
    assert [leg["action"] for leg in big["legs"]][:3] == ["Go to your first table.", "Talk.", "One minute left."]


def test_big_screen_opens_by_its_newest_address_alone_and_takes_no_cookie(hall: Hall) -> None:
    before = hall.big
    page = hall.client.get(before)
    screens.make_link(hall.meetup.id, actor=OLGA, now=datetime.now(UTC))

    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert 'content="noindex"' in page.text
    assert [hall.client.get(address).status_code for address in (before, f"{before}/now", hall.big)] == [404, 404, 200]


@pytest.mark.parametrize(("starts", "status", "said"), [(61, 404, "You are early."), (-181, 410, "This meetup is over.")])
def test_code_works_from_check_in_until_an_hour_after_the_end(hall: Hall, starts: int, status: int, said: str) -> None:
    begins(hall.meetup, timedelta(minutes=starts))

    page, answer = hall.client.get(hall.phone()), hall.client.get(f"{hall.phone()}/now")

    assert (page.status_code, said in page.text, answer.status_code) == (status, True, 410)


def test_twenty_wrong_codes_a_minute_pause_wrong_codes_and_no_right_one(hall: Hall) -> None:
    wrong = [hall.client.get(f"/c/bcdfghj{letter}").status_code for letter in "bcdfghjkmnpqrstvwxz" + "bcd"]

    assert wrong == [404] * 20 + [429] * 2
    assert hall.client.get(hall.phone()).status_code == 200
    assert "Too many wrong codes" in hall.client.get("/c/nothing").text


def test_code_of_eight_letters_is_on_card_and_route_sheet_and_typed_as_it_stands_there(
    hall: Hall, cast: SimpleNamespace, sign_in: SignIn
) -> None:
    code = hall.phone().removeprefix("/c/")
    printed, here = f"{code[:4]} {code[4:]}", f"/workspace/meetups/{hall.meetup.gathering.public_id}"

    pages = [sign_in(cast.organizer).get(f"{here}/{name}").text for name in ("cards", "routes")]
    typed = hall.client.get("/c", query_string={"code": printed.upper()})

    assert ({len(code) for code in hall.codes.values()}, len(set(hall.codes.values()))) == ({8}, 12)
    assert [printed in page for page in pages] == [True, True]
    assert (typed.status_code, typed.location) == (303, f"/c/{code}")


def test_help_desk_finds_a_person_and_prints_the_card_with_the_tables_of_now(hall: Hall, cast: SimpleNamespace, sign_in: SignIn) -> None:
    state = hall.press(service.start)
    person = hall.people[0]
    service.move_by_hand(hall.meetup.id, person.id, 2, other := state.seats[2][person.id] % 3 + 1, user_id=1, now=datetime.now(UTC))
    browser, here = sign_in(cast.organizer), f"/workspace/meetups/{hall.meetup.gathering.public_id}"

    found = browser.get(f"{here}/help-desk", query_string={"q": "leader 0 sample"}).text
    nobody = browser.get(f"{here}/help-desk?q=zzz").text
    card = browser.get(f"{here}/cards/{person.public_id}").text

    assert f"Round 1: Table {state.seats[1][person.id]}" in found
    assert f"Round 2: Table {other} · may still change" in " ".join(found.replace("\n", " ").split())
    assert found.count("Print the card again") == 1
    assert "Nobody on the list fits." in nobody
    assert f"<span>Round 2</span> <b>{other}</b>" in card
    assert browser.get(f"{here}/cards/zzzzzzzzzz").status_code == 404


def test_screens_are_chosen_by_organizers_and_nobody_else(
    app: Flask, hall: Hall, cast: SimpleNamespace, sign_in: SignIn, client: FlaskClient
) -> None:
    here = f"/workspace/meetups/{hall.meetup.gathering.public_id}"
    browser = sign_in(cast.organizer)

    saved = browser.post(f"{here}/screens", data={"sorted_by": "table", "numbers_only": "y"})
    refused = browser.post(f"{here}/screens", data={"sorted_by": "shoe size"})
    made = browser.post(f"{here}/screens/address")

    screen = queries.screen_of(hall.meetup.id)
    assert [saved.status_code, refused.status_code, made.status_code] == [303, 422, 303]
    assert (screen.sorted_by, screen.first_names, screen.numbers_only, screen.link_round) == (SortedBy.TABLE, False, True, 2)
    assert links.screen_url(hall.meetup, screen) in browser.get(f"{here}/screens").text
    for page in ("screens", "help-desk", f"cards/{hall.people[0].public_id}"):
        closed = [sign_in(user).get(f"{here}/{page}").status_code for user in (cast.viewer, cast.host)]
        assert (page, closed, client.get(f"{here}/{page}").status_code) == (page, [404, 404], 302)


def test_answer_costs_few_statements_however_many_people_there_are(hall: Hall, count_statements: Callable[..., int]) -> None:
    hall.press(service.start)
    first, second = f"{hall.phone()}/now", f"{hall.phone(1)}/now"
    known = hall.client.get(first).headers["ETag"]

    same = count_statements(lambda: hall.client.get(first, headers={"If-None-Match": known}))
    another = count_statements(lambda: hall.client.get(second))

    assert (same, another) == (3, 3)
