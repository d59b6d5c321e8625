"""The organizer's journey: a list of 120 people, wishes of which two clash, two versions, a move by hand, papers; and a second meetup."""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import TimeoutError as NotInTime
from playwright.sync_api import expect

from scheduler.foundation.db import db, transaction
from scheduler.home.demo import SAMPLE
from scheduler.meetups import queries as meetups
from scheduler.meetups.models import Meetup, Plan
from scheduler.meetups.service import create_meetup, register_team
from scheduler.registration.models import AttendeeState, Gathering, Roster
from scheduler.registration.service import Member
from tests.browser.conftest import Screen, inside
from tests.meetups.conftest import details
from tests.server import Server

PEOPLE = 120
ROLES = ("Principal", "Teacher", "Counselor")
TOPICS = {10: "Advisory", 20: "Mastery grading", 30: "Portfolios"}


def a_list(file: Path) -> Path:
    """120 people of 41 schools, nine of them students, as a ticket site exports them, with an unknown school, a doubled address and an
    empty name."""
    with (SAMPLE / "schools.csv").open(encoding="utf-8") as listed:
        schools = [row["name"] for row in csv.DictReader(line for line in listed if not line.startswith("#"))]
    schools += [f"Sample School {n}" for n in range(1, 9)]
    roles = {n: "Student" if n % 13 == 4 else ROLES[n % 3] for n in range(1, PEOPLE + 1)}
    rows = [
        ["Sample", f"Guest {n}", "" if roles[n] == "Student" else f"guest.{n}@example.org", schools[n % len(schools)], roles[n]]
        for n in range(1, PEOPLE + 1)
    ]
    rows[16][3] = "Hogwarts"
    rows[60][2] = rows[57][2]
    rows[99][:2] = ["", ""]
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([["First name", "Last name", "Email", "School", "Ticket Type"], *rows])
    return file


def plan_a_meetup(screen: Screen) -> None:
    page = screen.page
    screen.open("/workspace/meetups")
    screen.look("meetups-of-organizer")
    page.get_by_role("link", name="Plan a meetup").first.click()
    screen.look("plan-a-meetup")
    page.get_by_label("Title").fill("Spring meetup")
    page.get_by_label("Day").fill((datetime.now(UTC) + timedelta(days=60)).date().isoformat())
    page.get_by_label("Begins").fill("16:00")
    page.get_by_label("Ends").fill("18:00")
    page.get_by_label("How many people can come?").fill("140")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Spring meetup")
    screen.look("people-empty")


def import_people(screen: Screen, file: Path) -> None:
    page = screen.page
    page.get_by_role("link", name="Import a list").first.click()
    screen.look("import")
    page.get_by_label("file").set_input_files(file)
    page.get_by_role("button", name="Look at the list").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 rows need a look.")
    for row in (18, 62, 101):
        expect(page.get_by_role("link", name=f"Row {row}", exact=True)).to_be_visible()
    screen.look("import-preview-mistakes")
    page.locator("#row18").get_by_label("School").fill("NYC iSchool")
    page.locator("#row62").get_by_label("E-mail").fill("guest.61@example.org")
    page.locator("#row101").get_by_label("Name").fill("Sample Guest 100")
    page.get_by_role("button", name="Check again").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This list is ready.")
    screen.look("import-preview")
    page.get_by_role("button", name=re.compile("120 people")).click()
    expect(page.get_by_text("people of 140 who can come")).to_be_visible()
    screen.look("people")


def wish(screen: Screen, kind: str, people: list[str], **more: str) -> None:
    page = screen.page
    page.get_by_role("navigation", name="Kinds of wishes").get_by_role("link", name=kind, exact=True).click()
    for number, person in enumerate(people, 1):
        page.get_by_label(f"Person {number}", exact=True).fill(person)
    for label, text in more.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Add this wish").click()


def say_wishes(screen: Screen) -> None:
    """Three stations, and four wishes of which two clash: the clash is named, and mended."""
    page = screen.page
    step(screen, "Wishes")
    adults = [
        one for one in page.locator("#people option").evaluate_all("options => options.map(option => option.value)") if "student" not in one
    ]
    for at, (table, topic) in enumerate(TOPICS.items()):
        wish(screen, "Station", [adults[3 * at]], Table=str(table), Topic=topic)
    ana, ben, cleo, dora = adults[20], adults[40], adults[60], adults[80]
    wish(screen, "Moves rarely", [dora])
    wish(screen, "Away in rounds", [cleo], Rounds="6")
    wish(screen, "Keep apart", [ana, ben, cleo])
    expect(page.get_by_text(re.compile("are kept apart")).first).to_be_visible()
    wish(screen, "Keep together", ["Nobody At All", ben])
    expect(page.get_by_text("Nobody on the list is called").first).to_be_visible()
    expect(page.get_by_label("Person 2", exact=True)).to_have_value(ben)
    screen.look("wishes-typed-wrong")
    page.get_by_label("Person 1", exact=True).fill(ana)
    page.get_by_role("button", name="Add this wish").click()
    clash = page.get_by_text("are both kept apart and kept together. Take one of the two wishes away.")
    expect(clash).to_be_visible()
    screen.look("wishes-that-clash")
    step(screen, "Plan")
    expect(clash).to_be_visible()
    screen.look("plan-with-a-clash")
    page.get_by_role("button", name=re.compile("Take away.*share a table")).first.click()
    expect(page.get_by_text("can hold together, as far as can be seen")).to_be_visible()
    screen.look("wishes")
    page.get_by_role("link", name="Prompts and lengths").click()
    page.get_by_label("Prompt").first.fill("What did you try this fall?")
    screen.look("prompts-and-lengths")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Change the format").click()
    screen.look("format")
    page.get_by_role("link", name="Back to the wishes").click()


