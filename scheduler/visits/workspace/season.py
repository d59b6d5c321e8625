"""The school year of a host: every date at a glance, and one deed for several of them, seen before it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal, Sentence
from scheduler.foundation import access, clock
from scheduler.foundation.forms import Form
from scheduler.foundation.templating import translated
from scheduler.schools.choosing import queries as choosing
from scheduler.schools.choosing.forms import SchoolForm
from scheduler.schools.queries import Choice
from scheduler.visits import season as seasons
from scheduler.visits import several
from scheduler.visits.forms import CancelVisitForm, CapacityForm
from scheduler.visits.season import ALL, ASKING, COMING, SeasonRow
from scheduler.visits.several import Deed, Order
from scheduler.visits.standing import Standing
from scheduler.visits.workspace.blueprint import actor, blueprint

FORMS: dict[Deed, type[Form]] = {Deed.CAPACITY: CapacityForm, Deed.CANCEL: CancelVisitForm}
"""What a deed asks for; the others need no typing"""
MOST_AT_ONCE = 500
PAGED = (COMING, ASKING, ALL)


@dataclass(frozen=True)
class Narrowed:
    """What the list shows: a school year, of all one's schools or of one, and which of its visits."""

    choose: SchoolForm
    years: Sequence[int]
    year: int
    school: Choice | None
    chosen: str
    is_long: bool = False
    """More than stand on one page: it is shown in pages, and narrowed only in ways that need no count of seats"""

    @property
    def address(self) -> dict[str, Any]:
        """What stands in the address of this list; its usual values do not."""
        return {
            "year": self.year if self.year != self.this_year else None, "school": self.school.slug if self.school else None,
            "show": self.chosen if self.chosen != COMING else None,
        }  # fmt: skip

    @property
    def many_schools(self) -> bool:
        return self.choose.is_a_choice

    @property
    def this_year(self) -> int:
        return seasons.school_year(clock.now().date())

    @property
    def closed_school_id(self) -> int | None:
        """Whose closed days are shown: one school's, or the network's where there are several."""
        listed = self.choose.school.among.listed
        only = self.school or (listed[0] if len(listed) == 1 else None)
        return only.id if only else None

    def rows(self) -> list[SeasonRow]:
        return seasons.season_of(access.actor(), self.year, now=clock.now(), school_id=self.school.id if self.school else None)


@blueprint.get("")
@access.open_to(access.HOSTS)
def season() -> tuple[str, int]:
    """Every date of a school year, with its seats and what it needs."""
    narrowed = _narrowed(request.args)
    wrong = narrowed.choose.is_typed and not narrowed.choose.validate()
    return _season_page(narrowed), 422 if wrong else 200


@blueprint.post("/several")
@access.open_to(access.HOSTS)
def look_at_several() -> str | tuple[str, int]:
    """Show what a deed would mean for the ticked visits; nothing is written."""
    narrowed, deed = _narrowed(request.form), _deed()
    everything = request.form.get("all") and not narrowed.is_long
    rows = [row for row in narrowed.rows() if row.is_in(narrowed.chosen)] if everything else _ticked()
    if not rows:
        return _season_page(narrowed, _("Tick at least one visit first.")), 422
    return _several_page(narrowed, deed, rows, _form(deed, fresh=True))


@blueprint.post("/several/do")
@access.open_to(access.HOSTS)
def do_several() -> Response | str | tuple[str, int]:
    """Do it for all of them, or for none."""
    narrowed, deed, rows = _narrowed(request.form), _deed(), _ticked()
    form = _form(deed)
    if not rows:
        return _season_page(narrowed, _("Tick at least one visit first.")), 422
    if not form.validate():
        return _several_page(narrowed, deed, rows, form), 422
    order = Order(deed, capacity=form.data.get("capacity") or 0, reason=form.data.get("reason") or "")
    try:
        done = several.do(order, [row.visit.id for row in rows], actor=actor(), now=clock.now())
    except several.Refused as refused:
        return _several_page(narrowed, deed, rows, form, refused, refused.why), 409
    _say_done(order, rows, done)
    return redirect(url_for("visits_workspace.season", **narrowed.address), 303)


