"""Meetups: gatherings of the network with speed rounds: people, plans, papers."""

from __future__ import annotations

from flask import Flask

from scheduler.meetups import inventory, service, views
from scheduler.meetups.invitations import mail as invitations
from scheduler.meetups.live.screens import public as screens
from scheduler.meetups.memory import service as memory_service
from scheduler.meetups.memory import views as memory
from scheduler.meetups.wishes import merged
from scheduler.meetups.wishes import service as wishes
from scheduler.registration.models import GatheringKind
from scheduler.registration.privacy import erase
from scheduler.registration.twins import followers

__all__ = ["init_app", "inventory"]


def init_app(app: Flask) -> None:
    """Hang the room's views into the application, and how somebody leaves a team. When two people turn out to be one, plans stay as
    they were made; wishes go over."""
    app.register_blueprint(views.blueprint)
    app.register_blueprint(screens.blueprint)
    erase.leaves_by(GatheringKind.MEETUP, service.leave)
    erase.unmarks_by(memory_service.unmark)
    erase.unmarks_by(wishes.unmark)
    for table in ("seatings", "seat_changes", "away_from_rounds", "live_log", "plan_moves"):
        followers.remain(table)
    followers.remain("plan_moves", "other_id")
    app.jinja_env.globals.update(team_panel=views.own_team.team_panel, invitation_answer_url=invitations.answer_url)
    app.register_blueprint(memory.blueprint)
    followers.follows(merged.WISH_PEOPLE)(merged.wishes_go_over)
