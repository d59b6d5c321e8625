"""The page of visits on closed days: keep, move or cancel each of them (rule 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response
from wtforms import HiddenField

from scheduler.core import times
from scheduler.core.refusal import Refusal, Sentence
from scheduler.foundation import access, audit, clock
from scheduler.foundation.forms import Day, Form
from scheduler.foundation.pages import page_in
from scheduler.foundation.templating import translated
from scheduler.visits import closed_days, queries, service
from scheduler.visits.forms import CancelVisitForm
from scheduler.visits.models import Visit

blueprint = Blueprint("closed_days", __name__, url_prefix="/workspace/visits/closed-days")

MOST_FORMS = 20
"""Visits with their forms on one page"""


class MoveForm(Form):
    """Another day for a visit, and the version of it that was on the page."""

    day = Day(_l("New day"))
    version = HiddenField()


@dataclass(frozen=True)
class Wrong:
    """What did not work, and where: the page shows it at the visit with what was typed."""

    public_id: str
    choice: str
    form: Any = None
    refusal: Refusal | None = None


@blueprint.get("")
@access.open_to(access.HOSTS)
def index() -> str:
    """All coming visits of one's schools that lie on closed days."""
    return _page()


@blueprint.post("/<public_id>/keep")
@access.open_to(access.HOSTS)
def keep(public_id: str) -> Response | tuple[str, int]:
    """Receive people all the same."""
    visit = queries.visit_for_host_or_404(public_id, access.actor())
    try:
        closed_days.keep(visit.id, request.form.get("day", ""), actor=_actor(), now=clock.now())
    except Refusal as refusal:
        return _page(Wrong(public_id, "keep", refusal=refusal)), 409
    flash(_("“%(title)s” takes place all the same.", title=visit.gathering.title), "good")
    return _back()


@blueprint.post("/<public_id>/move")
@access.open_to(access.HOSTS)
def move(public_id: str) -> Response | tuple[str, int]:
    """Put a visit on another day; everybody who booked is told."""
    visit = queries.visit_for_host_or_404(public_id, access.actor())
    form = MoveForm(prefix=public_id)
    if not form.validate():
        return _page(Wrong(public_id, "move", form)), 422
    version = form.version.data or ""
    try:
        details = closed_days.moved(visit, form.day.data, now=clock.now())
        told = service.edit_visit(visit.id, details, version=int(version) if version.isdigit() else 0, actor=_actor(), now=clock.now())
    except Refusal as refusal:
        return _page(Wrong(public_id, "move", form, refusal)), 409
    flash(_("“%(title)s” is on %(day)s now.", title=details.title, day=times.day_text(details.starts_wall)), "good")
    if told:
        flash(ngettext("%(num)d party is told of the new day.", "%(num)d parties are told of the new day.", told), "info")
    return _back()


@blueprint.post("/<public_id>/cancel")
@access.open_to(access.HOSTS)
def cancel(public_id: str) -> Response | tuple[str, int]:
    """Cancel a visit; everybody who booked or waits is told why."""
    visit = queries.visit_for_host_or_404(public_id, access.actor())
    form, title = CancelVisitForm(prefix=public_id), visit.gathering.title
    if not form.validate():
        return _page(Wrong(public_id, "cancel", form)), 422
    try:
        service.cancel_visit(visit.id, form.reason.data or "", actor=_actor(), now=clock.now())
    except Refusal as refusal:
        return _page(Wrong(public_id, "cancel", form, refusal)), 409
    flash(_("“%(title)s” is cancelled. Everybody who booked or waits is told.", title=title), "good")
    return _back()


def for_page() -> Sentence | None:
    """What other pages say about visits on closed days to whoever can choose; None when there is nothing to choose."""
    actor = access.actor()
    if not actor.has(*access.HOSTS.roles):
        return None
    return closed_days.counted(closed_days.marks_for_host(actor, now=clock.now(), only_open=True))


def _page(wrong: Wrong | None = None) -> str:
    actor = access.actor()
    marks = closed_days.marks_for_host(actor, now=clock.now())
    turned = page_in([mark for mark in marks if not mark.is_kept], lambda mark: mark.public_id, request.args, size=MOST_FORMS)
    hits = closed_days.hits_of([*turned.rows, *(mark for mark in marks if mark.is_kept)])
    open_ones, kept = [hit for hit in hits if not hit.is_kept], [hit for hit in hits if hit.is_kept]
    listed = [(hit, _form(MoveForm, "move", hit.visit, wrong), _form(CancelVisitForm, "cancel", hit.visit, wrong)) for hit in open_ones]
    return render_template(
        "visits/closed_days.html", headline=closed_days.counted(marks), hits=listed, kept=kept, wrong=wrong, turned=turned,
        refusal=translated(wrong.refusal.sentence) if wrong and wrong.refusal else None,
        is_listed=wrong is not None and any(hit.gathering.public_id == wrong.public_id for hit in open_ones),
    )  # fmt: skip


def _form(kind: Any, choice: str, visit: Visit, wrong: Wrong | None) -> Any:
    """The form of one choice for one visit: as it was sent if that did not work, else empty."""
    public_id = visit.gathering.public_id
    if wrong is not None and wrong.form is not None and (wrong.public_id, wrong.choice) == (public_id, choice):
        return wrong.form
    return kind(formdata=None, prefix=public_id, data={"version": str(visit.gathering.version)})


def _back() -> Response:
    return redirect(url_for("closed_days.index"), 303)


def _actor() -> str:
    return audit.user(access.actor().user_id)
