"""The visitor's search in a browser: filters, what to leave out when nothing fits, other dates, new dates by mail, and one's own data."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Screen


def test_visitor_searches_for_a_party_and_drops_what_is_too_much(screen: Screen) -> None:
    page = screen.page
    screen.open("/")
    page.get_by_label("How many are you?").fill("4")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#result h2")).to_have_text(re.compile(r"\d+ visits take a party of 4\."))
    assert page.url.endswith("/?party=4#result")
    screen.look("search-found")

    screen.open("/?party=4&borough=Bronx&tier=friend")
    expect(page.get_by_role("heading", name="No open visit fits all of this.")).to_be_visible()
    screen.look("search-nothing-fits")
    page.get_by_role("link", name=re.compile("Without “Friend” there")).click()
    expect(page.locator("#result h2")).to_have_text(re.compile("of 4"))

    screen.open("/?party=0&from=2026-02-30&school=nowhere&borough=Atlantis")
    expect(page.get_by_text("There is no day 2026-02-30.")).to_be_visible()
    screen.look("search-nonsense")


def test_visitor_looks_at_a_month_and_finds_the_calendar_of_what_is_shown(screen: Screen) -> None:
    page = screen.page
    screen.open("/")
    page.get_by_role("link", name="See the visits as a month").click()
    screen.look("month")

    page.get_by_label("Where").select_option(label="All of Bronx")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="List", exact=True).click()
    expect(page.get_by_label("Address to copy")).to_have_value(re.compile(r"/feeds/boroughs/bronx\.ics$"))
    page.get_by_text("On a phone, and how soon changes appear").click()
    screen.look("month-list")


def test_visitor_of_a_full_visit_finds_another_and_asks_to_hear_of_new_dates(screen: Screen) -> None:
    page = screen.page
    screen.open("/")
    page.locator(".visit").filter(has_text="Full").first.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Other dates with seats")).to_be_visible()
    screen.look("other-dates")

    page.get_by_role("link", name=re.compile("Tell me of new dates")).click()
    screen.look("watch-ask")
    page.get_by_label("Your e-mail").fill("ana@school.example")
    page.get_by_role("button", name="Tell me of new dates").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    screen.look("watch-asked")

    screen.mail("New dates at")
    page.locator("a[href*='/new-dates/']").first.click()
    page.get_by_role("button", name="Yes, tell me").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("You hear of new dates at")
    screen.look("watch")
    page.get_by_role("button", name="Stop these mails").click()
    expect(page.get_by_text("Stopped: no more of these mails come.")).to_be_visible()


def test_visitor_sees_takes_along_and_erases_what_is_held(screen: Screen) -> None:
    """Registration rule 7."""
    page, address = screen.page, "mina@school.example"
    screen.open("/new-dates")
    page.get_by_label("Your e-mail").fill(address)
    page.get_by_role("button", name="Tell me of new dates").click()

    page.get_by_role("link", name="Privacy").click()
    screen.look("privacy")
    page.get_by_role("link", name="See, take or erase my data").click()
    screen.look("my-data-ask")
    page.get_by_label("Your e-mail").fill(address)
    page.get_by_role("button", name="Mail me the link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")

    screen.mail("What we hold under your address")
    page.locator("a[href*='/my-data/']").first.click()
    expect(page.get_by_text(address)).to_be_visible()
    screen.look("my-data-held")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all of it").click()
    assert download.value.suggested_filename == "my-data.zip"
    page.get_by_role("link", name="Erase me").click()
    screen.look("my-data-erase")
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are erased")
    screen.look("my-data-erased")
