"""Doubled names: shown to staff, merged after a preview, and two again within a day (registration rules 4 and 6)."""

from __future__ import annotations

from flask import Flask

from scheduler.foundation import ticks
from scheduler.registration.twins import followers, queries, service, views


def init_app(app: Flask) -> None:
    """Hang the pages into the application, and the end of each day of grace before the worker's eyes."""
    app.register_blueprint(views.blueprint)
    followers.remain("roster_changes")
    app.jinja_env.globals.update(twins_at=views.panel_of)
    ticks.at_each_look("merges to forget", find=queries.to_forget)(service.forget)