def _narrowed(asked: Mapping[str, str]) -> Narrowed:
    """What an address or a form asks for; what cannot be read counts as not asked."""
    who, now = access.actor(), clock.now()
    choose, years = SchoolForm(choosing.hosted(who), asked.get("school"), empty=_("All schools")), seasons.years_of(who, now=now)
    this = seasons.school_year(now.date())
    year = next((year for year in years if str(year) == asked.get("year")), this)
    lists = (COMING, ASKING, ALL, *(word.value for word in Standing))
    usual = COMING if year >= this else ALL
    school = choose.school.chosen
    is_long = seasons.is_long(who, year, school_id=school.id if school else None)
    chosen = next((one for one in (PAGED if is_long else lists) if one == asked.get("show")), usual)
    return Narrowed(choose, years, year, school, chosen, is_long)


def _deed() -> Deed:
    found = next((deed for deed in Deed if deed.value == request.form.get("deed")), None)
    if found is None:
        abort(404)
    return found


def _ticked() -> list[SeasonRow]:
    return seasons.chosen_rows(access.actor(), request.form.getlist("visit")[:MOST_AT_ONCE], now=clock.now())


def _form(deed: Deed, *, fresh: bool = False) -> Form:
    kind = FORMS.get(deed, Form)
    return kind(formdata=None) if fresh else kind()


def _season_page(narrowed: Narrowed, refusal: str | None = None) -> str:
    if narrowed.is_long:
        return _long_page(narrowed, refusal)
    rows, first, last = narrowed.rows(), *seasons.days_of(narrowed.year)
    listed = [row for row in rows if row.is_in(narrowed.chosen)]
    if narrowed.chosen == COMING:
        first = max(first, clock.now().date())
    closed = seasons.closed_in(narrowed.closed_school_id, first, last) if listed and narrowed.chosen in (COMING, ALL) else []
    return render_template(
        "visits/season.html", narrowed=narrowed, months=seasons.by_month(listed, closed), listed=listed, counts=seasons.counts(rows),
        standings=list(Standing), refusal=refusal, page=None,
    )  # fmt: skip


def _long_page(narrowed: Narrowed, refusal: str | None) -> str:
    """A season of many schools, page by page: its visits are not counted, and a deed is done with ticked ones."""
    page = seasons.page_of_season(access.actor(), narrowed.year, narrowed.chosen, request.args, now=clock.now())
    return render_template(
        "visits/season.html", narrowed=narrowed, months=seasons.by_month(page.rows, ()), listed=page.rows, counts=None, standings=(),
        refusal=refusal, page=page,
    )  # fmt: skip


def _several_page(
    narrowed: Narrowed, deed: Deed, rows: Sequence[SeasonRow], form: Form, refusal: Refusal | None = None, why: Mapping[int, Sentence] = {}
) -> str:
    """What will be done, in numbers first; visits that cannot follow are left out, with the reason."""
    now = clock.now()
    reasons = {row.visit.id: why.get(row.visit.id) or several.why_not(deed, row.gathering, now) for row in rows}
    return render_template(
        "visits/several.html", narrowed=narrowed, deed=deed, form=form, refusal=translated(refusal.sentence) if refusal else None,
        able=[row for row in rows if reasons[row.visit.id] is None],
        left_out=[(row, reasons[row.visit.id]) for row in rows if reasons[row.visit.id] is not None],
    )  # fmt: skip


def _say_done(order: Order, rows: Sequence[SeasonRow], done: int) -> None:
    n, told, seats = len(rows), sum(row.told for row in rows), order.capacity
    said = {
        Deed.OPEN: ngettext("%(num)d visit takes parties now.", "%(num)d visits take parties now.", n),
        Deed.PAUSE: ngettext("%(num)d visit takes nobody new for now.", "%(num)d visits take nobody new for now.", n),
        Deed.CAPACITY: ngettext("%(num)d visit has %(seats)s seats now.", "%(num)d visits have %(seats)s seats now.", n, seats=seats),
        Deed.CANCEL: ngettext("%(num)d visit is cancelled.", "%(num)d visits are cancelled.", n),
    }
    flash(said[order.deed], "good")
    if order.deed == Deed.CANCEL and told:
        flash(ngettext("%(num)d person is told.", "%(num)d people are told.", told), "info")
    if order.deed == Deed.CAPACITY and done:
        flash(ngettext("%(num)d party that waits is seated or asked.", "%(num)d parties that wait are seated or asked.", done), "info")
