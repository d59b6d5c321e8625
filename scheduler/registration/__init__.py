"""Registration: gatherings one can register for, parties, their seats and those who wait."""

from __future__ import annotations

from flask import Flask

from scheduler.foundation import ticks
from scheduler.registration import door, due, links, reminders, views, wording


def init_app(app: Flask) -> None:
    """Hang the room's views into the application, its links into every mail, and what time brings about before the worker's eyes."""
    app.register_blueprint(views.blueprint)
    app.jinja_env.globals.update(
        party_url=links.party_url, entry_url=links.entry_url, closed_words=wording.closed_words, closed_sentence=wording.closed_sentence
    )
    door.init_app(app)
    ticks.at_each_look("what ran out", find=due.to_settle)(reminders.settle)
    ticks.at_each_look("too small", find=due.too_small)(reminders.ask_least)
    ticks.at_each_look("mails in time", find=due.to_remind)(reminders.remind)
