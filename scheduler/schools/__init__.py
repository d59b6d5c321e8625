"""Schools: the directory, their tiers and contacts, and the network they form."""

from __future__ import annotations

from zoneinfo import available_timezones

from flask import Flask

from scheduler.schools import closures, closures_views, tiers, views


def init_app(app: Flask) -> None:
    """Hang the room's views into the application."""
    app.register_blueprint(views.blueprint)
    app.register_blueprint(closures_views.blueprint)
    app.jinja_env.filters.update(tier=tiers.name)
    app.jinja_env.globals.update(
        time_zones=sorted(zone for zone in available_timezones() if "/" in zone), closed_days_text=closures.days_text
    )
