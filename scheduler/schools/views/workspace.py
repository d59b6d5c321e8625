"""The care of the directory, for administrators."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock
from scheduler.schools import queries, service
from scheduler.schools.forms import SchoolForm
from scheduler.schools.models import School
from scheduler.schools.rows import FIELD_NAMES, in_words
from scheduler.schools.views.blueprint import actor, blueprint, said


@blueprint.get("/workspace/schools")
@access.open_to(access.ADMINISTRATORS)
def manage() -> str:
    """The schools page by page, as a list to work on."""
    return render_template("schools/manage.html", page=queries.by_name(request.args))


@blueprint.route("/workspace/schools/new", methods=["GET", "POST"])
@access.open_to(access.ADMINISTRATORS)
def new() -> str | Response | tuple[str, int]:
    """Add a school."""
    form = SchoolForm(data={"time_zone": queries.network().time_zone})
    if not form.is_submitted():
        return _page(form, None)
    if not form.validate():
        return _page(form, None), 422
    try:
        slug = service.create_school(form.details(), actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _page(form, None, refusal), 409
    flash(_("%(name)s is in the directory.", name=form.name.data), "good")
    return redirect(url_for("schools.show", slug=slug), 303)


@blueprint.route("/workspace/schools/<slug>", methods=["GET", "POST"])
@access.open_to(access.ADMINISTRATORS)
def edit(slug: str) -> str | Response | tuple[str, int]:
    """Change a school."""
    school = queries.school_or_404(slug)
    form = SchoolForm(data=SchoolForm.values_of(school))
    if not form.is_submitted():
        return _page(form, school)
    if not form.validate():
        return _page(form, school), 422
    try:
        service.edit_school(school.id, form.details(), version=form.version.number, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _page(form, queries.school_or_404(slug), refusal), 409
    flash(_("Saved."), "good")
    return redirect(url_for("schools.manage"), 303)


def _page(form: SchoolForm, school: School | None, refusal: Refusal | None = None) -> str:
    stored = []
    if isinstance(refusal, service.ChangedMeanwhile):
        form.version.data = str(refusal.version)
        stored = [(FIELD_NAMES[name], in_words(name, value)) for name, value in refusal.stored.items()]
    return render_template("schools/edit.html", form=form, school=school, stored=stored, refusal=said(refusal))
