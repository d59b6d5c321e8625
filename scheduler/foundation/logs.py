"""What is written down of each request: its route, never its address; how it ended and how long it took. Nobody's data."""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, request

from scheduler.foundation.errors import trail
from scheduler.foundation.metrics import NO_ROUTE, Numbers

FACTS = "facts"
"""Where a record carries what a line of JSON says beside its text"""


class Line(logging.Formatter):
    """One line of JSON a record. What an exception says stays out: it may quote what somebody typed."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "says": record.getMessage(),
            **getattr(record, FACTS, {}),
        }
        if has_request_context():
            said["request"] = g.get("reference", "")
        if record.exc_info and record.exc_info[1]:
            said["trail"] = trail(record.exc_info[1])
        return json.dumps(said, ensure_ascii=False)


def init_app(app: Flask) -> None:
    """Watch each request; with SCHEDULER_LOG=json write a line for it, and all else as JSON too."""
    if app.config["LOG"] == "json":
        _write_lines(app.logger)
    app.before_request(_begin)
    app.after_request(_end)


def _write_lines(logger: logging.Logger) -> None:
    logger.setLevel(logging.INFO)
    logger.propagate = False  # gunicorn's own would write each line once more
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line())
    logger.handlers[:] = [handler]


def of_gunicorn() -> dict[str, Any]:
    """The same lines for what gunicorn says by itself."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": Line}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": "ERROR", "handlers": ["lines"]},
        "loggers": {"gunicorn.error": {"level": "ERROR", "handlers": ["lines"], "propagate": False}},
    }


def _begin() -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else NO_ROUTE
    seconds = time.perf_counter() - g.began if "began" in g else 0.0
    numbers: Numbers = current_app.extensions["numbers"]
    numbers.note(route, response.status_code, seconds)
    if current_app.config["LOG"] == "json":
        facts = {"method": request.method, "route": route, "status": response.status_code, "ms": round(seconds * 1000, 1)}
        current_app.logger.info("answered", extra={FACTS: facts})
    return response
