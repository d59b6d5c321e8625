"""Journeys in a real browser against a real server with the sample network; each page is looked at by axe and photographed."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, sync_playwright

from scheduler import create_app
from scheduler.foundation import clock
from scheduler.foundation.db import db
from scheduler.home import demo
from tests.browser.chromium import axe_source, launch
from tests.databases import bring_up, one_at_a_time
from tests.server import Server, serving

PICTURES = Path(__file__).resolve().parent.parent / "pictures"
WIDTHS = {"wide": 1280, "narrow": 360}
TAKES_PICTURES = "TAKE_PICTURES" in os.environ


SERIOUS = """async () => {
  const lesser = axe._audit.rules.filter((rule) => ["minor", "moderate"].includes(rule.impact));
  const rules = Object.fromEntries(lesser.map((rule) => [rule.id, {enabled: false}]));
  const found = await axe.run(document, {resultTypes: ["violations"], rules});
  const serious = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
  return serious.map((one) => `${one.id}: ${one.help} ${JSON.stringify(one.nodes.slice(0, 3).map((node) => node.target))}`);
}"""
"""What axe finds serious. Rules that find nothing serious are left out, for they take a sixth of the time; all that axe looked at would
be a megabyte to carry over."""


LEFT = """navigation.addEventListener("navigate", (event) => {
  if (!event.destination.sameDocument && event.downloadRequest === null) window.isLeft = true;
})"""
"""A click returns before the page it leads to is there: until then the one that is left says so"""


def serious_problems(page: Page) -> list[str]:
    """What axe finds serious on a page."""
    # evaluated, not added as a script: our own policy would refuse one (a session of the browser's protocol leaves a cut network cut)
    page.evaluate(axe_source().read_text())
    return list(page.evaluate(SERIOUS))


@pytest.fixture(scope="session")
def sample_network(of_this_run: Path) -> Path:
    """A database with the sample network, filled by whichever process comes first and copied for each server."""
    done, begun = of_this_run / "sample.db", of_this_run / "filling.db"
    with one_at_a_time(of_this_run):
        if not done.exists():
            bring_up(f"sqlite:///{begun}", of_this_run, fill=lambda: demo.load(now=clock.now()))
            begun.rename(done)
    return done


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sample_network: Path) -> Iterator[Server]:
    """A fresh sample network for each file of journeys."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(sample_network, folder / "journeys.db")
    with serving(folder, f"sqlite:///{folder / 'journeys.db'}", demo=True, settings={"SCHEDULER_PROCESSES": "1"}) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, launch(playwright) as chromium:
        yield chromium


@contextmanager
def inside(server: Server) -> Iterator[Flask]:
    """The application of the running server, to set the stage and to look behind it."""
    app = create_app(
        {
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{next(server.data.glob('*.db'))}", "DATA_DIR": server.data, "BASE_URL": server.url,
            "SECRET_KEY": (server.data / "secret_key").read_text(),
        }
    )  # fmt: skip
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


class Screen:
    """A page that fails on console errors and CSP reports, and knows how to be looked at, at one width or more; it is used at the last."""

    def __init__(self, page: Page, server: Server, *widths: str) -> None:
        self.page, self.server, self.widths = page, server, widths
        self.problems: list[str] = []
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        # A page that answers so on purpose, and a network that the test has cut.
        meant = re.search(r"status of (409|422|404)|net::ERR_INTERNET_DISCONNECTED", message.text)
        if message.type in ("error", "warning") and not meant:
            self.problems.append(message.text)

    def open(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.server.url + path)

    def look(self, name: str) -> None:
        """At each width nothing wider than the window, and with `make pictures` a picture; nothing serious for axe, nothing in the console.

        Axe looks at phones here, and at every page of every role at other widths in `make soak`.
        """
        self.page.wait_for_function("!window.isLeft")
        self.page.evaluate("document.fonts.ready")
        for width in self.widths:
            if len(self.widths) > 1:
                self.page.set_viewport_size(window(width))
            if TAKES_PICTURES:
                self.page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
            assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways, {width}"
        assert self.widths[-1] == "wide" or serious_problems(self.page) == [], name
        assert self.problems == [], name

    def sign_in(self, role: str) -> None:
        """Sign in by the link that `scheduler serve` printed for an organizer or a host."""
        match = re.search(rf"Sign in as {role}\s*(\S+)", self.server.output)
        assert match, self.server.output
        self.open(match.group(1))
        self.page.get_by_role("button", name=re.compile("Sign in")).click()

    def mail(self, subject: str) -> None:
        """Open the newest mail with such a subject at the page that development machines have."""
        self.open("/dev/mail")
        self.page.get_by_role("link", name=re.compile(subject)).first.click()


def window(width: str) -> ViewportSize:
    return {"width": WIDTHS[width], "height": 900}


@pytest.fixture
def screen(browser: Browser, server: Server) -> Iterator[Screen]:
    """A browser window alone with its cookies, looked at wide and narrow, and walked through as on a phone."""
    with new_screen(browser, server, "wide", "narrow") as opened:
        yield opened


class new_screen:
    """One more window: `with new_screen(browser, server, "narrow") as other:`."""

    def __init__(self, browser: Browser, server: Server, *widths: str, **options: object) -> None:
        self.context = browser.new_context(viewport=window(widths[-1]), locale="en-US", reduced_motion="reduce", **options)  # type: ignore[arg-type]
        self.context.add_init_script(LEFT)
        self.screen = Screen(self.context.new_page(), server, *widths)

    def __enter__(self) -> Screen:
        return self.screen

    def __exit__(self, *failure: object) -> None:
        self.context.close()
