"""The Living Lab scheduler: open visits, registration, speed rounds and calendars for a network of schools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def create_app(overrides: Mapping[str, object] | None = None) -> Flask:
    """The application; settings come from SCHEDULER_* variables, `overrides` go over them (tests)."""
    from scheduler.app import build  # nothing heavy is imported before somebody wants an application

    return build(overrides or {})
