"""Pages that a party opens by its link: see, shrink, cancel, wait, leave the line."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock, tokens
from scheduler.foundation.templating import translated
from scheduler.registration import links, queries, service
from scheduler.registration.forms import CancelForm, SizeForm
from scheduler.registration.models import Registration, WaitlistEntry

blueprint = Blueprint("registration", __name__)


@blueprint.get("/r/<public_id>/<token>")
@access.open_to(access.LINK)
def open_link(public_id: str, token: str) -> Response:
    """Exchange a mailed link for a cookie and a clean address; nothing is written (rule 14)."""
    registration = queries.registration_or_404(public_id)
    if not tokens.opens(token, links.PARTY, public_id, registration.link_round):
        abort(404)
    links.remember(public_id, registration.link_round)
    return redirect(url_for("registration.show", public_id=public_id), 303)


@blueprint.get("/registrations/<public_id>")
@access.open_to(access.LINK)
def show(public_id: str) -> str:
    """The party's page: where it stands and what can be done."""
    return _page(_own(public_id))


@blueprint.post("/registrations/<public_id>/size")
@access.open_to(access.LINK)
def change_size(public_id: str) -> Response | tuple[str, int]:
    """Make the party smaller."""
    registration = _own(public_id)
    form = SizeForm(registration.party_size)
    if not form.validate():
        return _page(registration, size_form=form), 422
    try:
        service.shrink(registration.id, int(form.party_size.data), actor="link", now=clock.now())
    except Refusal as refusal:
        return _page(_own(public_id), refusal=refusal), 409
    flash(_("Your party is smaller now. The seats you freed go to others."), "good")
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
        return _page(_own(public_id), refusal=refusal), 409
    flash(_("Your booking is cancelled. The seats go to others."), "good")
    return redirect(url_for("registration.show", public_id=public_id), 303)


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
    return render_template("registration/waiting.html", entry=found, ahead=queries.people_ahead(found), now=clock.now(), noindex=True)


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


def _page(
    registration: Registration, *, size_form: SizeForm | None = None, cancel_form: CancelForm | None = None, refusal: Refusal | None = None
) -> str:
    return render_template(
        "registration/show.html", registration=registration, gathering=registration.gathering, now=clock.now(), noindex=True,
        size_form=size_form or SizeForm(registration.party_size), cancel_form=cancel_form or CancelForm(),
        refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip
