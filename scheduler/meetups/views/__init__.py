"""Pages of meetups: for everybody, and for organizers the people, their lists, the plans and the papers."""

from __future__ import annotations

from scheduler.meetups.views import lists, meetups, papers, plans, public, teams, what_if
from scheduler.meetups.views.blueprint import blueprint

__all__ = ["blueprint", "lists", "meetups", "papers", "plans", "public", "teams", "what_if"]
