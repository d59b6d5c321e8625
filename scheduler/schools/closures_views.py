"""Pages of closures: which days are closed, closing one, bringing several."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.core import times
from scheduler.core.refusal import Refusal
from scheduler.foundation import access, audit, clock
from scheduler.foundation.ical_reader import read_calendar
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.templating import translated
from scheduler.schools import closures, closures_sources
from scheduler.schools import closures_queries as queries
from scheduler.schools import queries as schools
from scheduler.schools.choosing import queries as choosing
from scheduler.schools.choosing.forms import SchoolForm
from scheduler.schools.closures_calendar import WHY, rows_of
from scheduler.schools.closures_forms import BringForm, ClosureForm, SourceForm
from scheduler.schools.models import School
from scheduler.schools.queries import Choice

blueprint = Blueprint("closures", __name__, url_prefix="/workspace/closures")


@dataclass(frozen=True)
class Owner:
    """Whose closures a page is about; no school: the whole network's."""

    school: Choice | School | None

    @property
    def id(self) -> int | None:
        return self.school.id if self.school else None

    @property
    def slug(self) -> str | None:
        return self.school.slug if self.school else None


@blueprint.route("", methods=["GET", "POST"])
@access.open_to(access.HOSTS)
def index() -> str | Response | tuple[str, int]:
    """What is closed from today on, and the form that closes more."""
    owner, form = _owner(), ClosureForm()
    if request.method != "POST":
        choose = _choose(owner)
        status = 200 if choose.validate() else 422
        return _page(owner, form, choose=choose), status
    if not (form.validate() and form.check_days()):
        return _page(owner, form), 422
    try:
        closures.close_days(owner.id, form.details(), actor=_actor(), now=clock.now())
    except Refusal as refusal:
        return _page(owner, form, refusal), 409
    days = closures.days_text(form.details().first_day, form.details().last_day)
    flash(_("Closed: %(days)s, %(title)s.", title=form.title.data, days=days), "good")
    return _back(owner)


@blueprint.post("/<public_id>/remove")
@access.open_to(access.HOSTS)
def remove(public_id: str) -> Response:
    """Open days again."""
    closure = queries.closure_or_404(public_id, access.actor())
    owner, title = Owner(closure.school), closure.title
    closures.open_days(closure.id, actor=_actor(), now=clock.now())
    flash(_("“%(title)s” is removed.", title=title), "good")
    return _back(owner)


@blueprint.post("/calendars")
@access.open_to(access.HOSTS)
def add_source() -> Response | tuple[str, int]:
    """Fetch a calendar of closed days from now on."""
    owner, form = _owner(), SourceForm()
    if not form.validate():
        return _page(owner, ClosureForm(formdata=None), source_form=form), 422
    try:
        done = closures_sources.add_source(owner.id, form.url.data or "", actor=_actor(), now=clock.now())
    except Refusal as refusal:
        return _page(owner, ClosureForm(formdata=None), source_form=form, source_refusal=refusal), 409
    _tell(done)
    return _back(owner)


@blueprint.post("/calendars/<public_id>/fetch")
@access.open_to(access.HOSTS)
def fetch_source(public_id: str) -> Response | tuple[str, int]:
    """Fetch a calendar again, now."""
    source = queries.source_or_404(public_id, access.actor())
    owner = Owner(source.school)
    try:
        _tell(closures_sources.refresh(source.id, actor=_actor(), now=clock.now()))
    except Refusal as refusal:
        return _page(owner, ClosureForm(formdata=None), source_refusal=refusal), 409
    return _back(owner)


@blueprint.post("/calendars/<public_id>/stop")
@access.open_to(access.HOSTS)
def stop_source(public_id: str) -> Response:
    """No longer fetch a calendar."""
    source = queries.source_or_404(public_id, access.actor())
    owner = Owner(source.school)
    closures_sources.stop_source(source.id, actor=_actor(), now=clock.now())
    flash(_("That calendar is no longer fetched. Its closed days stay, and you keep them here."), "good")
    return _back(owner)


def _tell(done: closures_sources.Changes) -> None:
    if not done.any:
        flash(_("The calendar is read: nothing in it has changed."), "good")
        return
    counts = {"new": done.new, "changed": done.changed, "gone": done.gone}
    flash(_("The calendar is read: %(new)s closures are new, %(changed)s changed, %(gone)s gone.", **counts), "good")


