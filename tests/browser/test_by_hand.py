"""An organizer moves somebody by keys, reads the price before the move, compares two versions, and publishes."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Screen


def test_organizer_moves_by_keys_compares_two_versions_and_publishes(screen: Screen) -> None:
    page = screen.page
    screen.sign_in("organizer")
    screen.open("/workspace/meetups")
    page.get_by_role("link", name="Quarterly meetup").first.click()
    page.get_by_role("navigation", name="Steps").get_by_role("link", name="Plan").click()
    page.get_by_label("Rounds").fill("2")
    page.get_by_role("button", name="Plan 2 rounds").click()
    expect(page.get_by_role("heading", name="What was asked, and what came of it")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Move people by hand").click()

    somebody = page.locator("[data-person] a").first
    name = somebody.locator("[data-name]").inner_text()
    somebody.focus()
    page.keyboard.press("Space")
    said = page.locator("[data-say]")
    expect(said).to_contain_text(f"{name} is picked up from table 1.")
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("change places")
    expect(page.get_by_role("button", name="Make this move")).to_be_visible()
    expect(said.get_by_role("listitem").first).to_be_visible()
    screen.look("by-hand")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Moved, and locked there in this round.")).to_be_visible()
    expect(page.locator("[data-person]:target [data-name]")).to_have_text(name)

    page.get_by_role("link", name=re.compile("See version")).click()
    expect(page.get_by_text("Changed by hand: 1 move")).to_be_visible()
    page.get_by_role("link", name="Publish version").click()
    page.get_by_role("button", name=re.compile("Publish version")).click()
    expect(page.get_by_text("is published.").first).to_be_visible()
    page.get_by_role("navigation", name="Steps").get_by_role("link", name="Plan").click()
    page.get_by_role("table").get_by_role("link", name=re.compile("Version")).first.click()
    page.get_by_role("link", name="Move people by hand").click()
    page.get_by_role("button", name=re.compile("^Copy version")).click()
    page.get_by_role("link", name=re.compile("See version")).click()
    page.get_by_role("link", name="Compare two").click()
    expect(page.get_by_text("Both are equal in every count.")).to_be_visible()
    screen.look("versions-compared")
