"""Visits: dated open visits at a school, for visitors and for hosts."""

from __future__ import annotations

from flask import Flask

from scheduler.visits import views, workspace


def init_app(app: Flask) -> None:
    """Hang the room's views into the application."""
    app.register_blueprint(views.blueprint)
    app.register_blueprint(workspace.blueprint)
