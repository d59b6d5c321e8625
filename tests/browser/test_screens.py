"""The rounds run: two phones and the big screen, of which one phone and the screen lose their network, agree to the second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from scheduler.core.times import to_wall
from scheduler.foundation.db import db, transaction
from scheduler.meetups import queries as meetups
from scheduler.meetups.live import queries, service
from scheduler.meetups.live.screens import links
from scheduler.meetups.live.screens import queries as screens
from scheduler.meetups.live.screens import service as screen_service
from scheduler.meetups.models import Meetup
from scheduler.meetups.service import create_meetup, register_team
from scheduler.registration.models import Gathering
from scheduler.registration.service import Member
from scheduler.schools.models import School
from tests.browser.conftest import Screen, inside, new_screen
from tests.meetups.conftest import details
from tests.meetups.test_live import publish_quickly
from tests.server import Server


def meetup_of_today(now: datetime) -> Meetup:
    """Twelve people of four schools, a student from each, and a published plan of three rounds."""
    starts = to_wall(now, Gathering(time_zone="America/New_York").zone).replace(second=0, microsecond=0) + timedelta(minutes=5)
    planned = details(rounds=3, starts_wall=starts, ends_wall=starts + timedelta(hours=2))
    meetup = meetups.meetup_or_404(create_meetup(planned, publish=True, actor="command:test", now=now))
    with transaction():
        meetup.students_have_company = False
    for n, school in enumerate(db.session.scalars(sa.select(School).order_by(School.id).limit(4)).all()):
        people = [("Ana Alvarez", "leader"), ("Ben Brooks", "teacher"), ("Sam Stone", "student")]
        team = [Member(f"{name} {n}", role, "" if role == "student" else f"{role}.{n}@example.org") for name, role in people]
        register_team(meetup.id, school.id, team, actor="command:test", now=now)
    publish_quickly(meetup)
    screen_service.make_link(meetup.id, actor="user:1", now=now)
    return meetup


def press(server: Server, meetup_id: int, *deeds: Callable[..., None]) -> None:
    """What an organizer does at the desk."""
    with inside(server):
        for deed in deeds:
            meetup, now = db.session.get_one(Meetup, meetup_id), datetime.now(UTC)
            deed(meetup_id, seen=queries.state_of(meetup, now).mark, user_id=1, now=now)


ENDS = """async () => {
  await new Promise((resume) => setTimeout(resume, 1500 - (Date.now() % 1000)));  // half-way between two seconds
  const [minutes, seconds] = document.querySelector("[data-clock]").textContent.split(":").map(Number);
  return minutes * 60 + seconds + Math.floor(Date.now() / 1000);
}"""
"""When the phase ends, as a page has it"""


def differ(screens: list[Screen]) -> int:
    """By how many seconds some pages differ."""
    found = [screen.page.evaluate(ENDS) for screen in screens]
    return int(max(found) - min(found))


@pytest.mark.browser
def test_phones_and_the_big_screen_agree_to_the_second_with_and_without_a_network(browser: Browser, server: Server) -> None:
    with inside(server):
        meetup = meetup_of_today(datetime.now(UTC))
        meetup_id = meetup.id
        big = urlsplit(links.screen_url(meetup, screens.screen_of(meetup.id))).path
        one, other, *_ = (f"/c/{code}" for code in screens.codes_of(meetup.gathering_id).values())
    press(server, meetup_id, service.start, service.skip)
    with (
        new_screen(browser, server, "narrow") as phone,
        new_screen(browser, server, "narrow", color_scheme="dark") as away,
        new_screen(browser, server, "wide", color_scheme="dark") as hall,
    ):
        everybody: list[Screen] = [phone, away, hall]
        for screen, path in zip(everybody, (one, other, big), strict=True):
            screen.open(path)
        hall.page.set_viewport_size({"width": 1920, "height": 1080})
        expect(phone.page.locator("[data-line]")).to_contain_text("Round 1: Table")
        expect(away.page.locator("#rounds[data-kept]")).to_be_attached()
        assert differ(everybody) <= 1, "each counts to the same end"
        assert "Sam" not in hall.page.content() + phone.page.content()
        assert hall.page.locator(".by-name .who").first.evaluate("(who) => parseFloat(getComputedStyle(who).fontSize)") >= 32
        phone.look("phone-talk")
        hall.look("screen-talk")

        away.page.context.set_offline(True)
        hall.page.context.set_offline(True)
        away.page.reload()
        expect(away.page.locator("[data-network]")).to_contain_text("No network")
        expect(hall.page.locator("[data-network]")).to_contain_text("The clock goes on")
        expect(away.page.locator("[data-line]")).to_contain_text("Round 1: Table")
        assert differ(everybody) <= 1, "they go on without a network"

        press(server, meetup_id, service.skip)
        expect(phone.page.locator("[data-line]")).to_contain_text("Round 2: Table", timeout=8_000)
        away.page.context.set_offline(False)
        hall.page.context.set_offline(False)
        expect(away.page.locator("[data-line]")).to_contain_text("Round 2: Table", timeout=8_000)
        expect(hall.page.locator("[data-action]")).to_have_text("Go to your next table.", timeout=8_000)
        assert differ(everybody) <= 1, "they agree again"
        away.look("phone-move")
