"""The log on a page and as a file, for administrators."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from scheduler.foundation import access
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.tables import csv_bytes
from scheduler.home.log import queries
from scheduler.home.log.forms import NarrowForm
from scheduler.schools import queries as schools

blueprint = Blueprint("log", __name__, url_prefix="/workspace/log")
HEADINGS = ("Number", "When (UTC)", "Who", "What", "Thing", "School", "Before", "After", "Request")


@blueprint.get("")
@access.open_to(access.ADMINISTRATORS)
def index() -> str | tuple[str, int]:
    """The newest lines that fit what the address asks for."""
    names, zone = queries.names(), schools.network().time_zone
    form = NarrowForm(request.args, names, queries.deeds())
    right = form.validate()
    page = queries.lines(form.narrowed(ZoneInfo(zone)), before=_number(request.args.get("before", ""))) if right else None
    shown = {name: value for name, value in request.args.items() if name in form and value}
    body = render_template(
        "home/log/index.html", form=form, page=page, names=names, zone=zone, shown=shown, changes=queries.changes, most=queries.MOST_CSV
    )
    return body if right else (body, 422)


@blueprint.get("/log.csv")
@access.open_to(access.ADMINISTRATORS)
def table() -> Response | Redirect:
    """The same lines for a spreadsheet."""
    form = NarrowForm(request.args, queries.names(), queries.deeds())
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
