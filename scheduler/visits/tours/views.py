"""Hosts' pages of a tour: what stands, rooms and turns, planning, the route sheets; and a party's own routes."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.core.tours.rules import MOST_ROOMS, MOST_TURNS, Turn
from scheduler.foundation import access, audit, clock
from scheduler.foundation.templating import translated
from scheduler.registration.models import GatheringKind, Registration
from scheduler.visits import queries as visits
from scheduler.visits.models import Visit
from scheduler.visits.tours import queries, service
from scheduler.visits.tours.forms import TourForm
from scheduler.visits.tours.sheet import Sheet, Walker, routes_of_party

blueprint = Blueprint("tours", __name__, url_prefix="/workspace/visits/<public_id>/tour")
Answer = str | Response | tuple[str, int]


@blueprint.get("")
@access.open_to(access.HOSTS)
def show(public_id: str) -> str:
    """The rooms, the turns, and who is where."""
    return _show_page(_own(public_id))


@blueprint.route("/edit", methods=["GET", "POST"])
@access.open_to(access.HOSTS)
def edit(public_id: str) -> Answer:
    """List rooms and turns, or change them."""
    visit = _own(public_id)
    if request.method != "POST":
        return _edit_page(visit, _form_of(visit))
    form, span = TourForm(), queries.span_of(visit.gathering)
    if more := request.form.get("more"):
        form.one_more(more)
        return _edit_page(visit, form)
    if not form.check(span):
        return _edit_page(visit, form), 422
    try:
        version = _number(form.version.data or "")
        ended = service.save(visit.id, form.rooms(), form.times(span), version=version, actor=_actor(), now=clock.now())
    except Refusal as refusal:
        return _edit_page(_own(public_id), form, refusal), 409
    flash(_("Saved."), "good")
    if ended:
        flash(_("The routes that were planned do not fit these rooms and turns. Plan them anew."), "info")
    return _back(public_id)


@blueprint.post("/plan")
@access.open_to(access.HOSTS)
def plan(public_id: str) -> Answer:
    """Give everybody a route."""
    visit = _own(public_id)
    try:
        people = service.plan(visit.id, seen=_number(request.form.get("seen", "")), actor=_actor(), now=clock.now())
    except Refusal as refusal:
        return _show_page(_own(public_id), refusal), 409
    flash(ngettext("%(num)d person has a route.", "%(num)d people have a route.", people), "good")
    return _back(public_id)


@blueprint.post("/remove")
@access.open_to(access.HOSTS)
def remove(public_id: str) -> Answer:
    """The visit has no tour after all."""
    visit = _own(public_id)
    try:
        service.remove(visit.id, actor=_actor(), now=clock.now())
    except Refusal as refusal:
        return _show_page(_own(public_id), refusal), 409
    flash(_("The tour stops are taken away."), "good")
    return _back(public_id)


@blueprint.get("/rooms")
@access.open_to(access.HOSTS)
def rooms(public_id: str) -> str:
    """A sheet for each room, on paper."""
    return _paper("rooms", _own(public_id))


@blueprint.get("/people")
@access.open_to(access.HOSTS)
def people(public_id: str) -> str:
    """Everybody's route from A to Z, on paper."""
    return _paper("people", _own(public_id))


def of_party(party: Registration) -> tuple[Sequence[Turn], Sequence[Walker]] | None:
    """The turns and the routes of a confirmed party, for its own page; None before they are planned."""
    gathering = party.gathering
    if not party.is_confirmed or gathering.kind != GatheringKind.VISIT or gathering.is_cancelled:
        return None
    return routes_of_party(party)


def _own(public_id: str) -> Visit:
    return visits.visit_for_host_or_404(public_id, access.actor())


def _actor() -> str:
    return audit.user(access.actor().user_id)


def _number(sent: str) -> int:
    """A number that a page sent back; whatever else arrives counts as 0."""
    return int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 10 else 0


def _back(public_id: str) -> Response:
    return redirect(url_for("tours.show", public_id=public_id), 303)


def _show_page(visit: Visit, refusal: Refusal | None = None) -> str:
    tour, gathering, now = queries.find_tour(visit.id), visit.gathering, clock.now()
    return render_template(
        "visits/tours/show.html", visit=visit, gathering=gathering, tour=tour, sheet=Sheet(gathering, tour) if tour else None,
        open=not (gathering.is_cancelled or gathering.is_over(now)), refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip


def _form_of(visit: Visit) -> TourForm:
    """The form with the tour that is there, else with the rooms and turns that the school had last, else with a suggestion."""
    own, span = queries.find_tour(visit.id), queries.span_of(visit.gathering)
    pattern = own or queries.latest_of_school(visit.school_id)
    if pattern is None:
        return TourForm.of((), (), span, version=0)
    turns = queries.turns_of(pattern, span.starts)
    fitting = turns if own or all(turn.ends <= span.ends for turn in turns) else ()
    return TourForm.of(pattern.stops, fitting, span, version=own.version if own else 0)


def _edit_page(visit: Visit, form: TourForm, refusal: Refusal | None = None) -> str:
    return render_template(
        "visits/tours/edit.html", visit=visit, gathering=visit.gathering, form=form, tour=queries.find_tour(visit.id),
        most_rooms=MOST_ROOMS, most_turns=MOST_TURNS, refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip


def _paper(name: str, visit: Visit) -> str:
    tour = queries.find_tour(visit.id)
    if tour is None or tour.planned_at is None:
        abort(404)
    return render_template(f"visits/tours/{name}.html", gathering=visit.gathering, tour=tour, sheet=Sheet(visit.gathering, tour))
