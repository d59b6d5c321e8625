"""What the lead of a team changes by the mailed link beside its names: one more, one fewer."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock
from scheduler.foundation.forms import Form
from scheduler.foundation.templating import translated
from scheduler.meetups import leads
from scheduler.meetups.team_forms import OneFewerForm, OneMoreForm
from scheduler.meetups.views.blueprint import blueprint
from scheduler.registration import links, queries
from scheduler.registration.models import GatheringKind, Registration


@blueprint.route("/registrations/<public_id>/one-more", methods=["GET", "POST"])
@access.open_to(access.LINK)
def one_more(public_id: str) -> str | Response | tuple[str, int]:
    """Somebody else comes along."""
    team, form = _own(public_id), OneMoreForm()
    if request.method != "POST":
        return _page("one_more", team, form)
    if not form.validate():
        return _page("one_more", team, form), 422
    try:
        leads.add_person(team.id, form.member(), actor="link", now=clock.now())
    except Refusal as refusal:
        return _page("one_more", _own(public_id), form, refusal), 409
    flash(_("%(name)s is on the list.", name=form.member().name), "good")
    return redirect(url_for("registration_people.who_comes", public_id=public_id), 303)


@blueprint.route("/registrations/<public_id>/one-fewer", methods=["GET", "POST"])
@access.open_to(access.LINK)
def one_fewer(public_id: str) -> str | Response | tuple[str, int]:
    """Somebody stays home, and nobody comes instead."""
    team = _own(public_id)
    form = OneFewerForm(team.attendees)
    if request.method != "POST":
        return _page("one_fewer", team, form)
    if not form.validate():
        return _page("one_fewer", team, form), 422
    try:
        leads.take_off(team.id, form.who.data, actor="link", now=clock.now())
    except Refusal as refusal:
        return _page("one_fewer", _own(public_id), form, refusal), 409
    flash(_("Taken off the list. The seat goes to others."), "good")
    return redirect(url_for("registration_people.who_comes", public_id=public_id), 303)


def team_panel(team: Registration) -> dict[str, bool]:
    """Which of the two is offered by now."""
    more, fewer = leads.can_change_size(team, team.gathering, clock.now())
    return {"more": more, "fewer": fewer}


def _own(public_id: str) -> Registration:
    """A team that this browser opened by its link."""
    team = queries.registration_or_404(public_id)
    if not links.is_remembered(public_id, team.link_round) or team.gathering.kind != GatheringKind.MEETUP:
        abort(404)
    return team


def _page(name: str, team: Registration, form: Form, refusal: Refusal | None = None) -> str:
    return render_template(
        f"meetups/{name}.html", team=team, gathering=team.gathering, form=form, noindex=True,
        refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip
