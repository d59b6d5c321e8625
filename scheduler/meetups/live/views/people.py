"""People at the desk: seated now, away, back, left, moved; and thin tables merged (rounds rule 8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock
from scheduler.foundation.templating import translated
from scheduler.meetups import queries as meetups
from scheduler.meetups.live import queries, service
from scheduler.meetups.live.board import Board
from scheduler.meetups.live.forms import CardForm, MoveForm
from scheduler.meetups.live.service.sitting import Seat
from scheduler.meetups.live.spares import spares_of
from scheduler.meetups.live.views.desk import Answer, done
from scheduler.meetups.models import Meetup
from scheduler.meetups.views.blueprint import blueprint, page, user_id
from scheduler.registration.models import Attendee
from scheduler.registration.wording import ROLE_LABELS


@blueprint.get("/workspace/meetups/<public_id>/desk/people/<key>")
@access.open_to(access.ORGANIZERS)
def at_desk(public_id: str, key: str) -> str:
    """One person: where they sit from now on, and what can be done about it."""
    meetup = meetups.meetup_or_404(public_id)
    return _person_page(meetup, key, MoveForm())


@blueprint.post("/workspace/meetups/<public_id>/desk/people/<key>/<deed>")
@access.open_to(access.ORGANIZERS)
def tell_desk(public_id: str, key: str, deed: str) -> Answer:
    """Somebody is seated now, is away, is back, or has left."""
    if deed not in _DEEDS:
        abort(404)

    def tell(meetup: Meetup) -> str:
        attendee = _attendee(meetup, key)
        return _DEEDS[deed](meetup, attendee, attendee.name or _("This person"), {"user_id": user_id(), "now": clock.now()})

    return done(public_id, tell)


def _seat(meetup: Meetup, attendee: Attendee, name: str, who: dict[str, Any]) -> str:
    return said_of(service.seat_late(meetup.id, attendee.id, **who), name)


def _back(meetup: Meetup, attendee: Attendee, name: str, who: dict[str, Any]) -> str:
    return said_of(service.back_again(meetup.id, attendee.id, **who), name)


def _away(meetup: Meetup, attendee: Attendee, name: str, who: dict[str, Any]) -> str:
    service.mark_away(meetup.id, [attendee.id], **who)
    return str(_("%(name)s is away until you say that they are back.", name=name))


def _left(meetup: Meetup, attendee: Attendee, name: str, who: dict[str, Any]) -> str:
    service.leave(meetup.id, attendee.id, **who)
    return str(_("%(name)s has left. Plan the coming rounds anew when you have a moment.", name=name))


_DEEDS: Mapping[str, Callable[[Meetup, Attendee, str, dict[str, Any]], str]] = {"seat": _seat, "back": _back, "away": _away, "left": _left}


def said_of(seats: Sequence[Seat], name: str) -> str:
    """Where somebody sits now, to be read out to them."""
    there = [seat for seat in seats if seat.table]
    if there:
        tables = ", ".join(_("round %(round)s: table %(table)s", round=seat.round, table=seat.table) for seat in there)
        return str(_("%(name)s: %(tables)s.", name=name, tables=tables))
    if seats:
        return str(_("%(name)s is here, but no table may take them now. Move them by hand, or plan the coming rounds anew.", name=name))
    return str(_("%(name)s is here.", name=name))


@blueprint.post("/workspace/meetups/<public_id>/desk/missing")
@access.open_to(access.ORGANIZERS)
def missing_away(public_id: str) -> Answer:
    """Whoever is ticked has not come: away from now on, so that tables can be merged and rounds planned without them."""

    def mark(meetup: Meetup) -> str:
        chosen, state = set(request.form.getlist("who")), queries.state_of(meetup, clock.now())
        ids = [attendee.id for attendee in state.missing if attendee.public_id in chosen]
        if not ids:
            return str(_("Nobody was ticked, so nobody is marked."))
        service.mark_away(meetup.id, ids, user_id=user_id(), now=clock.now())
        return str(ngettext("%(num)d person is marked as away.", "%(num)d people are marked as away.", len(ids)))

    return done(public_id, mark)


@blueprint.post("/workspace/meetups/<public_id>/desk/rounds/<int:number>/tables/<int:table>/merge")
@access.open_to(access.ORGANIZERS)
def merge_table(public_id: str, number: int, table: int) -> Answer:
    """A thin table takes others in, or goes to others."""

    def merge(meetup: Meetup) -> str:
        state = queries.state_of(meetup, clock.now())
        moves = service.merge(meetup.id, number, table, user_id=user_id(), now=clock.now())
        names = {attendee.public_id: attendee.name for attendee in state.people.values()}
        return " ".join(_("%(name)s goes to table %(table)s.", name=names[move.person], table=move.table_to) for move in moves)

    return done(public_id, merge)


@blueprint.post("/workspace/meetups/<public_id>/desk/people/<key>/move")
@access.open_to(access.ORGANIZERS)
def move_at_desk(public_id: str, key: str) -> str | Response | tuple[str, int]:
    """Somebody sits where the organizer says."""
    meetup, form = meetups.meetup_or_404(public_id), MoveForm()
    if not form.validate():
        return _person_page(meetup, key, form), 422
    attendee, round, table = _attendee(meetup, key), form.round.data or 0, form.table.data or 0
    try:
        service.move_by_hand(meetup.id, attendee.id, round, table, user_id=user_id(), now=clock.now())
    except Refusal as refusal:
        return _person_page(meetups.meetup_or_404(public_id), key, form, refusal), 409
    flash(_("%(name)s sits at table %(table)s in round %(round)s.", name=attendee.name, table=table, round=round), "good")
    return redirect(url_for("meetups.desk", public_id=public_id), 303)


@blueprint.post("/workspace/meetups/<public_id>/desk/moves/<int:change_id>/undo")
@access.open_to(access.ORGANIZERS)
def undo_move(public_id: str, change_id: int) -> Answer:
    """Take back one move."""

    def undo(meetup: Meetup) -> str:
        service.undo_change(meetup.id, change_id, user_id=user_id(), now=clock.now())
        return str(_("Taken back."))

    return done(public_id, undo)


def _attendee(meetup: Meetup, key: str) -> Attendee:
    return queries.attendee_or_404(queries.state_of(meetup, clock.now()), key)


def _person_page(meetup: Meetup, key: str, form: MoveForm, refusal: Refusal | None = None) -> str:
    board = Board(queries.state_of(meetup, clock.now()))
    attendee = queries.attendee_or_404(board.state, key)
    if not form.is_submitted():
        form.round.data = max(1, min(board.state.first_open, board.state.rounds))
    cards = CardForm(spares_of(meetup), formdata=None) if board.may_take_card(attendee) else None
    return page(
        "live/person", meetup, "desk", board=board, attendee=attendee, form=form, role_labels=ROLE_LABELS, cards=cards,
        refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip
