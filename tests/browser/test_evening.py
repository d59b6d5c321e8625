"""An evening of 120 people from its start to its record: the desk on a phone, the big screen and two phones, side by side."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import combinations, groupby
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from scheduler.core import times
from scheduler.core.memory import between_people
from scheduler.core.pairing.plan import pair
from scheduler.foundation.db import db, transaction
from scheduler.meetups import queries as meetups
from scheduler.meetups.live.models import LiveRun
from scheduler.meetups.live.queries import LiveState
from scheduler.meetups.live.screens import links
from scheduler.meetups.live.screens import queries as screens
from scheduler.meetups.live.screens import service as screen_service
from scheduler.meetups.memory import queries as memory
from scheduler.meetups.memory.marks import marks_of
from scheduler.meetups.models import Meetup
from scheduler.meetups.results import school_of
from scheduler.meetups.service import create_meetup, register_team
from scheduler.registration.door import service as door
from scheduler.registration.models import Attendee, AttendeeState, DoorDeed, Gathering
from scheduler.registration.service import Member
from scheduler.schools.models import School
from tests.browser.conftest import Screen, inside, new_screen
from tests.meetups.conftest import details
from tests.meetups.test_live import Evening, publish_quickly
from tests.meetups.test_live_machine import permit
from tests.server import Server

TEAMS, STUDENTS, ROUNDS = 30, 9, 4
GUESTS = [f"Gus Guest {n}" for n in range(1, 6)]
TWO_MINUTES = 120
Sat = dict[str, int]
"""Who sits at which table in one round, as the big screen calls them"""


def planned(now: datetime) -> Meetup:
    """120 people of thirty schools, nine students among them, with a published plan of four rounds."""
    starts = times.to_wall(now, Gathering(time_zone="America/New_York").zone).replace(second=0, microsecond=0) + timedelta(minutes=5)
    facts = details(title="Winter meetup", rounds=ROUNDS, starts_wall=starts, ends_wall=starts + timedelta(hours=2))
    meetup = meetups.meetup_or_404(create_meetup(facts, publish=True, actor="command:test", now=now))
    for n, school in enumerate(db.session.scalars(sa.select(School).order_by(School.id).limit(TEAMS)).all()):
        fourth = ("Sam Stone", "student") if n < STUDENTS else ("Dora Diaz", "teacher")
        people = [("Ana Alvarez", "leader"), ("Ben Brooks", "teacher"), ("Cleo Chan", "counselor"), fourth]
        team = [Member(f"{name} {n}", role, "" if role == "student" else f"{name[0]}{n}@example.org") for name, role in people]
        register_team(meetup.id, school.id, team, actor="command:test", now=now)
    publish_quickly(meetup, steps=100_000, now=now)
    screen_service.make_link(meetup.id, actor="user:1", now=now)
    return meetup


class Tonight(Evening):
    """A meetup that is to begin; what its pages cannot do to it; and who sat where, as the big screen showed it."""

    def __init__(self) -> None:
        super().__init__(planned(datetime.now(UTC)))
        self.public_id, gathering_id = self.meetup.gathering.public_id, self.meetup.gathering_id
        self.screen = urlsplit(links.screen_url(self.meetup, screens.screen_of(self.id))).path
        permit(self)
        self.missing = {one.name for one in [one for one in self.people if not one.is_student][3::14]}
        come = [one.public_id for one in self.people if one.name not in self.missing]
        door.check_in(gathering_id, come, actor="user:1", now=self.now)
        codes = screens.codes_of(gathering_id)
        self.phones = [f"/c/{codes[public_id]}" for public_id in come[:2]]
        self.gone: set[str] = set()
        self.sat: dict[int, Sat] = {}

    @property
    def state(self) -> LiveState:
        self.now = datetime.now(UTC)
        db.session.expire_all()  # another process writes: what this one has read once counts no more
        return super().state

    @property
    def people(self) -> list[Attendee]:
        return list(self.state.people.values())

    @property
    def seconds_left(self) -> float:
        """Of the talk or the way to the next table."""
        return self.state.clock.left.total_seconds()

    def pass_time(self, seconds: float) -> None:
        """Time passes at the server: all that happened this evening happened so much earlier."""
        ago = timedelta(seconds=seconds)
        with transaction():
            db.session.expire_all()
            run = db.session.scalars(sa.select(LiveRun).where(LiveRun.meetup_id == self.id)).one()
            assert run.started_at is not None
            run.started_at, run.version = run.started_at - ago, run.version + 1
            gathering = self.meetup.gathering
            gathering.starts_at, gathering.ends_at = gathering.starts_at - ago, gathering.ends_at - ago
            for one in meetups.attendees_of(self.meetup.gathering_id):
                one.arrived_at, one.left_at = one.arrived_at and one.arrived_at - ago, one.left_at and one.left_at - ago
            for deed in db.session.scalars(sa.select(DoorDeed).where(DoorDeed.gathering_id == self.meetup.gathering_id)):
                deed.at -= ago


def look_again(*everybody: Screen) -> None:
    """Pages ask at once what has changed, rather than within five seconds; twice, because one question may be under way already."""
    for screen in [*everybody, *everybody]:
        with screen.page.expect_response(re.compile(r"/now$|part=1$")):
            screen.page.evaluate("dispatchEvent(new Event('online'))")


def tap(desk: Screen, button: str) -> None:
    """Press a button and see the page that it leads to, so that what follows follows the deed."""
    with desk.page.expect_navigation():
        desk.page.get_by_role("button", name=re.compile(button)).first.click()


def press_slowly(desk: Screen, button: str) -> None:
    """The page learns of something new while the finger is down: the press counts all the same."""
    place = desk.page.get_by_role("button", name=re.compile(button)).first
    place.hover()
    desk.page.mouse.down()
    look_again(desk)
    with desk.page.expect_navigation():
        desk.page.mouse.up()


SEATS = """() => [...document.querySelectorAll(".by-name li")].map((one) =>
  [one.querySelector(".who").firstChild.textContent.trim(), Number(one.querySelector("b").lastChild.textContent)])"""
ENDS = """async (ahead) => {
  await new Promise((resume) => setTimeout(resume, 1500 - (Date.now() % 1000)));  // half-way between two seconds
  const [minutes, seconds] = document.querySelector("[data-clock]").textContent.split(":").map(Number);
  return minutes * 60 + seconds + Math.floor((Date.now() - ahead) / 1000);
}"""
"""When the phase ends, as a page has it whose own clock is so much ahead"""


def differ(screens: list[Screen], *ahead: Screen) -> int:
    """By how many seconds some pages differ."""
    found = [screen.page.evaluate(ENDS, 1000 * TWO_MINUTES * (screen in ahead)) for screen in screens]
    return int(max(found) - min(found))


def shown(hall: Screen, number: int) -> Sat:
    """Who sits where in a round, on the big screen."""
    look_again(hall)
    expect(hall.page.locator("[data-of]")).to_have_text(f"Round {number}: who sits where")
    hall.page.wait_for_timeout(300)
    found = hall.page.evaluate(SEATS)
    assert len({who for who, _ in found}) == len(found), "everybody is called by a name of their own"
    return dict(found)


@pytest.mark.browser
def test_evening_of_120_people_is_run_from_a_phone_and_remembered_to_the_person(browser: Browser, server: Server) -> None:
    with inside(server), ExitStack() as stack:
        evening = Tonight()
        desk = stack.enter_context(new_screen(browser, server, "narrow"))
        phone = stack.enter_context(new_screen(browser, server, "narrow"))
        away = stack.enter_context(new_screen(browser, server, "narrow", color_scheme="dark"))
        hall = stack.enter_context(new_screen(browser, server, "wide", color_scheme="dark"))
        for screen in (away, hall):
            screen.page.clock.install()
        hall.page.set_viewport_size({"width": 1920, "height": 1080})
        desk.sign_in("organizer")
        for screen, path in {
            desk: f"/workspace/meetups/{evening.public_id}/desk",
            phone: evening.phones[0],
            away: evening.phones[1],
        }.items():
            screen.open(path)
        hall.open(evening.screen)

        begin(evening, desk, phone, away, hall)
        second_round(evening, desk, phone, hall)
        network_is_cut(evening, desk, phone, away, hall)
        finish(evening, desk, phone, away, hall)
        assert_record(evening, desk)


def begin(evening: Tonight, desk: Screen, phone: Screen, away: Screen, hall: Screen) -> None:
    """Round 1 begins; eight have not come, five come unannounced, and the rounds to come are planned anew."""
    tap(desk, "Start")
    expect(desk.page.get_by_role("timer")).to_have_text(re.compile(r"^1:\d\d$"))
    tap(desk, "Skip")
    expect(desk.page.get_by_role("heading", name=f"Round 1 of {ROUNDS}")).to_be_visible()
    look_again(phone, away, hall)
    expect(phone.page.locator("[data-line]")).to_contain_text("Round 1: Table")
    expect(away.page.locator("#rounds[data-kept]")).to_be_attached()
    assert differ([desk, phone, away, hall]) <= 1, "each counts to the same end"
    assert "Sam" not in hall.page.content() + phone.page.content()
    assert hall.page.locator(".by-name .who").first.evaluate("(who) => parseFloat(getComputedStyle(who).fontSize)") >= 32
    phone.look("phone-talk")
    hall.look("screen-talk")

    desk.page.locator("summary").filter(has_text="8 people are not here yet").click()
    tap(desk, "Mark them as away")
    expect(desk.page.get_by_text("8 people are marked as away.")).to_be_visible()
    for card, name in enumerate(GUESTS, 1):
        welcome(desk, name, card if card <= 3 else None)
    desk.look("desk")
    tap(desk, "Plan the coming rounds anew")
    expect(desk.page.get_by_text("2 people get a seat in round 2.")).to_be_visible(timeout=30_000)
    desk.look("desk-preview")
    tap(desk, "Apply")
    expect(desk.page.get_by_text("The new plan holds.")).to_be_visible()
    evening.sat[1] = shown(hall, 1)


def welcome(desk: Screen, name: str, card: int | None) -> None:
    """Somebody comes unannounced; with a card, it is the first that nobody has."""
    desk.page.get_by_role("link", name="Somebody comes unannounced").click()
    desk.page.get_by_label("Name").fill(name)
    desk.page.get_by_label("School or organization").fill("Bronx Arena")
    if card is None:
        desk.page.get_by_label("Card").select_option(label="No card: the smallest table")
    elif card == 1:
        desk.look("desk-guest")
    desk.page.get_by_label("They were told").check()
    tap(desk, "Seat now")
    then = rf" Then they follow spare card {card}\." if card else ""
    expect(desk.page.get_by_text(re.compile(rf"{name}: round 1: table \d+\.{then}"))).to_be_visible()


def second_round(evening: Tonight, desk: Screen, phone: Screen, hall: Screen) -> None:
    """The clock stands for a while; some of one table leave, and it is merged."""
    evening.pass_time(evening.seconds_left + 1)
    evening.pass_time(evening.seconds_left + 1)
    before = shown(hall, 2)
    look_again(desk)
    expect(desk.page.get_by_role("heading", name=f"Round 2 of {ROUNDS}")).to_be_visible()
    tap(desk, "Pause")
    expect(phone.page.locator("[data-action]")).to_have_text("The clock stands. Stay at your table.", timeout=8_000)
    expect(hall.page.locator("[data-action]")).to_have_text("The clock stands. Stay at your table.", timeout=8_000)
    stands = [screen.page.locator("[data-clock]").inner_text() for screen in (desk, phone, hall)]
    assert len(set(stands)) == 1, stands
    tap(desk, "Go on")

    by_table = groupby(sorted(before, key=lambda who: before[who]), key=lambda who: before[who])
    tables = [[who for who in group if who[-1].isdigit() and who[-2] != " "] for _, group in by_table]
    leave = next(names for names in tables if len(names) >= 3)[:2]
    for name in leave:
        desk.page.get_by_label("Find somebody").fill(name)
        tap(desk, "Find")
        desk.page.get_by_role("link", name=name).click()
        tap(desk, "Has left")
        expect(desk.page.get_by_text(f"{name} has left.")).to_be_visible()
        evening.gone.add(name)
    expect(desk.page.get_by_role("heading", name="1 table is too thin")).to_be_visible()
    evening.pass_time(0)
    press_slowly(desk, "^Merge")
    expect(desk.page.get_by_text(re.compile(r"goes to table \d+\."))).to_be_visible()
    evening.sat[2] = shown(hall, 2)
    assert before.keys() - evening.sat[2].keys() == set(leave)


def network_is_cut(evening: Tonight, desk: Screen, phone: Screen, away: Screen, hall: Screen) -> None:
    """A minute and a half before the end one phone and the big screen lose their network, for two minutes."""
    everybody = [desk, phone, away, hall]
    evening.pass_time(evening.seconds_left - 90)
    look_again(*everybody)
    for screen in everybody:
        expect(screen.page.locator("[data-clock]")).to_have_text(re.compile(r"^1:[12]\d$"))
    for screen in (away, hall):
        screen.page.context.set_offline(True)
    away.page.reload()
    expect(away.page.locator("[data-network]")).to_contain_text("No network")
    expect(hall.page.locator("[data-network]")).to_contain_text("The clock goes on")
    expect(away.page.locator("[data-line]")).to_contain_text("Round 2: Table")

    evening.pass_time(TWO_MINUTES)
    for screen in (away, hall):
        screen.page.clock.fast_forward(1000 * TWO_MINUTES)
    look_again(desk, phone)
    expect(phone.page.locator("[data-line]")).to_contain_text("Round 3: Table")
    expect(away.page.locator("[data-line]")).to_have_text("Your table is on your card")
    expect(hall.page.locator("[data-action]")).to_have_text("Go to your next table.")
    expect(hall.page.locator("[data-room]")).to_have_text("Your next table is on your card.")
    assert differ(everybody, away, hall) <= 1, "they go on without a network, through the last minute to the way to the next table"
    for screen in (away, hall):
        screen.page.context.set_offline(False)
    expect(away.page.locator("[data-line]")).to_contain_text("Round 3: Table", timeout=8_000)
    assert differ(everybody, away, hall) <= 1, "they agree again"
    away.look("phone-move")


def finish(evening: Tonight, desk: Screen, phone: Screen, away: Screen, hall: Screen) -> None:
    """Two more rounds, the first of which is ended early; then the roster is closed."""
    tap(desk, "Skip")
    evening.sat[3] = shown(hall, 3)
    evening.pass_time(90)
    look_again(desk)
    expect(desk.page.get_by_role("timer")).to_have_text(re.compile(r"^4:\d\d$"))
    tap(desk, "Skip")
    expect(desk.page.get_by_role("timer")).to_have_text(re.compile(r"^1:[12]\d$"))
    evening.pass_time(evening.seconds_left + 1)
    evening.sat[4] = shown(hall, 4)
    evening.pass_time(evening.seconds_left + 1)
    look_again(desk, phone, away, hall)
    expect(desk.page.get_by_role("heading", name="All rounds are over")).to_be_visible()
    for screen, part in {phone: "line", away: "line", hall: "action"}.items():
        expect(screen.page.locator(f"[data-{part}]")).to_have_text("That was the last round.")
    desk.page.get_by_role("link", name="See what came of it").click()
    desk.page.get_by_role("link", name="Say who came").click()
    tap(desk, "Save and close the roster")
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("117 people came.")


def assert_record(evening: Tonight, desk: Screen) -> None:
    """Who came, who sat where, and who met whom, of each of the 125 people."""
    people = evening.people
    called = {one.name: f"student, {school_of(one.registration)}" if one.is_student else one.name for one in people}
    taken = desk.page.request.get(f"{desk.server.url}/workspace/meetups/{evening.public_id}/afterwards.csv").body().decode("utf-8-sig")
    seats: dict[int, Sat] = {}
    for row in csv.DictReader(io.StringIO(taken)):
        seats.setdefault(int(row["Round"]), {})[called[row["Name"]]] = int(row["Table"])
    assert seats == evening.sat
    assert [len(seats[number]) for number in seats] == [117, 115, 115, 115]
    expected = {name: AttendeeState.EXPECTED if name in evening.missing else AttendeeState.ARRIVED for name in called}
    assert {one.name: (one.state, one.left_at is not None) for one in people} == {
        name: (state, name in evening.gone) for name, state in expected.items()
    }

    held = next(held for held in memory.held_meetups() if held.gathering_id == evening.meetup.gathering_id)
    marks = {mark: one.name for one in people for mark in marks_of(one.name, one.email, one.registration.school_id, one.role)}
    assert between_people(held.tables, marks) == Counter(
        pair(a, b) for sat in evening.sat.values() for a, b in combinations(sat, 2) if sat[a] == sat[b] and {a, b} <= called.keys()
    )
    desk.open(f"/workspace/meetups/{evening.public_id}/afterwards")
    expect(desk.page.get_by_text("117 of 125 people came")).to_be_visible()
    desk.look("afterwards")
