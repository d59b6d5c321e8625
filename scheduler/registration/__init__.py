"""Registration: gatherings one can register for, parties, their seats and those who wait."""

from __future__ import annotations

from flask import Flask

from scheduler.registration import links, views, wording


def init_app(app: Flask) -> None:
    """Hang the room's views into the application, and its links into every mail."""
    app.register_blueprint(views.blueprint)
    app.jinja_env.globals.update(
        party_url=links.party_url, entry_url=links.entry_url, closed_words=wording.closed_words, closed_sentence=wording.closed_sentence
    )
