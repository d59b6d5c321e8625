"""Meetups: gatherings of the network with speed rounds: people, plans, papers."""

from __future__ import annotations

from flask import Flask

from scheduler.meetups import inventory, service, views
from scheduler.registration.models import GatheringKind
from scheduler.registration.privacy import erase
from scheduler.registration.twins import followers

__all__ = ["init_app", "inventory"]


def init_app(app: Flask) -> None:
    """Hang the room's views into the application, and how somebody leaves a team. Plans that were made stay as they are when two
    people turn out to be one."""
    app.register_blueprint(views.blueprint)
    erase.leaves_by(GatheringKind.MEETUP, service.leave)
    followers.remain("seatings")
