"""Visits: dated open visits at a school, for visitors and for hosts."""

from __future__ import annotations

from flask import Flask

from scheduler.visits import models  # noqa: F401 - the tables are part of the metadata


def init_app(app: Flask) -> None:
    """Hang the room's views into the application."""
