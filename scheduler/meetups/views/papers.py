"""Organizers' papers of a plan: a card for each person, a sheet for each table."""

from __future__ import annotations

from flask import abort, render_template

from scheduler.foundation import access
from scheduler.meetups import queries
from scheduler.meetups.models import Meetup
from scheduler.meetups.results import Result
from scheduler.meetups.views.blueprint import blueprint, page
from scheduler.meetups.views.plans import chosen_version
from scheduler.registration.wording import ROLE_LABELS


@blueprint.get("/workspace/meetups/<public_id>/papers")
@access.open_to(access.ORGANIZERS)
def papers(public_id: str) -> str:
    """What can be printed."""
    meetup = queries.meetup_or_404(public_id)
    versions = queries.plans_of(meetup.id)
    version = chosen_version(versions)
    result = Result(queries.plan_or_404(meetup, version)) if version else None
    return page("papers", meetup, "papers", versions=versions, version=version, result=result)


@blueprint.get("/workspace/meetups/<public_id>/cards")
@access.open_to(access.ORGANIZERS)
def cards(public_id: str) -> str:
    """A card for each person: name, school, and the table of each round; eight a page."""
    return _print("cards", queries.meetup_or_404(public_id))


@blueprint.get("/workspace/meetups/<public_id>/sheets")
@access.open_to(access.ORGANIZERS)
def sheets(public_id: str) -> str:
    """A sheet for each table: who sits there in each round."""
    return _print("sheets", queries.meetup_or_404(public_id))


def _print(template: str, meetup: Meetup) -> str:
    version = chosen_version(queries.plans_of(meetup.id))
    if version is None:
        abort(404)
    result = Result(queries.plan_or_404(meetup, version))
    return render_template(
        f"meetups/{template}.html", meetup=meetup, gathering=meetup.gathering, result=result, plan=result.plan, role_labels=ROLE_LABELS
    )
