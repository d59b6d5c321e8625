"""Which tests `make test` runs on one of the two databases, and `make other` on the other: those that are not about the database.

A page's words, forms and refusals are the same on both, and most of what a service decides. Both databases are tried each time by what
is about them: everything in tests/foundation, what people are promised (docs/promises.md), counted statements, and each test or file that
says `@pytest.mark.both_engines`, because it is about locks, constraints, races, imports, or what is deleted. And all pages are opened on
either, with all that there is to see, by tests/test_hostile.py.
"""

from __future__ import annotations

import re
from pathlib import Path
from zlib import crc32

import pytest

ENGINES = ("sqlite", "postgresql")
PROMISES = (Path(__file__).resolve().parent.parent / "docs" / "promises.md").read_text()
PROMISED = set(re.findall(r"::(\w+)`", PROMISES))


def halve(items: list[pytest.Item]) -> None:
    """Mark one of the two runs of each test that one database is enough for. Which one, its name decides, always alike: each database
    gets half of them, and of a test with several examples both get some."""
    pairs: dict[str, dict[str, pytest.Item]] = {}
    for item in items:
        if isinstance(item, pytest.Function) and "house" in item.fixturenames and not is_about_databases(item):
            engine = item.callspec.params["house"]
            pairs.setdefault(item.nodeid.replace(f"[{engine}", "[", 1), {})[engine] = item
    for name, pair in pairs.items():
        if len(pair) == len(ENGINES):
            pair[other_engine(name)].add_marker(pytest.mark.other)


def other_engine(name: str) -> str:
    """On which database a test waits for `make other`.

    >>> names = [f"tests/visits/test_pages.py::test_page[{number}]" for number in range(1000)]
    >>> [sum(other_engine(name) == engine for name in names) for engine in ENGINES]
    [500, 500]
    """
    return ENGINES[crc32(name.encode()) % 2]


def is_about_databases(item: pytest.Function) -> bool:
    return (
        item.nodeid.startswith("tests/foundation/")
        or item.originalname in PROMISED
        or "count_statements" in item.fixturenames
        or item.get_closest_marker("both_engines") is not None
    )
