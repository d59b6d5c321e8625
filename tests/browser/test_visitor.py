"""The visitor's journey: find a visit, book a party on a phone, confirm by mail, come back, change, move, cancel; wait when it is full."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Screen


def fill_in(screen: Screen, name: str, people: str, domain: str = "school.example") -> None:
    """Addresses at example.org are listed in the sample network and need not be confirmed."""
    page = screen.page
    page.get_by_label("Your name").fill(name)
    page.get_by_label("E-mail").fill(f"{name.split()[0].lower()}@{domain}")
    page.get_by_label("School or organization").fill("Bronx Arena High School")
    page.get_by_label("How many are you?").select_option(people)
    page.get_by_label("We take no photos of students.").check()


def test_visitor_books_a_party_and_changes_it_by_the_mailed_link(screen: Screen) -> None:
    page = screen.page
    screen.open("/")
    screen.look("home")
    page.get_by_role("link", name="Brooklyn").click()
    screen.look("home-filtered")
    page.locator(".visit").filter(has_text=re.compile(r"\d+ seats left")).last.get_by_role("link").click()
    screen.look("visit")

    page.get_by_label("Your name").fill("Noor Visitor")
    page.get_by_label("E-mail").fill("noor at school")
    page.evaluate("document.querySelectorAll('form').forEach(form => form.noValidate = true)")
    page.get_by_role("button", name=re.compile("Book")).click()
    expect(page.get_by_role("alert")).to_contain_text("This is not an e-mail address.")
    expect(page.get_by_label("Your name")).to_have_value("Noor Visitor")
    screen.look("visit-wrong-input")

    fill_in(screen, "Noor Visitor", "4")
    page.get_by_role("button", name="Book 4 seats").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("We have written to noor@school.example.")
    screen.look("mailed")

    screen.mail("Confirm your seats:")
    page.locator("a[href*='/r/']").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("We hold seats for 4 people until")
    screen.look("held")
    page.get_by_role("button", name="Confirm 4 seats").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked: 4 people.")
    screen.look("booked")

    screen.mail("Booked:")
    screen.look("mail")
    page.locator("a[href*='/r/']:not([href*='to=people'])").click()
    page.get_by_label("How many are you now?").select_option("2")
    page.get_by_role("button", name="Change the party").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked: 2 people.")
    page.get_by_role("link", name="See other dates").click()
    screen.look("other-dates")
    page.get_by_role("button", name="Move here").first.click()
    expect(page.get_by_text("Your party comes on the new date.")).to_be_visible()
    screen.look("moved")
    page.get_by_role("button", name="Cancel 2 seats").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your booking is cancelled.")
    screen.look("cancelled")


def test_party_from_outside_waits_for_the_host(screen: Screen) -> None:
    page = screen.page
    screen.open("/")
    page.locator(".visit").filter(has_text=re.compile(r"\d+ seats left")).last.get_by_role("link").click()
    fill_in(screen, "Olu Outside", "1", domain="example.org")
    page.get_by_label("School or organization").fill("A school in Boston")
    page.get_by_role("button", name="Book 1 seat").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("We hold seats for 1 person.")
    screen.look("asked")
    page.get_by_role("button", name="Cancel 1 seat").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your booking is cancelled.")


def test_party_of_three_that_would_come_as_two_gets_the_seats_that_two_gave_back(screen: Screen) -> None:
    page = screen.page
    screen.open("/?party=2")
    page.locator(".visit").filter(has_text="2 seats left").first.get_by_role("link").click()
    visit = page.url
    fill_in(screen, "Tia Two", "2", domain="example.org")
    page.get_by_role("button", name="Book 2 seats").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked: 2 people.")
    booking = page.url

    page.goto(visit)
    screen.look("full")
    fill_in(screen, "Theo Three", "3", domain="example.org")
    page.get_by_text("Would fewer come, or another day do?").click()
    page.get_by_label("The fewest who would still come").select_option("2")
    page.get_by_role("button", name=re.compile("Wait for 3 seats|Join the waitlist")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("ahead of you|next in line"))
    screen.look("waiting")
    waiting = page.url

    page.goto(booking)
    page.get_by_role("button", name="Cancel 2 seats").click()
    page.goto(waiting)
    expect(page.get_by_role("heading", level=1)).to_have_text("We hold seats for 2 people.")
    screen.look("offered")
    page.get_by_role("button", name="Take 2 seats").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked: 2 people.")
    page.get_by_role("button", name="Cancel 2 seats").click()


def test_visitor_leaves_the_waitlist(screen: Screen) -> None:
    page = screen.page
    screen.open("/")
    page.locator(".visit").filter(has_text="Full · join the waitlist").first.get_by_role("link").click()
    fill_in(screen, "Wanda Waits", "2", domain="example.org")
    page.get_by_role("button", name=re.compile("Wait for 2 seats|Join the waitlist")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("ahead of you|next in line"))
    page.get_by_role("button", name="Leave the waitlist").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You no longer wait for this.")


def test_pages_of_the_directory_and_the_feeds(screen: Screen) -> None:
    for name, path in (
        ("schools", "/schools"),
        ("meetups", "/meetups"),
        ("calendars", "/calendars"),
        ("missing", "/nowhere"),
        ("sign-in", "/sign-in"),
    ):
        screen.open(path)
        screen.look(name)
