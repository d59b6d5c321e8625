"""Pages of doubled names: who may be the same, what a merge would do, and its undo. Staff only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal, Sentence
from scheduler.foundation import access, audit, clock
from scheduler.foundation.templating import translated
from scheduler.registration.models import Attendee, Gathering, GatheringKind, Person
from scheduler.registration.questions.queries import gathering_for_host_or_404
from scheduler.registration.twins import plan, queries, service
from scheduler.registration.twins.plan import Plan

blueprint = Blueprint("twins", __name__, url_prefix="/workspace")

Answer = str | Response | tuple[str, int]


def panel_of(gathering: Gathering) -> queries.Board:
    """For the page of a gathering: its doubled names, and what can be undone."""
    return queries.board_of(gathering, now=clock.now())


@blueprint.route("/gatherings/<public_id>/merge/<stays_id>/<goes_id>", methods=["GET", "POST"])
@access.open_to(access.HOSTS)
def places(public_id: str, stays_id: str, goes_id: str) -> Answer:
    """Two places on the list of one gathering: what merging them does, and the button that does it."""
    gathering = gathering_for_host_or_404(public_id, access.actor())
    asked = queries.place_or_404(gathering, stays_id), queries.place_or_404(gathering, goes_id)
    stays, goes = plan.in_turn(*asked)

    def planned() -> Plan:
        return plan.of_places(gathering, *plan.in_turn(*asked), now=clock.now())

    def deed(mark: str) -> str:
        return service.merge_places(gathering.id, stays.id, goes.id, mark=mark, actor=_actor(), now=clock.now())

    back, swap = _back_to(gathering), url_for("twins.places", public_id=public_id, stays_id=goes.public_id, goes_id=stays.public_id)
    where = _("on the list of %(where)s", where=translated(plan.where(gathering)))
    return _page(planned, deed, stays, goes, back=back, where=where, swap=None if stays.is_lead else swap)


@blueprint.get("/doubles")
@access.open_to(access.ORGANIZERS)
def index() -> str:
    """People of the network who may be the same, and the merges that can still be undone."""
    pairs, more = queries.may_be_one()
    merges = queries.merges_of_people(now=clock.now())
    return render_template("registration/twins/index.html", pairs=pairs, more=more, most=queries.MOST_PAIRS, merges=merges)


@blueprint.route("/doubles/<stays_id>/<goes_id>", methods=["GET", "POST"])
@access.open_to(access.ORGANIZERS)
def people(stays_id: str, goes_id: str) -> Answer:
    """Two people of the network, each named by one of their places: what merging them does, and the button that does it."""
    stays, goes = queries.person_or_404(stays_id), queries.person_or_404(goes_id)

    def planned() -> Plan:
        return plan.of_people(stays, goes, now=clock.now())

    def deed(mark: str) -> str:
        return service.merge_people(stays.id, goes.id, mark=mark, actor=_actor(), now=clock.now())

    swap = url_for("twins.people", stays_id=goes_id, goes_id=stays_id)
    return _page(planned, deed, stays, goes, back=url_for("twins.index"), where=_("everywhere in the network"), swap=swap)


@blueprint.post("/merges/<public_id>/undo")
@access.open_to(access.HOSTS)
def undo(public_id: str) -> Answer:
    """Two again, within a day."""
    merge = queries.merge_or_404(public_id, access.actor())
    back = _back_to(merge.gathering) if merge.gathering else url_for("twins.index")
    try:
        service.undo(merge.id, actor=_actor(), now=clock.now())
    except Refusal as refusal:
        return render_template("registration/twins/not_undone.html", refusal=translated(refusal.sentence), back=back), 409
    flash(_("Undone. Both are as they were."), "good")
    return redirect(back, 303)


def _page(
    planned: Callable[[], Plan], deed: Callable[[str], str], stays: Attendee | Person, goes: Attendee | Person, **facts: Any
) -> Answer:
    """The preview; or the deed, and the preview anew where it was refused."""
    names, said = {"stays": stays.name, "goes": goes.name}, None
    if request.method == "POST":
        try:
            deed(request.form.get("mark", "")[:64])
        except Refusal as refusal:
            said = refusal.sentence
        else:
            flash(_("%(goes)s is merged into %(stays)s. You can undo it for 24 hours.", **names), "good")
            return redirect(facts["back"], 303)
    facts |= {"histories": [_history(stays), _history(goes)], "stays": stays, "goes": goes}
    page = _shown(planned, said, facts)
    return (page, 409) if said else page


def _shown(planned: Callable[[], Plan], said: Sentence | None, facts: dict[str, Any]) -> str:
    """The page with what would happen, or with the reason why nothing can."""
    found = None
    try:
        found = planned()
    except Refusal as refusal:
        said = refusal.sentence
    return render_template("registration/twins/merge.html", plan=found, refusal=translated(said) if said else None, **facts)


def _history(one: Attendee | Person) -> Sequence[Attendee]:
    """The places of somebody: the one on the list, or all of them."""
    return queries.places(one.id) if isinstance(one, Attendee) else queries.places_of(one.id)


def _back_to(gathering: Gathering) -> str:
    """The page of a gathering on which its staff see who comes."""
    endpoint = "visits_workspace.manage" if gathering.kind == GatheringKind.VISIT else "meetups.people"
    return url_for(endpoint, public_id=gathering.public_id)


def _actor() -> str:
    return audit.user(access.actor().user_id)
