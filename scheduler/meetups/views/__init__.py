"""Pages of meetups: for everybody, and for organizers the people, their lists, the plans and the papers."""

from __future__ import annotations

from scheduler.meetups.views import lists, meetups, own_team, papers, plans, public, register, requests, teams
from scheduler.meetups.views.blueprint import blueprint

__all__ = ["blueprint", "lists", "meetups", "own_team", "papers", "plans", "public", "register", "requests", "teams"]
