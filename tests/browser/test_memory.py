"""An organizer brings a meetup from before, sees who has never met, and asks what would be if fewer people came."""

from __future__ import annotations

import csv
import re

from playwright.sync_api import expect

from scheduler.home.demo import SAMPLE
from tests.browser.conftest import Screen


def a_list(title: str) -> str:
    """Two rounds of tables of four, from one school each, and a school that nobody knows."""
    with (SAMPLE / "schools.csv").open(encoding="utf-8") as listed:
        schools = [row["name"] for row in csv.DictReader(line for line in listed if not line.startswith("#"))][:12]
    rows = [[n, k % (3 + n) + 1, f"{title} {k}", school, "teacher"] for n in (1, 2) for k, school in enumerate(schools)]
    rows.append([2, 1, "Harry", "Harvst Collegiate High School", "student"])
    return "\n".join("\t".join(map(str, row)) for row in [["Round", "Table", "Name", "School", "Role"], *rows])


def test_organizer_remembers_a_meetup_sees_the_map_and_asks_what_if(screen: Screen) -> None:
    page, title = screen.page, "Spring meetup"
    screen.sign_in("organizer")
    page.goto(f"{screen.server.url}/workspace/earlier-meetups/import")
    page.get_by_label("Which meetup was it?").fill(title)
    page.get_by_label("Day").fill("2026-05-12")
    page.get_by_label("Or paste cells here").fill(a_list(title))
    page.get_by_role("button", name="Look at the list").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 row needs a look.")
    screen.look("earlier-preview")
    page.get_by_label("Harvst Collegiate High School").fill("Harvest Collegiate High School")
    page.get_by_role("button", name="Check again").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This list is ready.")
    page.get_by_role("button", name=re.compile(r"Remember \d+ conversations")).click()
    expect(page.get_by_text(title).first).to_be_visible()
    screen.look("earlier")

    screen.open("/workspace/network-map")
    expect(page.get_by_role("heading", name="Invite these two next")).to_be_visible()
    screen.look("network-map")
    page.get_by_role("link", name="fewest conversations").click()
    expect(page.get_by_role("link", name="fewest conversations")).to_have_attribute("aria-current", "true")

    screen.open("/workspace/meetups")
    page.get_by_role("link", name="Quarterly meetup").click()
    page.get_by_role("link", name="Plan", exact=True).click()
    page.get_by_role("link", name=re.compile("What if fewer people come")).click()
    expect(page.get_by_text("8 people do not come")).to_be_visible()
    expect(page.locator("[data-try]")).to_have_count(0, timeout=60_000)
    screen.look("what-if")