def step(screen: Screen, name: str) -> None:
    screen.page.get_by_role("navigation", name="Steps").get_by_role("link", name=name, exact=True).click()


def plan_rounds(screen: Screen) -> None:
    page = screen.page
    page.get_by_role("button", name="Plan 6 rounds").click()
    expect(page.get_by_role("heading", name="What was asked, and what came of it")).to_be_visible(timeout=60_000)


def move_by_keys(screen: Screen) -> None:
    """Somebody is picked up and put down with keys, once the price of the move was said."""
    page = screen.page
    page.get_by_role("link", name="Move people by hand").click()
    somebody = page.locator("[data-person] a").first
    name = somebody.locator("[data-name]").inner_text()
    somebody.focus()
    page.keyboard.press("Space")
    said, button = page.locator("[data-say]"), page.get_by_role("button", name="Make this move")
    expect(said).to_contain_text(f"{name} is picked up from table 1.")
    for _ in range(8):  # until a table that no rule speaks against
        page.keyboard.press("ArrowRight")
        with suppress(NotInTime):
            button.wait_for(timeout=3_000)
            break
    expect(said.get_by_role("listitem").first).to_be_visible()
    screen.look("by-hand")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Moved, and locked there in this round.")).to_be_visible()
    expect(page.locator("[data-person]:target [data-name]")).to_have_text(name)


def second_meetup(server: Server) -> str:
    """The first one took place; the same people come to another, a month later."""
    with inside(server):
        first = db.session.scalars(sa.select(Meetup).join(Gathering).where(Gathering.title == "Spring meetup")).one()
        now, people = datetime.now(UTC), list(meetups.attendees_of(first.gathering_id))
        starts = datetime.combine((now + timedelta(days=90)).date(), time(16))
        planned = details(title="Fall meetup", starts_wall=starts, ends_wall=starts + timedelta(hours=2), team_most=40, rounds=6)
        second = meetups.meetup_or_404(create_meetup(planned, publish=True, actor="command:test", now=now))
        for team in meetups.teams_of(first.gathering_id):
            members = [Member(one.name, one.role, one.email) for one in team.attendees]
            register_team(second.id, team.school_id or 0, members, actor="command:test", now=now)
        with transaction():
            for one in people:
                one.state, one.arrived_at = AttendeeState.ARRIVED, now
            first.gathering.starts_wall = first.gathering.starts_wall - timedelta(days=61)
            db.session.add(Roster(gathering_id=first.gathering_id, closed_at=now))
        return second.gathering.public_id


def test_organizer_goes_from_a_list_to_papers_and_the_next_plan_remembers(screen: Screen, server: Server, tmp_path: Path) -> None:
    page = screen.page
    screen.sign_in("organizer")
    plan_a_meetup(screen)
    import_people(screen, a_list(tmp_path / "registrants.csv"))
    say_wishes(screen)
    step(screen, "Plan")
    plan_rounds(screen)
    expect(page.get_by_text("3 pairs are kept apart.")).to_be_visible()
    screen.look("plan-made")
    page.get_by_role("link", name="Make another version").click()
    plan_rounds(screen)
    move_by_keys(screen)
    page.get_by_role("link", name=re.compile("See version")).click()
    expect(page.get_by_text("Changed by hand: 1 move")).to_be_visible()
    page.get_by_role("link", name="Compare two").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare versions")
    screen.look("versions-compared")

    step(screen, "Publish")
    screen.look("publish")
    page.get_by_role("button", name=re.compile("Publish version")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Papers for the day")
    screen.look("papers")
    prints = page.locator("main a").evaluate_all(
        "links => links.map(link => link.href).filter(href => /cards|tents|sheets|list|routes|csv/.test(href))"
    )
    assert len(prints) >= 9
    for address in prints:
        assert page.request.get(address).status == 200, address
    page.get_by_role("link", name=re.compile("cards", re.IGNORECASE)).last.click()
    screen.look("cards")
    page.go_back()
    page.get_by_role("link", name=re.compile("sheets", re.IGNORECASE)).last.click()
    screen.look("sheets")

    screen.open(f"/workspace/meetups/{second_meetup(server)}")
    step(screen, "Plan")
    expect(page.get_by_text("of those who come have talked at an earlier meetup: meeting again is a repeat.").first).to_be_visible()
    plan_rounds(screen)
    with inside(server):
        newest = db.session.scalars(sa.select(Plan).order_by(Plan.id.desc()).limit(1)).one()
        assert newest.metrics["repeat_meetings"] == 0, "nobody meets whom they met at the first"
