"""The greeter's page, by an expiring link: who is expected, check in, undo, sign out, walk in; with and without a network."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from scheduler.core import door
from scheduler.core.door import DeedKind, Result
from scheduler.core.refusal import Refusal
from scheduler.core.times import clock_text, to_wall
from scheduler.foundation import access, clock, paths, tokens
from scheduler.foundation.templating import translated
from scheduler.registration.door import links, queries, service
from scheduler.registration.door.forms import WalkInForm
from scheduler.registration.door.service import Answer, Claim
from scheduler.registration.models import Gathering, GreeterLink, Registration
from scheduler.schools.choosing import queries as choosing

blueprint = Blueprint("door", __name__, url_prefix="/door")

CAMERA = "camera=(self), geolocation=(), microphone=(), payment=()"
"""Of the door's page alone: it reads codes with the phone's camera"""
MOST_DEEDS = 500
"""That one sending may bring; a phone sends again"""
NONCE = re.compile(r"[A-Za-z0-9_-]{16,40}")
NAME = re.compile(r"[a-z]{10}")
"""The form of public ids: whatever else is sent names nobody, and is not looked for"""
OFFERED = {DeedKind.ARRIVE.value, DeedKind.UNDO.value, DeedKind.LEAVE.value}


@dataclass(frozen=True)
class Said:
    """What the page shows of a code that was read."""

    result: Result
    word: str
    text: str
    who: str = ""


@blueprint.get("/open/<public_id>/<token>")
@access.open_to(access.LINK)
def open_link(public_id: str, token: str) -> AnyResponse:
    """Exchange a greeter's link for a cookie and a clean address; nothing is written."""
    link = queries.link_or_404(public_id)
    if not tokens.opens(token, links.GREETER, link.public_id):
        abort(404)
    links.remember(public_id)
    return redirect(url_for("door.show", public_id=public_id), 303)


@blueprint.get("/<public_id>")
@access.open_to(access.LINK)
def show(public_id: str) -> AnyResponse | tuple[str, int]:
    """Who is expected and who is here, as far as the search goes."""
    link = _own(public_id)
    if not link.is_alive(clock.now()):
        return _ended(link)
    return _page(link, searched=request.args.get("q", "").strip()[:100])


