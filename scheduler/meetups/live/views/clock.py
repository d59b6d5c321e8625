"""The buttons of the clock (rounds rule 11)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import abort, request

from scheduler.foundation import access, clock
from scheduler.meetups.live import service
from scheduler.meetups.live.views.desk import Answer, done
from scheduler.meetups.models import Meetup
from scheduler.meetups.views.blueprint import blueprint, user_id

DEEDS: Mapping[str, Callable[..., None]] = {
    "start": service.start, "pause": service.pause, "resume": service.resume, "minute": service.add_minute, "skip": service.skip,
    "back": service.back,
}  # fmt: skip


@blueprint.post("/workspace/meetups/<public_id>/desk/clock/<deed>")
@access.open_to(access.ORGANIZERS)
def turn_clock(public_id: str, deed: str) -> Answer:
    """Start, pause, go on, a minute more, skip, back: for whoever saw the desk as it is."""
    if deed not in DEEDS:
        abort(404)

    def turn(meetup: Meetup) -> str:
        DEEDS[deed](meetup.id, seen=request.form.get("seen", ""), user_id=user_id(), now=clock.now())
        return ""

    return done(public_id, turn)
