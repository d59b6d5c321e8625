"""/healthz: the process answers; /readyz: it can work; /metrics: numbers, for who has the token."""

from __future__ import annotations

import hmac

from flask import Blueprint, abort, current_app, request

from scheduler.foundation import access, clock, metrics
from scheduler.home.running import gauges, readiness

blueprint = Blueprint("running", __name__)
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
Answer = tuple[str, int, dict[str, str]]


@blueprint.get("/healthz")
@access.open_to(access.ANYONE)
def health() -> Answer:
    """This process answers; it asks nobody else, so that a database that is away restarts no server."""
    return "ok\n", 200, PLAIN


@blueprint.get("/readyz")
@access.open_to(access.ANYONE)
def ready() -> Answer:
    """Whether requests may be sent here."""
    parts = readiness.parts()
    text = "".join(f"{name}: {'ok' if holds else 'no'}\n" for name, holds in parts.items())
    return (text, 200, PLAIN) if all(parts.values()) else (text, 503, PLAIN | {"Retry-After": "5"})


@blueprint.get("/metrics")
@access.open_to(access.MACHINES)
def numbers() -> Answer:
    """Everything that is measured, as Prometheus reads it."""
    token = str(current_app.config["METRICS_TOKEN"])
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(sent.encode(), token.encode()):
        abort(404)
    lines = [*current_app.extensions["numbers"].lines(), *gauges.lines(now=clock.now())]
    return "\n".join(lines) + "\n", 200, {"Content-Type": metrics.TEXT}
