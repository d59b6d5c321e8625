"""The month and the list of visits on the site, with the filters that the feeds have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for

from scheduler.calendars import feeds, links, queries
from scheduler.calendars.forms import WhereForm
from scheduler.calendars.queries import Scope
from scheduler.core import times
from scheduler.core.months import Month
from scheduler.foundation import access, clock
from scheduler.foundation.boxes import LONGEST
from scheduler.foundation.pages import Page
from scheduler.registration.models import Gathering
from scheduler.schools import queries as schools
from scheduler.schools.choosing import queries as choosing
from scheduler.schools.models import FocusArea

blueprint = Blueprint("months", __name__)

VIEWS = ("month", "list")


@dataclass(frozen=True)
class Asked:
    """What an address asks for; whatever cannot be read is left out, and `unknown` says so."""

    month: Month
    view: str
    scope: Scope
    at: str = ""
    unknown: bool = False

    def url(self, *, month: Month | None = None, view: str = "", before: str | None = None, after: str | None = None) -> str:
        """The same page of another month, in the other view, or further on; it can be shared."""
        focus = self.scope.area.slug if self.scope.area else None
        shown = view or self.view
        more: dict[str, Any] = {"at": self.at or None, "focus": focus, "view": None if shown == "month" else shown}
        more |= {"before": before, "after": after}
        return url_for("months.index", month=month or self.month, **more)


@blueprint.get("/calendar")
@access.open_to(access.ANYONE)
def index() -> str:
    """One month of visits and meetups."""
    network, areas = schools.network(), schools.focus_areas()
    where = WhereForm(choosing.among(), schools.boroughs(), request.args.get("at", "")[:LONGEST])
    today = times.to_wall(clock.now(), ZoneInfo(network.time_zone)).date()
    asked = read(request.args, where, areas, today)
    found, unshown, page = _found(asked)
    return render_template(
        "calendars/months.html", asked=asked, where=where, areas=areas, days=by_day(found), today=today, found=found,
        unshown=unshown, page=page,
        next_with=None if found else queries.next_month_with(asked.month, asked.scope), feed=links.public_url(asked.scope),
        feed_name=feeds.name_of(asked.scope, network.name),
    )  # fmt: skip


def _found(asked: Asked) -> tuple[Sequence[Gathering], Mapping[date, int], Page[Gathering] | None]:
    """All of a month; of a crowded one the first of each day, or as a list a page."""
    if not queries.is_crowded(asked.month, asked.scope):
        return queries.gatherings_of(asked.month, asked.scope), {}, None
    if asked.view == "list":
        page = queries.page_of_month(asked.month, asked.scope, request.args)
        return page.rows, {}, page
    return *queries.first_of_days(asked.month, asked.scope), None


def read(arguments: Mapping[str, str], where: WhereForm, areas: Sequence[FocusArea], today: date) -> Asked:
    """Read the parameters of an address; whatever is there, the page can be shown."""
    focus, month, at = arguments.get("focus", "")[:90], arguments.get("month", "")[:90], where.at
    area = next((each for each in areas if each.slug == focus), None)
    scope, is_told = Scope(at.chosen, where.borough, area), at.among.is_many and not where.validate()
    is_somewhere = bool(scope.school or scope.borough)
    unknown = bool(at.data and not is_somewhere and not is_told) or bool(focus and not area) or bool(month and not Month.read(month))
    view = arguments.get("view", "")
    return Asked(
        Month.read(month) or Month.of(today), view if view in VIEWS else "month", scope, at.data if is_somewhere else "", unknown
    )  # fmt: skip


def by_day(found: Sequence[Gathering]) -> dict[date, list[Gathering]]:
    """Gatherings by the day that the wall of their school shows."""
    days: defaultdict[date, list[Gathering]] = defaultdict(list)
    for gathering in found:
        days[gathering.starts_wall.date()].append(gathering)
    return dict(days)
