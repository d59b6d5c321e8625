"""Pages of schools: the directory for everybody, and for administrators its care, imports and the network's settings."""

from __future__ import annotations

from scheduler.schools.views import imports, network, public, workspace
from scheduler.schools.views.blueprint import blueprint

__all__ = ["blueprint", "imports", "network", "public", "workspace"]
