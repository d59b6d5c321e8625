"""Organizers' pages of memory: the map of the network, the meetups that are remembered, lists from before, and what counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.core import times
from scheduler.core.refusal import Refusal
from scheduler.core.text import tidy, unshowable
from scheduler.foundation import access, clock
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.tables import csv_bytes
from scheduler.foundation.templating import translated
from scheduler.meetups import queries as meetups
from scheduler.meetups.memory import network, queries, service
from scheduler.meetups.memory.forms import FIELD_LABELS, EarlierForm, RememberForm
from scheduler.meetups.memory.rows import ALL_FIELDS, PAIR_FIELDS, TABLE_FIELDS, Checked
from scheduler.meetups.models import Meetup
from scheduler.meetups.views.blueprint import actor, page, user_id
from scheduler.meetups.views.lists import uploaded
from scheduler.schools import queries as schools
from scheduler.schools.choosing import queries as choosing

blueprint = Blueprint("memory", __name__)

MOST_MATCHED = 50
"""Unknown schools that one preview asks for; whoever has more mends the file"""


@blueprint.get("/workspace/network-map")
@access.open_to(access.COUNTS)
def network_map() -> str:
    """Which schools have talked or visited each other, and which never did; for viewers the counts alone."""
    shown = network.MapPage(network.read_asked(request.args), now=clock.now())
    return render_template(
        "meetups/memory/network_map.html", shown=shown, asked=shown.asked, orders=list(network.Order), season_name=network.season_name,
        sees_schools=access.actor().sees_every_school, most=network.MOST_DRAWN,
    )  # fmt: skip


@blueprint.get("/workspace/network-map.csv")
@access.open_to(access.ORGANIZERS)
def network_csv() -> Response:
    """The same as a file: a row for every two schools."""
    shown = network.MapPage(network.read_asked(request.args), now=clock.now())
    headings = [
        _("School"), _("Borough"), _("Other school"), _("Its borough"), _("Conversations"), _("Visits by the first"),
        _("Visits by the other"),
    ]  # fmt: skip
    rows = [[a.name, a.borough, b.name, b.borough, talked, went, came] for a, b, talked, went, came in shown.couples]
    response = Response(csv_bytes(headings, rows), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename="who-has-met.csv")
    return response


@blueprint.get("/workspace/earlier-meetups")
@access.open_to(access.ORGANIZERS)
def earlier() -> str:
    """Every meetup that is remembered: those that took place here, and imported ones; of each a page."""
    asked = {of: request.args if request.args.get("of") == of else {} for of in ("here", "imported")}
    here, imported = queries.page_of_held(asked["here"]), queries.page_of_earlier(asked["imported"])
    return render_template("meetups/memory/earlier.html", here=here, imported=imported)


@blueprint.post("/workspace/earlier-meetups/<public_id>/forget")
@access.open_to(access.ORGANIZERS)
def forget(public_id: str) -> Response:
    """Take an imported meetup away."""
    found = queries.earlier_or_404(public_id)
    service.forget(found.id, actor=actor(), now=clock.now())
    flash(_("“%(title)s” is no longer remembered.", title=found.title), "good")
    return redirect(url_for("memory.earlier"), 303)


@blueprint.route("/workspace/earlier-meetups/import", methods=["GET", "POST"])
@access.open_to(access.ORGANIZERS)
def import_() -> str | Response | tuple[str, int]:
    """Choose a list; nothing is kept yet."""
    form = EarlierForm()
    if request.method != "POST":
        return _import_page(form)
    if not form.validate() or not form.check_source() or not form.check_day(_today()):
        return _import_page(form), 422
    try:
        about = service.Earlier(form.title.data or "", form.held_on.data)
        draft_id = service.start_import(about, *uploaded(form), user_id=user_id(), now=clock.now())
    except Refusal as refusal:
        return _import_page(form, refusal), 409
    return redirect(url_for("memory.import_preview", draft_id=draft_id), 303)


@blueprint.get("/workspace/earlier-meetups/import/<draft_id>")
@access.open_to(access.ORGANIZERS)
def import_preview(draft_id: str) -> str | Response:
    """What the list would add to memory, and which rows have mistakes."""
    draft = queries.draft_or_404(draft_id)
    return redirect(url_for("memory.earlier"), 303) if draft.confirmed_at is not None else _preview(draft)


@blueprint.post("/workspace/earlier-meetups/import/<draft_id>")
@access.open_to(access.ORGANIZERS)
def import_confirm(draft_id: str) -> str | Response | tuple[str, int]:
    """Check again with what was corrected, or keep the list."""
    draft = queries.draft_or_404(draft_id)
    here = url_for("memory.import_preview", draft_id=draft_id)
    columns, matched = dict(_columns()), dict(_matched())
    if draft.confirmed_at is not None or "confirm" not in request.form:
        if draft.confirmed_at is None:
            service.mend(draft.id, columns, matched)
        return redirect(here, 303)
    try:
        kept = service.confirm(
            draft.id, columns, matched, expected=request.form["confirm"], actor=actor(), user_id=user_id(), now=clock.now()
        )
    except Refusal as refusal:
        return _preview(queries.draft_or_404(draft_id), refusal), 409
    if not kept.done:
        service.mend(draft.id, columns, matched)
        flash(_("What you changed makes a difference, so nothing is kept yet. Look at the list as it is now."), "warn")
        return redirect(here, 303)
    flash(ngettext("%(num)d conversation is remembered.", "%(num)d conversations are remembered.", kept.conversations), "good")
    return redirect(url_for("memory.earlier"), 303)


@blueprint.route("/workspace/meetups/<public_id>/memory", methods=["GET", "POST"])
@access.open_to(access.ORGANIZERS)
def setting(public_id: str) -> str | Response | tuple[str, int]:
    """How much earlier meetups count in this one's plan, with the numbers of each choice."""
    meetup = meetups.meetup_or_404(public_id)
    form = RememberForm(data={"remembers": meetup.remembers.value})
    if request.method != "POST":
        return _setting_page(meetup, form)
    if not form.validate():
        return _setting_page(meetup, form), 422
    service.remember(meetup.id, form.chosen(), actor=actor(), now=clock.now())
    flash(_("Saved. The next plan you make follows it."), "good")
    return redirect(url_for("meetups.plan", public_id=public_id), 303)


