"""Registration: gatherings one can register for, parties, their seats and those who wait."""

from __future__ import annotations

from flask import Flask

from scheduler.registration import models  # noqa: F401 - the tables are part of the metadata


def init_app(app: Flask) -> None:
    """Hang the room's views into the application."""
