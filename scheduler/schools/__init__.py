"""Schools: the directory, their tiers and contacts, and the network they form."""

from __future__ import annotations

from zoneinfo import available_timezones

from flask import Flask

from scheduler.schools import closures, closures_views, inventory, tiers, views
from scheduler.schools.choosing import views as choosing
from scheduler.schools.resources import views as resources
from scheduler.schools.resources import wording

__all__ = ["init_app", "inventory"]


def init_app(app: Flask) -> None:
    """Hang the room's views into the application."""
    app.register_blueprint(views.blueprint)
    app.register_blueprint(choosing.blueprint)
    app.register_blueprint(closures_views.blueprint)
    app.register_blueprint(resources.blueprint)
    app.jinja_env.filters.update(tier=tiers.name, link_host=resources.link_host)
    app.jinja_env.globals.update(
        time_zones=sorted(zone for zone in available_timezones() if "/" in zone), closed_days_text=closures.days_text,
        shared_with_everybody=resources.shared_with_everybody, resource_kinds=wording.KINDS, most_resources=resources.MOST_ON_A_PAGE,
    )  # fmt: skip
