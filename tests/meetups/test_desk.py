"""The desk as organizers use it on a phone: its buttons, its people, the rounds to come, what came of it (rounds rules 8, 9, 11, 18)."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.calendars import links
from scheduler.calendars import queries as calendars
from scheduler.core.refusal import Refusal
from scheduler.foundation import jobs
from scheduler.foundation.db import db
from scheduler.meetups import plans
from scheduler.meetups import queries as meetups
from scheduler.meetups.live import service
from scheduler.meetups.live.afterwards import Afterwards, people_met
from scheduler.meetups.live.clocks import find_run
from scheduler.meetups.live.queries import LiveState
from scheduler.meetups.memory import queries as memory
from scheduler.meetups.models import Meetup
from scheduler.registration.door import service as door
from scheduler.registration.models import Attendee, ConsentAnswer, ConsentKind
from scheduler.registration.people import permissions
from tests.meetups.test_live import Evening, evening, publish_quickly

SignIn = Callable[[User], FlaskClient]
__all__ = ["evening"]


class Tonight(Evening):
    """An evening whose watch is that of the machine, as pages have it."""

    def __init__(self, meetup: Meetup, client: FlaskClient) -> None:
        super().__init__(meetup)
        self.now, self.client = datetime.now(UTC), client
        self.here = f"/workspace/meetups/{meetup.gathering.public_id}/desk"

    def page(self, path: str = "") -> str:
        return self.client.get(self.here + path).text

    def tap(self, path: str, **fields: object) -> tuple[int, str]:
        answer = self.client.post(f"{self.here}/{path}", data=fields, follow_redirects=True)
        self.now = datetime.now(UTC)
        return answer.status_code, answer.text

    def turn(self, deed: str) -> tuple[int, str]:
        return self.tap(f"clock/{deed}", seen=self.state.mark)

    def person(self, place: int) -> Attendee:
        return list(self.state.people.values())[place]


@pytest.fixture
def tonight(make_meetup: Callable[..., Meetup], fill: Callable[..., None], cast: SimpleNamespace, sign_in: SignIn) -> Tonight:
    """A meetup that is to begin just now: 24 people, three rounds, a published plan."""
    now = datetime.now(UTC)
    wall = now.astimezone(ZoneInfo("America/New_York")).replace(tzinfo=None, second=0, microsecond=0)
    before = now - timedelta(days=30)
    meetup = make_meetup(now=before, rounds=3, starts_wall=wall, ends_wall=wall + timedelta(hours=2))
    fill(meetup, 8, third="counselor", now=before)
    publish_quickly(meetup, now=before)
    return Tonight(meetup, sign_in(cast.organizer))


def test_desk_starts_shows_what_another_did_and_answers_only_when_something_changed(tonight: Tonight) -> None:
    """Rule 11: two organizers see each other's changes."""
    before = tonight.client.get(tonight.here + "?part=1")
    stale = tonight.state.mark
    started = tonight.turn("start")
    part = tonight.client.get(tonight.here + "?part=1", headers={"If-None-Match": before.headers["ETag"]})
    same = tonight.client.get(tonight.here + "?part=1", headers={"If-None-Match": part.headers["ETag"]})
    late = tonight.tap("clock/skip", seen=stale)

    assert "Start</button>" in before.text
    assert (started[0], "People move to round 1 of 3" in started[1], "Pause</button>" in started[1]) == (200, True, True)
    assert (part.status_code, same.status_code, same.text) == (200, 304, "")
    assert "started the meetup." in part.text
    assert (late[0], "The desk has changed since you looked" in late[1]) == (409, True)


def test_desk_belongs_to_organizers_alone(tonight: Tonight, cast: SimpleNamespace, sign_in: SignIn, client: FlaskClient) -> None:
    host = sign_in(cast.host)
    deeds = ["clock/start", "missing", "anew", "take-back", "rounds/1/tables/1/merge", "moves/1/undo", "guest", "people/bcdfghjkmn/card"]

    assert [sign_in(user).get(tonight.here).status_code for user in (cast.viewer, cast.host)] == [404, 404]
    assert client.get(tonight.here).status_code == 302
    assert {host.post(f"{tonight.here}/{deed}").status_code for deed in deeds} == {404}
    assert [tonight.tap("clock/stop")[0], tonight.tap("people/bcdfghjkmn/seat")[0]] == [404, 404]
    assert find_run(tonight.id) is None


