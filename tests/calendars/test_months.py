"""A month and a list of visits on the site, with the filters of the feeds."""

from __future__ import annotations

import doctest
import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from scheduler.core import months
from scheduler.visits import service as visits
from scheduler.visits.models import Visit
from tests.people import MONDAY

Make = Callable[..., Visit]


def page_of(client: FlaskClient, **asked: str) -> str:
    answer = client.get("/calendar", query_string=asked)
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def cells(page: str) -> dict[str, list[str]]:
    """The titles in each day of the table."""
    found = re.findall(r'<td class="held"[^>]*>\s*<time datetime="([^"]+)">(.*?)</td>', page, re.DOTALL)
    return {day: re.findall(r"<span>([^<]+?)(?: <em>.*)?</span>", cell) for day, cell in found}


def test_examples_in_the_docstrings_are_true() -> None:
    assert doctest.testmod(months).failed == 0


def test_a_month_shows_what_the_feed_of_the_same_choice_holds(
    app: Flask, client: FlaskClient, cast: SimpleNamespace, make_visit: Make
) -> None:
    area = cast.here.focus_areas[0]
    make_visit(cast.here, title="Here", focus_area_ids=[area.id])
    make_visit(cast.there, title="There")
    make_visit(cast.here, title="Draft", publish=False)
    make_visit(cast.here, title="January", starts_wall=datetime(2027, 1, 1, 0, 0), ends_wall=datetime(2027, 1, 1, 9, 0))
    base = f"{app.config['BASE_URL']}/feeds"
    asked = {
        "": ({}, ["Here", "There"], f"{base}/network.ics"),
        "school": ({"at": f"school:{cast.there.slug}"}, ["There"], f"{base}/schools/{cast.there.slug}.ics"),
        "borough": ({"at": "borough:manhattan"}, ["Here", "There"], f"{base}/boroughs/manhattan.ics"),
        "both": (
            {"at": "borough:manhattan", "focus": area.slug}, ["Here"], f"{base}/boroughs/manhattan/{area.slug}.ics",
        ),
    }  # fmt: skip

    for parts, titles, address in asked.values():
        page = page_of(client, month="2026-12", **parts)
        listed = page_of(client, month="2026-12", view="list", **parts)
        assert cells(page) == {"2026-12-02": titles}
        assert [f"<span>{title}</span>" in listed for title in ("Here", "There")] == [title in titles for title in ("Here", "There")]
        assert [f'value="{address}" readonly' in shown for shown in (page, listed)] == [True, True]
        assert [summary in client.get(address.removeprefix(app.config["BASE_URL"])).text for summary in titles] == [True] * len(titles)


def test_a_cancelled_visit_says_so_and_an_empty_month_leads_on(client: FlaskClient, cast: SimpleNamespace, make_visit: Make) -> None:
    visit = make_visit(cast.here, title="Snowed in")
    make_visit(cast.here, title="Later", starts_wall=datetime(2027, 3, 3, 9, 0), ends_wall=datetime(2027, 3, 3, 10, 0))
    visits.cancel_visit(visit.id, "Snow", actor="command:test", now=MONDAY)

    december, january, april = (page_of(client, month=month) for month in ("2026-12", "2027-01", "2027-04"))

    assert "Snowed in <em>cancelled</em>" in december
    assert ('href="/calendar?month=2027-03"' in january, "The next dates are in March 2027." in january) == (True, True)
    assert "No later dates are open either." in april


def test_the_table_can_be_read_without_seeing_it(client: FlaskClient, cast: SimpleNamespace, make_visit: Make) -> None:
    make_visit(cast.here)

    page = page_of(client, month="2026-12")

    assert re.findall(r'<th scope="col"><abbr title="(\w+)">', page) == [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]  # fmt: skip
    assert '<caption class="hide">Visits and meetups in December 2026</caption>' in page
    assert '<time datetime="2026-12-02"><span class="hide">Wednesday, December </span>2</time>' in page
    assert re.findall(r'rel="(prev|next)" href="/calendar\?month=([^"]+)"', page) == [("prev", "2026-11"), ("next", "2027-01")]


@pytest.mark.parametrize(
    "asked", [{"month": "2026-13"}, {"at": "school:nowhere"}, {"at": "borough:"}, {"focus": "nothing"}, {"month": "\x00"}]
)
def test_what_an_address_asks_for_in_vain_is_said_and_left_out(client: FlaskClient, cast: SimpleNamespace, asked: dict[str, str]) -> None:
    page = page_of(client, **asked)

    assert "Something in this address is unknown to us and was left out." in page
    assert "/feeds/network.ics" in page
