"""Importing schools from a file: choose it, see what it would do, confirm."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.tables import read_table
from scheduler.schools import imports, queries
from scheduler.schools.forms import ImportForm
from scheduler.schools.rows import FIELD_NAMES, FIELDS
from scheduler.schools.views.blueprint import actor, blueprint, said


@blueprint.route("/workspace/schools/import", methods=["GET", "POST"])
@access.open_to(access.ADMINISTRATORS)
def import_() -> str | Response | tuple[str, int]:
    """Choose a file."""
    form = ImportForm()
    if not form.is_submitted():
        return render_template("schools/import.html", form=form, refusal=None)
    if not form.validate():
        return render_template("schools/import.html", form=form, refusal=None), 422
    try:
        table = read_table(form.file.data.filename, form.file.data.read())
        public_id = imports.start_import(form.file.data.filename, table, user_id=_user_id(), now=clock.now())
    except Refusal as refusal:
        return render_template("schools/import.html", form=form, refusal=said(refusal)), 409
    return redirect(url_for("schools.import_preview", public_id=public_id), 303)


@blueprint.get("/workspace/schools/import/<public_id>")
@access.open_to(access.ADMINISTRATORS)
def import_preview(public_id: str) -> str | Response:
    """What the file would do."""
    draft = queries.draft_or_404(public_id, _user_id())
    if draft.confirmed_at is not None:
        return redirect(url_for("schools.manage"), 303)
    return _preview(draft)


@blueprint.post("/workspace/schools/import/<public_id>/columns")
@access.open_to(access.ADMINISTRATORS)
def import_columns(public_id: str) -> Response:
    """Correct which column holds what."""
    draft = queries.draft_or_404(public_id, _user_id())
    chosen = {name: request.form.get(name, "") for name in FIELDS}
    imports.choose_columns(draft.id, {name: int(index) for name, index in chosen.items() if index.isascii() and index.isdigit()})
    return redirect(url_for("schools.import_preview", public_id=public_id), 303)


@blueprint.post("/workspace/schools/import/<public_id>")
@access.open_to(access.ADMINISTRATORS)
def import_confirm(public_id: str) -> Response | tuple[str, int]:
    """Write it."""
    draft = queries.draft_or_404(public_id, _user_id())
    done = imports.confirm(draft.id, expected=request.form.get("expected", ""), actor=actor(), now=clock.now())
    if not done.done:
        changed = _("The schools changed meanwhile, and this file would now do something else. Nothing was written. Look again.")
        return _preview(queries.draft_or_404(public_id, _user_id()), changed), 409
    flash(ngettext("%(num)d school is new.", "%(num)d schools are new.", done.new), "good")
    if done.changed:
        flash(ngettext("%(num)d school is changed.", "%(num)d schools are changed.", done.changed), "good")
    return redirect(url_for("schools.manage"), 303)


def _preview(draft: ImportDraft, refusal: str | None = None) -> str:
    return render_template(
        "schools/import_preview.html", draft=draft, checked=imports.preview(draft), fields=FIELD_NAMES, names=list(FIELDS), refusal=refusal
    )


def _user_id() -> int:
    found = access.actor().user_id
    assert found is not None, "the policy lets nobody else in"
    return found
