"""Meetups: gatherings of the network with speed rounds: people, plans, papers."""

from __future__ import annotations

from flask import Flask

from scheduler.meetups import views


def init_app(app: Flask) -> None:
    """Hang the room's views into the application."""
    app.register_blueprint(views.blueprint)
