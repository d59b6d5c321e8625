"""Guests who come unannounced, at the desk: added and seated in one go, by a spare card where they have taken one (rounds rule 10)."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock
from scheduler.foundation.templating import translated
from scheduler.meetups import queries as meetups
from scheduler.meetups.live import queries, service
from scheduler.meetups.live.board import Board
from scheduler.meetups.live.forms import GuestForm
from scheduler.meetups.live.service.guests import Guest
from scheduler.meetups.live.spares import spares_of
from scheduler.meetups.live.views.desk import Answer, done
from scheduler.meetups.live.views.people import said_of
from scheduler.meetups.models import Meetup
from scheduler.meetups.views.blueprint import blueprint, page, user_id
from scheduler.schools.choosing import queries as choosing


@blueprint.get("/workspace/meetups/<public_id>/desk/guest")
@access.open_to(access.ORGANIZERS)
def guest(public_id: str) -> str | Response:
    """Somebody unannounced: name, school, and the card they have taken; while no rounds are on, the desk says why there are no seats."""
    meetup = meetups.meetup_or_404(public_id)
    board = Board(queries.state_of(meetup, clock.now()))
    if not board.has_plan or board.is_over:
        return redirect(url_for("meetups.desk", public_id=public_id), 303)
    return _guest_page(meetup, GuestForm(spares_of(meetup), formdata=None, data={"name": request.args.get("name", "")}))


@blueprint.post("/workspace/meetups/<public_id>/desk/guest")
@access.open_to(access.ORGANIZERS)
def welcome_guest(public_id: str) -> str | Response | tuple[str, int]:
    """Put them on the list and seat them at once."""
    meetup = meetups.meetup_or_404(public_id)
    form, nonce = GuestForm(spares_of(meetup)), (request.form.get("key") or "")[:40]
    if not form.validate():
        return _guest_page(meetup, form), 422
    try:
        seated = service.welcome(meetup.id, form.wish(), form.number(), nonce=nonce, user_id=user_id(), now=clock.now())
    except Refusal as refusal:
        return _guest_page(meetups.meetup_or_404(public_id), form, refusal), 409
    flash(_told(seated), "good")
    return redirect(url_for("meetups.desk", public_id=public_id), 303)


@blueprint.post("/workspace/meetups/<public_id>/desk/people/<key>/card")
@access.open_to(access.ORGANIZERS)
def take_spare_card(public_id: str, key: str) -> Answer:
    """Somebody who walked in at the door has taken a spare card."""

    def take(meetup: Meetup) -> str:
        attendee = queries.attendee_or_404(queries.state_of(meetup, clock.now()), key)
        number = request.form.get("card", "")
        if not (number.isascii() and number.isdigit() and len(number) < 4):
            abort(404)
        return _told(service.take_card(meetup.id, attendee.id, int(number), user_id=user_id(), now=clock.now()))

    return done(public_id, take)


def _told(guest: Guest) -> str:
    """Where they sit, to be read out; of later rounds only what is not as on their card."""
    told = said_of(guest.seats[:1] if guest.card else guest.seats, guest.name)
    later = [seat for seat in guest.elsewhere if seat is not guest.seats[0]]
    if later:
        tables = ", ".join(_("round %(round)s: table %(table)s", round=seat.round, table=seat.table or "–") for seat in later)
        return f"{told} {_('Not as on the card: %(tables)s. Plan the coming rounds anew when you have a moment.', tables=tables)}"
    return f"{told} {_('Then they follow spare card %(n)s.', n=guest.card.number)}" if guest.card and guest.seats[1:] else told


def _guest_page(meetup: Meetup, form: GuestForm, refusal: Refusal | None = None) -> str:
    return page(
        "live/guest", meetup, "desk", form=form, schools=choosing.names_offered(), refusal=translated(refusal.sentence) if refusal else None
    )
