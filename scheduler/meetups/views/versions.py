"""Organizers' pages of versions beside each other: compare two, write a note on one, copy one."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock
from scheduler.foundation.forms import Form, LongText
from scheduler.foundation.templating import translated
from scheduler.meetups import queries, versions
from scheduler.meetups.by_hand import queries as by_hand
from scheduler.meetups.views.blueprint import blueprint, page, user_id

ADDRESS = "/workspace/meetups/<public_id>/plans/<int:version>"
MOST_NOTE = 300


class NoteForm(Form):
    """What organizers say to each other about a version."""

    note = LongText(_l("Note"), most=MOST_NOTE)


@blueprint.get("/workspace/meetups/<public_id>/plans/compare")
@access.open_to(access.ORGANIZERS)
def compare(public_id: str) -> str:
    """Two versions side by side: each count beside its bound, who sits elsewhere, the notes."""
    meetup = queries.meetup_or_404(public_id)
    there = queries.plans_of(meetup.id)
    if len(there) < 2:
        return page("compare", meetup, "plan", versions=there, compared=None)
    numbers = [plan.version for plan in there]
    one = _asked("one", numbers) or numbers[0]
    other = _asked("other", [number for number in numbers if number != one]) or versions.default_other(there, one)
    compared = versions.Comparison(queries.plan_or_404(meetup, one), queries.plan_or_404(meetup, other))
    moves = by_hand.moves_made([compared.one.plan.id, compared.other.plan.id])
    return page("compare", meetup, "plan", versions=there, compared=compared, moves=moves)


@blueprint.route(f"{ADDRESS}/note", methods=["GET", "POST"])
@access.open_to(access.ORGANIZERS)
def note(public_id: str, version: int) -> str | Response | tuple[str, int]:
    """A note on a version, on a published one, too."""
    meetup = queries.meetup_or_404(public_id)
    plan = queries.bare_plan_or_404(meetup, version)
    form = NoteForm(data={"note": plan.note})
    if request.method != "POST":
        return page("plan_note", meetup, "plan", plan=plan, form=form)
    if not form.validate():
        return page("plan_note", meetup, "plan", plan=plan, form=form), 422
    versions.tell_note(meetup.id, version, form.note.data or "", user_id=user_id(), now=clock.now())
    flash(_("The note is saved."), "good")
    return redirect(url_for("meetups.plan_show", public_id=public_id, version=version), 303)


@blueprint.post(f"{ADDRESS}/copy")
@access.open_to(access.ORGANIZERS)
def copy(public_id: str, version: int) -> Response | tuple[str, int]:
    """A copy as a new draft, opened where people are moved by hand."""
    meetup = queries.meetup_or_404(public_id)
    queries.bare_plan_or_404(meetup, version)
    try:
        made = versions.copy_plan(meetup.id, version, user_id=user_id(), now=clock.now())
    except Refusal as refusal:
        meetup = queries.meetup_or_404(public_id)
        plan = queries.bare_plan_or_404(meetup, version)
        return page("by_hand_copy", meetup, "plan", plan=plan, refusal=translated(refusal.sentence)), 409
    flash(_("Version %(copy)s is a copy of version %(version)s and a draft: change it as you like.", copy=made, version=version), "good")
    return redirect(url_for("meetups.by_hand", public_id=public_id, version=made), 303)


def _asked(name: str, numbers: list[int]) -> int | None:
    """The version that an address asks for, if it is one of these."""
    asked = request.args.get(name, "")
    return next((number for number in numbers if str(number) == asked), None)
