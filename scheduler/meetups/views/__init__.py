"""Pages of meetups: for everybody, and for organizers the people, their lists, the wishes, the plans and the papers."""

from __future__ import annotations

from scheduler.meetups.views import lists, meetups, papers, plans, public, teams
from scheduler.meetups.views.blueprint import blueprint
from scheduler.meetups.wishes import views as wishes

__all__ = ["blueprint", "lists", "meetups", "papers", "plans", "public", "teams", "wishes"]
