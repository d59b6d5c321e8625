"""The contact's own page behind the mailed link: bring a team, or say that the school cannot come (rule 19)."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock, tokens
from scheduler.foundation.templating import translated
from scheduler.meetups.invitations import mail, queries, service
from scheduler.meetups.invitations.forms import CannotComeForm
from scheduler.meetups.invitations.models import InvitedContact
from scheduler.meetups.views.blueprint import blueprint
from scheduler.meetups.views.register import offer_of

COOKIE, MOST_REMEMBERED = "invitations", 20


@blueprint.get("/invited/<public_id>/<token>")
@access.open_to(access.LINK)
def open_invitation(public_id: str, token: str) -> Response | tuple[str, int]:
    """Exchange the mailed link for a cookie and a clean address; nothing is written. It opens nothing once registration has ended."""
    invited = queries.invited_or_404(public_id)
    if not tokens.opens(token, mail.INVITED, public_id):
        abort(404)
    if not service.is_open(invited.invitation.meetup.gathering, clock.now()):
        return _over(invited)
    others = [known for known in session.get(COOKIE, []) if known != public_id]
    session[COOKIE] = [*others[1 - MOST_REMEMBERED :], public_id]
    session.permanent = True
    return redirect(url_for("meetups.invitation", public_id=public_id), 303)


@blueprint.get("/invited/<public_id>")
@access.open_to(access.LINK)
def invitation(public_id: str) -> str | tuple[str, int]:
    """Where the school stands, and the two answers."""
    invited = _own(public_id)
    if not service.is_open(invited.invitation.meetup.gathering, clock.now()):
        return _over(invited)
    return _page(invited, CannotComeForm())


@blueprint.post("/invited/<public_id>/decline")
@access.open_to(access.LINK)
def decline_invitation(public_id: str) -> Response | tuple[str, int]:
    """The school cannot come."""
    invited, form = _own(public_id), CannotComeForm()
    if not form.validate():
        return _page(invited, form), 422
    try:
        service.decline(invited.id, form.reason.data or "", now=clock.now())
    except Refusal as refusal:
        return _page(_own(public_id), form, refusal), 409
    flash(_("Thank you for the answer."), "good")
    return redirect(url_for("meetups.invitation", public_id=public_id), 303)


@blueprint.post("/invited/<public_id>/come")
@access.open_to(access.LINK)
def take_back_decline(public_id: str) -> Response | tuple[str, int]:
    """The school may come after all."""
    invited = _own(public_id)
    try:
        service.take_back(invited.id, now=clock.now())
    except Refusal as refusal:
        return _page(_own(public_id), CannotComeForm(), refusal), 409
    flash(_("Good. Register your team next."), "good")
    return redirect(url_for("meetups.invitation", public_id=public_id), 303)


def _own(public_id: str) -> InvitedContact:
    """A contact whose link was opened in this browser."""
    if public_id not in session.get(COOKIE, []):
        abort(404)
    return queries.invited_or_404(public_id)


def _page(invited: InvitedContact, form: CannotComeForm, refusal: Refusal | None = None) -> str:
    sent = invited.invitation
    people, asking = queries.people_of_school(sent.meetup.gathering_id, sent.school_id)
    return render_template(
        "meetups/invitations/answer.html", invited=invited, invitation=sent, school=sent.school, gathering=sent.meetup.gathering,
        people=people, asking=asking, form=form, offer=offer_of(sent.meetup), noindex=True,
        refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip


def _over(invited: InvitedContact) -> tuple[str, int]:
    """A link that opens nothing any more."""
    gathering = invited.invitation.meetup.gathering
    return render_template("meetups/invitations/over.html", gathering=gathering, now=clock.now(), noindex=True), 404
