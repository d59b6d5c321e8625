"""Organizers' pages of a list of registrants: upload it, see what it would do, mend it, import it."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.core.text import tidy, without_unshowable
from scheduler.foundation import access, clock, tables
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.templating import translated
from scheduler.meetups import imports, queries
from scheduler.meetups.forms import FIELD_LABELS, ColumnsForm, ImportForm, MendForm
from scheduler.meetups.models import Meetup
from scheduler.meetups.registrants import Checked, Row, Typed
from scheduler.meetups.views.blueprint import actor, blueprint, page, user_id
from scheduler.registration.people.roles import as_choice, from_choice
from scheduler.registration.wording import ROLE_LABELS
from scheduler.schools.choosing import queries as choosing

MOST_MENDED = 50
"""Rows with mistakes that one preview shows for mending; whoever has more mends the file"""


@blueprint.route("/workspace/meetups/<public_id>/import", methods=["GET", "POST"])
@access.open_to(access.ORGANIZERS)
def import_(public_id: str) -> str | Response | tuple[str, int]:
    """Choose a file or paste cells; nothing is written to the list yet."""
    meetup = queries.meetup_or_404(public_id)
    form = ImportForm()
    if request.method != "POST":
        return page("import", meetup, "people", form=form, refusal=None)
    if not form.validate() or not form.check_source():
        return page("import", meetup, "people", form=form, refusal=None), 422
    try:
        draft_id = imports.start_import(meetup.id, *uploaded(form), user_id=user_id(), now=clock.now())
    except Refusal as refusal:
        meetup = queries.meetup_or_404(public_id)
        return page("import", meetup, "people", form=form, refusal=translated(refusal.sentence)), 409
    return redirect(url_for("meetups.import_preview", public_id=public_id, draft_id=draft_id), 303)


def uploaded(form: ImportForm) -> tuple[str, tables.Table]:
    """The name and the rows of what a form brought: a file, or pasted cells."""
    if not form.has_file:
        return _("pasted cells"), tables.read_pasted(form.pasted.data or "")
    name = without_unshowable(tidy(form.file.data.filename))
    return name, tables.read_table(name, form.file.data.read())


@blueprint.get("/workspace/meetups/<public_id>/import/<draft_id>")
@access.open_to(access.ORGANIZERS)
def import_preview(public_id: str, draft_id: str) -> str | Response:
    """What the list would do: who is new, who is here already, which rows have mistakes."""
    meetup = queries.meetup_or_404(public_id)
    draft = queries.import_or_404(meetup, draft_id)
    if draft.confirmed_at is not None:
        return redirect(url_for("meetups.people", public_id=public_id), 303)
    return _preview(meetup, draft)


@blueprint.post("/workspace/meetups/<public_id>/import/<draft_id>")
@access.open_to(access.ORGANIZERS)
def import_confirm(public_id: str, draft_id: str) -> str | Response | tuple[str, int]:
    """Keep what was mended and check again, or write everybody who is new to the list."""
    meetup = queries.meetup_or_404(public_id)
    draft = queries.import_or_404(meetup, draft_id)
    here = url_for("meetups.import_preview", public_id=public_id, draft_id=draft_id)
    changes = _changes(draft)
    if draft.confirmed_at is not None or "confirm" not in request.form:
        if draft.confirmed_at is None:
            imports.save_changes(draft.id, changes)
        return redirect(here, 303)
    try:
        done = imports.confirm(draft.id, meetup.id, changes, expected=request.form["confirm"], actor=actor(), now=clock.now())
    except Refusal as refusal:
        meetup = queries.meetup_or_404(public_id)
        return _preview(meetup, queries.import_or_404(meetup, draft_id), refusal=refusal), 409
    if not done.done:
        imports.save_changes(draft.id, changes)
        flash(_("What you changed makes a difference, so nothing is imported yet. Look at the list as it is now."), "warn")
        return redirect(here, 303)
    if done.people:
        flash(ngettext("%(num)d person is registered.", "%(num)d people are registered.", done.people), "good")
    return redirect(url_for("meetups.people", public_id=public_id), 303)


def _changes(draft: ImportDraft) -> imports.Changes:
    """What stands in the form: the columns, and the rows that were open for mending."""
    columns = ColumnsForm(draft.headers, request.form)
    lines = {row["line"] for row in draft.rows}
    asked = [int(line) for line in request.form.getlist("line")[: MOST_MENDED * 2] if line.isdecimal() and len(line) < 9]
    mended = {line: _mended(line) for line in asked if line in lines}
    return imports.Changes(columns.mapping(), mended)


def _mended(line: int) -> Typed:
    form = MendForm(request.form, prefix=f"row{line}-")
    role, grade = from_choice(form.role.data)
    name, school, email = (tidy(form[name].data or "")[:1000] for name in ("name", "school", "email"))
    return Typed(line, name, school, role, email, grade)


def _preview(meetup: Meetup, draft: ImportDraft, *, refusal: Refusal | None = None) -> str:
    checked = imports.preview(draft, meetup)
    columns = ColumnsForm(draft.headers, data={name: str(index) for name, index in draft.mapping.items()})
    return page(
        "import_preview", meetup, "people", draft=draft, checked=checked, columns=columns, schools=choosing.names_offered(),
        mending=[(row, _mend_form(row)) for row in checked.faulty[:MOST_MENDED]], missing=[FIELD_LABELS[name] for name in checked.missing],
        role_labels=ROLE_LABELS, button=_button(checked), refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip


def _mend_form(row: Row) -> MendForm:
    typed = row.typed
    data = {"name": typed.name, "school": typed.school, "role": as_choice(row.role, row.grade_band), "email": typed.email}
    form = MendForm(prefix=f"row{row.line}-", data=data)
    for name, sentence in row.faults:
        form[name].errors = [*form[name].errors, translated(sentence)]
    return form


def _button(checked: Checked) -> str:
    """What pressing it does, with the numbers in it."""
    text = str(ngettext("Import %(num)d person", "Import %(num)d people", len(checked.new)))
    if checked.faulty:
        text += ngettext(", leave out %(num)d row", ", leave out %(num)d rows", len(checked.faulty))
    return text
