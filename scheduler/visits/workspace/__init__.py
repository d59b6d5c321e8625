"""Pages of a school's hosts: their season, a visit and its seats, its parties, its roster."""

from __future__ import annotations

from scheduler.visits.workspace import parties, season, visits
from scheduler.visits.workspace.blueprint import blueprint

__all__ = ["blueprint", "parties", "season", "visits"]