def test_late_arrival_is_found_by_name_and_seated_with_one_tap(tonight: Tonight) -> None:
    tonight.turn("start")
    person = tonight.person(4)
    found = tonight.page(f"?q={person.name.split()[-1]}+{person.name.split()[0]}")
    status, said = tonight.tap(f"people/{person.public_id}/seat")

    assert f"people/{person.public_id}/seat" in found
    table = tonight.state.seats[1][person.id]
    assert (status, f"{person.name}: round 1: table {table}." in said) == (200, True)
    assert tonight.state.people[person.id].arrived_at is not None


def test_people_leave_come_back_and_are_moved_and_what_may_not_be_is_refused_in_words(tonight: Tonight) -> None:
    tonight.everybody_comes()
    tonight.turn("start")
    table = tonight.state.round(1).tables[0]
    one, other = table.people[0].attendee, table.people[1].attendee
    tonight.tap(f"people/{one.public_id}/away")
    tonight.tap(f"people/{other.public_id}/left")
    thin = tonight.page()
    merged = tonight.tap(f"rounds/1/tables/{table.number}/merge")
    back = tonight.tap(f"people/{one.public_id}/back")
    wrong = tonight.tap(f"people/{one.public_id}/move", round="1", table="77")
    moved = tonight.state.changes[-1]
    undone = tonight.tap(f"moves/{moved.id}/undo")

    assert "1 table is too thin" in thin
    assert (merged[0], "goes to table" in merged[1]) == (200, True)
    assert (back[0], f"{one.name}: round 1: table" in back[1]) == (200, True)
    assert (wrong[0], "Nobody sits at table 77 in round 1" in wrong[1], 'value="77"' in wrong[1]) == (409, True, True)
    assert undone[0] in (200, 409)
    assert f"marked that {other.name} left." in tonight.page()


def test_missing_people_are_marked_as_away_at_once(tonight: Tonight) -> None:
    tonight.everybody_comes(but=3)
    tonight.turn("start")
    missing = [attendee.public_id for attendee in tonight.state.missing]
    answer = tonight.client.post(f"{tonight.here}/missing", data={"who": missing[:2]}, follow_redirects=True)

    assert "2 people are marked as away." in answer.text
    assert [attendee.public_id for attendee in tonight.state.missing] == missing[2:]


def test_rounds_planned_anew_are_previewed_applied_taken_back_and_are_no_version_to_publish(tonight: Tonight) -> None:
    tonight.everybody_comes(but=1)
    tonight.turn("start")
    tonight.tap(f"people/{tonight.person(2).public_id}/left")
    tonight.do(service.seat_late, tonight.newcomer(now=tonight.now - timedelta(days=1)))
    progress = tonight.client.post(f"{tonight.here}/anew").headers["Location"]
    jobs.asked.clear()
    assert jobs.run_due() == 1
    preview = tonight.client.get(progress).headers["Location"]
    shown = tonight.client.get(preview).text
    version = int(preview.rsplit("/", 1)[1])
    applied = tonight.tap(f"preview/{version}/apply")
    again = tonight.tap(f"preview/{version}/apply")
    in_force = {plan.version for number, plan in tonight.state.plans.items() if number > 1}
    taken_back = tonight.tap("take-back")

    assert "1 person gets a seat in round 2." in shown
    assert (applied[0], "The new plan holds." in applied[1], in_force) == (200, True, {version})
    assert (again[0], "Something changed since this preview" in again[1]) == (409, True)
    assert (taken_back[0], "The plan from before holds again" in taken_back[1]) == (200, True)
    assert [plan.version for plan in meetups.plans_of(tonight.id)] == [1]
    with pytest.raises(Refusal, match="There is no version"):
        plans.publish_plan(tonight.id, version, actor="user:1", now=tonight.now)


def test_own_rounds_and_calendar_follow_the_desk(tonight: Tonight) -> None:
    """What holds is shown, at the times of the clock: moved people at their new table, away people nowhere."""
    tonight.turn("start")
    state = tonight.state
    one, gone = state.round(2).tables[0].people[0].attendee, state.round(2).tables[1].people[0].attendee
    told = calendars.rounds_of(one, state.run.started_at - timedelta(days=1)) if state.run.started_at else []
    tonight.do(service.move_by_hand, one.id, 2, 3)
    tonight.do(service.mark_away, [gone.id])

    mine = calendars.rounds_of(one, tonight.now)
    assert [(each.number, each.is_live) for each in mine] == [(1, True), (2, True), (3, True)]
    assert (mine[1].table, mine[0].span) == (3, (tonight.state.spans[1].began_at, tonight.state.spans[1].talk_ends_at))
    assert [each.is_live for each in calendars.rounds_of(gone, tonight.now)] == [False, False, False]
    assert mine[0].published_at >= told[0].published_at


