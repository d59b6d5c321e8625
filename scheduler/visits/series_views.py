"""Pages of seasons: plan one, look at its dates, change its rule or what its dates share (rule 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.core.recurrence import WEEKDAYS, Line
from scheduler.core.refusal import Refusal
from scheduler.foundation import access, audit, clock
from scheduler.foundation.templating import translated
from scheduler.schools import queries as schools
from scheduler.schools.choosing import queries as choosing
from scheduler.schools.models import School
from scheduler.visits import queries, series, service
from scheduler.visits import series_queries as reads
from scheduler.visits.for_whom import ForWhom, for_whom
from scheduler.visits.forms import BOOKING_RULES, RESERVED_RULES
from scheduler.visits.models import VisitSeries
from scheduler.visits.queries import VisitRow
from scheduler.visits.series_forms import SLOTS, RuleForm, SeriesForm, SharedForm
from scheduler.visits.service import VisitDetails

blueprint = Blueprint("series", __name__, url_prefix="/workspace/visits/series")


@dataclass(frozen=True)
class Shown:
    """A preview as its page shows it: its lines under their months, which new dates are not wanted, and which can only be drafts."""

    preview: series.Preview
    left_out: set[str]
    late: set[str]

    @property
    def months(self) -> list[tuple[date, list[Line]]]:
        return by_month(self.preview.lines)

    @property
    def created(self) -> int:
        return len(self.preview.to_create(self.left_out))

    @property
    def dropped(self) -> int:
        return len(self.preview.of("drop"))

    @property
    def names(self) -> str:
        """All new dates, ticked or not."""
        return " ".join(series.name_of(line) for line in self.preview.of("create"))


def by_month(lines: Iterable[Line]) -> list[tuple[date, list[Line]]]:
    """Lines under the first day of their month."""
    return [(month, list(found)) for month, found in groupby(lines, lambda line: line.starts_wall.date().replace(day=1))]


@blueprint.get("")
@access.open_to(access.HOSTS)
def index() -> str:
    """The seasons of one's schools."""
    who = access.actor()
    listed = reads.series_for_host(who, now=clock.now())
    return render_template("visits/series_index.html", listed=listed, many_schools=len(choosing.hosted(who).listed) > 1)


@blueprint.route("/new", methods=["GET", "POST"])
@access.open_to(access.HOSTS)
def new() -> str | Response | tuple[str, int]:
    """Plan a season: type it, look at its dates, plan those that are ticked."""
    asked = for_whom(access.actor())
    if not isinstance(asked, ForWhom):
        return asked
    form = SeriesForm(asked.schools, schools.focus_areas(), data=SeriesForm.values_for(asked.chosen))
    if request.method != "POST":
        return _new_page(form)
    if not form.check_season():
        return _new_page(form), 422
    if "plan" not in request.form:
        return _new_page(form, shown=_shown(form))
    try:
        written = series.plan_series(
            form.chosen_school.id, form.rule(), form.details(), left_out=form.left_out(), expected=form.expected.data or "",
            publish=form.publish.data == "yes", key=form.key.data or "", actor=_actor(), now=clock.now(),
        )  # fmt: skip
    except Refusal as refusal:
        return _new_page(form, shown=_shown(form), refusal=refusal), 409
    return _done(written)


@blueprint.get("/<public_id>")
@access.open_to(access.HOSTS)
def show(public_id: str) -> str:
    """A season: its rule and its dates."""
    return _season_page(reads.series_for_host_or_404(public_id, access.actor()))


@blueprint.post("/<public_id>/publish")
@access.open_to(access.HOSTS)
def publish(public_id: str) -> Response:
    """Open the drafts of a season for booking."""
    found = reads.series_for_host_or_404(public_id, access.actor())
    opened = series.publish_drafts(found.id, actor=_actor(), now=clock.now())
    flash(ngettext("%(num)d visit is open for booking.", "%(num)d visits are open for booking.", opened), "good")
    return _to(public_id)


@blueprint.route("/<public_id>/rule", methods=["GET", "POST"])
@access.open_to(access.HOSTS)
def rule(public_id: str) -> str | Response | tuple[str, int]:
    """Give a season another rule, after one has seen what that does."""
    found = reads.series_for_host_or_404(public_id, access.actor())
    form = RuleForm(data=RuleForm.values_of_rule(found))
    if request.method != "POST":
        return _rule_page(found, form)
    if not (form.validate() and form.check_rule()):
        return _rule_page(found, form), 422
    if "plan" not in request.form:
        return _rule_page(found, form, shown=_shown_change(form, found))
    try:
        written = series.change_rule(
            found.id, form.rule(), left_out=form.left_out(), expected=form.expected.data or "", publish=form.publish.data == "yes",
            version=_version(form.version.data), actor=_actor(), now=clock.now(),
        )  # fmt: skip
    except Refusal as refusal:
        found = reads.series_for_host_or_404(public_id, access.actor())
        return _rule_page(found, form, shown=_shown_change(form, found), refusal=refusal), 409
    return _done(written, changed=True)


