"""Registration: gatherings one can register for, parties, their seats and those who wait."""

from __future__ import annotations

from flask import Flask

from scheduler.core import consents
from scheduler.foundation import ticks
from scheduler.registration import door, due, inventory, links, reminders, twins, views, wording
from scheduler.registration.people import permission_views
from scheduler.registration.people import queries as people
from scheduler.registration.people import staff_views as staff
from scheduler.registration.people import views as people_views
from scheduler.registration.privacy import mail as privacy_mail
from scheduler.registration.privacy import views as privacy
from scheduler.registration.questions import views as questions

__all__ = ["init_app", "inventory"]


def init_app(app: Flask) -> None:
    """Hang the room's views into the application, its links into every mail, and what time brings about before the worker's eyes."""
    app.register_blueprint(views.blueprint)
    app.register_blueprint(people_views.blueprint)
    app.register_blueprint(permission_views.blueprint)
    app.register_blueprint(staff.blueprint)
    app.register_blueprint(questions.blueprint)
    app.register_blueprint(privacy.blueprint)
    app.jinja_env.globals.update(
        party_url=links.party_url, entry_url=links.entry_url, closed_words=wording.closed_words, closed_sentence=wording.closed_sentence
    )
    app.jinja_env.globals.update(data_url=privacy_mail.data_url)
    door.init_app(app)
    twins.init_app(app)
    app.jinja_env.globals.update(
        party_panel=people_views.panel_of, people_at=people.board_of, role_labels=wording.ROLE_LABELS, need_labels=wording.NEED_LABELS,
        prior_labels=wording.PRIOR_LABELS, photo_rule_version=consents.PHOTO_RULE, address_url=links.address_url,
    )  # fmt: skip
    ticks.at_each_look("what ran out", find=due.to_settle)(reminders.settle)
    ticks.at_each_look("too small", find=due.too_small)(reminders.ask_least)
    ticks.at_each_look("mails in time", find=due.to_remind)(reminders.remind)
