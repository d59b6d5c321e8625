"""The page on which an adult says whether a guardian's permission for a student is on file: before, or at the door."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.core import consents
from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock
from scheduler.foundation.templating import translated
from scheduler.registration.models import Attendee, ConsentAnswer, ConsentKind, Registration
from scheduler.registration.people import permissions, queries
from scheduler.registration.people.forms import PermissionForm
from scheduler.registration.people.views import own_party

blueprint = Blueprint("permissions", __name__)


@blueprint.route("/registrations/<public_id>/people/<place>/permission", methods=["GET", "POST"])
@access.open_to(access.LINK)
def attest(public_id: str, place: str) -> str | Response | tuple[str, int]:
    """On file at school, declined, or not known; with the name of whoever says so."""
    registration = own_party(public_id)
    student = queries.named_attendee(registration, place)
    if student is None or not student.is_student:
        abort(404)
    form = PermissionForm(data={"answer": student.said(ConsentKind.GUARDIAN).value})
    if request.method != "POST":
        return _page(registration, student, form)
    if not form.validate():
        return _page(registration, student, form), 422
    answer, signed = ConsentAnswer(form.answer.data), form.signed.data or ""
    try:
        permissions.attest(registration.id, place, answer, signed, actor="link", now=clock.now())
    except Refusal as refusal:
        return _page(own_party(public_id), student, form, refusal), 409
    flash(_("Saved: %(name)s can come in.", name=student.name) if answer == ConsentAnswer.YES else _("Saved."), "good")
    return redirect(url_for("registration.show", public_id=public_id), 303)


def _page(registration: Registration, student: Attendee, form: PermissionForm, refusal: Refusal | None = None) -> str:
    gathering, now = registration.gathering, clock.now()
    return render_template(
        "registration/people/permission.html", registration=registration, gathering=gathering, attendee=student, form=form, now=now,
        text=consents.newest(consents.TextKind.GUARDIAN), noindex=True, refusal=translated(refusal.sentence) if refusal else None,
        closed=_closed(registration),
    )  # fmt: skip


def _closed(registration: Registration) -> str | None:
    """Why nobody can answer now; None while one can."""
    try:
        permissions.refuse_attesting(registration, registration.gathering, now=clock.now())
    except Refusal as no:
        return translated(no.sentence)
    return None
