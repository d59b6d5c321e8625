"""Home: the landing page and where signed-in people start."""

from __future__ import annotations

from datetime import time

from flask import Flask

from scheduler.foundation import daily, statistics
from scheduler.home import navigation
from scheduler.home.log import views as log
from scheduler.home.mail import views as mail
from scheduler.home.running import views as running
from scheduler.home.views import blueprint
from scheduler.schools.closures_sources import network_zone

daily.every_day("statistics", at=time(5), zone=network_zone)(statistics.gather)


def init_app(app: Flask) -> None:
    """Hang the room's views into the application."""
    app.context_processor(navigation.context)
    app.register_blueprint(blueprint)
    app.register_blueprint(log.blueprint)
    app.register_blueprint(mail.blueprint)
    app.register_blueprint(running.blueprint)
