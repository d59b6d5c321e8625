"""What hosts do about parties: say yes or no, change a size, cancel, seat somebody who waits."""

from __future__ import annotations

from functools import partial

from flask import abort
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.foundation import access, clock
from scheduler.registration import queries as registration
from scheduler.registration import service
from scheduler.registration.models import MoveRequest, Registration
from scheduler.visits import queries
from scheduler.visits.board import line_of
from scheduler.visits.forms import PartySizeForm, ReasonForm
from scheduler.visits.models import Visit
from scheduler.visits.workspace.blueprint import actor, blueprint
from scheduler.visits.workspace.page import answer, name_of

Answer = Response | tuple[str, int]


@blueprint.post("/<public_id>/parties/<party_id>/approve")
@access.open_to(access.HOSTS)
def approve(public_id: str, party_id: str) -> Answer:
    """A party from outside the network may come."""
    visit, party = _party_or_404(public_id, party_id)
    said = _("%(name)s is told that the party can come.", name=party.lead_name)
    deed = partial(service.decide, party.id, approve=True, actor=actor(), now=clock.now())
    return answer(visit, None, deed, said)


@blueprint.post("/<public_id>/parties/<party_id>/decline")
@access.open_to(access.HOSTS)
def decline(public_id: str, party_id: str) -> Answer:
    """A party from outside the network cannot come, and reads why."""
    visit, party = _party_or_404(public_id, party_id)
    form = ReasonForm(prefix=name_of("decline", party_id))
    said = _("%(name)s is told that it does not work, and why.", name=party.lead_name)
    deed = partial(service.decide, party.id, approve=False, reason=form.reason.data or "", actor=actor(), now=clock.now())
    return answer(visit, form, deed, said)


@blueprint.post("/<public_id>/moves/<party_id>/approve")
@access.open_to(access.HOSTS)
def approve_move(public_id: str, party_id: str) -> Answer:
    """A party that is booked on another date comes here."""
    visit, move = _move_or_404(public_id, party_id)
    said = _("%(name)s’s party comes on this date now, and is told.", name=move.registration.lead_name)
    deed = partial(service.decide_move, move.id, approve=True, actor=actor(), now=clock.now())
    return answer(visit, None, deed, said)


@blueprint.post("/<public_id>/moves/<party_id>/decline")
@access.open_to(access.HOSTS)
def decline_move(public_id: str, party_id: str) -> Answer:
    """A party keeps its other date, and reads why."""
    visit, move = _move_or_404(public_id, party_id)
    form = ReasonForm(prefix=name_of("keep", party_id))
    said = _("%(name)s’s party keeps its other date, and is told why.", name=move.registration.lead_name)
    deed = partial(service.decide_move, move.id, approve=False, reason=form.reason.data or "", actor=actor(), now=clock.now())
    return answer(visit, form, deed, said)


@blueprint.post("/<public_id>/parties/<party_id>/size")
@access.open_to(access.HOSTS)
def resize(public_id: str, party_id: str) -> Answer:
    """A party becomes smaller or larger, after the cutoff too (rule 7)."""
    visit, party = _party_or_404(public_id, party_id)
    form = PartySizeForm(prefix=name_of("size", party_id))
    size = form.party_size.data or 0
    said = ngettext(
        "%(name)s’s party has %(num)d person now, and is told.", "%(name)s’s party has %(num)d people now, and is told.", size,
        name=party.lead_name,
    )  # fmt: skip
    deed = partial(service.resize, party.id, size, passes_cutoff=True, actor=actor(), now=clock.now())
    return answer(visit, form, deed, said)


@blueprint.post("/<public_id>/parties/<party_id>/cancel")
@access.open_to(access.HOSTS)
def cancel_party(public_id: str, party_id: str) -> Answer:
    """A party does not come, and reads why; its seats go to those who wait."""
    visit, party = _party_or_404(public_id, party_id)
    form = ReasonForm(prefix=name_of("cancel", party_id))
    said = _("%(name)s’s booking is cancelled, and the party is told why.", name=party.lead_name)
    deed = partial(service.cancel, party.id, reason=form.reason.data or "", by="host", actor=actor(), now=clock.now())
    return answer(visit, form, deed, said)


@blueprint.post("/<public_id>/waiting/<entry_id>/seat")
@access.open_to(access.HOSTS)
def seat(public_id: str, entry_id: str) -> Answer:
    """A party that waits gets its seats now, without being asked (rule 11)."""
    visit = queries.visit_for_host_or_404(public_id, access.actor())
    entry = next((entry for entry in line_of(visit) if entry.public_id == entry_id), None)
    if entry is None:
        abort(404)
    said = _("%(name)s’s party is seated, and is told.", name=entry.lead_name)
    deed = partial(service.seat_waiting, entry.id, visit.gathering_id, actor=actor(), now=clock.now())
    return answer(visit, None, deed, said)


def _party_or_404(public_id: str, party_id: str) -> tuple[Visit, Registration]:
    """A party of this visit; one of another visit is not there."""
    visit = queries.visit_for_host_or_404(public_id, access.actor())
    party = registration.registration_or_404(party_id)
    if party.gathering_id != visit.gathering_id:
        abort(404)
    return visit, party


def _move_or_404(public_id: str, party_id: str) -> tuple[Visit, MoveRequest]:
    visit = queries.visit_for_host_or_404(public_id, access.actor())
    move = next((move for move in registration.moves_to(visit.gathering_id) if move.registration.public_id == party_id), None)
    if move is None:
        abort(404)
    return visit, move
