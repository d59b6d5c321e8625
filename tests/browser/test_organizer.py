"""The organizer's journey: plan a meetup, import a list, mend three rows, plan the rounds, read the counts, publish, print."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import expect

from scheduler.home.demo import SAMPLE
from tests.browser.conftest import Screen

PEOPLE = 120
ROLES = ("Principal", "Teacher", "Teacher", "Student")


def a_list(file: Path) -> Path:
    """120 people of the 33 schools as a ticket site exports them, with an unknown school, a doubled address and an empty name."""
    with (SAMPLE / "schools.csv").open(encoding="utf-8") as listed:
        schools = [row["name"] for row in csv.DictReader(line for line in listed if not line.startswith("#"))]
    rows = [
        ["Sample", f"Guest {n}", "" if n % 4 == 3 else f"guest.{n}@example.org", schools[n % len(schools)], ROLES[n % 4]]
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


def test_organizer_imports_plans_publishes_and_prints(screen: Screen, tmp_path: Path) -> None:
    page = screen.page
    screen.sign_in("organizer")
    plan_a_meetup(screen)
    import_people(screen, a_list(tmp_path / "registrants.csv"))

    page.get_by_role("link", name="Plan 6 rounds").click()
    screen.look("plan")
    page.get_by_role("button", name="Plan 6 rounds").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Everyone meets 18 new people.", timeout=30_000)
    screen.look("plan-made")
    page.get_by_role("link", name="Publish version 1").click()
    screen.look("publish")
    page.get_by_role("button", name=re.compile("Publish version 1")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Papers for the day")
    screen.look("papers")

    page.get_by_role("link", name=re.compile("cards", re.IGNORECASE)).last.click()
    screen.look("cards")
    page.go_back()
    page.get_by_role("link", name=re.compile("sheets", re.IGNORECASE)).last.click()
    screen.look("sheets")
