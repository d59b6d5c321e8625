"""Pages of doubled names: who may be the same, what a merge would do, and its undo. Staff only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, audit, clock
from scheduler.foundation.templating import translated
from scheduler.registration.models import Attendee, Gathering, GatheringKind, Person
from scheduler.registration.questions.queries import gathering_for_host_or_404
from scheduler.registration.twins import plan, queries, service
from scheduler.registration.twins.plan import Plan
from scheduler.schools.choosing import queries as choosing
from scheduler.schools.choosing.forms import SchoolForm

blueprint = Blueprint("twins", __name__, url_prefix="/workspace")

Answer = str | Response | tuple[str, int]
T = TypeVar("T", Attendee, Person)


def panel_of(gathering: Gathering) -> queries.Board:
    """For the page of a gathering: its doubled names, and what can be undone."""
    return queries.board_of(gathering, now=clock.now())


@blueprint.route("/gatherings/<public_id>/merge/<stays_id>/<goes_id>", methods=["GET", "POST"])
@access.open_to(access.HOSTS)
def places(public_id: str, stays_id: str, goes_id: str) -> Answer:
    """Two places on the list of one gathering: what merging them does, and the button that does it."""
    gathering = gathering_for_host_or_404(public_id, access.actor())
    if request.method == "POST" and queries.was_merged(gathering, stays_id, goes_id):
        return redirect(_back_to(gathering), 303)  # pressed twice

    def find() -> tuple[Attendee, Attendee]:
        return plan.in_turn(queries.place_or_404(gathering, stays_id), queries.place_or_404(gathering, goes_id))

    def deed(stays: Attendee, goes: Attendee, mark: str) -> str:
        return service.merge_places(gathering.id, stays.id, goes.id, mark=mark, actor=_actor(), now=clock.now())

    title, where = gathering.title, _("on the list of %(where)s", where=translated(plan.where(gathering)))
    swap = url_for("twins.places", public_id=public_id, stays_id=goes_id, goes_id=stays_id)
    of_two = partial(plan.of_places, gathering)
    return _page(find, of_two, deed, back=_back_to(gathering), back_label=title, where=where, swap=swap)


@blueprint.get("/doubles")
@access.open_to(access.ORGANIZERS)
def index() -> tuple[str, int]:
    """People of the network who may be the same, and the merges that can still be undone; a large network is looked at school by school."""
    choose = SchoolForm(choosing.among(), request.args.get("school")) if queries.is_large() else None
    school = choose.school.chosen if choose else None
    pairs, more = queries.may_be_one(school.id if school else None) if school or not choose else ([], False)
    wrong = choose is not None and "school" in request.args and not choose.validate()
    body = render_template(
        "registration/twins/index.html", pairs=pairs, more=more, most=queries.MOST_PAIRS, choose=choose, school=school,
        merges=queries.merges_of_people(now=clock.now()),
    )  # fmt: skip
    return body, 422 if wrong else 200


@blueprint.route("/doubles/<stays_id>/<goes_id>", methods=["GET", "POST"])
@access.open_to(access.ORGANIZERS)
def people(stays_id: str, goes_id: str) -> Answer:
    """Two people of the network, each named by one of their places: what merging them does, and the button that does it."""

    def find() -> tuple[Person, Person]:
        return queries.person_or_404(stays_id), queries.person_or_404(goes_id)

    def deed(stays: Person, goes: Person, mark: str) -> str:
        return service.merge_people(stays.id, goes.id, mark=mark, actor=_actor(), now=clock.now())

    swap, where = url_for("twins.people", stays_id=goes_id, goes_id=stays_id), _("everywhere in the network")
    return _page(find, plan.of_people, deed, back=url_for("twins.index"), back_label=_("Doubled names"), where=where, swap=swap)


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


def _page(find: Callable[[], tuple[T, T]], planned: Callable[..., Plan], deed: Callable[[T, T, str], str], **facts: Any) -> Answer:
    """The preview; or the deed, and the preview anew where it was refused."""
    (stays, goes), refusal = find(), None
    if request.method == "POST":
        names = {"stays": stays.name, "goes": goes.name}
        try:
            deed(stays, goes, request.form.get("mark", "")[:64])
        except Refusal as refused:
            refusal, (stays, goes) = refused, find()
        else:
            flash(_("%(goes)s is merged into %(stays)s. You can undo it for 24 hours.", **names), "good")
            return redirect(facts["back"], 303)
    page = _preview(planned, stays, goes, refusal, facts)
    return (page, 409) if refusal else page


def _preview(planned: Callable[..., Plan], stays: T, goes: T, refusal: Refusal | None, facts: dict[str, Any]) -> str:
    """What would happen, or the reason why nothing can."""
    found = None
    try:
        found = planned(stays, goes, now=clock.now())
    except Refusal as cannot:
        refusal = cannot
    return render_template(
        "registration/twins/merge.html", plan=found, refusal=translated(refusal.sentence) if refusal else None, stays=stays, goes=goes,
        histories=[_history(stays), _history(goes)], lead_stays=isinstance(stays, Attendee) and stays.is_lead, **facts,
    )  # fmt: skip


def _history(one: Attendee | Person) -> Sequence[Attendee]:
    """The places of somebody: the one on the list, or all of them."""
    return queries.places(one.id) if isinstance(one, Attendee) else queries.places_of(one.id)


def _back_to(gathering: Gathering) -> str:
    """The page of a gathering on which its staff see who comes."""
    endpoint = "visits_workspace.manage" if gathering.kind == GatheringKind.VISIT else "meetups.people"
    return url_for(endpoint, public_id=gathering.public_id)


def _actor() -> str:
    return audit.user(access.actor().user_id)
