"""The log on a page and as a file, for administrators."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Redirect

from scheduler.foundation import access
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.tables import csv_bytes
from scheduler.home.log import people, queries
from scheduler.home.log.forms import NarrowForm
from scheduler.schools import queries as schools

blueprint = Blueprint("log", __name__, url_prefix="/workspace/log")
HEADINGS = ("Number", "When (UTC)", "Who", "What", "Thing", "School", "Before", "After", "Request")


@blueprint.get("")
@access.open_to(access.ADMINISTRATORS)
def index() -> str | tuple[str, int]:
    """The newest lines that fit what the address asks for."""
    return _page(_form(request.args))


@blueprint.post("")
@access.open_to(access.ADMINISTRATORS)
def narrow() -> Redirect | str | tuple[str, int]:
    """The same where a name was typed: names stand in no address, so it leads to one with a number."""
    form = _form(request.form)
    address: dict[str, Any] = form.address
    return redirect(url_for("log.index", **address), 303) if form.validate() else _page(form)


@blueprint.post("/names")
@access.open_to(access.ADMINISTRATORS)
def names() -> Response:
    """Who is called nearly as what was typed so far."""
    return jsonify([one.name for one in people.everybody().near(request.form.get("words", ""), corrected=False)])


def _form(typed: MultiDict[str, str]) -> NarrowForm:
    return NarrowForm(typed, people.everybody(), queries.deeds())


def _page(form: NarrowForm) -> str | tuple[str, int]:
    right, zone = form.validate(), schools.network().time_zone
    page = queries.lines(form.narrowed(ZoneInfo(zone)), before=_number(request.args.get("before", ""))) if right else None
    body = render_template("home/log/index.html", form=form, page=page, zone=zone, changes=queries.changes, most=queries.MOST_CSV)
    return body if right else (body, 422)


@blueprint.get("/log.csv")
@access.open_to(access.ADMINISTRATORS)
def table() -> Response | Redirect:
    """The same lines for a spreadsheet."""
    form = _form(request.args)
    if not form.validate():
        typed: dict[str, Any] = request.args.to_dict()
        return redirect(url_for("log.index", **typed))
    lines = queries.to_take_away(form.narrowed(ZoneInfo(schools.network().time_zone)))
    response = Response(csv_bytes(HEADINGS, map(_row, lines)), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="log.csv"'
    return response


def _row(line: AuditLine) -> list[object]:
    before, after = (json.dumps(said, ensure_ascii=False) if said else "" for said in (line.before, line.after))
    return [line.id, f"{line.at:%Y-%m-%d %H:%M:%S}", line.actor, line.what, line.about, line.school_id, before, after, line.request]


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
