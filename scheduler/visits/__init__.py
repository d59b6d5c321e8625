"""Visits: dated open visits at a school, for visitors and for hosts."""

from __future__ import annotations

from flask import Flask

from scheduler.core.refusal import say
from scheduler.foundation import ticks
from scheduler.registration import at_once, mail
from scheduler.registration.twins import followers
from scheduler.visits import closed_days_views, inventory, mail_page_views, queries, series_views, views, workspace
from scheduler.visits.after import mail as after_mail
from scheduler.visits.after import queries as after_queries
from scheduler.visits.after import service as after_service
from scheduler.visits.after import views as after
from scheduler.visits.tours import queries as tour_queries
from scheduler.visits.tours import views as tours
from scheduler.visits.watches import mail as watch_mail
from scheduler.visits.watches import views as watches

__all__ = ["init_app", "inventory"]


def init_app(app: Flask) -> None:
    """Hang the room's views into the application, its links into every mail, and what follows a visit before the worker's eyes."""
    app.register_blueprint(views.blueprint)
    app.register_blueprint(workspace.blueprint)
    app.register_blueprint(closed_days_views.blueprint)
    app.register_blueprint(mail_page_views.blueprint)
    app.register_blueprint(series_views.blueprint)
    app.jinja_env.globals.update(visits_on_closed_days=closed_days_views.for_page)
    app.register_blueprint(watches.blueprint)
    app.jinja_env.globals.update(watch_url=watch_mail.watch_url)
    app.register_blueprint(after.blueprint)
    app.jinja_env.globals.update(
        debrief_url=after_mail.debrief_url, tried_url=after_mail.tried_url, after_of_party=after.of_party,
        shared_about=after_queries.public_of,
    )  # fmt: skip
    app.register_blueprint(tours.blueprint)
    app.jinja_env.globals.update(tour_of_party=tours.of_party)
    at_once.OF_VISIT.add(shared=after_queries.SOMETHING_SHARED, areas=queries.AREAS_HERE)
    at_once.OF_PARTY.add(pack=after_queries.SOMETHING_TO_READ, tour=tour_queries.IS_PLANNED)
    mail.told_a_week_before(after.told_before)
    ticks.at_each_look("debriefs", find=after_queries.visits_to_ask)(after_service.ask)
    both_wrote = say("Both have written about this visit, so they are two people.")
    for table in ("debriefs", "tried"):
        followers.go_over(table, refused=both_wrote)
    followers.remain("debrief_asks")
    followers.remain("tour_routes")
