"""Pages of a visit for everybody: what one will see, and booking it."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.core.capacity import Seats
from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock, tokens
from scheduler.foundation.db import apart
from scheduler.foundation.templating import translated
from scheduler.registration import at_once, crowd, links, service
from scheduler.registration.forms import BookingForm
from scheduler.schools.choosing import queries as choosing
from scheduler.visits import queries, search
from scheduler.visits.models import Visit
from scheduler.visits.standing import standing

blueprint = Blueprint("visits", __name__)


@blueprint.get("/visits/<public_id>")
@access.open_to(access.ANYONE)
def show(public_id: str) -> str:
    """One visit: what, when, where, how many seats, and the form to book them."""
    return _page(queries.visit_or_404(public_id))


@blueprint.post("/visits/<public_id>/book")
@access.open_to(access.ANYONE)
def book(public_id: str) -> Response | tuple[str, int]:
    """Book seats, or join the waitlist with the same form."""
    gathering = queries.bookable_or_404(public_id)
    form = BookingForm(gathering)
    if not form.validate():
        crowd.count_a_booking()
        return _page(queries.visit_or_404(public_id), form), 422
    wanted = form.request(wait_if_full="wait" in request.form)
    try:
        with crowd.refusals_count():
            booked = service.book(gathering.id, wanted, key=form.key.data or "", counted=crowd.count_inside, now=clock.now())
    except service.Full as full:
        return _page(queries.visit_or_404(public_id), form, refusal=full, offer_waitlist=True), 409
    except Refusal as refusal:
        return _page(queries.visit_or_404(public_id), form, refusal=refusal), 409
    return _after(public_id, wanted, booked)


def _after(public_id: str, wanted: service.BookingRequest, booked: service.Booked) -> Response:
    if booked.outcome == service.Outcome.MAILED:
        session["mailed"] = {"address": wanted.lead_email, "people": wanted.party_size, "waits": wanted.wait_if_full}
        return redirect(url_for("visits.mailed", public_id=public_id), 303)
    links.remember(booked.public_id, booked.link_round)
    if booked.outcome == service.Outcome.WAITLISTED:
        flash(_("You are on the waitlist. We have written to you."), "good")
        return redirect(url_for("registration.entry", public_id=booked.public_id), 303)
    flash(_("You are booked. The confirmation is in your mail."), "good") if booked.outcome == service.Outcome.CONFIRMED else None
    return redirect(url_for("registration.show", public_id=booked.public_id), 303)


@blueprint.get("/visits/<public_id>/mailed")
@access.open_to(access.LINK)
def mailed(public_id: str) -> str | Response:
    """What comes next is in the mail: the same page whether the address is new here, known, or has booked too much already."""
    visit = queries.visit_or_404(public_id)
    if "mailed" not in session:
        return redirect(url_for("visits.show", public_id=public_id), 303)
    return render_template("visits/mailed.html", visit=visit, gathering=visit.gathering, noindex=True, **session["mailed"])


def _page(visit: Visit, form: BookingForm | None = None, *, refusal: Refusal | None = None, offer_waitlist: bool = False) -> str:
    now = clock.now()
    beside = at_once.of_visit(visit.gathering)
    row = queries.VisitRow(visit, Seats(visit.gathering.capacity, {"": beside.taken}), beside.waiting)
    facts: dict[str, Any] = {"visit": visit, "gathering": visit.gathering, "school": visit.school, "row": row, "form": form, "now": now}
    nobody_new = not row.seats.left or (row.gathering.strict_line and bool(row.waiting))
    must_wait = offer_waitlist or (row.gathering.waitlist_open and nobody_new)
    return render_template(
        "visits/show.html", **facts, must_wait=must_wait, standing=standing(visit.gathering, row.seats, now),
        areas=apart(beside.areas), school_names=tuple(choosing.names_offered(beside)), beside=beside,
        blank=partial(BookingForm, visit.gathering), new_key=tokens.new_token,
        other_dates=None if search.takes_parties(row, now=now) else search.other_dates(visit, now=now),
        refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip
