"""Schools: the directory, their tiers and contacts, and the network they form."""

from __future__ import annotations

from flask import Flask

from scheduler.schools import models  # noqa: F401 - the tables are part of the metadata


def init_app(app: Flask) -> None:
    """Hang the room's views into the application."""
