"""Organizers' pages beside the rounds: the address of the big screen and what screens say, and the help desk."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.foundation import access, clock
from scheduler.meetups import queries as meetups
from scheduler.meetups.live import queries as live
from scheduler.meetups.live.screens import help_desk, links, queries, service
from scheduler.meetups.live.screens.forms import ScreensForm
from scheduler.meetups.models import Meetup
from scheduler.meetups.results import Seated
from scheduler.meetups.views.blueprint import actor, blueprint, page
from scheduler.meetups.views.papers import qr
from scheduler.registration.wording import ROLE_LABELS


@blueprint.get("/workspace/meetups/<public_id>/screens")
@access.open_to(access.ORGANIZERS)
def screens(public_id: str) -> str:
    """Open the big screen, and choose what screens and phones say of people."""
    meetup = meetups.meetup_or_404(public_id)
    return _screens_page(meetup, ScreensForm.of(queries.screen_of(meetup.id)))


@blueprint.post("/workspace/meetups/<public_id>/screens")
@access.open_to(access.ORGANIZERS)
def choose_screens(public_id: str) -> str | Response | tuple[str, int]:
    """Choose what screens and phones say of people."""
    meetup, form = meetups.meetup_or_404(public_id), ScreensForm()
    if not form.validate():
        return _screens_page(meetup, form), 422
    service.choose(meetup.id, form.chosen(), actor=actor(), now=clock.now())
    flash(_("Saved. Screens and phones follow within seconds."), "good")
    return redirect(url_for("meetups.screens", public_id=public_id), 303)


@blueprint.post("/workspace/meetups/<public_id>/screens/address")
@access.open_to(access.ORGANIZERS)
def make_screen_address(public_id: str) -> Response:
    """Make the address of the big screen, or another one."""
    made = service.make_link(meetups.meetup_or_404(public_id).id, actor=actor(), now=clock.now())
    if made > 1:
        flash(_("The big screen has another address. The one before opens nothing any more."), "good")
    return redirect(url_for("meetups.screens", public_id=public_id), 303)


@blueprint.get("/workspace/meetups/<public_id>/help-desk")
@access.open_to(access.ORGANIZERS)
def help_desk_page(public_id: str) -> str:
    """Find somebody by a piece of the name or school: where they sit, and their card once more."""
    meetup = meetups.meetup_or_404(public_id)
    searched = request.args.get("q", "").strip()[:100]
    state = live.state_of(meetup, clock.now())
    found = help_desk.find(state, searched) if searched else []
    facts = {"searched": searched, "found": found, "state": state, "codes": queries.codes_of(meetup.gathering_id) if found else {}}
    return page("live/screens/help_desk", meetup, "", most=help_desk.MOST_FOUND, role_labels=ROLE_LABELS, **facts)


@blueprint.get("/workspace/meetups/<public_id>/cards/<attendee_id>")
@access.open_to(access.ORGANIZERS)
def card_again(public_id: str, attendee_id: str) -> str:
    """One card to print, with the tables as they are now."""
    meetup = meetups.meetup_or_404(public_id)
    state = live.state_of(meetup, clock.now())
    attendee = next((one for one in state.people.values() if one.public_id == attendee_id), None)
    if attendee is None:
        abort(404)
    return render_template(
        "meetups/live/screens/card_again.html", meetup=meetup, gathering=meetup.gathering, person=Seated(attendee),
        route=help_desk.stops(state, attendee), code=queries.codes_of(meetup.gathering_id)[attendee_id], qr=qr, card_url=links.card_url,
        entry=links.entry_address(), role_labels=ROLE_LABELS,
    )  # fmt: skip


def _screens_page(meetup: Meetup, form: ScreensForm) -> str:
    screen = queries.screen_of(meetup.id)
    url = links.screen_url(meetup, screen) if screen.link_round else None
    return page("live/screens/manage", meetup, "", form=form, url=url, entry=links.entry_address())
