"""The host's journey: sign in, see the season, publish a visit, change seats, print the roster, cancel with a reason."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.conftest import Screen


def test_host_runs_a_visit_from_plan_to_cancellation(screen: Screen) -> None:
    page = screen.page
    screen.sign_in("host")
    screen.look("workspace")
    screen.open("/workspace/visits")
    screen.look("season")

    page.get_by_role("link", name="Plan a visit").first.click()
    screen.look("plan-a-visit")
    title = "Modules in the making"
    page.get_by_label("Title").fill(title)
    page.get_by_label("Day", exact=True).fill((datetime.now(UTC) + timedelta(days=50)).date().isoformat())
    page.get_by_label("Begins", exact=True).fill("11:00")
    page.get_by_label("Ends", exact=True).fill("09:30")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("alert")).to_contain_text("The end is not after the beginning.")
    expect(page.get_by_label("Title")).to_have_value(title)
    screen.look("plan-a-visit-wrong")
    page.get_by_label("Ends", exact=True).fill("12:30")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    screen.look("visit-of-host-empty")

    page.get_by_label("How many people can come?").fill("20")
    page.get_by_role("button", name="Change the seats").click()
    expect(page.get_by_text("0 of 20 taken")).to_be_visible()
    page.get_by_role("link", name="Cancel the visit").click()
    screen.look("cancel-a-visit")
    page.get_by_label("Reason").fill("State testing moved to this day")
    page.get_by_role("button", name="Cancel the visit").click()
    expect(page.get_by_text("Cancelled: State testing moved to this day")).to_be_visible()
    screen.look("visit-of-host-cancelled")


def test_host_knows_who_comes(screen: Screen) -> None:
    page = screen.page
    screen.sign_in("host")
    screen.open("/workspace/visits")
    page.locator(".season .what a").first.click()
    expect(page.get_by_role("heading", name="Who comes")).to_be_visible()
    screen.look("visit-of-host")
    page.get_by_role("link", name="Print the roster").click()
    expect(page.get_by_role("table")).to_contain_text("Sample Visitor")
    screen.look("roster")


def test_host_plans_a_tour_and_prints_the_route_sheet(screen: Screen) -> None:
    """Visits rule 19. The Enter key saves as the button does."""
    page = screen.page
    screen.sign_in("host")
    screen.open("/workspace/visits")
    page.locator(".season .what a").first.click()
    page.get_by_role("link", name="Tour stops").click()
    screen.look("tour-empty")
    page.get_by_role("link", name="List rooms and turns").click()
    for number in range(1, 5):
        page.get_by_label(f"Room {number}").fill(f"Room 20{number}")
        page.get_by_label("Most adults").nth(number - 1).fill("20")
    page.get_by_label("Room 4").fill("Room 203")
    page.get_by_role("button", name="One more room").click()
    page.get_by_role("button", name="Save rooms and turns").click()
    expect(page.get_by_role("alert")).to_contain_text("“Room 203” stands above already.")
    screen.look("tour-form-wrong")
    page.get_by_label("Room 4").fill("Gym")
    page.get_by_label("Room 4").press("Enter")
    page.get_by_role("button", name="Plan the routes").click()
    expect(page.get_by_role("heading", name="Who is where")).to_be_visible()
    screen.look("tour")
    page.get_by_role("link", name="Print it by name").click()
    screen.look("tour-by-name")
    page.go_back()
    page.get_by_role("link", name="Print the route sheet").click()
    expect(page.get_by_role("heading", name="Gym")).to_be_visible()
    screen.look("tour-by-room")


def test_host_sets_up_a_season_of_twenty_visits_around_closed_days(screen: Screen) -> None:
    page = screen.page
    screen.sign_in("host")
    first = next_monday(60)
    screen.open("/workspace/visits/series/new")
    page.get_by_label("Title").fill("Modules all year")
    page.get_by_label("First day").fill(first.isoformat())
    page.get_by_label("Last day").fill((first + timedelta(days=69)).isoformat())
    page.get_by_label("Tuesday").check()
    page.get_by_label("Thursday").check()
    page.get_by_label("Begins", exact=True).fill("13:15")
    page.get_by_label("Ends", exact=True).fill("14:30")
    screen.look("plan-a-season")

    page.get_by_role("button", name="Show the dates").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("will be planned")
    screen.look("season-preview")
    page.get_by_role("button", name=re.compile(r"Plan \d+ visits")).click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Modules all year")
    screen.look("season-planned")


def test_a_closure_cancels_nothing_and_its_host_chooses(screen: Screen) -> None:
    page, today = screen.page, datetime.now(UTC).date()
    screen.sign_in("host")
    screen.open("/workspace/closures")
    page.get_by_label("First day").fill((today + timedelta(days=3)).isoformat())
    page.get_by_label("Last day").fill((today + timedelta(days=32)).isoformat())
    page.get_by_label(re.compile("Title|What")).fill("Water main repair")
    page.get_by_role("button", name=re.compile("^Close")).click()
    screen.look("closures")

    screen.open("/workspace/visits/closed-days")
    expect(page.get_by_role("heading", level=1)).to_contain_text("closed day")
    expect(page.get_by_text(re.compile(r"\d+ people booked")).first).to_be_visible()
    screen.look("closed-days")
    page.get_by_role("button", name="Keep it").first.click()
    expect(page.get_by_role("heading", name="Kept on a closed day")).to_be_visible()
    screen.look("closed-days-kept")

    screen.open("/workspace/closures")
    page.get_by_role("button", name="Remove Water main repair").click()


def next_monday(days: int) -> date:
    """The first Monday so many days from today, or after."""
    day = datetime.now(UTC).date() + timedelta(days=days)
    return day + timedelta(days=-day.weekday() % 7)
