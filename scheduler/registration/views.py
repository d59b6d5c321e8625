"""Pages that a party opens by its link: see, change, move and cancel a booking; answer an offer, leave the line."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from scheduler.core.capacity import Seats
from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock, tokens
from scheduler.foundation.templating import translated
from scheduler.registration import at_once, links, queries, service
from scheduler.registration.forms import CancelForm, SizeForm, SureForm
from scheduler.registration.models import Gathering, Registration, WaitlistEntry
from scheduler.registration.people import queries as people

blueprint = Blueprint("registration", __name__)


@blueprint.get("/r/<public_id>/<token>")
@access.open_to(access.LINK)
def open_link(public_id: str, token: str) -> Response:
    """Exchange a mailed link for a cookie and a clean address; nothing is written (rule 14)."""
    registration = queries.registration_or_404(public_id)
    if not tokens.opens(token, links.PARTY, public_id, registration.link_round):
        abort(404)
    links.remember(public_id, registration.link_round)
    page = _PAGES.get(request.args.get("to", ""), "registration.show")
    return redirect(url_for(page, public_id=public_id), 303)


_PAGES = {"people": "registration_people.who_comes", "more": "registration_people.tell"}
"""Where a mailed link may lead beside the party's own page"""


@blueprint.get("/registrations/<public_id>")
@access.open_to(access.LINK)
def show(public_id: str) -> str:
    """The party's page: where it stands and what can be done."""
    return _page(_own(public_id))


@blueprint.post("/registrations/<public_id>/verify")
@access.open_to(access.LINK)
def verify(public_id: str) -> Response | tuple[str, int]:
    """The lead came by the mailed link and says that the address is theirs."""
    registration = _own(public_id)
    try:
        outcome = service.verify(registration.id, now=clock.now())
    except Refusal as refusal:
        return _page(_own(public_id), refusal=refusal), 409
    if outcome == service.Outcome.CONFIRMED:
        flash(_("You are booked. The confirmation is in your mail."), "good")
    return redirect(url_for("registration.show", public_id=public_id), 303)


@blueprint.post("/registrations/<public_id>/size")
@access.open_to(access.LINK)
def change_size(public_id: str) -> Response | tuple[str, int]:
    """Make the party smaller or larger."""
    registration = _own(public_id)
    form = SizeForm(registration.party_size, _most(registration))
    if not form.validate():
        return _page(registration, size_form=form), 422
    size, before = int(form.party_size.data), registration.party_size
    if size < sum(attendee.person is not None for attendee in registration.attendees):
        return redirect(url_for("registration_people.fewer", public_id=public_id, size=size), 303)
    try:
        service.resize(registration.id, size, reason=form.reason.data or "", actor="link", now=clock.now())
    except Refusal as refusal:
        return _page(_own(public_id), refusal=refusal, size_form=form), 409
    flash(_("Your party is larger now.") if size > before else _("Your party is smaller now. The seats you freed go to others."), "good")
    return redirect(url_for("registration.show", public_id=public_id), 303)


@blueprint.post("/registrations/<public_id>/cancel")
@access.open_to(access.LINK)
def cancel(public_id: str) -> Response | tuple[str, int]:
    """Cancel the party's booking."""
    registration = _own(public_id)
    form = CancelForm()
    if not form.validate():
        return _page(registration, cancel_form=form), 422
    try:
        service.cancel(registration.id, reason=form.reason.data or "", by="party", actor="link", now=clock.now())
    except Refusal as refusal:
        return _page(_own(public_id), refusal=refusal, cancel_form=form), 409
    flash(_("Your booking is cancelled. The seats go to others."), "good")
    return redirect(url_for("registration.show", public_id=public_id), 303)


@blueprint.get("/registrations/<public_id>/move")
@access.open_to(access.LINK)
def dates(public_id: str) -> str:
    """Other dates to which this booking can move."""
    return _dates_page(_own(public_id))


@blueprint.post("/registrations/<public_id>/move")
@access.open_to(access.LINK)
def move(public_id: str) -> Response | tuple[str, int]:
    """Come on another date: at once, once the host agrees, or when seats come free there."""
    registration = _own(public_id)
    target = queries.gathering_or_404(request.form.get("to", ""))
    try:
        outcome = service.move(registration.id, target.id, wait_if_full="wait" in request.form, actor="link", now=clock.now())
    except service.Full as full:
        return _dates_page(_own(public_id), refusal=full, full=target), 409
    except Refusal as refusal:
        return _dates_page(_own(public_id), refusal=refusal), 409
    flash(_MOVED[outcome], "good")
    return redirect(url_for("registration.show", public_id=public_id), 303)


_MOVED = {
    service.Outcome.CONFIRMED: _l("Your party comes on the new date. The calendar entry is on its way."),
    service.Outcome.PENDING: _l("The host of the new date decides. You keep your seats until then."),
    service.Outcome.WAITLISTED: _l("Your party waits for the new date and keeps its seats on this one."),
}


@blueprint.get("/w/<public_id>/<token>")
@access.open_to(access.LINK)
def open_entry(public_id: str, token: str) -> Response:
    """The same for a waitlist entry."""
    entry = queries.entry_or_404(public_id)
    if not tokens.opens(token, links.ENTRY, public_id, entry.link_round):
        abort(404)
    links.remember(public_id, entry.link_round)
    return redirect(url_for("registration.entry", public_id=public_id), 303)


