"""Organizers' papers of a plan: cards, tents, sheets, the list from A to Z, routes; and the plan as files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import segno
from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from scheduler.core import times
from scheduler.core.pairing.spares import usual_spares
from scheduler.foundation import access, clock
from scheduler.foundation.tables import csv_bytes
from scheduler.meetups import papers as sheets_of
from scheduler.meetups import queries, service
from scheduler.meetups.forms import SparesForm
from scheduler.meetups.live.screens import links
from scheduler.meetups.live.screens import queries as screens
from scheduler.meetups.models import Meetup
from scheduler.meetups.results import Result
from scheduler.meetups.timing import round_span
from scheduler.meetups.views.blueprint import actor, blueprint, page
from scheduler.meetups.views.plans import chosen_version
from scheduler.meetups.wishes import queries as wishes
from scheduler.registration.wording import ROLE_LABELS


@blueprint.get("/workspace/meetups/<public_id>/papers")
@access.open_to(access.ORGANIZERS)
def papers(public_id: str) -> str:
    """What can be printed and taken away."""
    meetup = queries.meetup_or_404(public_id)
    return _papers_page(meetup, SparesForm(data={"spare_cards": meetup.spare_cards}))


@blueprint.post("/workspace/meetups/<public_id>/papers")
@access.open_to(access.ORGANIZERS)
def choose_spares(public_id: str) -> str | Response | tuple[str, int]:
    """Choose how many spare cards are printed."""
    meetup, form = queries.meetup_or_404(public_id), SparesForm()
    if not form.validate():
        return _papers_page(meetup, form), 422
    service.choose_spares(meetup.id, form.spare_cards.data, actor=actor(), now=clock.now())
    flash(_("Saved. Print the spare cards anew: with another number each has another route."), "good")
    return redirect(url_for("meetups.papers", public_id=public_id), 303)


@blueprint.get("/workspace/meetups/<public_id>/cards")
@access.open_to(access.ORGANIZERS)
def cards(public_id: str) -> str:
    """A card for each person: name, school, the table of each round, and the code that opens their page on the day; eight a page."""
    return _print("cards", *_asked(public_id), **_codes(public_id))


@blueprint.get("/workspace/meetups/<public_id>/spare-cards")
@access.open_to(access.ORGANIZERS)
def spare_cards(public_id: str) -> str:
    """Cards for people who come unannounced, with room for a name."""
    meetup, result = _asked(public_id)
    return _print("spare_cards", meetup, result, spares=sheets_of.spare_cards(result, meetup.spare_cards))


@blueprint.get("/workspace/meetups/<public_id>/tents")
@access.open_to(access.ORGANIZERS)
def tents(public_id: str) -> str:
    """A tent for each table: its number, to be read from both sides, and what its station is about."""
    meetup, result = _asked(public_id)
    return _print("tents", meetup, result, topics=_topics(meetup, result))


@blueprint.get("/workspace/meetups/<public_id>/sheets")
@access.open_to(access.ORGANIZERS)
def sheets(public_id: str) -> str:
    """A sheet for each table: who sits there in each round, and about what."""
    meetup, result = _asked(public_id)
    return _print("sheets", meetup, result, topics=_topics(meetup, result))


@blueprint.get("/workspace/meetups/<public_id>/list")
@access.open_to(access.ORGANIZERS)
def master_list(public_id: str) -> str:
    """Everybody from A to Z with their tables, for the desk."""
    meetup, result = _asked(public_id)
    return _print("master_list", meetup, result, letters=sheets_of.by_letter(result))


@blueprint.get("/workspace/meetups/<public_id>/routes")
@access.open_to(access.ORGANIZERS)
def routes(public_id: str) -> str:
    """Where each person goes and whom they meet, with room for notes; by school, so that each lead takes a pile."""
    meetup, result = _asked(public_id)
    return _print("routes", meetup, result, schools=sheets_of.by_school(result), begins=_begins(meetup, result), **_codes(public_id))


Rows = Callable[[Result], Iterable[list[object]]]


@blueprint.get("/workspace/meetups/<public_id>/plan-<kind>.csv")
@access.open_to(access.ORGANIZERS)
def plan_csv(public_id: str, kind: str) -> Response:
    """The plan as a file: long (a row a person and round), wide (a column a round), or met (a row for each person met)."""
    result = _asked(public_id)[1]
    who = [_("Name"), _("School"), _("Role")]
    files: dict[str, tuple[list[str], Rows]] = {
        "long": ([_("Round"), _("Table"), *who], sheets_of.long_rows),
        "wide": ([*who, *(_("Round %(n)s", n=n) for n in range(1, result.plan.rounds + 1))], sheets_of.wide_rows),
        "met": ([*who, _("Round"), _("Table"), _("Meets"), _("School of that person")], sheets_of.people_met_rows),
    }
    headings, rows = files.get(kind) or abort(404)
    response = Response(csv_bytes(headings, rows(result)), mimetype="text/csv")
    name = f"plan-{result.plan.version}-{kind}.csv"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _papers_page(meetup: Meetup, form: SparesForm) -> str:
    versions = queries.plans_of(meetup.id)
    version = chosen_version(versions)
    result = Result(queries.plan_or_404(meetup, version)) if version else None
    facts: dict[str, Any] = {"versions": versions, "version": version, "result": result, "form": form}
    if result is not None:
        facts |= {"spares": sheets_of.spares_wanted(result, meetup.spare_cards), "usual": usual_spares(len(result.seated))}
    return page("papers", meetup, "papers", **facts)


def _asked(public_id: str) -> tuple[Meetup, Result]:
    """The meetup with the version that the address asks for, else the published or the newest one."""
    meetup = queries.meetup_or_404(public_id)
    version = chosen_version(queries.plans_of(meetup.id))
    if version is None:
        abort(404)
    return meetup, Result(queries.plan_or_404(meetup, version))


def _print(template: str, meetup: Meetup, result: Result, **facts: Any) -> str:
    return render_template(
        f"meetups/{template}.html", meetup=meetup, gathering=meetup.gathering, result=result, plan=result.plan, role_labels=ROLE_LABELS,
        **facts,
    )  # fmt: skip


def _codes(public_id: str) -> dict[str, Any]:
    """What a template needs to print the code of each person's card."""
    codes = screens.codes_of(queries.meetup_or_404(public_id).gathering_id)
    return {"codes": codes, "card_url": links.card_url, "entry": links.entry_address(), "qr": qr}


def _topics(meetup: Meetup, result: Result) -> dict[int, str]:
    return sheets_of.topics_of(result, [wish.topic for wish in wishes.wishes_of(meetup.id)])


def _begins(meetup: Meetup, result: Result) -> Callable[[int], datetime]:
    """When a round begins, by the clock on the wall."""
    gathering = meetup.gathering
    return lambda number: times.to_wall(round_span(gathering.starts_at, number, result.talks)[0], ZoneInfo(gathering.time_zone))


@lru_cache(maxsize=2_000)
def qr(text: str) -> Markup:
    """A code for cameras (ISO/IEC 18004, level M), small enough for a card. Its mask is given: to look for the best of eight takes
    five times as long, which a thousand cards would feel."""
    return Markup(segno.make(text, error="m", micro=False, mask=3).svg_inline(border=0, omitsize=True, svgclass="qr", lineclass=None))
