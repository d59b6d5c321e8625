"""The month and the list of visits on the site, with the filters that the feeds have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from scheduler.calendars import feeds, links, queries
from scheduler.calendars.queries import Scope
from scheduler.core import times
from scheduler.core.months import Month
from scheduler.foundation import access, clock
from scheduler.foundation.pages import Page
from scheduler.foundation.templating import large
from scheduler.registration.models import Gathering
from scheduler.schools import queries as schools
from scheduler.schools.models import FocusArea
from scheduler.schools.slugs import borough_slug

blueprint = Blueprint("months", __name__)

VIEWS = ("month", "list")


@dataclass(frozen=True)
class Choices:
    """What one can choose from: pairs of the value that stands in the address and the words of the page."""

    boroughs: Sequence[tuple[str, str]]
    schools: Sequence[tuple[str, str]]
    areas: Sequence[tuple[str, str]]


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
    network, places, areas = schools.network(), schools.choices(), schools.focus_areas()
    today = times.to_wall(clock.now(), ZoneInfo(network.time_zone)).date()
    asked = read(request.args, places, areas, today)
    found, unshown, page = _found(asked)
    return render_template(
        "calendars/months.html", asked=asked, choices=_choices(places, areas), days=by_day(found), today=today, found=found,
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


def read(arguments: Mapping[str, str], places: Sequence[schools.Choice], areas: Sequence[FocusArea], today: date) -> Asked:
    """Read the parameters of an address; whatever is there, the page can be shown."""
    at, focus, month = (arguments.get(name, "")[:90] for name in ("at", "focus", "month"))
    kind, _colon, slug = at.partition(":")
    school = next((place for place in places if kind == "school" and place.slug == slug), None)
    borough = next((place.borough for place in places if kind == "borough" and place.borough and borough_slug(place.borough) == slug), "")
    area = next((each for each in areas if each.slug == focus), None)
    scope = Scope(school, borough, area)
    unknown = bool(at and not (school or borough)) or bool(focus and not area) or bool(month and not Month.read(month))
    view = arguments.get("view", "")
    return Asked(Month.read(month) or Month.of(today), view if view in VIEWS else "month", scope, at if school or borough else "", unknown)


def by_day(found: Sequence[Gathering]) -> dict[date, list[Gathering]]:
    """Gatherings by the day that the wall of their school shows."""
    days: defaultdict[date, list[Gathering]] = defaultdict(list)
    for gathering in found:
        days[gathering.starts_wall.date()].append(gathering)
    return dict(days)


def _choices(places: Sequence[schools.Choice], areas: Sequence[FocusArea]) -> Choices:
    boroughs = sorted({place.borough for place in places if place.borough})
    return Choices(
        [(f"borough:{borough_slug(borough)}", str(_("All of %(borough)s", borough=borough))) for borough in boroughs],
        [(f"school:{place.slug}", place.short_name) for place in places], [(area.slug, large(area.name)) for area in areas],
    )  # fmt: skip
