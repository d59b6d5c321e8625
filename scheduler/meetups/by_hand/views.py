"""Organizers' page to move people by hand: what a move costs, the move, taking it back, locks, and planning around them."""

from __future__ import annotations

from flask import abort, flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.core.pairing.asked import behind
from scheduler.core.pairing.price import Price
from scheduler.core.pairing.wishes import sentence
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import access, clock
from scheduler.foundation.templating import translated
from scheduler.meetups import locks as locks_of_versions
from scheduler.meetups import plans
from scheduler.meetups import queries as meetups
from scheduler.meetups.by_hand import queries, service
from scheduler.meetups.by_hand.board import Board, told
from scheduler.meetups.by_hand.forms import MoveForm, read_move
from scheduler.meetups.by_hand.service import Wanted
from scheduler.meetups.locks import Lock
from scheduler.meetups.models import Meetup, Plan, PlanState
from scheduler.meetups.views.blueprint import blueprint, page, user_id
from scheduler.meetups.wishes.naming import called
from scheduler.registration.wording import ROLE_LABELS

ADDRESS = "/workspace/meetups/<public_id>/plans/<int:version>"


@blueprint.get(f"{ADDRESS}/move")
@access.open_to(access.ORGANIZERS)
def by_hand(public_id: str, version: int) -> str:
    """One round as cards of tables; whom to move and where to, and what that costs before it is made."""
    meetup = meetups.meetup_or_404(public_id)
    plan = meetups.bare_plan_or_404(meetup, version)
    if plan.state != PlanState.DRAFT or plan.from_round is not None:
        return page("by_hand_copy", meetup, "plan", plan=plan, refusal=None)
    return _page(meetup, plan)


@blueprint.get(f"{ADDRESS}/price")
@access.open_to(access.ORGANIZERS)
def by_hand_price(public_id: str, version: int) -> Response:
    """What a move would cost, as JSON: a title, whether it is refused, and the sentences."""
    meetup = meetups.meetup_or_404(public_id)
    plan = meetups.bare_plan_or_404(meetup, version)
    wanted = read_move(_number(plan), request.args.get("person", ""), request.args.get("to", ""))
    if wanted is None:
        abort(404)
    found = service.price_of(plan, wanted)
    response = jsonify(refused=bool(found.refused), says=_said(found))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post(f"{ADDRESS}/move")
@access.open_to(access.ORGANIZERS)
def make_move(public_id: str, version: int) -> Response | tuple[str, int]:
    """Make the move whose price was shown."""
    meetup = meetups.meetup_or_404(public_id)
    plan = meetups.bare_plan_or_404(meetup, version)
    wanted = read_move(_number(plan), request.form.get("person", ""), request.form.get("to", ""))
    try:
        if wanted is None:
            raise Refusal(say("Choose somebody, and a table or somebody to change places with."))
        service.move(meetup.id, version, wanted, revision=_revision(), user_id=user_id(), now=clock.now())
    except Refusal as refusal:
        return _refused(public_id, version, refusal)
    flash(_("Moved, and locked there in this round."), "good")
    return redirect(url_for("meetups.by_hand", public_id=public_id, version=version, round=wanted.round, _anchor=wanted.person), 303)


@blueprint.post(f"{ADDRESS}/take-back")
@access.open_to(access.ORGANIZERS)
def take_back(public_id: str, version: int) -> Response | tuple[str, int]:
    """Take the last move back."""
    meetup = meetups.meetup_or_404(public_id)
    plan = meetups.bare_plan_or_404(meetup, version)
    try:
        service.take_back(meetup.id, version, revision=_revision(), user_id=user_id(), now=clock.now())
    except Refusal as refusal:
        return _refused(public_id, version, refusal)
    flash(_("The last move is taken back."), "good")
    return redirect(url_for("meetups.by_hand", public_id=public_id, version=version, round=_number(plan)), 303)


