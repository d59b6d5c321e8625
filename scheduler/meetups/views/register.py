"""How a lead registers a school's team from the public page of a meetup, without an account (registration rule 2)."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.core import booking, teams
from scheduler.core.capacity import Seats
from scheduler.core.refusal import Refusal, Sentence, count, say
from scheduler.foundation import access, clock
from scheduler.foundation.templating import translated
from scheduler.meetups import queries
from scheduler.meetups.models import Meetup
from scheduler.meetups.team_forms import LeadTeamForm
from scheduler.meetups.views.blueprint import blueprint
from scheduler.registration import crowd, links, service, terms
from scheduler.registration import queries as registration
from scheduler.schools import queries as schools
from scheduler.schools.choosing import queries as choosing


@blueprint.route("/meetups/<public_id>/register", methods=["GET", "POST"])
@access.open_to(access.ANYONE)
def register(public_id: str) -> str | Response | tuple[str, int]:
    """The team of a school: which school, and who comes, the lead first."""
    meetup = queries.public_meetup_or_404(public_id)
    form = LeadTeamForm(meetup.gathering, data={"school": _chosen_school()})
    if request.method != "POST":
        return _page(meetup, form)
    if not form.check():
        crowd.count_a_booking()
        return _page(queries.public_meetup_or_404(public_id), form), 422
    wanted = form.request()
    try:
        with crowd.refusals_count():
            booked = service.book(meetup.gathering_id, wanted, key=form.key.data or "", counted=crowd.count_inside, now=clock.now())
    except Refusal as refusal:
        return _page(queries.public_meetup_or_404(public_id), form, refusal=refusal), 409
    return _after(meetup, wanted, booked)


def _chosen_school() -> str:
    """The name of the school that the address chooses, by its own name in addresses: an invited school comes so."""
    asked = request.args.get("school", "")[:80]
    found = schools.find_school(asked) if asked else None
    return found.name if found else ""


def _after(meetup: Meetup, wanted: service.BookingRequest, booked: service.Booked) -> Response:
    if booked.outcome == service.Outcome.MAILED:
        session["mailed"] = {"address": wanted.lead_email, "people": wanted.party_size, "waits": False}
        return redirect(url_for("meetups.mailed", public_id=meetup.gathering.public_id), 303)
    links.remember(booked.public_id, booked.link_round)
    if booked.outcome == service.Outcome.CONFIRMED:
        flash(_("Your team is registered. The confirmation is in your mail."), "good")
    return redirect(url_for("registration.show", public_id=booked.public_id), 303)


@blueprint.get("/meetups/<public_id>/mailed")
@access.open_to(access.LINK)
def mailed(public_id: str) -> str | Response:
    """What comes next is in the mail: the same page whether address and school are new here or have a team already."""
    meetup = queries.public_meetup_or_404(public_id)
    if "mailed" not in session:
        return redirect(url_for("meetups.register", public_id=public_id), 303)
    return render_template("meetups/mailed.html", gathering=meetup.gathering, noindex=True, **session["mailed"])


def closed(meetup: Meetup, seats: Seats) -> Sentence | None:
    """Why no team can register now; None while one can."""
    gathering = meetup.gathering
    try:
        booking.may_book(terms.terms_of(gathering), gathering.party_least, now=clock.now())
    except Refusal as refusal:
        return refusal.sentence
    if seats.left >= gathering.party_least:
        return None
    left = count(seats.left, "%(n)d seat is left", "%(n)d seats are left")
    return say("%(left)s, too few for a team. Write to the organizers: they may know of more.", left=left)


def offer_of(meetup: Meetup) -> dict[str, object]:
    """What the pages say about registering: whether it is open, until when, how many make a team, how many seats are left."""
    gathering = meetup.gathering
    seats = registration.seats_of(gathering)
    return {
        "closed": closed(meetup, seats), "seats": seats, "team_size": teams.size_text(gathering.party_least, gathering.party_most),
        "until": booking.moment_text(gathering.closes_at, gathering.zone) if gathering.cutoff_days else "",
    }  # fmt: skip


def _page(meetup: Meetup, form: LeadTeamForm, *, refusal: Refusal | None = None) -> str:
    return render_template(
        "meetups/register.html", meetup=meetup, gathering=meetup.gathering, form=form, schools=choosing.names_offered(),
        offer=offer_of(meetup), refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip
