"""Organizers' pages of meetups themselves: the list, a new one, changing, publishing, cancelling."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock
from scheduler.foundation.templating import translated
from scheduler.meetups import queries, service
from scheduler.meetups.forms import CancelMeetupForm, MeetupForm
from scheduler.meetups.models import Meetup
from scheduler.meetups.views.blueprint import actor, blueprint, page, path_of


@blueprint.get("/workspace/meetups")
@access.open_to(access.ORGANIZERS)
def manage() -> str:
    """All meetups: what is coming, or what was."""
    past = "past" in request.args
    found = queries.all_meetups(now=clock.now(), past=past)
    counts = queries.counts_of([meetup.gathering_id for meetup in found])
    return render_template("meetups/manage.html", meetups=found, counts=counts, past=past)


@blueprint.route("/workspace/meetups/new", methods=["GET", "POST"])
@access.open_to(access.ORGANIZERS)
def new() -> str | Response | tuple[str, int]:
    """Plan a meetup, as a draft or published at once."""
    form = MeetupForm()
    if request.method != "POST":
        return _form_page(form)
    if not form.validate() or not form.check_times(clock.now()):
        return _form_page(form), 422
    try:
        public_id = service.create_meetup(form.details(), publish="publish" in request.form, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _form_page(form, refusal=refusal), 409
    flash(_("The meetup is there. Register the teams next."), "good")
    return redirect(url_for("meetups.people", public_id=public_id), 303)


@blueprint.route("/workspace/meetups/<public_id>/edit", methods=["GET", "POST"])
@access.open_to(access.ORGANIZERS)
def edit(public_id: str) -> str | Response | tuple[str, int]:
    """Change a meetup; a new time or place is mailed."""
    meetup = queries.meetup_or_404(public_id)
    form = MeetupForm(meetup)
    if request.method != "POST":
        return _form_page(form, meetup)
    if not form.validate() or not form.check_times(clock.now()):
        return _form_page(form, meetup), 422
    try:
        told = service.edit_meetup(meetup.id, form.details(), version=form.seen_version, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _form_page(form, queries.meetup_or_404(public_id), refusal=refusal), 409
    flash(ngettext("Saved, and %(num)d team is told.", "Saved, and %(num)d teams are told.", told) if told else _("Saved."), "good")
    return redirect(url_for("meetups.people", public_id=public_id), 303)


@blueprint.post("/workspace/meetups/<public_id>/publish-meetup")
@access.open_to(access.ORGANIZERS)
def publish_meetup(public_id: str) -> Response:
    """Show a draft to everybody."""
    meetup = queries.meetup_or_404(public_id)
    try:
        service.publish_meetup(meetup.id, actor=actor(), now=clock.now())
    except Refusal as refusal:
        flash(translated(refusal.sentence), "bad")
    else:
        flash(_("The meetup is published."), "good")
    return redirect(url_for("meetups.people", public_id=public_id), 303)


@blueprint.route("/workspace/meetups/<public_id>/cancel", methods=["GET", "POST"])
@access.open_to(access.ORGANIZERS)
def cancel(public_id: str) -> str | Response | tuple[str, int]:
    """Cancel a meetup, with a reason that everybody reads."""
    meetup = queries.meetup_or_404(public_id)
    form = CancelMeetupForm()
    if request.method != "POST":
        return _cancel_page(meetup, form)
    if not form.validate():
        return _cancel_page(meetup, form), 422
    try:
        people = service.cancel_meetup(meetup.id, form.reason.data or "", actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _cancel_page(queries.meetup_or_404(public_id), form, refusal=refusal), 409
    text = ngettext("Cancelled. %(num)d person was expected.", "Cancelled. %(num)d people were expected.", people)
    flash(text + " " + _("Everybody with an address is told why."), "good")
    return redirect(url_for("meetups.people", public_id=public_id), 303)


def _form_page(form: MeetupForm, meetup: Meetup | None = None, *, refusal: Refusal | None = None) -> str:
    sentence = translated(refusal.sentence) if refusal else None
    stored = form.meanwhile(MeetupForm(meetup, formdata=None)) if refusal and meetup else []
    steps = path_of(meetup)[1] if meetup else []
    return render_template("meetups/edit.html", form=form, meetup=meetup, steps=steps, refusal=sentence, stored=stored)


def _cancel_page(meetup: Meetup, form: CancelMeetupForm, *, refusal: Refusal | None = None) -> str:
    facts: dict[str, Any] = {"counts": queries.counts_of([meetup.gathering_id]).get(meetup.gathering_id, (0, 0))}
    return page("cancel", meetup, "people", form=form, refusal=translated(refusal.sentence) if refusal else None, **facts)
