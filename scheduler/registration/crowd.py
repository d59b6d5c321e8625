"""How many bookings one network of addresses may send: enough for a school behind one address, too few for a program."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, request

from scheduler.core.refusal import Refusal, count
from scheduler.foundation import clock
from scheduler.foundation.tries import Tries

SPAN = timedelta(hours=1)


def count_a_booking() -> Refusal | None:
    """Count what was sent, whether it books or not; beyond SCHEDULER_BOOKINGS_AN_HOUR returns what to say instead of booking.

    Ask it before anything is read: its transaction is one of its own.
    """
    most = current_app.config["BOOKINGS_AN_HOUR"]
    if most and (wait := Tries("booking", most, SPAN).one_more(request.remote_addr or "", clock.now())):
        minutes = -(-wait // 60)
        return Refusal(
            count(minutes,
                "Very many bookings came from your network in the last hour, and this one was not taken. Send it again in %(n)d minute.",
                "Very many bookings came from your network in the last hour, and this one was not taken. Send it again in %(n)d minutes.")
        )  # fmt: skip
    return None
