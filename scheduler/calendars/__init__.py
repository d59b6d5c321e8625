"""Calendars: the addresses that calendar programs subscribe to, and what they answer."""

from __future__ import annotations

from flask import Flask

from scheduler.calendars import models  # noqa: F401 - the tables are part of the metadata


def init_app(app: Flask) -> None:
    """Hang the room's views into the application."""
