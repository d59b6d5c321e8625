"""Meetups: gatherings of the network with speed rounds: people, plans, papers."""

from __future__ import annotations

from flask import Flask

from scheduler.meetups import views
from scheduler.meetups.memory import views as memory
from scheduler.registration.twins import followers


def init_app(app: Flask) -> None:
    """Hang the room's views into the application. Plans that were made stay as they are when two people turn out to be one."""
    app.register_blueprint(views.blueprint)
    app.register_blueprint(memory.blueprint)
    followers.remain("seatings")
