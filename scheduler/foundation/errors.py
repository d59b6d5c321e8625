"""Error pages: what happened and what would work; our own bugs with a reference that is also in the log."""

from __future__ import annotations

import errno
import secrets
import traceback

from flask import Flask, abort, current_app, g, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, NotFound, RequestEntityTooLarge, SecurityError
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation.db import db
from scheduler.foundation.templating import translated


def init_app(app: Flask) -> None:
    """Give each kind of failure its page."""
    app.before_request(_name_the_request)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database_failed)
    app.register_error_handler(PoolTimeout, _busy)
    app.register_error_handler(OSError, _machine_failed)
    app.register_error_handler(Exception, _bug)


def _name_the_request() -> None:
    g.reference = secrets.token_hex(4)
    if "\0" in request.path:
        abort(404)  # nothing is named so, and PostgreSQL cannot be asked


def page(status: int, title: str, text: str, *, reference: str = "") -> tuple[str, int]:
    """The error page of a status."""
    return render_template("errors/error.html", status=status, title=title, text=text, reference=reference), status


def _refused(refusal: Refusal) -> tuple[str, int]:
    return page(409, _("That did not work"), translated(refusal.sentence))


def _stale_form(error: CSRFError) -> tuple[str, int]:
    return page(
        400, _("This form has expired"), _("Go back, load the page again and send it once more. Your browser keeps what you typed.")
    )


def _http(error: HTTPException) -> tuple[str, int] | tuple[str, int, dict[str, str]] | Response:
    if isinstance(error, SecurityError):  # a foreign Host header: no address can be made under that name, and so no page
        return Response(
            _("Nothing is served under this name. Use the address you were given.") + "\n", 400, content_type="text/plain; charset=utf-8"
        )
    if isinstance(error, RequestEntityTooLarge):
        return page(413, _("That is too large"), _("A file may have up to 5 MB, and a form far less."))
    if isinstance(error, NotFound):
        return page(404, _("This page does not exist"), _("The address may be mistyped, or what was here is gone."))
    if isinstance(error, MethodNotAllowed):
        shown = page(405, _("This page cannot be used that way"), _("Go back and use the button on the page."))
        return *shown, {"Allow": ", ".join(error.valid_methods or ())}  # RFC 9110, 15.5.6
    status = error.code or 500
    if status < 400:
        return error.get_response()
    texts = {
        400: (_("The server did not understand this"), _("Go back and try again.")),
        429: (_("Too many tries"), _("Wait a minute, then try again.")),
    }
    title, text = texts.get(status, (_("That did not work"), _("Go back and try again.")))
    return page(status, title, text)


Answer = tuple[str, int] | tuple[str, int, dict[str, str]]


def _database_failed(error: DBAPIError) -> Answer:
    """Locked, full, away, or stopped in the middle of it; whatever else it says is our mistake."""
    if not (isinstance(error, OperationalError) or error.connection_invalidated):
        return _bug(error)
    current_app.logger.error("database: %s", type(error.orig).__name__)
    return _busy(error)


def _machine_failed(error: OSError) -> Answer:
    """A disk without room, as where a large upload is put down."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return _bug(error)
    current_app.logger.error("disk: %s", error.strerror)
    return _busy(error)


def _busy(error: Exception) -> Answer:
    """503: nothing was stored, and what was typed is on the page with a button that sends it again (trust P16)."""
    db.session.rollback()
    typed = [(name, value) for name, values in request.form.lists() for value in values]
    body = render_template("errors/busy.html", status=503, typed=typed, has_files=bool(request.files))
    return body, 503, {"Retry-After": "5"}


def _bug(error: Exception) -> tuple[str, int]:
    db.session.rollback()
    current_app.logger.error("reference %s: %s %s\n%s", g.get("reference"), request.method, request.url_rule, trail(error))
    text = _("This is our mistake, not yours. Nothing was stored. Tell us the reference below and we will find it.")
    return page(InternalServerError.code, _("Something broke"), text, reference=g.get("reference", ""))


def trail(error: BaseException) -> str:
    """Where an error came from and of what kind it is, for the log. What it says stays out: it may quote what somebody typed."""
    cause = error.__cause__ or error.__context__
    before = f"{trail(cause)}, and from that\n" if cause else ""
    return f"{before}{''.join(traceback.format_tb(error.__traceback__))}{type(error).__module__}.{type(error).__qualname__}"
