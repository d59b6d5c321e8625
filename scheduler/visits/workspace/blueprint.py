"""The hosts' blueprint, and what its pages share."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from scheduler.foundation import access, audit

blueprint = Blueprint("visits_workspace", __name__, url_prefix="/workspace/visits")


def actor() -> str:
    """The host's name in the audit log."""
    return audit.user(access.actor().user_id)


def back_to(public_id: str) -> Response:
    """To the visit's page, after something was done there."""
    return redirect(url_for("visits_workspace.manage", public_id=public_id), 303)
