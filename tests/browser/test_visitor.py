"""The visitor's journey: find a visit, book a party on a phone, get the mail, come back, shrink, cancel; and wait when it is full."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Screen


def fill_in(screen: Screen, name: str, people: str) -> None:
    page = screen.page
    page.get_by_label("Your name").fill(name)
    page.get_by_label("E-mail").fill(f"{name.split()[0].lower()}.{screen.width}@school.example")
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
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked: 4 people.")
    screen.look("booked")

    screen.mail("Booked:")
    screen.look("mail")
    page.locator("a[href*='/r/']").click()
    page.get_by_label("How many are you now?").select_option("2")
    page.get_by_role("button", name="Make the party smaller").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked: 2 people.")
    page.get_by_role("button", name="Cancel 2 seats").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your booking is cancelled.")
    screen.look("cancelled")


def test_visitor_waits_for_a_full_visit(screen: Screen) -> None:
    page = screen.page
    screen.open("/")
    page.locator(".visit").filter(has_text="Full · join the waitlist").first.get_by_role("link").click()
    fill_in(screen, "Wanda Waits", "2")
    page.get_by_role("button", name=re.compile("Wait for 2 seats|Join the waitlist")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("ahead of you|next in line"))
    screen.look("waiting")
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