@blueprint.route("/import", methods=["GET", "POST"])
@access.open_to(access.HOSTS)
def bring() -> str | Response | tuple[str, int]:
    """Type lines, or choose a calendar."""
    owner, form = _owner(), BringForm()
    if request.method != "POST":
        return _bring_page(owner, form)
    if not (form.validate() and form.check_source()):
        return _bring_page(owner, form), 422
    try:
        rows = rows_of(read_calendar(form.file.data.read()), today=_today()) if form.has_file else form.rows()
        if form.errors:
            return _bring_page(owner, form), 422
        name = form.file.data.filename if form.has_file else ""
        public_id = closures.start_import(owner.id, name, rows, user_id=_user_id(), now=clock.now())
    except Refusal as refusal:
        return _bring_page(owner, form, refusal), 409
    return redirect(url_for("closures.preview", public_id=public_id), 303)


@blueprint.get("/import/<public_id>")
@access.open_to(access.HOSTS)
def preview(public_id: str) -> str | Response:
    """What confirming would write."""
    draft = queries.draft_or_404(public_id, access.actor())
    return _back(_owner_of(draft)) if draft.confirmed_at is not None else _preview_page(draft)


@blueprint.post("/import/<public_id>")
@access.open_to(access.HOSTS)
def confirm(public_id: str) -> Response | tuple[str, int]:
    """Write what is ticked."""
    draft = queries.draft_or_404(public_id, access.actor())
    chosen, expected = request.form.getlist("chosen"), request.form.get("expected", "")
    done = closures.confirm(draft.id, chosen, expected=expected, actor=_actor(), now=clock.now())
    if not done.done:
        changed = _("The closures changed meanwhile, and this would now do something else. Nothing was written. Look again.")
        return _preview_page(queries.draft_or_404(public_id, access.actor()), changed), 409
    flash(ngettext("%(num)d closure is new.", "%(num)d closures are new.", done.new), "good")
    if done.changed:
        flash(ngettext("%(num)d closure is changed.", "%(num)d closures are changed.", done.changed), "good")
    return _back(_owner_of(draft))


def _owner() -> Owner:
    """Whose closures the address asks for: a school of one's own; without one the network's, or a host's first school."""
    asked, hosted = request.args.get("school"), choosing.hosted(access.actor())
    school = hosted.find(asked or "")
    if asked and school is None and not (hosted.is_many and request.endpoint == "closures.index" and request.method == "GET"):
        abort(404)
    if school or access.actor().sees_every_school:
        return Owner(school)
    return Owner(hosted.listed[0]) if hosted.listed else abort(404)


def _choose(owner: Owner) -> SchoolForm:
    """The list or box above the page, with what the address asks for."""
    actor, asked = access.actor(), request.args.get("school") or owner.slug
    everybody = _("The whole network") if actor.sees_every_school else None
    return SchoolForm(choosing.hosted(actor), asked, empty=everybody, label=_("Closed for"))


def _owner_of(draft: ImportDraft) -> Owner:
    return Owner(queries.school(queries.owner_of(draft)))


def _back(owner: Owner) -> Response:
    return redirect(url_for("closures.index", school=owner.slug), 303)


def _today() -> date:
    return times.to_wall(clock.now(), ZoneInfo(schools.network().time_zone)).date()


def _page(
    owner: Owner, form: ClosureForm, refusal: Refusal | None = None, *, source_form: SourceForm | None = None,
    source_refusal: Refusal | None = None, choose: SchoolForm | None = None,
) -> str:  # fmt: skip
    today, actor = _today(), access.actor()
    return render_template(
        "schools/closures.html", owner=owner, form=form, refusal=_said(refusal), choose=choose or _choose(owner),
        own=queries.closures_of(owner.id, from_day=today), network=queries.closures_of(None, from_day=today) if owner.school else [],
        sees_network=actor.sees_every_school, sources=queries.sources_of(owner.id), source_form=source_form or SourceForm(formdata=None),
        source_refusal=_said(source_refusal), zone=schools.network().time_zone,
    )  # fmt: skip


def _bring_page(owner: Owner, form: BringForm, refusal: Refusal | None = None) -> str:
    return render_template("schools/closures_import.html", owner=owner, form=form, refusal=_said(refusal))


def _preview_page(draft: ImportDraft, refusal: str | None = None) -> str:
    return render_template(
        "schools/closures_preview.html", owner=_owner_of(draft), draft=draft, checked=closures.preview(draft), why=WHY, refusal=refusal
    )


def _said(refusal: Refusal | None) -> str | None:
    return translated(refusal.sentence) if refusal else None


def _actor() -> str:
    return audit.user(_user_id())


def _user_id() -> int:
    found = access.actor().user_id
    assert found is not None, "the policy lets nobody else in"
    return found
