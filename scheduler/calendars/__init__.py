"""Calendars: the addresses that calendar programs subscribe to, and what they answer."""

from __future__ import annotations

from flask import Flask

from scheduler.calendars import feeds, fetches, inventory, links, months, queries, views
from scheduler.registration import at_once, mail
from scheduler.registration.door import codes
from scheduler.registration.twins import followers

__all__ = ["init_app", "inventory"]


def init_app(app: Flask) -> None:
    """Hang the room's views into the application, and its links into the pages of others."""
    app.register_blueprint(views.blueprint)
    app.register_blueprint(months.blueprint)
    app.jinja_env.globals.update(
        webcal=links.webcal, google_subscribe=links.google_subscribe, google_copy=links.google_copy, outlook_copy=links.outlook_copy,
        calendar_entry=mail.entry_of, rounds_url=links.rounds_url, feed_url=links.public_url,
        private_feed_url=links.private_url, last_fetch=fetches.last, registration_address=queries.registration_address, qr=codes.svg,
        scope_of=feeds.scope_of,
    )  # fmt: skip
    at_once.OF_PARTY.add(address=queries.HAS_ADDRESS)
    followers.remain("feed_addresses")
