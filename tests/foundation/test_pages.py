"""Long lists page by page: forwards, backwards, in either order, while rows come and go."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from scheduler.foundation import audit
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import distinct, transaction
from scheduler.foundation.pages import Page, page_of

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def write(*deeds: str) -> None:
    with transaction():
        for deed in deeds:
            audit.record(deed, "visit:1", actor="link", now=NOON)


def deeds(falling: bool = False, **asked: str) -> Page[str]:
    """Two of the deeds, by name and number, as an address asks for them."""
    page = page_of(sa.select(AuditLine), [AuditLine.what, AuditLine.id], AuditLine.id, asked, falling=falling, size=2)
    return page.of([line.what for line in page.rows])


def walk(page: Page[str], falling: bool = False) -> list[list[str]]:
    """This page and all that follow."""
    pages = [list(page.rows)]
    while page.after:
        page = deeds(falling, after=page.after)
        pages.append(list(page.rows))
    return pages


def test_every_row_stands_on_one_page_and_equal_ones_in_the_order_of_their_numbers(app: Flask) -> None:
    write("c", "a", "b", "a", "d")

    assert walk(deeds()) == [["a", "a"], ["b", "c"], ["d"]]
    assert walk(deeds(falling=True), falling=True) == [["d", "c"], ["b", "a"], ["a"]]


def test_the_way_back_shows_the_same_pages(app: Flask) -> None:
    write("c", "a", "b", "a", "d")
    first = deeds()
    second = deeds(after=first.after or "")
    third = deeds(after=second.after or "")

    assert (first.before, third.after) == (None, None)
    assert deeds(before=third.before or "") == second
    assert deeds(before=second.before or "").rows == first.rows


def test_what_is_added_before_or_after_the_end_of_a_page_is_neither_shown_twice_nor_hides_anything(app: Flask) -> None:
    write("b", "d", "f", "h")
    first = deeds()
    write("a", "c", "e", "g")

    assert walk(deeds(after=first.after or "")) == [["e", "f"], ["g", "h"]]


@pytest.mark.parametrize("asked", ["", "0", "999", "-1", "x", "1" * 30, "１"])
def test_address_that_names_no_row_shows_the_first_page(app: Flask, asked: str) -> None:
    write("a", "b", "c")

    assert deeds(after=asked) == deeds(before=asked) == deeds()


def test_the_words_of_a_column_are_found_one_after_the_other(app: Flask) -> None:
    assert distinct(AuditLine.what) == []
    write("moved", "booked", "moved", "cancelled", "booked")
    with transaction():
        for actor in ("job:mail", "job", "jobs", "job:nudge", "link"):
            audit.record("booked", "visit:1", actor=actor, now=NOON)

    assert distinct(AuditLine.what) == ["booked", "cancelled", "moved"]
    assert distinct(AuditLine.actor, beginning="job") == ["job", "job:mail", "job:nudge"]