@blueprint.post(f"{ADDRESS}/lock")
@access.open_to(access.ORGANIZERS)
def lock_seat(public_id: str, version: int) -> Response | tuple[str, int]:
    """Lock somebody at their table in a round, or unlock them."""
    meetup = meetups.meetup_or_404(public_id)
    plan = meetups.bare_plan_or_404(meetup, version)
    number, person, locked = _number(plan), request.form.get("person", ""), request.form.get("locked") == "1"
    try:
        service.lock(meetup.id, version, number, person, locked=locked, user_id=user_id(), now=clock.now())
    except Refusal as refusal:
        return _refused(public_id, version, refusal)
    flash(_("Locked there in this round.") if locked else _("No longer locked."), "good")
    return redirect(url_for("meetups.by_hand", public_id=public_id, version=version, round=number, _anchor=person), 303)


@blueprint.post(f"{ADDRESS}/around")
@access.open_to(access.ORGANIZERS)
def plan_around(public_id: str, version: int) -> Response | tuple[str, int]:
    """Have another version planned in which whoever is locked stays there; what clashes with the wishes is named."""
    meetup = meetups.meetup_or_404(public_id)
    held = locks_of_versions.locks_of(meetups.bare_plan_or_404(meetup, version).id)
    try:
        if not held:
            raise Refusal(say("Nobody is locked in this version. Move or lock somebody first."))
        started = plans.start_plan(meetup.id, plans.settings_of(meetup), user_id=user_id(), now=clock.now(), locks=held)
    except Refusal as refusal:
        return _refused(public_id, version, refusal, held)
    if not started.is_new:
        flash(_("Somebody pressed Plan a moment ago. This is that plan."), "info")
    return redirect(url_for("meetups.plan_progress", public_id=public_id, job_id=started.job), 303)


def _refused(public_id: str, version: int, refusal: Refusal, held: list[Lock] | None = None) -> tuple[str, int]:
    """The page as it is now, with the sentence and what was chosen."""
    meetup = meetups.meetup_or_404(public_id)
    plan = meetups.bare_plan_or_404(meetup, version)
    said = translated(refusal.sentence)
    if plan.state != PlanState.DRAFT or plan.from_round is not None:
        return page("by_hand_copy", meetup, "plan", plan=plan, refusal=said), 409
    return _page(meetup, plan, refusal=said, clashing=_clashing(meetup, held or [])), 409


def _page(meetup: Meetup, plan: Plan, *, refusal: str | None = None, clashing: list[tuple[Lock, str]] | None = None) -> str:
    number, values = _number(plan), request.values
    board = Board(locks_of_versions.problem_of(plan), number, queries.round_of(plan.id, number))
    form = MoveForm(board, data={"person": values.get("person", ""), "to": values.get("to", "")})
    wanted = read_move(number, form.person.data, form.to.data)
    found = service.price_of(plan, wanted) if wanted and _are_there(board, wanted) else None
    return page(
        "by_hand", meetup, "plan", plan=plan, number=number, board=board, form=form, refusal=refusal, clashing=clashing or [],
        chosen=board.by_key.get(form.person.data), role_labels=ROLE_LABELS, locks=queries.locks_made(plan),
        moves=[translated(told(move)) for move in queries.moves_of(plan.id)],
        title=translated(board.title(wanted)) if found and wanted else "", says=_said(found) if found else [],
        refused=bool(found and found.refused),
    )  # fmt: skip


def _are_there(board: Board, wanted: Wanted) -> bool:
    return wanted.person in board.by_key and (wanted.other is None or wanted.other in board.by_key)


def _said(found: Price) -> list[str]:
    """The price in sentences, of a move that costs nothing, too."""
    told = [translated(sentence) for sentence in (found.refused or found.sentences)]
    return told or [_("No count changes.")]


def _clashing(meetup: Meetup, held: list[Lock]) -> list[tuple[Lock, str]]:
    """The locks behind what clashes, in words."""
    if not held:
        return []
    attendees = meetups.attendees_of(meetup.gathering_id)
    asked = plans.asked_of(meetup, attendees, plans.settings_of(meetup), locks=held)
    names, by_wish = called(attendees), {lock.wish: lock for lock in held}
    found = dict.fromkeys(wish for clash in asked.clashes[:1] for wish in behind(clash, list(by_wish)))
    return [(by_wish[wish], translated(sentence(wish, lambda id: names.get(id, "")))) for wish in found]


def _number(plan: Plan) -> int:
    """The round that an address or a form asks for; the first one unless it is there."""
    asked = request.values.get("round", "")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 1
    return number if 1 <= number <= plan.rounds else 1


def _revision() -> int:
    asked = request.form.get("revision", "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else -1