def _today() -> date:
    return times.to_wall(clock.now(), ZoneInfo(schools.network().time_zone)).date()


def _columns() -> Iterator[tuple[str, int]]:
    for name in ALL_FIELDS:
        index = request.form.get(f"column-{name}", "")
        if index.isascii() and index.isdigit() and len(index) < 5:
            yield name, int(index)


def _matched() -> Iterator[tuple[str, str]]:
    """What the list calls a school, and which school of the directory somebody says it is."""
    for number in range(MOST_MATCHED):
        typed, meant = request.form.get(f"typed-{number}", ""), tidy(request.form.get(f"meant-{number}", ""))
        if typed and meant and not unshowable(typed + meant):
            yield typed, meant


def _import_page(form: EarlierForm, refusal: Refusal | None = None) -> str:
    return render_template("meetups/memory/import.html", form=form, refusal=translated(refusal.sentence) if refusal else None)


def _preview(draft: ImportDraft, refusal: Refusal | None = None) -> str:
    checked = service.preview(draft)
    return render_template(
        "meetups/memory/import_preview.html", draft=draft, checked=checked, labels=FIELD_LABELS, columns=draft.mapping["columns"],
        kinds=[(_("One row a person at a table"), list(TABLE_FIELDS)), (_("One row a conversation"), list(PAIR_FIELDS))],
        unknown=list((checked.unknown or {}).items())[:MOST_MATCHED], names=choosing.names_offered(), button=_button(checked),
        held_on=date.fromisoformat(draft.mapping["held_on"]), refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip


def _button(checked: Checked) -> str:
    """What pressing it does, with the numbers in it."""
    text = str(ngettext("Remember %(num)d conversation", "Remember %(num)d conversations", checked.conversations))
    if checked.faulty:
        text += ngettext(", leave out %(num)d row", ", leave out %(num)d rows", len(checked.faulty))
    return text


def _setting_page(meetup: Meetup, form: RememberForm) -> str:
    recalled = queries.Recalled(meetup, meetups.attendees_of(meetup.gathering_id))
    return page("memory/setting", meetup, "plan", form=form, recalled=recalled)
