"""A visit: plan it, change it, open and pause it, cancel it, print its roster."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import flash, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock
from scheduler.foundation.tables import csv_bytes
from scheduler.foundation.templating import translated
from scheduler.registration.door import desk
from scheduler.registration.people.table import roster_table
from scheduler.schools import queries as schools
from scheduler.visits import queries, service
from scheduler.visits.for_whom import ForWhom, for_whom
from scheduler.visits.forms import BOOKING_RULES, RESERVED_RULES, CancelVisitForm, CapacityForm, VisitForm
from scheduler.visits.models import Visit
from scheduler.visits.workspace.blueprint import actor, back_to, blueprint
from scheduler.visits.workspace.page import Wrong, answer, manage_page


@blueprint.route("/new", methods=["GET", "POST"])
@access.open_to(access.HOSTS)
def new() -> str | Response | tuple[str, int]:
    """Plan a visit, as a draft or open at once."""
    asked = for_whom(access.actor())
    if not isinstance(asked, ForWhom):
        return asked
    form = VisitForm(asked.schools, schools.focus_areas(), data=VisitForm.values_for(asked.chosen))
    if request.method != "POST":
        return _edit_page(form, None)
    publish = "publish" in request.form
    if not form.check(clock.now(), publish=publish):
        return _edit_page(form, None), 422
    try:
        public_id = service.create_visit(form.chosen_school.id, form.details(), publish=publish, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _edit_page(form, None, refusal), 409
    flash(_("The visit is open for booking.") if publish else _("The draft is saved. Nobody else sees it yet."), "good")
    return back_to(public_id)


@blueprint.get("/<public_id>")
@access.open_to(access.HOSTS)
def manage(public_id: str) -> str:
    """One visit: who comes, who waits, and what can be done."""
    return manage_page(queries.visit_for_host_or_404(public_id, access.actor()))


@blueprint.route("/<public_id>/edit", methods=["GET", "POST"])
@access.open_to(access.HOSTS)
def edit(public_id: str) -> str | Response | tuple[str, int]:
    """Change a visit."""
    visit = queries.visit_for_host_or_404(public_id, access.actor())
    form = _form_of(visit)
    if request.method != "POST":
        return _edit_page(form, visit)
    if not form.check(clock.now(), publish=False, visit=visit):
        return _edit_page(form, visit), 422
    version = form.version.data or ""
    try:
        told = service.edit_visit(
            visit.id, form.details(), version=int(version) if version.isdigit() else 0, actor=actor(), now=clock.now()
        )  # fmt: skip
    except Refusal as refusal:
        return _edit_page(form, queries.visit_for_host_or_404(public_id, access.actor()), refusal), 409
    flash(_("Saved."), "good")
    if told:
        flash(
            ngettext("%(num)d party is told of the new time or place.", "%(num)d parties are told of the new time or place.", told), "info"
        )
    return back_to(public_id)


@blueprint.post("/<public_id>/publish")
@access.open_to(access.HOSTS)
def publish(public_id: str) -> Response | tuple[str, int]:
    """Open a draft for booking."""
    visit = queries.visit_for_host_or_404(public_id, access.actor())
    deed = partial(service.publish_visit, visit.id, actor=actor(), now=clock.now())
    return answer(visit, None, deed, _("The visit is open for booking."))


@blueprint.post("/<public_id>/capacity")
@access.open_to(access.HOSTS)
def capacity(public_id: str) -> Response | tuple[str, int]:
    """Take more or fewer people."""
    visit = queries.visit_for_host_or_404(public_id, access.actor())
    form = CapacityForm()
    if not form.validate():
        return manage_page(visit, Wrong(form)), 422
    try:
        moved = service.change_capacity(visit.id, form.capacity.data or 0, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return manage_page(visit, Wrong(form, refusal)), 409
    flash(_("The number of seats is changed."), "good")
    if moved:
        flash(
            ngettext(
                "%(num)d party from the waitlist is seated or asked.", "%(num)d parties from the waitlist are seated or asked.", moved
            ),
            "info",
        )
    return back_to(public_id)


@blueprint.post("/<public_id>/pause")
@access.open_to(access.HOSTS)
def pause(public_id: str) -> Response | tuple[str, int]:
    """Take no new parties for now."""
    return _pause(public_id, True, _("Booking is paused. Who is booked still comes."))


@blueprint.post("/<public_id>/open")
@access.open_to(access.HOSTS)
def reopen(public_id: str) -> Response | tuple[str, int]:
    """Take parties again."""
    return _pause(public_id, False, _("The visit takes parties again."))


def _pause(public_id: str, paused: bool, said: str) -> Response | tuple[str, int]:
    visit = queries.visit_for_host_or_404(public_id, access.actor())
    return answer(visit, None, partial(service.pause_booking, visit.id, paused=paused, actor=actor(), now=clock.now()), said)


@blueprint.post("/<public_id>/run")
@access.open_to(access.HOSTS)
def run(public_id: str) -> Response | tuple[str, int]:
    """It takes place with fewer people than it needs (rule 9)."""
    visit = queries.visit_for_host_or_404(public_id, access.actor())
    deed = partial(service.settle_least, visit.id, "run", actor=actor(), now=clock.now())
    return answer(visit, None, deed, _("The visit takes place. You are not asked again."))


@blueprint.post("/<public_id>/extend")
@access.open_to(access.HOSTS)
def extend(public_id: str) -> Response | tuple[str, int]:
    """Booking stays open a little longer (rule 9)."""
    visit = queries.visit_for_host_or_404(public_id, access.actor())
    deed = partial(service.settle_least, visit.id, "extend", actor=actor(), now=clock.now())
    return answer(visit, None, deed, _("Booking stays open until one school day before. You are asked again then."))


@blueprint.route("/<public_id>/cancel", methods=["GET", "POST"])
@access.open_to(access.HOSTS)
def cancel(public_id: str) -> str | Response | tuple[str, int]:
    """Cancel a visit, after one has read how many people are told."""
    visit = queries.visit_for_host_or_404(public_id, access.actor())
    form = CancelVisitForm()
    if request.method != "POST":
        return _cancel_page(visit, form)
    if not form.validate():
        return _cancel_page(visit, form), 422
    try:
        people = service.cancel_visit(visit.id, form.reason.data or "", actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _cancel_page(visit, form, refusal), 409
    flash(ngettext("The visit is cancelled. %(num)d person is told.", "The visit is cancelled. %(num)d people are told.", people), "good")
    return back_to(public_id)


@blueprint.get("/<public_id>/roster")
@access.open_to(access.HOSTS)
def roster(public_id: str) -> str:
    """Who comes, on paper."""
    visit = queries.visit_for_host_or_404(public_id, access.actor())
    return desk.paper_page(visit.gathering)


@blueprint.get("/<public_id>/roster.csv")
@access.open_to(access.HOSTS)
def roster_csv(public_id: str) -> Response:
    """Who comes, for a spreadsheet: one row a person, with what the host asked."""
    visit = queries.visit_for_host_or_404(public_id, access.actor())
    response = Response(csv_bytes(*roster_table(visit.gathering_id)), mimetype="text/csv")
    response.headers["Content-Disposition"] = (
        f'attachment; filename="roster-{visit.gathering.starts_wall:%Y-%m-%d}-{visit.school.slug}.csv"'
    )
    return response


def _edit_page(form: VisitForm, visit: Visit | None, refusal: Refusal | None = None) -> str:
    said = translated(refusal.sentence) if refusal else None
    stored = form.meanwhile(_form_of(visit, formdata=None)) if refusal and visit else []
    return render_template(
        "visits/edit.html", form=form, visit=visit, refusal=said, stored=stored, booking_rules=BOOKING_RULES, reserved_rules=RESERVED_RULES
    )  # fmt: skip


def _form_of(visit: Visit, **kwargs: Any) -> VisitForm:
    return VisitForm([visit.school], schools.focus_areas(), data=VisitForm.values_of(visit), **kwargs)


def _cancel_page(visit: Visit, form: CancelVisitForm, refusal: Refusal | None = None) -> str:
    said = translated(refusal.sentence) if refusal else None
    return render_template("visits/cancel.html", visit=visit, row=queries.rows([visit])[0], form=form, refusal=said)
