"""The page of feeds, the panel of a confirmed party, and the links into calendar programs (calendars L01 to L05)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.calendars import links, queries, service
from scheduler.registration import queries as registration
from scheduler.registration.mail import entry_of
from scheduler.visits.models import Visit
from tests.people import MONDAY

Make = Callable[..., Visit]
SignIn = Callable[[User], FlaskClient]


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def host_url(user: User) -> str:
    address = queries.host_address(user.id)
    assert address is not None
    return links.private_url(address)


def booked_page(client: FlaskClient, booked: Any) -> str:
    with client.session_transaction() as session:
        session["parties"] = {booked.public_id: booked.link_round}
    return text_of(client, f"/registrations/{booked.public_id}")


def test_L02_L04_every_feed_has_a_button_a_google_link_and_an_address_to_copy(
    app: Flask, client: FlaskClient, cast: SimpleNamespace
) -> None:
    page = text_of(client, "/calendars")

    base = app.config["BASE_URL"]
    feeds = [f"{base}/feeds/network.ics", *(f"{base}/feeds/schools/{school.slug}.ics" for school in (cast.here, cast.there, cast.member))]
    for url in feeds:
        assert f'value="{url}" readonly' in page
        assert f'href="{links.webcal(url)}"' in page
        assert f'href="{links.google_subscribe(url)}"' in page
        assert client.get(url.removeprefix(base)).status_code == 200
    assert [f'id="{school.slug}"' in page for school in (cast.here, cast.there, cast.member)] == [True] * 3
    assert "every 8 to 24 hours" in page


def test_hosts_make_see_and_replace_their_own_address(cast: SimpleNamespace, sign_in: SignIn) -> None:
    browser = sign_in(cast.host)
    pages, addresses = [text_of(browser, "/calendars")], []
    for _ in range(2):
        made = browser.post("/workspace/calendars/address")
        assert (made.status_code, made.location) == (303, "/calendars#yours")
        addresses.append(host_url(cast.host))
        pages.append(text_of(browser, "/calendars"))

    assert [("Make an address" in page, "Replace it" in page) for page in pages] == [(True, False), (False, True), (False, True)]
    assert [[address in page for address in addresses] for page in pages] == [[False, False], [True, False], [False, True]]


@pytest.mark.parametrize("who", ["nobody", "viewer", "other_host", "organizer"])
def test_nobody_else_sees_a_hosts_address_and_only_hosts_make_one(app: Flask, cast: SimpleNamespace, sign_in: SignIn, who: str) -> None:
    service.make_host_address(cast.host.id, now=MONDAY)
    before = host_url(cast.host)
    browser = app.test_client() if who == "nobody" else sign_in(getattr(cast, who))

    page, made = text_of(browser, "/calendars"), browser.post("/workspace/calendars/address")

    may = who in ("other_host", "organizer")
    assert ("feeds/private" in page, "Make an address" in page, made.status_code) == (False, may, 303 if may else 404)
    assert host_url(cast.host) == before


def test_L01_L03_L05_a_confirmed_party_gets_its_file_and_copies_that_say_what_they_are(
    client: FlaskClient, cast: SimpleNamespace, make_visit: Make, book: Callable[..., Any]
) -> None:
    visit = make_visit(cast.there, in_days=5, place="", private_place="The blue door, 131 6th Ave & Spring")
    booked = book(visit, 2, now=visit.gathering.created_at)

    page = booked_page(client, booked)

    google, outlook = (re.search(rf'href="(https://{host}[^"]*)"', page) for host in ("calendar.google.com", "outlook.live.com"))
    assert google
    assert outlook
    asked = {name: values[0] for name, values in parse_qs(urlsplit(google[1]).query).items()}
    starts, ends = visit.gathering.starts_at, visit.gathering.ends_at
    assert (asked["action"], asked["ctz"]) == ("TEMPLATE", "America/New_York")
    assert asked["dates"] == f"{starts:%Y%m%dT%H%M%SZ}/{ends:%Y%m%dT%H%M%SZ}"
    assert asked["location"] == "The blue door, 131 6th Ave & Spring"
    told = {name: values[0] for name, values in parse_qs(urlsplit(outlook[1]).query).items()}
    assert (told["rru"], told["startdt"], told["enddt"]) == ("addevent", f"{starts:%Y-%m-%dT%H:%M:%SZ}", f"{ends:%Y-%m-%dT%H:%M:%SZ}")
    assert told["subject"] == asked["text"] == "Student-led conferences, start to finish · iSchool"
    assert f'href="/registrations/{booked.public_id}.ics"' in page
    assert "they do not follow changes, as the mailed invitation does" in page


def test_L01_L04_before_booking_a_visit_offers_the_subscription_and_no_copies(
    app: Flask, client: FlaskClient, cast: SimpleNamespace, make_visit: Make
) -> None:
    visit = make_visit(cast.here, in_days=5)

    page = text_of(client, f"/visits/{visit.gathering.public_id}")

    address = f"{app.config['BASE_URL']}/feeds/schools/{cast.here.slug}.ics"
    assert [part in page for part in (links.webcal(address), links.google_subscribe(address), f'value="{address}" readonly')] == [True] * 3
    assert [word in page for word in ("action=TEMPLATE", "outlook.live.com")] == [False, False]
    assert ("every 8 to 24 hours" in page, page.count('class="qr"')) == (True, 1)


def test_copies_carry_texts_of_any_kind_and_stay_short_enough(cast: SimpleNamespace, make_visit: Make, book: Callable[..., Any]) -> None:
    title, notes = "A & B = 100% + #1 · Ünïcødé", "Ring twice.\n" * 160
    booked = book(make_visit(cast.here, title=title, arrival_notes=notes, place="Room 5\tsecond floor"))
    party = registration.registration_or_404(booked.public_id)
    entry = entry_of(party, party.gathering)

    google, outlook = links.google_copy(entry, "America/New_York"), links.outlook_copy(entry)

    assert parse_qs(urlsplit(google).query)["text"] == parse_qs(urlsplit(outlook).query)["subject"] == [f"{title} · Harvest"]
    assert parse_qs(urlsplit(google).query)["location"] == ["Room 5 second floor"]
    assert parse_qs(urlsplit(google).query)["details"][0].endswith(entry.url)
    assert [len(address) < 2000 and address.isascii() for address in (google, outlook)] == [True, True]
    assert datetime.fromisoformat(parse_qs(urlsplit(outlook).query)["startdt"][0]) == party.gathering.starts_at
