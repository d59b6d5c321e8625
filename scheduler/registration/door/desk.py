"""The door as a host or organizer runs it: greeters' links, the paper roster, who came, closing the roster."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, audit, clock
from scheduler.foundation.templating import translated
from scheduler.registration.door import codes, links, queries, service
from scheduler.registration.door.forms import LinkForm
from scheduler.registration.door.views import NAME
from scheduler.registration.models import AttendeeState, Gathering, GatheringKind

blueprint = Blueprint("door_desk", __name__, url_prefix="/workspace/door")


@blueprint.get("/<public_id>")
@access.open_to(access.HOSTS)
def show(public_id: str) -> str:
    """Who is here, and whose links open the door."""
    return _page(_own(public_id))


@blueprint.post("/<public_id>/links")
@access.open_to(access.HOSTS)
def make_link(public_id: str) -> Response | tuple[str, int]:
    """Make a greeter's link."""
    gathering, form, now = _own(public_id), LinkForm(), clock.now()
    ends = form.ends_at(gathering) if form.validate() else None
    if ends is None:
        return _page(gathering, form=form), 422
    try:
        made = service.make_link(gathering.id, form.name.data or "", ends, actor=_actor(), now=now)
    except Refusal as refusal:
        return _page(_own(public_id), form=form, refusal=refusal), 409
    return redirect(url_for("door_desk.link", public_id=public_id, link_id=made), 303)


@blueprint.get("/<public_id>/links/<link_id>")
@access.open_to(access.HOSTS)
def link(public_id: str, link_id: str) -> str:
    """One link, to hand over: as a code for the greeter's camera, and as an address to send."""
    gathering = _own(public_id)
    found = queries.link_of(gathering.id, link_id)
    url = links.greeter_url(found)
    return render_template(
        "registration/door/link.html", gathering=gathering, link=found, url=url, code=codes.svg(url), is_alive=found.is_alive(clock.now()),
        back=_back(gathering), noindex=True,
    )  # fmt: skip


@blueprint.post("/<public_id>/links/<link_id>/revoke")
@access.open_to(access.HOSTS)
def revoke(public_id: str, link_id: str) -> Response:
    """A link opens nothing any more."""
    found = queries.link_of(_own(public_id).id, link_id)
    service.revoke_link(found.id, actor=_actor(), now=clock.now())
    flash(_("The link of %(name)s opens nothing any more.", name=found.name), "good")
    return redirect(url_for("door_desk.show", public_id=public_id), 303)


@blueprint.get("/<public_id>/paper")
@access.open_to(access.HOSTS)
def paper(public_id: str) -> str:
    """Who comes, on paper: the same order and marks as on the phone."""
    return paper_page(_own(public_id))


def paper_page(gathering: Gathering) -> str:
    """The roster on paper of any gathering."""
    return render_template(
        "visits/roster.html", gathering=gathering, arrivals=queries.arrivals_of(gathering), back=_back(gathering)
    )  # fmt: skip


@blueprint.route("/<public_id>/roster", methods=["GET", "POST"])
@access.open_to(access.HOSTS)
def roster(public_id: str) -> str | Response | tuple[str, int]:
    """Say who came; close the roster."""
    gathering = _own(public_id)
    if request.method != "POST":
        return _roster_page(gathering)
    close = "close" in request.form
    try:
        changed = service.mark(gathering.id, _marks(), close=close, actor=_actor(), now=clock.now())
    except Refusal as refusal:
        return _roster_page(_own(public_id), refusal), 409
    said = ngettext("%(num)d mark is changed.", "%(num)d marks are changed.", changed)
    flash(_("The roster is closed.") + f" {said}" if close else said, "good")
    return redirect(url_for("door_desk.roster", public_id=public_id), 303)


def _marks() -> dict[str, AttendeeState]:
    """What was chosen, by public id; what is no choice counts for nothing. One button says of all the rest that they came."""
    known = {state.value: state for state in AttendeeState}
    if "rest" in request.form:
        known[AttendeeState.EXPECTED.value] = AttendeeState.ARRIVED
    named = {name.removeprefix("came-"): value for name, value in request.form.items() if name.startswith("came-")}
    return {name: known[value] for name, value in named.items() if NAME.fullmatch(name) and value in known}


@blueprint.post("/<public_id>/reopen")
@access.open_to(access.HOSTS)
def reopen(public_id: str) -> Response:
    """Change a closed roster after all."""
    service.reopen_roster(_own(public_id).id, actor=_actor(), now=clock.now())
    flash(_("The roster is open again."), "good")
    return redirect(url_for("door_desk.roster", public_id=public_id), 303)


def _own(public_id: str) -> Gathering:
    return queries.gathering_for_staff_or_404(public_id, access.actor())


def _actor() -> str:
    return audit.user(access.actor().user_id)


def _back(gathering: Gathering) -> str:
    """The page on which its staff work."""
    page = "visits_workspace.manage" if gathering.kind == GatheringKind.VISIT else "meetups.people"
    return url_for(page, public_id=gathering.public_id)


def _page(gathering: Gathering, *, form: LinkForm | None = None, refusal: Refusal | None = None) -> str:
    now = clock.now()
    found = queries.links_of(gathering.id)
    return render_template(
        "registration/door/desk.html", gathering=gathering, arrivals=queries.arrivals_of(gathering), back=_back(gathering), now=now,
        alive=[one for one in found if one.is_alive(now)], dead=[one for one in found if not one.is_alive(now)],
        form=form or LinkForm.of(gathering), roster=queries.roster_of(gathering.id),
        refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip


def _roster_page(gathering: Gathering, refusal: Refusal | None = None) -> str:
    render = partial(render_template, "registration/door/roster.html", gathering=gathering, back=_back(gathering), now=clock.now())
    return render(
        arrivals=queries.arrivals_of(gathering), roster=queries.roster_of(gathering.id), why=queries.walk_in_notes(gathering.id),
        refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip
