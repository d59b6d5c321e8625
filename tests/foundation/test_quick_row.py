"""The quick way to one row says what the ordinary way says, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from scheduler.foundation.db import db, quick_row, transaction
from scheduler.foundation.feeds import FeedVersion, raise_feeds
from tests.people import MONDAY

ASKED = sa.select(FeedVersion.version, FeedVersion.changed_at, sa.null()).where(FeedVersion.feed == sa.bindparam("feed"))


def test_quick_row_reads_what_a_session_reads(app: Flask) -> None:
    with transaction():
        raise_feeds(["network"], now=MONDAY)

    ordinary = db.session.execute(ASKED, {"feed": "network"}).one()

    assert quick_row(ASKED, feed="network") == list(ordinary) == [1, MONDAY, None]
    assert quick_row(ASKED, feed="school:7") is None


def test_trouble_with_the_quick_way_has_the_words_of_the_ordinary_one(app: Flask) -> None:
    """So a database that is away is told as everywhere (trust P16)."""
    with pytest.raises(sa.exc.DBAPIError):
        quick_row(sa.select(sa.literal_column("nowhere")).select_from(FeedVersion))

    assert quick_row(ASKED, feed="network") is None
