"""Organizers' pages of the people: the teams, registering one, adding and removing people."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock
from scheduler.foundation.templating import translated
from scheduler.meetups import queries, service
from scheduler.meetups.forms import PersonForm, TeamForm
from scheduler.meetups.models import Meetup
from scheduler.meetups.team_forms import DeclineForm
from scheduler.meetups.views.blueprint import actor, blueprint, page
from scheduler.registration.models import Registration
from scheduler.registration.wording import ROLE_LABELS
from scheduler.schools.choosing import queries as choosing


@blueprint.get("/workspace/meetups/<public_id>")
@access.open_to(access.ORGANIZERS)
def people(public_id: str) -> str:
    """Who comes: counts, and each team with its people."""
    return people_page(queries.meetup_or_404(public_id))


def people_page(meetup: Meetup, *, refusal: Refusal | None = None, wrong: tuple[str, DeclineForm] | None = None) -> str:
    """The same with what an answer to a request ran into."""
    teams = queries.teams_of(meetup.gathering_id)
    schools = {team.school_id or team.organization for team in teams}
    total = sum(len(team.attendees) for team in teams)
    forms = {wrong[0]: wrong[1]} if wrong else {}
    asking = [(team, forms.get(team.public_id) or DeclineForm(formdata=None)) for team in queries.asking_at(meetup.gathering_id)]
    return page(
        "people", meetup, "people", teams=teams, people_count=total, school_count=len(schools), role_labels=ROLE_LABELS, asking=asking,
        unconfirmed=queries.unconfirmed_at(meetup.gathering_id), wrong=wrong[1] if wrong else None,
        refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip


@blueprint.route("/workspace/meetups/<public_id>/teams/new", methods=["GET", "POST"])
@access.open_to(access.ORGANIZERS)
def add_team(public_id: str) -> str | Response | tuple[str, int]:
    """Register the people whom a school brings."""
    meetup = queries.meetup_or_404(public_id)
    form = TeamForm(meetup.team_most)
    if request.method != "POST":
        return _team_form(meetup, form)
    right = form.validate()
    if not form.check_team() or not right or form.school_id is None:
        return _team_form(meetup, form), 422
    try:
        service.register_team(meetup.id, form.school_id, form.team(), actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _team_form(queries.meetup_or_404(public_id), form, refusal=refusal), 409
    flash(_("The team of %(school)s is registered.", school=form.school.data), "good")
    return redirect(url_for("meetups.people", public_id=public_id), 303)


@blueprint.get("/workspace/meetups/<public_id>/teams/<team_id>")
@access.open_to(access.ORGANIZERS)
def team(public_id: str, team_id: str) -> str:
    """One team, to be changed."""
    meetup = queries.meetup_or_404(public_id)
    return _team_page(meetup, queries.team_or_404(meetup, team_id), PersonForm())


@blueprint.post("/workspace/meetups/<public_id>/teams/<team_id>/people")
@access.open_to(access.ORGANIZERS)
def add_person(public_id: str, team_id: str) -> Response | tuple[str, int]:
    """One more person."""
    meetup = queries.meetup_or_404(public_id)
    found, form = queries.team_or_404(meetup, team_id), PersonForm()
    if not form.validate():
        return _team_page(meetup, found, form), 422
    try:
        service.add_person(found.id, form.member(), actor=actor(), now=clock.now())
    except Refusal as refusal:
        meetup = queries.meetup_or_404(public_id)
        return _team_page(meetup, queries.team_or_404(meetup, team_id), form, refusal=refusal), 409
    flash(_("%(name)s is on the list.", name=form.name.data), "good")
    return redirect(url_for("meetups.team", public_id=public_id, team_id=team_id), 303)


@blueprint.post("/workspace/meetups/<public_id>/teams/<team_id>/people/<attendee_id>/remove")
@access.open_to(access.ORGANIZERS)
def remove_person(public_id: str, team_id: str, attendee_id: str) -> Response | tuple[str, int]:
    """One person less; the last one takes the team along."""
    meetup = queries.meetup_or_404(public_id)
    found = queries.team_or_404(meetup, team_id)
    wanted = next((attendee.id for attendee in found.attendees if attendee.public_id == attendee_id), 0)
    try:
        goes_on = service.remove_person(found.id, wanted, actor=actor(), now=clock.now())
    except Refusal as refusal:
        meetup = queries.meetup_or_404(public_id)
        return _team_page(meetup, queries.team_or_404(meetup, team_id), PersonForm(formdata=None), refusal=refusal), 409
    flash(_("Taken off the list. Plans made so far stay as they are."), "good")
    if goes_on:
        return redirect(url_for("meetups.team", public_id=public_id, team_id=team_id), 303)
    return redirect(url_for("meetups.people", public_id=public_id), 303)


@blueprint.post("/workspace/meetups/<public_id>/teams/<team_id>/remove")
@access.open_to(access.ORGANIZERS)
def remove_team(public_id: str, team_id: str) -> Response | tuple[str, int]:
    """Take a whole team off the list."""
    meetup = queries.meetup_or_404(public_id)
    found = queries.team_or_404(meetup, team_id)
    try:
        service.remove_team(found.id, "", actor=actor(), now=clock.now())
    except Refusal as refusal:
        meetup = queries.meetup_or_404(public_id)
        return _team_page(meetup, queries.team_or_404(meetup, team_id), PersonForm(formdata=None), refusal=refusal), 409
    flash(_("The team of %(school)s is off the list. Its lead is told.", school=found.organization), "good")
    return redirect(url_for("meetups.people", public_id=public_id), 303)


def _team_form(meetup: Meetup, form: TeamForm, *, refusal: Refusal | None = None) -> str:
    sentence = translated(refusal.sentence) if refusal else None
    return page("team_new", meetup, "people", form=form, schools=choosing.names_offered(), refusal=sentence)


def _team_page(meetup: Meetup, found: Registration, form: PersonForm, *, refusal: Refusal | None = None) -> str:
    sentence = translated(refusal.sentence) if refusal else None
    return page("team", meetup, "people", team=found, form=form, role_labels=ROLE_LABELS, refusal=sentence)
