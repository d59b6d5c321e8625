"""A teacher registers a team with a student; the student is stopped at the door until the teacher says that a permission is on file."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from scheduler.core.times import to_wall
from scheduler.meetups import queries as meetups
from scheduler.meetups import service
from scheduler.registration.door import links, queries
from scheduler.registration.door import service as door
from scheduler.registration.models import Gathering
from tests.browser.conftest import Screen, new_screen
from tests.browser.test_door import inside
from tests.meetups.conftest import details
from tests.server import Server


def meetup_of_today(title: str, now: datetime) -> tuple[str, str]:
    """A meetup that begins in half an hour, with its greeter's link; teams register until it begins."""
    starts = to_wall(now, Gathering(time_zone="America/New_York").zone).replace(second=0, microsecond=0) + timedelta(minutes=30)
    planned = details(title=title, starts_wall=starts, ends_wall=starts + timedelta(hours=2), closes_days=0)
    public_id = service.create_meetup(planned, publish=True, actor="command:test", now=now)
    gathering_id = meetups.meetup_or_404(public_id).gathering_id
    link = queries.link_or_404(door.make_link(gathering_id, "Gus", now + timedelta(hours=4), actor="user:1", now=now))
    return public_id, urlsplit(links.greeter_url(link)).path


def write(page: Page, n: int, name: str, role: str, address: str = "") -> None:
    page.locator(f"#members-{n}-name").fill(name)
    page.locator(f"#members-{n}-role").select_option(role)
    page.locator(f"#members-{n}-email").fill(address)


@pytest.mark.browser
def test_student_comes_in_once_the_teacher_attests(screen: Screen, browser: Browser, server: Server) -> None:
    page, title, address = screen.page, "Fall meetup", "tess@school.example"
    with inside(server):
        public_id, greeter = meetup_of_today(title, datetime.now(UTC))

    screen.open(f"/meetups/{public_id}")
    screen.look("team-meetup")
    page.get_by_role("link", name="Register your team").click()
    page.get_by_label("Your school").fill("Bronx Arena")
    write(page, 0, "Tess Teacher", "teacher", address)
    write(page, 1, "Sam Mora Diaz", "student/9-10", "sam@school.example")
    page.get_by_role("button", name="Register the team").click()
    expect(page.get_by_role("alert")).to_contain_text("Of students no address is kept.")
    screen.look("team-wrong")
    write(page, 1, "Sam Mora Diaz", "student/9-10")
    write(page, 2, "Ana Perez", "leader")
    page.get_by_label("We take no photos of students.").check()
    page.get_by_role("button", name="Register the team").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"We have written to {address}.")
    screen.look("team-mailed")
    screen.mail(f"Confirm your seats: {re.escape(title)}")
    page.locator("a[href*='/r/']").click()
    page.get_by_role("button", name="Confirm 3 seats").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your team is registered: 3 people.")
    page.get_by_role("link", name="Say who comes").click()
    page.locator("#people-2-name").fill("Sam Mora Diaz")
    screen.look("team-people")
    page.get_by_role("button", name="Save who comes").click()
    page.get_by_role("link", name="Back to your booking").click()
    expect(page.get_by_text("Sam D. cannot come in yet")).to_be_visible()
    screen.look("team-registered")

    with new_screen(browser, server, *screen.widths) as phone:
        said = phone.page.locator("#said")
        phone.open(greeter)
        phone.page.get_by_role("checkbox", name=re.compile("Sam D.")).click()
        expect(said).to_contain_text("Permission missing")
        expect(said).to_contain_text("The adult they came with says on the party’s own page")
        phone.look("team-stopped")
        page.get_by_role("link", name=re.compile("Answer about the permission")).click()
        page.get_by_label("It is on file at our school").check()
        page.get_by_label("Your name").fill("Tess Teacher")
        screen.look("team-permission")
        page.get_by_role("button", name="Save the answer").click()
        expect(page.get_by_text("Saved: Sam D. can come in.")).to_be_visible()
        phone.page.reload()
        phone.page.get_by_role("checkbox", name=re.compile("Sam D.")).click()
        expect(said).to_contain_text("Checked in")
        phone.look("team-let-in")
    screen.sign_in("organizer")
    screen.open(f"/workspace/roster/{public_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("3 people come")
    screen.look("team-staff")
    page.get_by_role("link", name="Sam D.").click()
    expect(page.get_by_text("signed by Tess Teacher")).to_be_visible()
    screen.look("team-staff-person")