def after_two_rounds(evening: Evening) -> LiveState:
    """The first round is skipped at once, the second runs, during which somebody is away; then the clock stands for good."""
    evening.everybody_comes(but=1)
    evening.press(service.start)
    evening.press(service.skip)
    evening.press(service.skip)
    evening.wait(seconds=91)
    away = evening.state.round(2).tables[0].people[0].attendee.id
    evening.do(service.mark_away, [away])
    evening.wait(minutes=5)
    evening.press(service.pause)
    evening.wait(hours=2)
    state = evening.state
    door.mark(evening.meetup.gathering_id, {}, close=True, actor="user:1", now=evening.now)
    return state


def test_what_took_place_is_the_rounds_that_ran_with_those_who_were_there(evening: Evening) -> None:
    """Rule 9: a round skipped at once did not run; who was away, or never came, talked with nobody."""
    state = after_two_rounds(evening)
    absent = list(state.people)[-1]
    sizes = [sum(1 for seated in table.people if seated.attendee.id != absent) for table in state.round(2).tables]

    held = memory.held_meetups()
    after = Afterwards(evening.meetup, evening.now)

    assert [one.conversations for one in held] == [sum(size * (size - 1) // 2 for size in sizes)]
    assert [ran.span.number for ran in after.rounds] == [2]
    assert (after.conversations, after.came, after.repeats) == (held[0].conversations, 23, 0)
    assert after.new_couples == sorted(after.couples)
    assert len(list(after.rows())) == sum(size for size in sizes if size > 1)


def test_page_afterwards_says_what_came_of_it_and_nobody_else_sees_it(evening: Evening, cast: SimpleNamespace, sign_in: SignIn) -> None:
    here = f"/workspace/meetups/{evening.meetup.gathering.public_id}/afterwards"
    client = sign_in(cast.organizer)
    before = client.get(here).text
    after_two_rounds(evening)

    page, rows = client.get(here).text, list(csv.reader(client.get(f"{here}.csv").text.splitlines()))

    assert "Nothing took place yet." in before or "once the roster is closed" in before
    assert "conversations took place." in page
    assert (rows[0], rows[1][0]) == (["\ufeffRound", "Table", "Name", "School", "Role"], "2")
    assert [sign_in(user).get(here).status_code for user in (cast.viewer, cast.host)] == [404, 404]


def test_addresses_are_exchanged_where_both_said_yes(evening: Evening, client: FlaskClient) -> None:
    """Rule 18: of two adults who met, and only then; whoever takes it back is seen no more."""
    state = after_two_rounds(evening)
    table = next(table for table in state.round(2).tables[1:] if sum(1 for one in table.people if one.attendee.email) >= 2)
    ana, ben = [seated.attendee for seated in table.people if seated.attendee.email][:2]
    address = "/calendars" + links.rounds_url(ana.public_id).split("/calendars", 1)[1]

    def seen() -> list[str]:
        db.session.expire_all()
        return [one.email for one in people_met(ana) or [] if one.email]

    permissions.share_contact(ben.id, ConsentAnswer.YES, actor="link", now=evening.now)
    one_alone = seen()
    said = client.post(f"{address}/contact", data={"answer": "yes"}, follow_redirects=True)
    both = seen()
    permissions.share_contact(ben.id, ConsentAnswer.NO, actor="link", now=evening.now)

    assert (one_alone, both, seen()) == ([], [ben.email], [])
    assert ben.email in said.text
    assert [consent.answer.value for consent in ben.consents if consent.kind == ConsentKind.CONTACT] == ["yes", "no"]


def test_students_share_no_address_whatever_is_sent(
    make_meetup: Callable[..., Meetup], fill: Callable[..., None], client: FlaskClient
) -> None:
    meetup = make_meetup()
    fill(meetup, 2)
    student = next(one for one in meetups.attendees_of(meetup.gathering_id) if one.is_student)
    address = "/calendars" + links.rounds_url(student.public_id).split("/calendars", 1)[1]

    with pytest.raises(Refusal, match="Only adults"):
        permissions.share_contact(student.id, ConsentAnswer.YES, actor="link", now=meetup.gathering.starts_at)
    assert client.post(f"{address}/contact", data={"answer": "yes"}).status_code == 404
    assert "Staying in touch" not in client.get(address).text
