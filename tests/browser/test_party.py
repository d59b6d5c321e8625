"""Who comes: a host asks two questions, a lead shares a link, two phones join by it, and the third finds the party full."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, expect

from tests.browser.conftest import Screen, new_screen
from tests.server import Server


def plan(screen: Screen) -> str:
    """A host plans a visit and asks two questions; returns the visit's public page."""
    page = screen.page
    screen.sign_in("host")
    screen.open("/workspace/visits/new")
    page.get_by_label("Title").fill("Advisory, seen from inside")
    page.get_by_label("Day", exact=True).fill((datetime.now(UTC) + timedelta(days=45)).date().isoformat())
    page.get_by_label("Begins", exact=True).fill("09:00")
    page.get_by_label("Ends", exact=True).fill("10:30")
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("link", name="Ask visitors something").click()
    ask(screen, "Will you have lunch with us?", "A box to tick", per="Each person")
    ask(screen, "What may be in it?", "Any of several answers", per="Each person", options="Meat\nFish\nNuts\nMilk", after="when “Will")
    screen.look("questions")
    page.get_by_role("button", name="Up").click()
    expect(page.get_by_text("waits for an answer to “Will you have lunch with us?”, which comes later")).to_be_visible()
    page.locator(".crumbs a").first.click()
    return page.get_by_role("link", name="See it as visitors do").get_attribute("href") or ""


def ask(screen: Screen, text: str, kind: str, *, per: str, options: str = "", after: str = "") -> None:
    page = screen.page
    page.get_by_role("link", name="Ask a question").first.click()
    page.get_by_label("Question", exact=True).fill(text)
    page.get_by_label(per).check()
    page.get_by_label("How it is answered").select_option(kind)
    page.get_by_label("Answers to choose from").fill(options)
    if after:
        page.get_by_label("I need an answer").check()
        page.get_by_label("When it is asked").select_option(label=f"{after} you have lunch with us?” is ticked")
        screen.look("question")
    page.get_by_role("button", name="Save the question").click()


def book(screen: Screen, visit: str) -> None:
    page = screen.page
    screen.open(visit)
    page.get_by_label("Your name").fill("Lena Lead")
    page.get_by_label("E-mail").fill("lena@example.org")
    page.get_by_label("School or organization").fill("Bronx Arena High School")
    page.get_by_label("How many are you?").select_option("3")
    page.get_by_label("We take no photos of students.").check()
    page.get_by_role("button", name="Book 3 seats").click()


def test_lead_fills_names_by_a_link_from_two_phones(screen: Screen, browser: Browser, server: Server) -> None:
    page = screen.page
    with new_screen(browser, server, *screen.widths) as host:
        visit = plan(host)
        book(screen, visit)
        screen.look("booked-without-names")
        page.get_by_role("link", name="Say who comes").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("2 names are missing.")
        screen.look("who-comes")
        link = page.get_by_label("Link for colleagues").input_value()

        with new_screen(browser, server, "narrow") as first, new_screen(browser, server, "narrow") as second:
            for phone in (first, second):
                phone.open(link)
            join_in_two_steps(first)
            second.page.get_by_label("Your name").fill("Omar Second")
            second.page.get_by_label("No", exact=True).check()
            second.page.get_by_role("button", name="Take a place").click()
            expect(second.page.get_by_role("heading", level=1)).to_have_text("You come along, Omar Second.")

        with new_screen(browser, server, "narrow") as third:
            third.open(link)
            expect(third.page.get_by_text("All 3 places of this party have names.")).to_be_visible()
            third.look("join-full")

        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("Everybody has a name.")
        page.get_by_label("Name").nth(2).fill("Ida Instead")
        page.get_by_role("button", name="Save who comes").click()
        expect(page.get_by_label("Name").nth(2)).to_have_value("Ida Instead")
        screen.look("who-comes-named")

        host.page.reload()
        expect(host.page.get_by_text("Nuts, Milk")).to_be_visible()
        host.look("visit-of-host-answers")


def join_in_two_steps(phone: Screen) -> None:
    """A colleague forgets the answer about pictures, then takes a place; an answer leads to one more question."""
    page = phone.page
    page.get_by_label("Your name").fill("Mia First")
    page.get_by_label("Will you have lunch with us?").check()
    page.get_by_text("Do you need anything there?").click()
    page.get_by_label("Step-free way in").check()
    page.evaluate("document.querySelectorAll('form').forEach(form => form.noValidate = true)")
    page.get_by_role("button", name="Take a place").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose one of these.")
    expect(page.get_by_label("Your name")).to_have_value("Mia First")
    phone.look("join")
    page.get_by_label("Yes", exact=True).check()
    page.get_by_role("button", name="Take a place").click()
    expect(page.get_by_text("1 more question follows from your answer.")).to_be_visible()
    page.get_by_label("Nuts").check()
    page.get_by_label("Milk").check()
    page.get_by_role("button", name=re.compile("Save")).click()
    expect(page.get_by_label("Milk")).to_be_checked()
    phone.look("joined")
