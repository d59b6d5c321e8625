"""Visits: dated open visits at a school, for visitors and for hosts."""

from __future__ import annotations

from flask import Flask

from scheduler.visits import closed_days_views, mail_page_views, series_views, views, workspace
from scheduler.visits.watches import mail as watch_mail
from scheduler.visits.watches import views as watches


def init_app(app: Flask) -> None:
    """Hang the room's views into the application, and its links into every mail."""
    app.register_blueprint(views.blueprint)
    app.register_blueprint(workspace.blueprint)
    app.register_blueprint(closed_days_views.blueprint)
    app.register_blueprint(mail_page_views.blueprint)
    app.register_blueprint(series_views.blueprint)
    app.jinja_env.globals.update(visits_on_closed_days=closed_days_views.for_page)
    app.register_blueprint(watches.blueprint)
    app.jinja_env.globals.update(watch_url=watch_mail.watch_url)
