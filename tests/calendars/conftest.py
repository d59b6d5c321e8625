"""Calendars as programs fetch them, and what they say read line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from scheduler.calendars import feeds, pieces
from tests.foundation.ical_rules import Component, assert_feed_rules

Fetch = Callable[..., dict[str, Component]]


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Emptied databases count from one again, so what was kept of the test before could be taken for today's."""
    feeds.body_of.cache_clear()
    pieces.forget()
    yield
    feeds.body_of.cache_clear()
    pieces.forget()


@pytest.fixture
def fetch(app: Flask, client: FlaskClient) -> Fetch:
    """The events of a feed by UID, after every rule for feeds was checked."""

    def fetch_events(address: str = "/feeds/network.ics", **more: Any) -> dict[str, Component]:
        answer = client.get(address)
        assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
        calendar = assert_feed_rules(answer.data, now=datetime.now(UTC), **more)
        return {part["UID"]: part for part in calendar.inside if part.name == "VEVENT"}

    return fetch_events
