"""How many bookings one network of addresses may send: enough for a school behind one address, too few for a program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from flask import current_app, request

from scheduler.core.refusal import Refusal, count
from scheduler.foundation import clock
from scheduler.foundation.tries import Tries

SPAN = timedelta(hours=1)


def count_a_booking() -> Refusal | None:
    """Count what was sent and books nothing, in a transaction of its own; beyond SCHEDULER_BOOKINGS_AN_HOUR returns what to say."""
    tries = _tries()
    return _too_many(tries.one_more(*_caller())) if tries else None


def count_inside() -> None:
    """Count a booking as the last deed of its transaction; one too many is refused, and so undone. (Whoever sends a form again books
    nothing, and is answered as before.)"""
    tries = _tries()
    if tries and (too_many := _too_many(tries.one_more_inside(*_caller()))):
        raise too_many


@contextmanager
def refusals_count() -> Iterator[None]:
    """What is refused inside was sent as well: it is counted by itself, and whoever sent too many hears of that instead."""
    try:
        yield
    except Refusal:
        if too_many := count_a_booking():
            raise too_many from None
        raise


def _tries() -> Tries | None:
    most = current_app.config["BOOKINGS_AN_HOUR"]
    return Tries("booking", most, SPAN) if most else None


def _caller() -> tuple[str, datetime]:
    return request.remote_addr or "", clock.now()


def _too_many(wait: int) -> Refusal | None:
    if not wait:
        return None
    return Refusal(
        count(-(-wait // 60),
            "Very many bookings came from your network in the last hour, and this one was not taken. Send it again in %(n)d minute.",
            "Very many bookings came from your network in the last hour, and this one was not taken. Send it again in %(n)d minutes.")
    )  # fmt: skip
