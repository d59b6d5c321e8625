"""The door of a gathering: greeters' links, checking people in, walk-ins, and closing the roster (rules 16 and 17)."""

from __future__ import annotations

from flask import Flask

from scheduler.foundation import ticks
from scheduler.registration.door import codes, desk, mail, queries, views


def init_app(app: Flask) -> None:
    """Hang the door's pages into the application, and the question who came before the worker's eyes."""
    app.register_blueprint(views.blueprint)
    app.register_blueprint(desk.blueprint)
    app.jinja_env.globals.update(party_code=codes.party_svg)
    ticks.at_each_look("rosters to close", find=queries.to_ask)(mail.ask_to_close)
