"""The browser of the tests: how it is started, and where axe-core lies."""

import functools
import os
import pathlib

from playwright.sync_api import Browser, Playwright

from tests.provision import provision

# Nothing but the pages under test: no graphics card, no traffic of its own, no questions at the first start.
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch(playwright: Playwright) -> Browser:
    """Start the Chromium that was found or fetched; close it when the tests are done."""
    program = pathlib.Path(provided()["SCHEDULER_TEST_CHROMIUM"])
    # Playwright starts it without a sandbox, which root and many containers could not give it: it opens only our own pages.
    return playwright.chromium.launch(executable_path=program, args=FLAGS, env=surroundings(program.parent))


def axe_source() -> pathlib.Path:
    """The path of axe.min.js, for `page.add_script_tag` or `page.evaluate`."""
    return pathlib.Path(provided()["SCHEDULER_TEST_AXE"])


@functools.cache
def provided() -> dict[str, str]:
    """What `make test` has put into the environment; found anew when pytest was started by hand."""
    named = {name: os.environ[name] for name in ("SCHEDULER_TEST_CHROMIUM", "SCHEDULER_TEST_AXE") if name in os.environ}
    return named if len(named) == 2 else provision()


def surroundings(folder: pathlib.Path) -> dict[str, str | float | bool]:
    """The environment of Chromium alone: the fetched one has its libraries and fonts beside it, and no other program may see them."""
    if not (folder / "fonts.conf").exists():
        return {**os.environ}
    return {**os.environ, "LD_LIBRARY_PATH": str(folder / "lib"), "FONTCONFIG_PATH": str(folder), "XDG_CACHE_HOME": str(folder)}
