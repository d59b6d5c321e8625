"""Pages for the room, without signing in and without cookies: the big screen by its address, a phone by the code of a card."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from scheduler.core.screens import AFTERWARDS, Admission, admission, countdown, leg_at, time_left
from scheduler.foundation import access, clock, paths
from scheduler.foundation.tries import Tries
from scheduler.meetups import queries as meetups
from scheduler.meetups.live.screens import answers, links, queries
from scheduler.meetups.live.screens.models import MeetupScreen
from scheduler.meetups.live.screens.queries import Card
from scheduler.meetups.live.screens.shown import Shown, mark_of, shown_of
from scheduler.meetups.models import Meetup
from scheduler.registration.models import Gathering

blueprint = Blueprint("screens", __name__)

_wrong_codes = Tries("card", 20, timedelta(minutes=1))
"""By network of addresses. Codes that a process knows open their pages whatever happened: a whole hall has one address"""


@blueprint.get("/screen/<public_id>/<token>")
@access.open_to(access.LINK)
def big(public_id: str, token: str) -> AnyResponse | tuple[str, int]:
    """The big screen."""
    meetup, screen = _screen_or_404(public_id, token)
    if _is_over(meetup):
        return _unusable("over", meetup.gathering), 410
    shown = _shown(meetup, screen)
    return _page("big", meetup, shown, answers.big_body(shown), url_for("screens.big_now", public_id=public_id, token=token))


@blueprint.get("/screen/<public_id>/<token>/now")
@access.open_to(access.LINK)
def big_now(public_id: str, token: str) -> Response:
    """What the big screen shows now."""
    meetup, screen = _screen_or_404(public_id, token)
    if _is_over(meetup):
        abort(410)
    return _answer(meetup, screen, answers.big_body)


@blueprint.get("/c")
@access.open_to(access.ANYONE)
def enter() -> AnyResponse | str:
    """Where the code of a card is typed, however it is written."""
    typed = "".join(letter for letter in request.args.get("code", "").lower() if letter.isalpha())[:40]
    if typed:
        return redirect(url_for("screens.card", code=typed), 303)
    return render_template("meetups/live/screens/enter.html", code="", trouble="")


@blueprint.get("/c/<code>")
@access.open_to(access.LINK)
def card(code: str) -> AnyResponse | tuple[str, int]:
    """One person's tables: where they sit now, with whom, and where next as soon as that is known."""
    found = _find(code)
    if isinstance(found, str):
        return render_template("meetups/live/screens/enter.html", code=code[:40], trouble=found), 429 if found == "paused" else 404
    meetup = found.meetup
    when = _admission(meetup.gathering)
    if when != Admission.OPEN:
        return _unusable(when.value, meetup.gathering), 404 if when == Admission.EARLY else 410
    shown = _shown(meetup, queries.screen_of(meetup.id))
    return _page("card", meetup, shown, answers.card_body(shown, found.attendee_id), url_for("screens.card_now", code=code))


@blueprint.get("/c/<code>/now")
@access.open_to(access.LINK)
def card_now(code: str) -> Response:
    """The same for the page to ask every few seconds."""
    found = _find(code)
    if isinstance(found, str):
        abort(429 if found == "paused" else 404)
    if _admission(found.meetup.gathering) != Admission.OPEN:
        abort(410)
    return _answer(found.meetup, queries.screen_of(found.meetup.id), lambda shown: answers.card_body(shown, found.attendee_id))


@blueprint.get("/c/worker.js")
@access.open_to(access.ANYONE)
def worker() -> Response:
    """The program that shows a phone's page while there is no network; it stands here because it may serve only what is below it."""
    program = (paths.find("static") / "js" / "card-worker.js").read_text()
    return Response(program, content_type="text/javascript; charset=utf-8")


def _find(code: str) -> Card | str:
    """Whose card it is, or what is the matter: a wrong code, or too many of them."""
    now, caller = clock.now(), request.remote_addr or ""
    if known := queries.find_card(code.lower(), now, look_again=False):
        return known
    if _wrong_codes.seconds_to_wait(caller, now):
        return "paused"
    if found := queries.find_card(code.lower(), now, look_again=True):
        return found
    _wrong_codes.wrong(caller, now)
    return "wrong"


def _screen_or_404(public_id: str, token: str) -> tuple[Meetup, MeetupScreen]:
    meetup = meetups.meetup_or_404(public_id)
    screen = queries.screen_of(meetup.id)
    if not links.opens(token, meetup, screen):
        abort(404)
    return meetup, screen


def _admission(gathering: Gathering) -> Admission:
    if gathering.is_cancelled:
        return Admission.OVER
    return admission(gathering.starts_at, gathering.ends_at, clock.now())


def _is_over(meetup: Meetup) -> bool:
    return _admission(meetup.gathering) == Admission.OVER


def _unusable(why: str, gathering: Gathering) -> str:
    return render_template("meetups/live/screens/unusable.html", why=why, gathering=gathering)


def _shown(meetup: Meetup, screen: MeetupScreen) -> Shown:
    now = clock.now()
    return shown_of(meetup, screen, mark_of(meetup, screen, now), now)


def _answer(meetup: Meetup, screen: MeetupScreen, body: Callable[[Shown], str]) -> Response:
    now = clock.now()
    mark = mark_of(meetup, screen, now)
    return answers.answer(mark, lambda: body(shown_of(meetup, screen, mark, now)), now)


def _page(template: str, meetup: Meetup, shown: Shown, body: str, url: str) -> Response:
    now = clock.now()
    leg = leg_at(shown.legs, now)
    left = time_left(leg, now)
    page = render_template(
        f"meetups/live/screens/{template}.html", gathering=meetup.gathering, body=body, first=answers.part(body, leg), url=url,
        leg=leg, clock=countdown(left) if left is not None else "", mark=shown.mark, sent=answers.milliseconds(now),
        ends=answers.milliseconds(meetup.gathering.ends_at + AFTERWARDS),
    )  # fmt: skip
    response = make_response(page)
    response.headers["Card-Ends"] = str(answers.milliseconds(meetup.gathering.ends_at + AFTERWARDS))
    return answers.stamped(response, now)
