"""What the pages of screens and phones ask for every few seconds, as JSON; the same words stand in the page as it is first sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Response, json, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _

from scheduler.core.screens import Leg
from scheduler.foundation.templating import translated
from scheduler.meetups.live.screens.models import SortedBy
from scheduler.meetups.live.screens.shown import MOST_KEPT, Round, Shown

CLOCK = "Clock-Now"
"""The header with the server's time in milliseconds: a page counts by it, also when nothing else has changed"""
MILLISECOND = timedelta(milliseconds=1)


def big_body(shown: Shown) -> str:
    """What a big screen shows, made once for each change."""
    return _once("big", shown, lambda: _told(shown, {n: _room(round, shown) for n, round in shown.rounds.items()}))


def card_body(shown: Shown, attendee_id: int) -> str:
    """What one phone shows; only whose table it is differs from phone to phone."""
    return _told(shown, {n: _seat(round, shown, attendee_id) for n, round in shown.rounds.items()})


def answer(mark: str, body: Callable[[], str], now: datetime) -> Response:
    """The body, or in a word that it is the same as before; both with the server's time."""
    is_known = mark in request.if_none_match
    response = Response(status=304) if is_known else Response(body(), mimetype="application/json")
    response.set_etag(mark)
    return stamped(response, now)


def stamped(response: Response, now: datetime) -> Response:
    """With the server's time, and for no search engine."""
    response.headers[CLOCK] = str(milliseconds(now))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def milliseconds(at: datetime) -> int:
    """An instant as browsers count."""
    return int(at.timestamp() * 1000)


_kept: dict[tuple[str, str, str], str] = {}


def _once(what: str, shown: Shown, make: Callable[[], str]) -> str:
    """A text that is the same for everybody, made once for each change and language."""
    key = (what, shown.mark, str(get_locale()))
    text = _kept.get(key) or make()
    _kept[key] = text
    while len(_kept) > 2 * MOST_KEPT:
        _kept.pop(next(iter(_kept)), None)
    return text


def _told(shown: Shown, rounds: Mapping[int, dict[str, str]]) -> str:
    legs = _once("legs", shown, lambda: json.dumps([_leg(leg) for leg in shown.legs]))
    return f'{{"legs": {legs}, "rounds": {json.dumps(rounds)}}}'


def _leg(leg: Leg) -> dict[str, Any]:
    return {
        "phase": leg.phase.value, "round": leg.round, "shows": leg.shows, "next": leg.shows if leg.is_next_known else None,
        "since": milliseconds(leg.since) if leg.since else None, "began": milliseconds(leg.began) if leg.began else None,
        "until": milliseconds(leg.until) if leg.until else None,
        "left": leg.left // MILLISECOND if leg.left is not None else None, "head": translated(leg.head),
        "action": translated(leg.action), "following": translated(leg.following) if leg.following else "",
    }  # fmt: skip


def _room(round: Round, shown: Shown) -> dict[str, str]:
    by_table = shown.names_nobody or shown.sorted_by == SortedBy.TABLE
    room = render_template("meetups/live/screens/_room.html", round=round, by_table=by_table, names_nobody=shown.names_nobody)
    return {"prompt": round.prompt, "room": room}


def _seat(round: Round, shown: Shown, attendee_id: int) -> dict[str, str]:
    place = round.places.get(round.table_of.get(attendee_id) or 0)
    others = [label for id, label in place.called.items() if id != attendee_id] if place and not shown.names_nobody else []
    return {
        "line": _line(round, attendee_id), "prompt": round.prompt,
        "room": render_template("meetups/live/screens/_company.html", others=others),
    }  # fmt: skip


def _line(round: Round, attendee_id: int) -> str:
    if attendee_id not in round.table_of:
        return str(_("Round %(n)s: ask at the desk for a table", n=round.number))
    table = round.table_of[attendee_id]
    if table is None:
        return str(_("Round %(n)s: you sit this one out", n=round.number))
    return str(_("Round %(n)s: Table %(table)s", n=round.number, table=table))


def part(body: str, leg: Leg) -> Mapping[str, str]:
    """Of a whole answer, what is shown in one leg: `now` of the round one sits in, `room` of the round a hall shows, and the next."""
    rounds = json.loads(body)["rounds"]
    here, shows = rounds.get(str(leg.round), {}), rounds.get(str(leg.shows), {})
    return {
        "line": here.get("line", ""), "prompt": here.get("prompt", ""), "company": here.get("room", ""), "room": shows.get("room", ""),
        "next": shows.get("line", "") if leg.is_next_known else "",
    }  # fmt: skip
