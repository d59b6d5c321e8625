"""Organizers answer teams of schools that are not in the directory: accept them as guests, or decline with a reason."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock
from scheduler.meetups import queries
from scheduler.meetups.team_forms import DeclineForm
from scheduler.meetups.views.blueprint import actor, blueprint
from scheduler.meetups.views.teams import people_page
from scheduler.registration import service


@blueprint.post("/workspace/meetups/<public_id>/requests/<team_id>/accept")
@access.open_to(access.ORGANIZERS)
def accept(public_id: str, team_id: str) -> Response | tuple[str, int]:
    """They may come as guests; their lead is mailed."""
    team = queries.team_or_404(queries.meetup_or_404(public_id), team_id)
    try:
        service.decide(team.id, approve=True, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return people_page(queries.meetup_or_404(public_id), refusal=refusal), 409
    flash(_("%(school)s comes. The lead is told.", school=team.organization), "good")
    return redirect(url_for("meetups.people", public_id=public_id), 303)


@blueprint.post("/workspace/meetups/<public_id>/requests/<team_id>/decline")
@access.open_to(access.ORGANIZERS)
def decline(public_id: str, team_id: str) -> Response | tuple[str, int]:
    """They cannot come; their lead reads why."""
    meetup, form = queries.meetup_or_404(public_id), DeclineForm()
    team = queries.team_or_404(meetup, team_id)
    if not form.validate():
        return people_page(meetup, wrong=(team_id, form)), 422
    try:
        service.decide(team.id, approve=False, reason=form.reason.data or "", actor=actor(), now=clock.now())
    except Refusal as refusal:
        return people_page(queries.meetup_or_404(public_id), refusal=refusal, wrong=(team_id, form)), 409
    flash(_("%(school)s is told that it cannot come this time.", school=team.organization), "good")
    return redirect(url_for("meetups.people", public_id=public_id), 303)
