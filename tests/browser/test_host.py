"""The host's journey: sign in, see the season, publish a visit, change seats, print the roster, cancel with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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
    title = f"Modules in the making, {screen.width}"
    page.get_by_label("Title").fill(title)
    page.get_by_label("Day").fill((datetime.now(UTC) + timedelta(days=50)).date().isoformat())
    page.get_by_label("Begins").fill("11:00")
    page.get_by_label("Ends").fill("09:30")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("alert")).to_contain_text("The end is not after the beginning.")
    expect(page.get_by_label("Title")).to_have_value(title)
    screen.look("plan-a-visit-wrong")
    page.get_by_label("Ends").fill("12:30")
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
    page.locator(".visit").first.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Who comes")).to_be_visible()
    screen.look("visit-of-host")
    page.get_by_role("link", name="Print the roster").click()
    expect(page.get_by_role("table")).to_contain_text("Sample Visitor")
    screen.look("roster")
