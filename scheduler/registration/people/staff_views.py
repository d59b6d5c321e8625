"""The people of a gathering for whoever runs it: who comes, what they need and permit, and what changed since a day."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from scheduler.core.times import to_wall
from scheduler.foundation import access, clock
from scheduler.foundation.forms import Day, Form
from scheduler.registration.door.queries import arrivals_of, gathering_for_staff_or_404
from scheduler.registration.models import ChangeKind, ConsentAnswer, ConsentKind, Gathering, GatheringKind
from scheduler.registration.people import queries, staff_queries

blueprint = Blueprint("roster", __name__, url_prefix="/workspace/roster")

LOOKS_BACK = timedelta(days=7)
"""What changed in so many days is shown where nobody chooses a day"""
CHANGE_LABELS = {
    ChangeKind.ADDED: _l("one more comes"), ChangeKind.NAMED: _l("has a name now"), ChangeKind.REPLACED: _l("comes instead of somebody"),
    ChangeKind.CORRECTED: _l("spelled, or described, anew"), ChangeKind.FREED: _l("a name was taken off; the place is free"),
    ChangeKind.LEFT: _l("one fewer comes"),
}  # fmt: skip
KIND_LABELS = {
    ConsentKind.PHOTO: _l("Being in pictures"),
    ConsentKind.GUARDIAN: _l("Permission of a guardian"),
    ConsentKind.CONTACT: _l("Staying in touch"),
}
ANSWER_LABELS = {ConsentAnswer.YES: _l("yes"), ConsentAnswer.NO: _l("no"), ConsentAnswer.UNKNOWN: _l("not known")}


class SinceForm(Form):
    """From which day on."""

    since = Day(_l("Since"))

    class Meta:
        csrf = False  # it is read, and changes nothing


@blueprint.get("/<public_id>")
@access.open_to(access.HOSTS)
def people(public_id: str) -> str | tuple[str, int]:
    """Who comes, party by party, and what changed since a day."""
    gathering = gathering_for_staff_or_404(public_id, access.actor())
    today = to_wall(clock.now(), gathering.zone).date()
    form = SinceForm(request.args if "since" in request.args else None, data={"since": today - LOOKS_BACK})
    right = "since" not in request.args or form.validate()
    return _people_page(gathering, form, form.since.data if right else today - LOOKS_BACK), 200 if right else 422


def _people_page(gathering: Gathering, form: SinceForm, since: date) -> str:
    found = staff_queries.changes_since(gathering, since)
    return render_template(
        "registration/people/staff.html", gathering=gathering, back=_back(gathering), form=form, since=since, changes=found,
        arrivals=arrivals_of(gathering), needs=queries.board_of(gathering.id).needs, change_labels=CHANGE_LABELS, by=_by,
        names=staff_queries.staff_names([change.actor for change in found]), answer_labels=ANSWER_LABELS,
    )  # fmt: skip


@blueprint.get("/<public_id>/people/<attendee_id>")
@access.open_to(access.HOSTS)
def person(public_id: str, attendee_id: str) -> str:
    """What one person permitted, every answer: of which text, by whom, when."""
    gathering = gathering_for_staff_or_404(public_id, access.actor())
    attendee = staff_queries.attendee_or_404(gathering.id, attendee_id)
    return render_template(
        "registration/people/staff_person.html", gathering=gathering, back=_back(gathering), attendee=attendee, by=_by,
        kind_labels=KIND_LABELS, answer_labels=ANSWER_LABELS, needs=queries.needs_of(attendee.id),
        names=staff_queries.staff_names([consent.actor for consent in attendee.consents]),
    )  # fmt: skip


def _by(actor: str, names: dict[str, str]) -> str:
    """Who did it, in words: staff by name, the others by how they came."""
    if actor.startswith("greeter:"):
        return str(_("at the door"))
    if actor == "link":
        return str(_("by the party’s link"))
    return names.get(actor, str(_("by the service")))


def _back(gathering: Gathering) -> str:
    page = "visits_workspace.manage" if gathering.kind == GatheringKind.VISIT else "meetups.people"
    return url_for(page, public_id=gathering.public_id)
