"""Pages of meetups: for everybody, and for organizers the schools they invite, the people, their lists, the wishes, plans and papers."""

from __future__ import annotations

from scheduler.meetups.by_hand import views as by_hand
from scheduler.meetups.invitations import answer_views as answers
from scheduler.meetups.invitations import views as invitations
from scheduler.meetups.live import views as live
from scheduler.meetups.live.screens import views as screens
from scheduler.meetups.views import lists, meetups, own_team, papers, plans, public, register, requests, teams, versions, what_if
from scheduler.meetups.views.blueprint import blueprint
from scheduler.meetups.wishes import views as wishes

__all__ = [
    "answers", "blueprint", "by_hand", "invitations", "lists", "live", "meetups", "own_team", "papers", "plans", "public", "register",
    "requests", "screens", "teams", "versions", "what_if", "wishes",
]  # fmt: skip
