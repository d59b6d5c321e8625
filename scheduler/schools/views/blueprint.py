"""The room's blueprint, and what its pages share."""

from __future__ import annotations

from flask import Blueprint

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, audit
from scheduler.foundation.templating import translated

blueprint = Blueprint("schools", __name__)


def actor() -> str:
    """The administrator's name in the audit log."""
    return audit.user(access.actor().user_id)


def said(refusal: Refusal | None) -> str | None:
    """A refusal's sentence in the reader's language."""
    return translated(refusal.sentence) if refusal else None
