"""Organizers' pages of wishes: say them, see what clashes, take one away; the format; what each round is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.core.pairing.asked import Asked, behind
from scheduler.core.pairing.clashes import Clash
from scheduler.core.pairing.wishes import Kind, sentence
from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock
from scheduler.foundation.templating import translated
from scheduler.meetups import plans
from scheduler.meetups import queries as meetups
from scheduler.meetups.models import Meetup
from scheduler.meetups.views.blueprint import blueprint, page, user_id
from scheduler.meetups.wishes import queries, service
from scheduler.meetups.wishes.forms import SPECS, FormatForm, RoundsForm, WishForm
from scheduler.meetups.wishes.models import MeetupWish
from scheduler.meetups.wishes.naming import called, picked
from scheduler.registration.models import Attendee

GROUPS = (
    (_l("Who sits with whom"), (Kind.APART, Kind.TOGETHER)),
    (_l("Where and when"), (Kind.PIN, Kind.AWAY, Kind.STAYS, Kind.STEP_FREE)),
    (_l("Topics"), (Kind.OFFERS, Kind.ASKS)),
    (_l("Tables"), (Kind.STATION, Kind.CLOSED, Kind.LEVEL, Kind.SEATS)),
)
MOST_CLASHES = 5


@dataclass(frozen=True)
class Row:
    """One wish as the page shows it; not `is_whole`: it names somebody who is no longer on the list."""

    id: int
    said: str
    is_whole: bool


@dataclass(frozen=True)
class Conflict:
    """Why no plan can be made, and the wishes it may be about."""

    said: str
    rows: list[Row]


@blueprint.route("/workspace/meetups/<public_id>/wishes", methods=["GET", "POST"])
@access.open_to(access.ORGANIZERS)
def wishes(public_id: str) -> str | Response | tuple[str, int]:
    """All wishes, what clashes among them, and one kind of wish to add."""
    meetup = meetups.meetup_or_404(public_id)
    form = WishForm(_kind(), meetup.rounds)
    if request.method != "POST":
        return _page(meetup, form)
    typed = form.read(meetups.attendees_of(meetup.gathering_id))
    if typed is None:
        return _page(meetup, form), 422
    try:
        added = service.add_wishes(meetup.id, typed, user_id=user_id(), now=clock.now())
    except Refusal as refusal:
        return _page(meetups.meetup_or_404(public_id), form, refusal=refusal), 409
    if added:
        flash(ngettext("Kept.", "%(num)d wishes are kept.", added), "good")
    else:
        flash(_("That is wished already."), "info")
    return redirect(url_for("meetups.wishes", public_id=public_id, add=form.kind.value), 303)


@blueprint.post("/workspace/meetups/<public_id>/wishes/<int:wish_id>/remove")
@access.open_to(access.ORGANIZERS)
def remove_wish(public_id: str, wish_id: int) -> Response | tuple[str, int]:
    """One wish less."""
    meetup = meetups.meetup_or_404(public_id)
    try:
        service.remove_wish(meetup.id, min(wish_id, 2**31 - 1), user_id=user_id(), now=clock.now())
    except Refusal as refusal:
        meetup = meetups.meetup_or_404(public_id)
        return _page(meetup, WishForm(_kind(), meetup.rounds, formdata=None), refusal=refusal), 409
    flash(_("The wish is taken away."), "good")
    return redirect(url_for("meetups.wishes", public_id=public_id), 303)


@blueprint.route("/workspace/meetups/<public_id>/wishes/format", methods=["GET", "POST"])
@access.open_to(access.ORGANIZERS)
def format_(public_id: str) -> str | Response | tuple[str, int]:
    """Pairs, tables, stations or two lines; company; roles."""
    meetup = meetups.meetup_or_404(public_id)
    form = FormatForm(meetup)
    if request.method != "POST":
        return page("wishes/format", meetup, "wishes", form=form, refusal=None)
    if not form.validate():
        return page("wishes/format", meetup, "wishes", form=form, refusal=None), 422
    try:
        service.choose_format(meetup.id, form.chosen(), user_id=user_id(), now=clock.now())
    except Refusal as refusal:
        meetup = meetups.meetup_or_404(public_id)
        return page("wishes/format", meetup, "wishes", form=form, refusal=translated(refusal.sentence)), 409
    flash(_("The format is chosen. It holds for the plans you make from now on."), "good")
    return redirect(url_for("meetups.wishes", public_id=public_id), 303)


@blueprint.route("/workspace/meetups/<public_id>/wishes/rounds", methods=["GET", "POST"])
@access.open_to(access.ORGANIZERS)
def rounds(public_id: str) -> str | Response | tuple[str, int]:
    """What each round is about, and how long it takes."""
    meetup = meetups.meetup_or_404(public_id)
    form = RoundsForm(meetup)
    if request.method != "POST":
        return page("wishes/rounds", meetup, "wishes", form=form, refusal=None)
    if not form.validate():
        return page("wishes/rounds", meetup, "wishes", form=form, refusal=None), 422
    try:
        service.tell_rounds(meetup.id, form.talks(), user_id=user_id(), now=clock.now())
    except Refusal as refusal:
        meetup = meetups.meetup_or_404(public_id)
        return page("wishes/rounds", meetup, "wishes", form=form, refusal=translated(refusal.sentence)), 409
    flash(_("Saved."), "good")
    return redirect(url_for("meetups.wishes", public_id=public_id), 303)


def conflicts(asked: Asked, kept: Sequence[MeetupWish], names: Mapping[str, str]) -> list[Conflict]:
    """What clashes, the first few, each with the wishes behind it."""
    told: dict[str, Clash] = {}
    for clash in asked.clashes:
        told.setdefault(translated(clash.sentence), clash)
    rows = {wish.asked: _row(wish, names) for wish in kept}
    return [Conflict(said, [rows[wish] for wish in behind(clash, list(rows))]) for said, clash in list(told.items())[:MOST_CLASHES]]


def _kind() -> Kind:
    asked = request.args.get("add", "")
    return Kind(asked) if asked in {kind.value for kind in Kind} else Kind.APART


def _page(meetup: Meetup, form: WishForm, *, refusal: Refusal | None = None) -> str:
    attendees, kept = meetups.attendees_of(meetup.gathering_id), queries.wishes_of(meetup.id)
    names = called(attendees)
    settings = plans.settings_of(meetup)
    asked = plans.asked_of(meetup, attendees, settings)
    return page(
        "wishes/show", meetup, "wishes", form=form, specs=SPECS, groups=_groups(kept, names), conflicts=conflicts(asked, kept, names),
        frame=plans.frame_of(meetup, settings), people=sorted(picked(attendees).values()), step_free=_step_free(meetup, attendees, names),
        talks=meetup.talks, number=len(kept), refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip


def _groups(kept: Sequence[MeetupWish], names: Mapping[str, str]) -> list[tuple[Any, list[Row]]]:
    rows: defaultdict[Kind, list[Row]] = defaultdict(list)
    for wish in kept:
        rows[wish.kind].append(_row(wish, names))
    listed = [(title, [row for kind in kinds for row in rows[kind]]) for title, kinds in GROUPS]
    return [(title, found) for title, found in listed if found]


def _row(wish: MeetupWish, names: Mapping[str, str]) -> Row:
    gone = _("somebody who is no longer on the list")
    asked = wish.asked
    missing = SPECS[wish.kind].least * bool(SPECS[wish.kind].people) - len(asked.people)
    if missing > 0 and wish.kind != Kind.STATION:
        asked = replace(asked, people=(*asked.people, *[""] * missing))  # whose record is deleted
    said = translated(sentence(asked, lambda id: names.get(id, gone)))
    return Row(wish.id, said[:1].upper() + said[1:], all(person in names for person in asked.people))


def _step_free(meetup: Meetup, attendees: Sequence[Attendee], names: Mapping[str, str]) -> list[str]:
    """Who said at registration that they need a step-free way."""
    told = queries.step_free_of(meetup.gathering_id)
    return [names[attendee.public_id] for attendee in attendees if attendee.public_id in told]
