"""After a visit: what was it worth, a certificate that a third person checks, and what hosts learn."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from scheduler.foundation.db import db, transaction
from scheduler.registration import service
from scheduler.registration.models import AttendeeState, Gathering, Registration
from scheduler.schools.models import School
from scheduler.schools.resources.models import Audience
from scheduler.visits import service as visits
from scheduler.visits.after import mail
from scheduler.visits.after.service import DebriefDetails, reply
from tests.browser.conftest import Screen, inside, new_screen
from tests.people import details, request
from tests.schools.test_resources import a_file, share
from tests.server import Server

NAMES = ("Noor Visitor", "Ana Alvarez", "Ben Brooks")


def visit_of_yesterday(now: datetime) -> tuple[str, str]:
    """A visit that is over; two of three who were there have said what they think. Its name, and the first one's link."""
    school = db.session.scalars(sa.select(School).where(School.short_name == "iSchool")).one()
    begins = (now - timedelta(days=1)).replace(tzinfo=None, hour=9, minute=0, second=0, microsecond=0)
    planned = details(title="Modules that ended", capacity=12, starts_wall=begins, ends_wall=begins + timedelta(hours=2, minutes=30))
    public_id = visits.create_visit(school.id, planned, publish=True, actor="command:test", now=now - timedelta(days=20))
    gathering = db.session.scalars(sa.select(Gathering).where(Gathering.public_id == public_id)).one()
    for name in NAMES:
        address = f"{name.split()[0].lower()}.{public_id}@example.org"
        service.book(gathering.id, request(1, lead_name=name, lead_email=address), key=f"{public_id}-{name}", now=now - timedelta(days=10))
    share(school, "The rubric of the day", audience=Audience.ATTENDED, **a_file())
    with transaction():
        parties = db.session.scalars(sa.select(Registration).where(Registration.gathering_id == gathering.id).order_by(Registration.id))
        people = [party.attendees[0] for party in parties]
        for attendee in people:
            attendee.state, attendee.arrived_at = AttendeeState.ARRIVED, gathering.starts_at
        opened = urlsplit(mail.debrief_url(people[0].public_id)).path
        ids = [attendee.id for attendee in people]
    for attendee_id, words in zip(ids[1:], ("Students explain their own grades.", ""), strict=True):
        reply(attendee_id, DebriefDetails(3, noticed=words, is_shared=bool(words)), now=now)
    return public_id, opened


def test_visitor_says_what_it_was_worth_and_a_third_person_checks_the_certificate(screen: Screen, server: Server, browser: Browser) -> None:
    page, now = screen.page, datetime.now(UTC)
    with inside(server):
        visit, opened = visit_of_yesterday(now)
    screen.open(opened)
    screen.look("debrief")
    page.get_by_label("I noticed").fill("They lead it themselves.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose one of these.")
    expect(page.get_by_label("I noticed")).to_have_value("They lead it themselves.")
    screen.look("debrief-wrong")
    page.get_by_label("It changes what I do").check()
    page.get_by_label("I will try").fill("Two-minute conferences")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("You can change it until")).to_be_visible()
    screen.look("debrief-saved")
    page.get_by_role("link", name="Open the certificate").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Noor Visitor")
    screen.look("certificate")
    code = page.locator(".code").inner_text()
    wrong = code[:-1] + ("b" if code[-1] != "b" else "c")

    with new_screen(browser, server, *screen.widths) as third:
        third.open("/certificates")
        third.page.get_by_label("Code").fill(wrong)
        third.page.get_by_role("button").last.click()
        expect(third.page.locator(".error")).to_contain_text("One letter of this code is wrong")
        expect(third.page.get_by_label("Code")).to_have_value(wrong)
        third.look("certificate-wrong")
        third.page.get_by_label("Code").fill(code.upper())
        third.page.get_by_label("Code").press("Enter")
        expect(third.page.get_by_role("heading", level=1)).to_have_text("Noor Visitor was there.")
        third.look("certificate-genuine")

    screen.open(opened.replace("/debrief/", "/tried/"))
    expect(page.get_by_text("Two-minute conferences")).to_be_visible()
    screen.look("tried")
    page.get_by_label("Not yet").check()
    page.get_by_role("button", name="Save").click()
    screen.sign_in("host")
    screen.open(f"/workspace/visits/{visit}/replies")
    expect(page.get_by_text(re.compile("replies so far, of 3 who were there"))).to_be_visible()
    expect(page.get_by_text("They lead it themselves.")).to_have_count(0)
    screen.look("replies")
    screen.open(f"/workspace/visits/{visit}/pack")
    screen.look("pack")