@blueprint.get("/<public_id>/list")
@access.open_to(access.LINK)
def listed(public_id: str) -> AnyResponse | tuple[str, int]:
    """The list alone, for the page to look after every few seconds; unchanged is said in a word."""
    link = _own(public_id)
    if not link.is_alive(clock.now()):
        return "", 404
    body = render_template("registration/door/_list.html", **_list_of(link), with_token=False).encode()
    response = Response(body)
    response.set_etag(hashlib.sha256(body).hexdigest()[:20], weak=True)
    if request.accept_encodings["gzip"]:  # the list of 300 people has 230 KB, and 15 so; phones pay for it
        response.set_data(gzip.compress(body, 6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response.make_conditional(request)


@blueprint.get("/<public_id>/find")
@access.open_to(access.LINK)
def find(public_id: str) -> Response:
    """What a code means that is not on the list."""
    link = _own(public_id)
    said = _read_code(link, request.args.get("code", "").strip(), clock.now())
    return jsonify(result=said.result, tone=said.result.tone, word=said.word, text=said.text, who=said.who)


@blueprint.post("/<public_id>/mark")
@access.open_to(access.LINK)
def mark(public_id: str) -> AnyResponse | tuple[str, int]:
    """Ticks of one party, as a form: whoever is newly ticked arrives, and whoever no longer is was a slip."""
    link, now = _own(public_id), clock.now()
    if not link.is_alive(now):
        return _ended(link)
    answers = service.take(link.gathering_id, _claims_of_form(now), actor=_actor(link), now=now, link_id=link.id)
    for result, found in _by_word(answers):
        flash(found, {"good": "good", "wait": "warn"}.get(result.tone, "bad"))
    return redirect(url_for("door.show", public_id=public_id, q=request.form.get("q") or None), 303)


def _claims_of_form(now: datetime) -> list[Claim]:
    ticked, was = _named("here"), _named("was")
    if "everybody" in request.form:
        ticked = _named("all")
    if left := _named("leave"):
        return service.claims_of(left, DeedKind.LEAVE, at=now)
    if back := _named("back"):
        return service.claims_of(back, DeedKind.ARRIVE, at=now)
    came, gone = [name for name in ticked if name not in was], [name for name in was if name not in ticked]
    return [*service.claims_of(came, DeedKind.ARRIVE, at=now), *service.claims_of(gone, DeedKind.UNDO, at=now)]


def _named(field: str) -> list[str]:
    return [name for name in request.form.getlist(field)[:MOST_DEEDS] if NAME.fullmatch(name)]


def _by_word(answers: Sequence[Answer]) -> list[tuple[Result, str]]:
    """One line for each result, with how many people it is about."""
    lines: dict[tuple[Result, str, str], int] = {}
    for answer in answers:
        key = (answer.result, translated(answer.word), translated(answer.explained))
        lines[key] = lines.get(key, 0) + 1
    return [
        (result, ngettext("%(word)s: %(num)d person. %(text)s", "%(word)s: %(num)d people. %(text)s", n, word=word, text=text))
        for (result, word, text), n in lines.items()
    ]


@blueprint.post("/<public_id>/deeds")
@access.open_to(access.LINK)
def deeds(public_id: str) -> Response | tuple[Response, int]:
    """What a phone did, sent when there is a network; each nonce counts once, so it may send again."""
    link, now = _own(public_id), clock.now()
    claims = _claims_of_json(_json())
    if claims is None:
        return jsonify(error="deeds"), 400
    answers = service.take(link.gathering_id, claims, actor=_actor(link), now=now, link_id=link.id)
    return jsonify(answers=[_told(link.gathering, answer) for answer in answers])


def _json() -> Any:
    """What the phone's program sent; None where it is no JSON, or deeper than anything that a phone writes."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def _claims_of_json(body: Any) -> list[Claim] | None:
    listed = body.get("deeds") if isinstance(body, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST_DEEDS:
        return None
    claims = [_claim(deed) for deed in listed]
    return None if None in claims else [claim for claim in claims if claim]


def _claim(deed: Any) -> Claim | None:
    """One deed, or None where it is not whole."""
    facts = [deed.get(name) for name in ("nonce", "kind", "attendee", "at")] if isinstance(deed, dict) else [None]
    if not all(isinstance(fact, str) and len(fact) <= 40 for fact in facts):
        return None
    nonce, kind, attendee, at = (str(fact) for fact in facts)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    whole = NONCE.fullmatch(nonce) and kind in OFFERED and NAME.fullmatch(attendee) and moment.tzinfo is not None
    return Claim(attendee, DeedKind(kind), _sane(moment), nonce) if whole else None


def _sane(moment: datetime) -> datetime:
    """A clock that is years wrong says nothing; far from both ends no sum with a time span fails."""
    return moment if 2000 <= moment.year <= 2999 else clock.now() - timedelta(days=3650)


def _told(gathering: Gathering, answer: Answer) -> dict[str, str]:
    found = answer.presence
    state = ("left" if found.left_at else "here") if found.is_here else "absent" if found.is_absent else "expected"
    times = {
        name: clock_text(to_wall(at, gathering.zone)) if at else "" for name, at in (("since", found.arrived_at), ("until", found.left_at))
    }
    return {
        "nonce": answer.claim.nonce, "attendee": answer.claim.attendee, "result": answer.result.value, "tone": answer.result.tone,
        "word": translated(answer.word), "text": translated(answer.explained), "state": state, **times,
    }  # fmt: skip


@blueprint.post("/<public_id>/walk-ins")
@access.open_to(access.LINK)
def walk_in(public_id: str) -> AnyResponse | tuple[str, int] | tuple[Response, int]:
    """Let somebody in who has no booking."""
    link, form, now = _own(public_id), WalkInForm(), clock.now()
    by_itself = request.accept_mimetypes.best == "application/json"
    if not link.is_alive(now) and not by_itself:
        return _ended(link)
    if not form.validate():
        return (jsonify(errors=form.sentences()), 422) if by_itself else (_page(link, walk_in=form).get_data(as_text=True), 422)
    wish, nonce, at = form.wish(), (form.key.data or "")[:40], _typed_at(now)
    try:
        party = service.walk_in(link.gathering_id, wish, nonce=nonce, at=at, actor=_actor(link), now=now, link_id=link.id)
    except Refusal as refusal:
        said = translated(refusal.sentence)
        return (jsonify(errors=[said]), 409) if by_itself else (_page(link, walk_in=form, refusal=said).get_data(as_text=True), 409)
    if by_itself:
        return jsonify(code=party.public_id)
    flash(ngettext("%(num)d person walked in.", "%(num)d people walked in.", party.party_size), "good")
    return redirect(url_for("door.show", public_id=public_id), 303)


def _typed_at(now: datetime) -> datetime:
    """When it was typed, where a phone sends it later."""
    try:
        moment = datetime.fromisoformat(request.form.get("at", "")[:40])
    except ValueError:
        return now
    return _sane(moment) if moment.tzinfo else now


@blueprint.post("/<public_id>/finish")
@access.open_to(access.LINK)
def finish(public_id: str) -> AnyResponse:
    """This phone no longer opens the door; the page has deleted what it kept."""
    links.forget(public_id)
    return redirect(url_for("door.finished"), 303)


@blueprint.get("/finished")
@access.open_to(access.ANYONE)
def finished() -> str:
    """Says that nothing is kept on this phone, and sees to it."""
    return render_template("registration/door/finished.html", noindex=True)


@blueprint.get("/worker.js")
@access.open_to(access.ANYONE)
def worker() -> Response:
    """The program that shows the page while there is no network; it stands here because it may serve only what is below it."""
    program = (paths.find("static") / "js" / "door-worker.js").read_text()
    return Response(program, content_type="text/javascript; charset=utf-8")


def _own(public_id: str) -> GreeterLink:
    """The link of this phone; every other door is not there."""
    if not links.is_remembered(public_id):
        abort(404)
    return queries.link_or_404(public_id)


def _actor(link: GreeterLink) -> str:
    return f"greeter:{link.id}"


def _ended(link: GreeterLink) -> tuple[str, int]:
    """The link was right once: say so, and let the page delete what it keeps."""
    return render_template("registration/door/ended.html", link=link, gathering=link.gathering, noindex=True), 404


def _list_of(link: GreeterLink) -> dict[str, Any]:
    arrivals = queries.arrivals_of(link.gathering)
    return {
        "link": link, "gathering": link.gathering, "arrivals": arrivals, "strangers": queries.not_coming(link.gathering_id),
        "standing_of": queries.STANDINGS.get, "searched": "", "found": None,
    }  # fmt: skip


def _page(link: GreeterLink, *, searched: str = "", walk_in: WalkInForm | None = None, refusal: str | None = None) -> Response:
    facts, now = _list_of(link), clock.now()
    said = _said_of(link, facts["arrivals"], searched.lower(), now) if _is_code(searched) else None
    facts |= {"searched": searched, "found": _found(facts["arrivals"], searched) if searched else None}
    body = render_template(
        "registration/door/show.html", **facts, said=said, with_token=True, noindex=True, refusal=refusal, now=now,
        walk_in=walk_in or WalkInForm(formdata=None), schools=choosing.names_offered(),
        sayings=_sayings(link.gathering), opens_at=link.gathering.starts_at - door.OPENS,
    )  # fmt: skip
    response = Response(body)
    response.headers["Permissions-Policy"] = CAMERA
    response.headers["Door-Ends"] = link.expires_at.isoformat()  # until then a phone may show the page without a network
    return response


def _said_of(link: GreeterLink, arrivals: queries.Arrivals, code: str, now: datetime) -> Said | None:
    """What is said of a code that was typed; nothing where its party stands on the page with ticks to make."""
    group = next((group for group in arrivals.groups if group.party.public_id == code), None)
    if group is None:
        return _read_code(link, code, now)
    if group.missing:
        return None
    explained = service.explain(link.gathering, Result.ALREADY, since=group.guests[0].attendee.arrived_at)
    return Said(Result.ALREADY, translated(door.word(Result.ALREADY)), translated(explained), group.party.lead_name)


def _is_code(text: str) -> bool:
    return NAME.fullmatch(text.lower()) is not None


def _found(arrivals: queries.Arrivals, searched: str) -> set[str]:
    """The codes of the parties that the search means; all of them without one."""
    wanted = searched.casefold()
    return {
        group.party.public_id
        for group in arrivals.groups
        if group.party.public_id == wanted
        or any(wanted in text.casefold() for text in (group.party.lead_name, group.party.organization))
        or any(wanted in guest.attendee.name.casefold() for guest in group.guests)
    }  # fmt: skip


def _read_code(link: GreeterLink, text: str, now: datetime) -> Said:
    """What a code means at this door."""
    party = queries.party_of_code(text) if _is_code(text) else None
    standing = queries.standing_of(party, link.gathering_id) if party else door.Standing.NOWHERE
    result = door.judge(
        DeedKind.ARRIVE, door.Caller(standing), at=now, starts_at=link.gathering.starts_at, link_is_alive=link.is_alive(now)
    )  # fmt: skip
    elsewhere = party.gathering if party and result == Result.OTHER else None
    explained = translated(service.explain(link.gathering, result, elsewhere=elsewhere))
    return Said(result, translated(door.word(result)), explained, _who(party, result))


def _who(party: Registration | None, result: Result) -> str:
    """The lead's name, where the party has to do with this door."""
    return party.lead_name if party and result not in (Result.OTHER, Result.UNKNOWN, Result.ENDED) else ""


def _sayings(gathering: Gathering) -> list[dict[str, str]]:
    """What the page says by itself while there is no network, result by result."""
    kinds = [(Result.OK.value if kind == DeedKind.ARRIVE else kind.value, Result.OK, kind) for kind in DeedKind if kind.value in OFFERED]
    every = [*kinds, *((result.value, result, DeedKind.ARRIVE) for result in Result if result not in (Result.OK, Result.OTHER))]
    return [
        {
            "name": name, "tone": result.tone, "word": translated(door.word(result, kind)),
            "text": _("Here since {time}.") if result == Result.ALREADY else translated(service.explain(gathering, result, kind)),
        }
        for name, result, kind in every
    ]  # fmt: skip
