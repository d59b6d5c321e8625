"""Meetups: gatherings of the network with speed rounds: people, plans, papers."""

from __future__ import annotations

from flask import Flask

from scheduler.meetups import views
from scheduler.meetups.wishes import merged
from scheduler.registration.twins import followers


def init_app(app: Flask) -> None:
    """Hang the room's views into the application. When two people turn out to be one, plans stay as they were made; wishes go over."""
    app.register_blueprint(views.blueprint)
    followers.remain("seatings")
    followers.follows(merged.WISH_PEOPLE)(merged.wishes_go_over)