@blueprint.route("/<public_id>/details", methods=["GET", "POST"])
@access.open_to(access.HOSTS)
def details(public_id: str) -> str | Response | tuple[str, int]:
    """Change what the coming dates share."""
    found = reads.series_for_host_or_404(public_id, access.actor())
    pattern = reads.pattern_of(reads.visits_of(found.id))
    if pattern is None:
        return _to(public_id)
    form = SharedForm([found.school], schools.focus_areas(), data=SharedForm.values_shared(found, pattern))
    if request.method != "POST":
        return _details_page(found, form)
    if not form.check_shared(found.school):
        return _details_page(found, form), 422
    try:
        changed = series.edit_details(
            found.id, form.details(), version=_version(form.version.data), actor=_actor(), now=clock.now()
        )  # fmt: skip
    except Refusal as refusal:
        return _details_page(reads.series_for_host_or_404(public_id, access.actor()), form, refusal), 409
    flash(ngettext("%(num)d visit is changed.", "%(num)d visits are changed.", changed), "good")
    return _to(public_id)


def _shown(form: SeriesForm) -> Shown:
    """What planning would do."""
    return _shown_with(form, form.chosen_school, form.details())


def _shown_change(form: RuleForm, found: VisitSeries) -> Shown:
    """What another rule would do to a season."""
    pattern = reads.pattern_of(reads.visits_of(found.id))
    return _shown_with(form, found.school, service.details_of(pattern) if pattern else None, found)


def _shown_with(form: RuleForm, school: School, details: VisitDetails | None, found: VisitSeries | None = None) -> Shown:
    now = clock.now()
    seen = series.preview(school, form.rule(), series=found, now=now)
    late = series.too_late(school, seen.to_create(), details, now=now) if details else set()
    return Shown(seen, form.left_out(), late)


def _new_page(form: SeriesForm, *, shown: Shown | None = None, refusal: Refusal | None = None) -> str:
    return render_template(
        "visits/series_new.html", form=form, shown=shown, refusal=_said(refusal), slots=SLOTS, name_of=series.name_of,
        booking_rules=BOOKING_RULES, reserved_rules=RESERVED_RULES,
    )  # fmt: skip


def _season_page(found: VisitSeries) -> str:
    now = clock.now()
    rows = queries.rows(reads.visits_of(found.id))
    coming = [row for row in rows if not row.gathering.is_over(now)]
    return render_template(
        "visits/series_show.html", series=found, rule=reads.rule_of(found), weekdays=WEEKDAYS, months=_rows_by_month(coming),
        past=_rows_by_month(row for row in rows if row.gathering.is_over(now)),
        drafts=sum(series.can_open(row.visit, now=now) for row in coming),
    )  # fmt: skip


def _rows_by_month(rows: Iterable[VisitRow]) -> list[tuple[date, list[VisitRow]]]:
    return [(month, list(found)) for month, found in groupby(rows, lambda row: row.gathering.starts_wall.date().replace(day=1))]


def _rule_page(found: VisitSeries, form: RuleForm, *, shown: Shown | None = None, refusal: Refusal | None = None) -> str:
    if shown is not None:
        form.version.data = str(found.version)  # what the preview compares with
    return render_template(
        "visits/series_rule.html", series=found, form=form, shown=shown, refusal=_said(refusal), slots=SLOTS, name_of=series.name_of
    )


def _details_page(found: VisitSeries, form: SharedForm, refusal: Refusal | None = None) -> str:
    if refusal is not None:
        form.version.data = str(found.version)  # who has read why may save again
    own = reads.visits_of(found.id)
    coming = [visit for visit in own if not visit.gathering.is_cancelled and visit.gathering.starts_at > clock.now()]
    open_ones = series.can_change(own, now=clock.now())
    return render_template(
        "visits/series_details.html", series=found, form=form, refusal=_said(refusal), changes=len(open_ones),
        stays=len(coming) - len(open_ones), booking_rules=BOOKING_RULES, reserved_rules=RESERVED_RULES,
    )  # fmt: skip


def _done(written: series.Written, *, changed: bool = False) -> Response:
    drafts, dropped, opened = written.drafts, written.dropped, written.created - written.drafts
    if opened:
        flash(ngettext("%(num)d visit can be booked now.", "%(num)d visits can be booked now.", opened), "good")
    if drafts:
        flash(ngettext("%(num)d draft is planned. Only you see it.", "%(num)d drafts are planned. Only you see them.", drafts), "info")
    if dropped:
        flash(ngettext("%(num)d visit is dropped.", "%(num)d visits are dropped.", dropped), "good")
    if changed and not (written.created or dropped):
        flash(_("Saved."), "good")
    return _to(written.public_id)


def _to(public_id: str) -> Response:
    return redirect(url_for("series.show", public_id=public_id), 303)


def _version(typed: str | None) -> int:
    return int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) <= 9 else 0


def _said(refusal: Refusal | None) -> str | None:
    return translated(refusal.sentence) if refusal else None


def _actor() -> str:
    return audit.user(access.actor().user_id)