@blueprint.get("/waiting/<public_id>")
@access.open_to(access.LINK)
def entry(public_id: str) -> str | Response:
    """Where a party stands in line; once it moved up, its registration's page."""
    found = _own_entry(public_id)
    if found.registration_id is not None:
        registration = queries.registration(found.registration_id)
        links.remember(registration.public_id, registration.link_round)
        return redirect(url_for("registration.show", public_id=registration.public_id), 303)
    return _entry_page(found)


@blueprint.post("/waiting/<public_id>/accept")
@access.open_to(access.LINK)
def accept(public_id: str) -> Response | tuple[str, int]:
    """Take the seats that are held."""
    entry = _own_entry(public_id)
    try:
        party = queries.registration_or_404(service.accept(entry.id, now=clock.now()))
    except Refusal as refusal:
        return _entry_page(_own_entry(public_id), refusal=refusal), 409
    links.remember(party.public_id, party.link_round)
    flash(_("The seats are yours. The confirmation is in your mail."), "good") if party.is_confirmed else None
    return redirect(url_for("registration.show", public_id=party.public_id), 303)


@blueprint.post("/waiting/<public_id>/decline")
@access.open_to(access.LINK)
def decline(public_id: str) -> Response | tuple[str, int]:
    """Let the next in line have the seats."""
    try:
        service.decline(_own_entry(public_id).id, now=clock.now())
    except Refusal as refusal:
        return _entry_page(_own_entry(public_id), refusal=refusal), 409
    flash(_("The seats go to the next in line."), "good")
    return redirect(url_for("registration.entry", public_id=public_id), 303)


@blueprint.post("/waiting/<public_id>/sure")
@access.open_to(access.LINK)
def sure(public_id: str) -> Response | tuple[str, int]:
    """Until when seats are taken without asking."""
    entry, form = _own_entry(public_id), SureForm()
    if not form.validate():
        return _entry_page(entry, sure_form=form), 422
    try:
        service.confirm_without_asking(entry.id, form.until_end_of(entry.gathering), now=clock.now())
    except Refusal as refusal:
        return _entry_page(_own_entry(public_id), refusal=refusal), 409
    flash(_("Saved."), "good")
    return redirect(url_for("registration.entry", public_id=public_id), 303)


@blueprint.post("/waiting/<public_id>/withdraw")
@access.open_to(access.LINK)
def withdraw(public_id: str) -> Response:
    """Leave the waitlist."""
    service.withdraw(_own_entry(public_id).id, now=clock.now())
    flash(_("You no longer wait for this."), "good")
    return redirect(url_for("registration.entry", public_id=public_id), 303)


def _own(public_id: str) -> Registration:
    registration = queries.registration_or_404(public_id)
    if not links.is_remembered(public_id, registration.link_round):
        abort(404)
    return registration


def _own_entry(public_id: str) -> WaitlistEntry:
    found = queries.entry_or_404(public_id)
    if not links.is_remembered(public_id, found.link_round):
        abort(404)
    return found


def _most(registration: Registration, beside: sa.Row[Any] | None = None) -> int:
    """Larger sizes are offered only as far as seats are left for this party now; how many are taken may be known."""
    gathering, size = registration.gathering, registration.party_size
    if not registration.is_confirmed or gathering.is_closed(clock.now()):
        return size
    if beside and not beside.reserved:
        return max(size, min(gathering.party_most, size + Seats(gathering.capacity, {"": beside.taken}).left))
    seats = queries.seats_of(gathering)
    return max(size, min(gathering.party_most, size + seats.left_for(registration.tier)))


def _page(
    registration: Registration, *, size_form: SizeForm | None = None, cancel_form: CancelForm | None = None, refusal: Refusal | None = None
) -> str:
    beside = at_once.of_party(registration)
    people.read_permissions(registration)
    most = _most(registration, beside)
    return render_template(
        "registration/show.html", registration=registration, gathering=registration.gathering, now=clock.now(), noindex=True,
        size_form=size_form, blank_size=partial(SizeForm, registration.party_size, most, formdata=None), most=most, beside=beside,
        cancel_form=cancel_form, blank_cancel=partial(CancelForm, formdata=None),
        move=queries.move_of(registration.id) if beside.move else None,
        waits_for=queries.waits_elsewhere(registration.id) if beside.waits else (),
        refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip


def _dates_page(registration: Registration, *, refusal: Refusal | None = None, full: Gathering | None = None) -> str:
    now = clock.now()
    found = queries.dates_to_move_to(registration, now=now)
    return render_template(
        "registration/move.html", registration=registration, gathering=registration.gathering, now=now, noindex=True, full=full,
        dates=_by_school(registration, found), refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip


def _by_school(registration: Registration, dates: list[tuple[Gathering, Seats]]) -> list[tuple[bool, list[tuple[Gathering, Seats]]]]:
    """The dates of the same school, then those of others."""
    return [(here, list(listed)) for here, listed in groupby(dates, lambda one: one[0].school_id == registration.gathering.school_id)]


def _entry_page(entry: WaitlistEntry, *, refusal: Refusal | None = None, sure_form: SureForm | None = None) -> str:
    return render_template(
        "registration/waiting.html", entry=entry, offer=entry.open_offer, ahead=queries.people_ahead(entry), now=clock.now(), noindex=True,
        sure_form=sure_form or SureForm.of(entry), refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip
