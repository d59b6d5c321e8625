"""The door: 25 people through it with the network cut half-way, a doubled scan, and a student whose permission is unknown."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import segno
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from scheduler.core.times import to_wall
from scheduler.foundation.db import db, transaction
from scheduler.registration import changes, service
from scheduler.registration.door import links, queries
from scheduler.registration.door import service as door
from scheduler.registration.models import Attendee, Gathering, Registration
from scheduler.schools.models import School
from scheduler.visits import service as visits
from tests.browser.chromium import FLAGS, provided, surroundings
from tests.browser.conftest import Screen, inside, new_screen
from tests.people import details, request
from tests.server import Server

SIZES = {
    "Ana Alvarez": 1,
    "Ben Brooks": 4,
    "Chloe Chen": 3,
    "Dev Desai": 5,
    "Eva Estrada": 2,
    "Finn Farrell": 4,
    "Gia Gupta": 4,
    "Hal Hughes": 1,
}
"""23 people come, and two walk in; the last one cancels while the phone has no network"""


def visit_of_today(now: datetime) -> Gathering:
    """A visit that begins in a quarter of an hour, with its parties; the last one brings a student."""
    school = db.session.scalars(sa.select(School).where(School.short_name == "iSchool")).one()
    starts = to_wall(now, Gathering(time_zone=school.time_zone).zone).replace(second=0, microsecond=0) + timedelta(minutes=15)
    planned = details(title="Modules in the making", capacity=24, starts_wall=starts, ends_wall=starts + timedelta(hours=2))
    public_id = visits.create_visit(school.id, planned, publish=True, actor="command:test", now=now)
    gathering = db.session.scalars(sa.select(Gathering).where(Gathering.public_id == public_id)).one()
    for name, size in SIZES.items():
        address = f"{name.replace(' ', '.').lower()}.{public_id}@example.org"
        service.book(gathering.id, request(size, lead_name=name, lead_email=address), key=f"{public_id}-{name}", now=now)
    with transaction():
        party = party_of(gathering, "Gia Gupta")
        student = Attendee(public_id=party.attendees[-1].public_id, role="student", grade_band="9-10", created_at=now)
        student.person = changes.person_of("Sam S.", None, None, False, now=now)
        db.session.delete(party.attendees[-1])
        db.session.flush()
        party.attendees.append(student)
    return gathering


def party_of(gathering: Gathering, lead: str) -> Registration:
    return db.session.scalars(
        sa.select(Registration).where(Registration.gathering_id == gathering.id, Registration.lead_name == lead)
    ).one()


@pytest.mark.browser
def test_twenty_five_people_come_through_a_door_whose_network_is_cut(screen: Screen, server: Server) -> None:
    page, now = screen.page, datetime.now(UTC)
    with inside(server):
        gathering = visit_of_today(now)
        link = queries.link_or_404(door.make_link(gathering.id, "Gus", now + timedelta(hours=4), actor="user:1", now=now))
        codes = {name: party_of(gathering, name).public_id for name in SIZES}
        opened = urlsplit(links.greeter_url(link)).path
    search, said = page.get_by_label("Name, school or code"), page.locator("#said")

    def scan(lead: str) -> None:
        """A hand scanner types the code and Enter."""
        search.fill(codes[lead].upper())
        search.press("Enter")

    def all_arrive(lead: str) -> None:
        scan(lead)
        page.get_by_role("button", name=re.compile(rf"All \d arrived\s*: {lead}")).click()
        expect(said).to_contain_text("Checked in")

    screen.open(opened)
    expect(page.locator("#door[data-kept]")).to_be_attached()
    screen.look("door-empty")
    scan("Ana Alvarez")
    expect(said).to_contain_text("Checked in")
    screen.look("door-checked-in")
    scan("Ana Alvarez")
    expect(said).to_contain_text("Already in")
    expect(said).to_contain_text(re.compile(r"Here since \d+:\d\d [ap]m"))
    screen.look("door-already-in")
    all_arrive("Ben Brooks")
    expect(page.locator("[data-network]")).to_be_hidden()

    page.context.set_offline(True)
    with inside(server):
        service.cancel(party_of(gathering, "Hal Hughes").id, reason="ill", by="party", actor="link", now=now)
    scan("Hal Hughes")
    expect(said).to_contain_text("Checked in")
    all_arrive("Chloe Chen")
    all_arrive("Dev Desai")
    expect(page.locator("[data-network]")).to_contain_text("No network")
    page.reload()
    expect(page.locator("[data-count]")).to_have_text("14")
    page.get_by_role("checkbox", name=re.compile("Eva Estrada")).first.check()
    page.get_by_role("button", name="Undo").click()
    expect(said).to_contain_text("Taken back")
    all_arrive("Eva Estrada")
    page.get_by_text("Add a walk-in", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Wanda Walker")
    page.get_by_label("School or organization").fill("Bronx Arena High School")
    page.get_by_label("How many are they?").fill("2")
    page.get_by_label("They were told: no photos of students.").check()
    page.get_by_role("button", name="Let them in").click()
    expect(page.locator("[data-wrong]")).to_contain_text("Say why")
    page.get_by_label("Why beyond the seats?").fill("They came from far")
    page.get_by_role("button", name="Let them in").click()
    expect(said).to_contain_text("Wanda Walker")
    expect(page.locator(".door-count")).to_contain_text("18 of 26 here")
    screen.look("door-offline")
    page.context.set_offline(False)

    expect(page.locator("[data-network]")).to_be_hidden(timeout=8000)
    expect(page.locator("[data-count]")).to_have_text("17")
    expect(page.get_by_role("region", name="Not taken")).to_contain_text("Hal Hughes: Cancelled")
    screen.look("door-not-taken")
    all_arrive("Finn Farrell")
    page.get_by_role("checkbox", name=re.compile("Sam S.")).click()
    expect(said).to_contain_text("Permission missing")
    expect(said).to_contain_text("The adult they came with says on the party’s own page")
    screen.look("door-permission-missing")
    for box in page.locator("form", has_text="Gia Gupta").get_by_role("checkbox").all()[:3]:
        box.check()
    expect(page.locator("[data-count]")).to_have_text("24")
    scan_of_nobody(screen)
    expect(page.locator("[data-network]")).to_be_hidden()

    with inside(server):
        arrivals = queries.arrivals_of(db.session.get_one(Gathering, gathering.id))
        stopped = [guest.attendee.name for guest in arrivals.guests if not guest.is_here]
    page.get_by_role("button", name="Finish on this phone").click()
    expect(page.get_by_role("heading", name="This phone is finished.")).to_be_visible()
    kept = page.evaluate(KEPT)

    assert (arrivals.here, arrivals.expected, stopped) == (24, 25, ["Sam S."])
    assert [thing for thing in kept if link.public_id in thing or "Ana Alvarez" in thing] == []
    screen.look("door-finished")


KEPT = """async () => {
  const pages = await (await caches.open("door-pages")).keys();
  return [...Object.entries(localStorage).map((entry) => entry.join("=")), ...pages.map((page) => page.url)];
}"""
"""What a phone keeps between two visits to a page"""


def scan_of_nobody(screen: Screen) -> None:
    screen.page.get_by_label("Name, school or code").fill("bcdfghjkmn")
    screen.page.get_by_label("Name, school or code").press("Enter")
    expect(screen.page.locator("#said")).to_contain_text("Not known")
    screen.look("door-not-known")


@pytest.mark.browser
def test_phone_without_a_network_shows_no_names_once_its_link_has_ended(server: Server, browser: Browser) -> None:
    now = datetime.now(UTC)
    with inside(server):
        gathering = visit_of_today(now)
        link = queries.link_or_404(door.make_link(gathering.id, "Gus", now + timedelta(seconds=8), actor="user:1", now=now))
        opened = urlsplit(links.greeter_url(link)).path
    with new_screen(browser, server, "narrow") as screen:
        page = screen.page
        screen.open(opened)
        expect(page.locator("#door[data-kept]")).to_be_attached()
        page.context.set_offline(True)
        page.reload()
        expect(page.get_by_role("heading", name="Ana Alvarez")).to_be_visible()
        page.wait_for_timeout(max(0.0, (link.expires_at - datetime.now(UTC)).total_seconds() * 1000 + 200))

        page.reload()

        expect(page.get_by_role("heading", name="This phone is finished.")).to_be_visible()
        page.wait_for_timeout(200)
        assert [thing for thing in page.evaluate(KEPT) if "Ana Alvarez" in thing or link.public_id in thing] == []


CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


def film(text: str) -> bytes:
    """A second of a code before a gray wall, as YUV4MPEG2 of 640 by 480."""
    rows = [list(row) for row in segno.make(text, error="q", micro=False).matrix_iter(scale=8, border=4)]
    top, left, wall = (480 - len(rows)) // 2, (640 - len(rows)) // 2, bytearray([200]) * (640 * 480)
    for number, row in enumerate(rows, top):
        wall[number * 640 + left : number * 640 + left + len(row)] = bytes(20 if dark else 235 for dark in row)
    frame = b"FRAME\n" + bytes(wall) + bytes([128]) * (640 * 480 // 2)
    return b"YUV4MPEG2 W640 H480 F30:1 Ip A1:1 C420jpeg\n" + frame * 30


@pytest.mark.browser
def test_phone_whose_link_is_taken_back_keeps_no_names(screen: Screen, server: Server) -> None:
    page, now = screen.page, datetime.now(UTC)
    with inside(server):
        gathering = visit_of_today(now)
        link = queries.link_or_404(door.make_link(gathering.id, "Gus", now + timedelta(hours=4), actor="user:1", now=now))
        link_id, opened = link.id, urlsplit(links.greeter_url(link)).path
    screen.open(opened)
    expect(page.locator("#door[data-kept]")).to_be_attached()
    before = page.evaluate(KEPT)
    with inside(server):
        door.revoke_link(link_id, actor="user:1", now=now)

    page.get_by_role("checkbox", name=re.compile("Ana Alvarez")).click()

    expect(page.get_by_role("heading", name="This link was taken back.")).to_be_visible()
    screen.look("door-taken-back")
    assert any("Ana Alvarez" in thing for thing in before)
    assert [thing for thing in page.evaluate(KEPT) if opened.split("/")[3] in thing or "Ana Alvarez" in thing] == []


@pytest.mark.browser
def test_camera_reads_the_code_of_a_lead(server: Server, browser: Browser, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with inside(server):
        gathering = visit_of_today(now)
        link = queries.link_or_404(door.make_link(gathering.id, "Gus", now + timedelta(hours=4), actor="user:1", now=now))
        opened = urlsplit(links.greeter_url(link)).path
        (tmp_path / "code.y4m").write_bytes(film(party_of(gathering, "Ana Alvarez").public_id.upper()))
    program = Path(provided()["SCHEDULER_TEST_CHROMIUM"])
    flags = [*FLAGS, *CAMERA, f"--use-file-for-fake-video-capture={tmp_path / 'code.y4m'}"]
    with browser.browser_type.launch(executable_path=program, args=flags, env=surroundings(program.parent)) as filmed:
        page = filmed.new_page()
        page.goto(server.url + opened)

        page.get_by_role("button", name="Scan").click()

        expect(page.locator("#said")).to_contain_text("Checked in")
        expect(page.locator("#said")).to_contain_text("Ana Alvarez")
        expect(page.locator("[data-video]")).to_be_hidden()


@pytest.mark.browser
def test_host_hands_out_a_link_and_closes_the_roster(screen: Screen, server: Server) -> None:
    page, now = screen.page, datetime.now(UTC)
    with inside(server):
        gathering = visit_of_today(now)
    screen.sign_in("host")
    screen.open(f"/workspace/visits/{gathering.public_id}")
    page.get_by_role("link", name="The door: greeters and who is here").click()
    screen.look("door-desk-empty")
    page.get_by_label("Who greets?").fill("Gus at the front desk")
    page.get_by_role("button", name="Make the link").click()
    screen.look("door-link")
    screen.open(f"/workspace/door/{gathering.public_id}/paper")
    expect(page.get_by_role("table")).to_contain_text("permission missing")
    screen.look("door-paper")
    with inside(server), transaction():
        over = db.session.get_one(Gathering, gathering.id)
        over.starts_at, over.ends_at = now - timedelta(hours=5), now - timedelta(hours=3)
        over.closes_at = over.starts_at
    screen.open("/workspace")
    screen.look("door-need")
    page.locator("li", has_text="Modules in the making").get_by_role("link", name=re.compile("24 people are not marked")).click()
    for choice in page.get_by_label("Came", exact=True).all()[:20]:
        choice.check()
    page.get_by_label("Absent").last.check()
    screen.look("door-roster-open")
    page.get_by_role("button", name="Save and close the roster").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("20 people came.")
    screen.look("door-roster-closed")
