"""Scale: what each page costs on the sample network, and on one with 1,000 schools, 50,000 visits and 1,000,000 registrations.

Milliseconds, each the quickest of some, on SQLite and on PostgreSQL. A page should take at most twice its time on the sample
network. Lists show pages of 50 rows; things in addresses are of the sample network both times, and so feeds have as many events.
Without `--full` a twentieth of it, each page asked twice, and then once unless it seems slow: 50 schools more, 2,500 visits,
50,000 registrations.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from big import fill
from big.pages import BUDGET, Page, clients, pages, quickest, things
from flask import Flask
from flask.testing import FlaskClient

from scheduler import create_app
from scheduler.foundation.db import db, transaction
from scheduler.foundation.migrating import upgrade
from scheduler.home import demo

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests import postgres

TWICE, LITTLE = 2.0, 1.0
"""Allowed; and milliseconds more that nobody notices and no clock tells from noise"""


class House(NamedTuple):
    """An application on a network of its own: its pages, and a browser for each role."""

    app: Flask
    listed: list[Page]
    opened: dict[str, FlaskClient]


@contextmanager
def databases() -> Iterator[dict[str, tuple[str, str]]]:
    """Of each kind two empty ones."""
    with tempfile.TemporaryDirectory(prefix="scheduler-scale-") as folder:
        server = postgres.start()
        try:
            yield {
                "SQLite": (f"sqlite:///{folder}/sample.db", f"sqlite:///{folder}/big.db"),
                "PostgreSQL": (server.create("sample"), server.create("big")),
            }
        finally:
            server.stop()


@contextmanager
def house(uri: str, now: datetime, size: fill.Size | None) -> Iterator[House]:
    """The sample network, and all that a big one has beside it."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"SQLALCHEMY_DATABASE_URI": uri, "DATA_DIR": Path(folder), "SECRET_KEY": "bench"})
        with app.app_context():
            upgrade()
            demo.load(now=now)
            with transaction():
                fill.one_page_of_the_rest(now)
            found = things()
            made = House(app, list(pages(app, found)), clients(app, found))
            if size is not None:
                fill.grow(size, now)
            db.session.remove()
        yield made
        with app.app_context():
            db.engine.dispose()


def times(uris: tuple[str, str], size: fill.Size, budget: float) -> dict[Page, tuple[float, float]]:
    """Each page on the sample network, and at once on the big one: no machine is as quick now as it was some minutes ago."""
    now, found = datetime.now(UTC), {}
    with house(uris[0], now, None) as sample, house(uris[1], now, size) as large:
        on_large = {page: page.path for page in large.listed}
        for page in sample.listed:
            small = quickest(sample.opened[page.role], page.path, budget=budget)
            if small is None:
                continue
            big = quickest(large.opened[page.role], on_large[page], budget=budget, most=TWICE * small + LITTLE)
            if big is not None:
                found[page] = small, big
    return found


def table(found: dict[str, dict[Page, tuple[float, float]]]) -> None:
    kinds = list(found)
    print(f"{'':<74}" + "".join(f"{kind:>26}" for kind in kinds))
    print(f"{'page':<58} {'role':<15}" + f"{'sample':>10}{'big':>9}{'ratio':>7}" * len(kinds))
    for page in found[kinds[0]]:
        cells = "".join(cell(*found[kind][page]) for kind in kinds if page in found[kind])
        print(f"{page.said:<58} {page.role:<15}{cells}")
    for kind in kinds:
        slow = [page for page, (small, big) in found[kind].items() if is_slow(small, big)]
        print(f"{kind}: {len(found[kind])} pages, {len(slow)} over twice their time on the sample network")


def cell(small: float, big: float) -> str:
    return f"{small:10.1f}{big:9.1f}{big / small:6.1f}{'!' if is_slow(small, big) else ' '}"


def is_slow(small: float, big: float) -> bool:
    return big > TWICE * small + LITTLE


if __name__ == "__main__":
    wanted, budget = (fill.FULL, BUDGET) if "--full" in sys.argv else (fill.TWENTIETH, 0.0)
    with databases() as addresses:
        table({kind: times(uris, wanted, budget) for kind, uris in addresses.items()})
