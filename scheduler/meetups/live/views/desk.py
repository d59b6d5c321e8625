"""The desk: one page that an organizer runs a meetup with, from a phone."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask_babel import get_locale
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock
from scheduler.foundation.templating import translated
from scheduler.meetups import plans
from scheduler.meetups import queries as meetups
from scheduler.meetups.live import clocks, queries
from scheduler.meetups.live.board import Board
from scheduler.meetups.models import Meetup
from scheduler.meetups.views.blueprint import blueprint, page

Answer = Response | tuple[str, int]


@blueprint.get("/workspace/meetups/<public_id>/desk")
@access.open_to(access.ORGANIZERS)
def desk(public_id: str) -> str | Response:
    """The desk. With `part` only what changes, with an ETag: asked for every few seconds."""
    meetup = meetups.meetup_or_404(public_id)
    return _part(meetup) if "part" in request.args else desk_page(meetup)


def _part(meetup: Meetup) -> Response:
    response = Response(mimetype="text/html")
    response.set_etag(f"{clocks.etag_of(meetup, clock.now())}.{get_locale()}")
    response.headers["Cache-Control"] = "no-store"
    if not request.if_none_match.contains(response.get_etag()[0] or ""):
        board = Board(queries.state_of(meetup, clock.now()))
        response.set_data(render_template("meetups/live/_board.html", board=board, meetup=meetup, gathering=meetup.gathering))
    return response.make_conditional(request)


def desk_page(meetup: Meetup, *, refusal: Refusal | None = None) -> str:
    """The whole page, with the sentence of what did not work on top."""
    board = Board(queries.state_of(meetup, clock.now()))
    return page(
        "live/desk", meetup, "desk", board=board, wanted=request.args.get("q", ""), found=board.find(request.args.get("q", "")),
        refusal=plans.with_names(translated(refusal.sentence), list(board.state.people.values())) if refusal else None,
    )  # fmt: skip


def done(public_id: str, act: Callable[[Meetup], str]) -> Answer:
    """Do something at the desk, say what was done, and show the desk again; or say why not."""
    meetup = meetups.meetup_or_404(public_id)
    try:
        said = act(meetup)
    except Refusal as refusal:
        return desk_page(meetups.meetup_or_404(public_id), refusal=refusal), 409
    if said:
        flash(said, "good")
    return redirect(url_for("meetups.desk", public_id=public_id), 303)
