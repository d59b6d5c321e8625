"""Which tests `make test` runs on SQLite alone, and `make other` on PostgreSQL: those that are not about the database.

A page's words, forms and refusals are the same on both, and most of what a service decides. Both databases are tried each time by what
is about them: everything in tests/foundation, what people are promised (docs/promises.md), counted statements, and each test or file that
says `@pytest.mark.both_engines`, because it is about locks, constraints, races, or what an import writes or an erasure deletes. And all
pages are opened on either, with all that there is to see, by tests/test_hostile.py.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ENGINES = ("sqlite", "postgresql")
PROMISES = (Path(__file__).resolve().parent.parent / "docs" / "promises.md").read_text()
PROMISED = set(re.findall(r"::(\w+)`", PROMISES))


def halve(items: list[pytest.Item]) -> None:
    """Mark the run on PostgreSQL of each test that one database is enough for: it takes half as long again as that on SQLite."""
    runs = [item for item in items if isinstance(item, pytest.Function) and "house" in item.fixturenames and not is_about_databases(item)]
    names = {item.nodeid for item in runs}
    for item in runs:
        on_sqlite = item.nodeid.replace("[postgresql", "[sqlite", 1)
        if on_sqlite != item.nodeid and on_sqlite in names:
            item.add_marker(pytest.mark.other)


def is_about_databases(item: pytest.Function) -> bool:
    return (
        item.nodeid.startswith("tests/foundation/")
        or item.originalname in PROMISED
        or "count_statements" in item.fixturenames
        or item.get_closest_marker("both_engines") is not None
    )
