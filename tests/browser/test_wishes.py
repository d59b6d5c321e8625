"""The organizer's wishes: two of which one clashes with the other; the clash is named, mended, and the plan keeps the rest."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Screen


def wish(screen: Screen, kind: str, *people: str) -> None:
    page = screen.page
    page.get_by_role("navigation", name="Kinds of wishes").get_by_role("link", name=kind, exact=True).click()
    for number, person in enumerate(people, 1):
        page.get_by_label(f"Person {number}", exact=True).fill(person)
    page.get_by_role("button", name="Add this wish").click()


def test_organizer_says_wishes_mends_a_clash_and_plans(screen: Screen) -> None:
    page = screen.page
    screen.sign_in("organizer")
    screen.open("/workspace/meetups")
    page.get_by_role("link", name="Quarterly meetup").first.click()
    page.get_by_role("navigation", name="Steps").get_by_role("link", name="Wishes").click()
    labels = page.locator("#people option").evaluate_all("options => options.map(option => option.value)")
    ana, ben, cleo = labels[0], labels[20], labels[40]

    wish(screen, "Keep apart", ana, ben, cleo)
    expect(page.get_by_text(re.compile("are kept apart")).first).to_be_visible()
    wish(screen, "Keep together", "Nobody At All", ben)
    expect(page.get_by_text("Nobody on the list is called").first).to_be_visible()
    expect(page.get_by_label("Person 2", exact=True)).to_have_value(ben)
    screen.look("wishes-typed-wrong")
    page.get_by_label("Person 1", exact=True).fill(ana)
    page.get_by_role("button", name="Add this wish").click()
    clash = page.get_by_text("are both kept apart and kept together. Take one of the two wishes away.")
    expect(clash).to_be_visible()
    screen.look("wishes-that-clash")
    page.get_by_role("navigation", name="Steps").get_by_role("link", name="Plan").click()
    expect(clash).to_be_visible()
    screen.look("plan-with-a-clash")

    page.get_by_role("button", name=re.compile("Take away.*share a table")).first.click()
    expect(page.get_by_text("Your wish can hold")).to_be_visible()
    screen.look("wishes")
    page.get_by_role("link", name="Prompts and lengths").click()
    page.get_by_label("Prompt").first.fill("What did you try this fall?")
    screen.look("prompts-and-lengths")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Change the format").click()
    screen.look("format")
    page.get_by_role("link", name="Back to the wishes").click()

    page.get_by_role("link", name="Go on to the plan").click()
    page.get_by_role("button", name="Plan 6 rounds").click()
    expect(page.get_by_role("heading", name="What was asked, and what came of it")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("3 pairs are kept apart.")).to_be_visible()
    screen.look("plan-with-wishes")

    page.get_by_role("navigation", name="Steps").get_by_role("link", name="Wishes").click()
    page.get_by_role("button", name=re.compile("Take away.*are kept apart")).click()
    expect(page.get_by_text("No wishes yet.")).to_be_visible()
