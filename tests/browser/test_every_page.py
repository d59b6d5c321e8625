"""Every page that a role can reach by links, in light and dark, wide and at 320 px: axe, console, and nothing wider than the window."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from scheduler import create_app
from scheduler.accounts import service as accounts
from scheduler.core.access import AccessRole
from scheduler.foundation import clock
from tests.browser.conftest import Screen, inside, new_screen, serious_problems
from tests.server import Server

STARTS = ("/", "/schools", "/meetups", "/calendars", "/workspace", "/account", "/privacy")
ENOUGH = 150
"""Pages of a role; a walk that finds more does not end"""
LINKS = "() => [...document.querySelectorAll('a[href]')].filter((one) => !one.hasAttribute('download')).map((one) => one.href)"
SHAPE = "() => [...document.body.querySelectorAll('*')].map((one) => one.tagName + '.' + one.className).join(' ')"
"""Two pages that consist of the same things need to be looked at once"""


def sign_in_as(screen: Screen, role: str) -> None:
    if role == "nobody":
        return
    if role in ("host", "organizer"):
        return screen.sign_in(role)
    with inside(screen.server):
        token = accounts.invite_from_command(f"{role}@example.org", AccessRole(role), None, now=clock.now())
    screen.open(f"/invitations/{token}")
    screen.page.get_by_label("Your name").fill(f"Sample {role}")
    screen.page.get_by_role("button").last.click()


def kind_of(adapter: MapAdapter, url: str) -> str | None:
    """The route that answers an address of ours; nothing for what is no page."""
    try:
        endpoint, _ = adapter.match(urlsplit(url).path, method="GET")
    except HTTPException:
        return None
    is_file = re.search(r"\.(ics|csv|txt|json|webmanifest|js)$", urlsplit(url).path)
    return (
        None if is_file or endpoint.startswith(("static", "dev.")) else f"{endpoint}?{'&'.join(sorted(urlsplit(url).query.split('=')[:1]))}"
    )


@pytest.mark.soak
@pytest.mark.parametrize("role", ["nobody", "viewer", "host", "organizer", "administrator"])
def test_every_page_is_sound_for_everybody_who_may_see_it(role: str, server: Server, browser: Browser) -> None:
    adapter = create_app({"SQLALCHEMY_DATABASE_URI": "sqlite://"}).url_map.bind("127.0.0.1")
    problems: list[str] = []
    seen, looked = set[str](), set[str]()
    with new_screen(browser, server, "wide") as screen:
        sign_in_as(screen, role)
        todo = [server.url + path for path in STARTS]
        while todo:
            url = todo.pop(0)
            kind = kind_of(adapter, url)
            if kind is None or kind in seen:
                continue
            seen.add(kind)
            screen.page.set_viewport_size({"width": 1280, "height": 900})
            answer = screen.page.goto(url)
            if answer is None or answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
                continue
            todo += [link for link in screen.page.evaluate(LINKS) if link.startswith(server.url + "/")]
            shape = screen.page.evaluate(SHAPE)
            if shape not in looked:
                looked.add(shape)
                problems += [f"{kind} {said}" for said in sound(screen)]
    assert not problems, "\n".join(problems)
    assert 8 < len(looked) < ENOUGH


def sound(screen: Screen) -> list[str]:
    """What is wrong with the page that is open."""
    found = []
    for scheme in ("light", "dark"):
        screen.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme}: {said}" for said in serious_problems(screen.page)]
    screen.page.emulate_media(color_scheme="light")
    screen.page.set_viewport_size({"width": 320, "height": 700})
    if not screen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
        found.append("scrolls sideways at 320 px")
    found += screen.problems
    screen.problems.clear()
    return found
