"""The desk on a phone: the meetup starts, a late arrival is seated, somebody leaves, the coming rounds are planned anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from scheduler.registration.door import service as door
from tests.browser.conftest import Screen, inside, new_screen
from tests.meetups.test_live import Evening, begins_now
from tests.server import Server


@pytest.fixture
def phone(browser: Browser, server: Server) -> Iterator[Screen]:
    with new_screen(browser, server, "narrow") as opened:
        yield opened


def begin_now(server: Server) -> str:
    """The sample meetup is to begin now; its plan is published, and all but three are here."""
    with inside(server):
        now = datetime.now(UTC)
        meetup = begins_now(now)
        Evening(meetup).newcomer(now=now - timedelta(days=1))
        people = [one.public_id for one in Evening(meetup).state.people.values() if not one.is_student and one.name != "Nora Newcomer"]
        door.check_in(meetup.gathering_id, people[3:], actor="user:1", now=now)
        return meetup.gathering.public_id


def test_organizer_runs_a_meetup_with_a_phone(phone: Screen, server: Server) -> None:
    page, public_id = phone.page, begin_now(server)
    phone.sign_in("organizer")
    phone.open(f"/workspace/meetups/{public_id}/desk")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^1:\d\d$"))
    page.get_by_role("button", name="Skip").click()
    expect(page.get_by_role("heading", name="Round 1 of 3")).to_be_visible()

    page.get_by_label("Find somebody").fill("nora")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("button", name=re.compile("Seat now.*Nora")).click()
    expect(page.get_by_text(re.compile(r"Nora Newcomer: round 1: table \d+\."))).to_be_visible()
    page.locator("summary").filter(has_text="not here yet").click()
    page.get_by_role("button", name="Mark them as away").click()
    expect(page.get_by_text("are marked as away.")).to_be_visible()
    phone.look("desk")

    page.get_by_role("button", name="Plan the coming rounds anew").click()
    expect(page.get_by_text("1 person gets a seat in round 2.")).to_be_visible(timeout=30_000)
    phone.look("desk-preview")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("The new plan holds.")).to_be_visible()

    phone.page.context.set_offline(True)
    expect(page.get_by_text("No connection.")).to_be_visible(timeout=8_000)
    before = page.get_by_role("timer").text_content()
    expect(page.get_by_role("timer")).not_to_have_text(before or "")
    phone.page.context.set_offline(False)
