"""Accounts: people who sign in, what they may do, and how they are invited."""

from __future__ import annotations

from flask import Flask

from scheduler.accounts import models  # noqa: F401 - the tables are part of the metadata


def init_app(app: Flask) -> None:
    """Hang the room's views into the application."""
