"""Pages of meetups: for everybody, and for organizers the people, their lists, the wishes, the plans and the papers."""

from __future__ import annotations

from scheduler.meetups.views import lists, meetups, own_team, papers, plans, public, register, requests, teams, what_if
from scheduler.meetups.views.blueprint import blueprint
from scheduler.meetups.wishes import views as wishes

__all__ = [
    "blueprint", "lists", "meetups", "own_team", "papers", "plans", "public", "register", "requests", "teams", "what_if", "wishes",
]  # fmt: skip
