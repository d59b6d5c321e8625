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

from big import fill
from big.pages import BUDGET, Page, clients, measure, pages, things

from scheduler import create_app
from scheduler.foundation.db import db, transaction
from scheduler.foundation.migrating import upgrade
from scheduler.home import demo

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests import postgres

TWICE, LITTLE = 2.0, 1.0
"""Allowed; and milliseconds more that nobody notices and no clock tells from noise"""


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="scheduler-scale-") as folder:
        server = postgres.start()
        try:
            yield {"SQLite": f"sqlite:///{folder}/scale.db", "PostgreSQL": server.create("scale")}
        finally:
            server.stop()


def times(uri: str, size: fill.Size, budget: float) -> dict[Page, tuple[float, float]]:
    """Each page on the sample network, then on the big one."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"SQLALCHEMY_DATABASE_URI": uri, "DATA_DIR": Path(folder), "SECRET_KEY": "bench"})
        with app.app_context():
            upgrade()
            now = datetime.now(UTC)
            demo.load(now=now)
            with transaction():
                fill.one_page_of_the_rest(now)
            found = things()
            listed, opened = list(pages(app, found)), clients(app, found)
            db.session.remove()
        small = measure(listed, opened, budget=budget)
        with app.app_context():
            fill.grow(size, now)
            db.session.remove()
        allowed = {page: TWICE * took + LITTLE for page, took in small.items()}
        big = measure(listed, opened, budget=budget, allowed=allowed)
        with app.app_context():
            db.engine.dispose()
    return {page: (small[page], big[page]) for page in listed if page in small and page in big}


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
        table({kind: times(uri, wanted, budget) for kind, uri in addresses.items()})
