"""What the address of the landing page asks for: filters, and a sentence for each part that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from scheduler.core.text import without_unshowable
from scheduler.foundation.templating import large
from scheduler.home import queries
from scheduler.schools import queries as schools
from scheduler.schools import tiers
from scheduler.schools.choosing import queries as choosing
from scheduler.schools.choosing.forms import SchoolForm
from scheduler.schools.models import FocusArea, School
from scheduler.schools.queries import Choice
from scheduler.visits.filters import Filters, Place
from scheduler.visits.offered import Area, Offered
from scheduler.visits.search import MOST_COUNTED

FIELDS = {
    "from": "from_day", "until": "until_day", "party": "party", "borough": "borough", "school": "school", "focus": "focus", "tier": "tier",
}  # fmt: skip
"""The names that stand in addresses, and the filters they set"""
NAMES = {field: name for name, field in FIELDS.items()}
AFTER = "after"
LARGEST_PARTY = 50
"""No visit takes a larger one (VisitForm)"""


@dataclass(frozen=True)
class Wishes:
    """Filters as read, words as typed, and what is wrong with some of them; the others count all the same."""

    filters: Filters
    typed: Mapping[str, str]
    wrong: Mapping[str, str]
    after: Place | None
    school: Choice | School | None
    area: Area | FocusArea | None
    choose: SchoolForm
    """The field for a school where too many are offered for a list"""

    def url(self, **changed: Any) -> str:
        """The address of the same page with other parts: only what is set stands in it, so that it can be shared."""
        values = {name: getattr(self.filters, field) or None for name, field in FIELDS.items()} | changed
        return url_for("home.index", **values)

    def url_without(self, field: str) -> str:
        return self.url(**{NAMES[field]: None})

    def label(self, field: str, today: date) -> str:
        """An active filter in the words of its chip."""
        value = getattr(self.filters, field)
        match field:
            case "from_day":
                return str(_("From %(day)s", day=day_words(value, today)))
            case "until_day":
                return str(_("Until %(day)s", day=day_words(value, today)))
            case "party":
                return str(_("%(number)s of us", number=value) if value > 1 else _("Just me"))
            case "tier":
                return tiers.name(value)
            case "school" if self.school:
                return self.school.short_name
            case "focus" if self.area:
                return large(self.area.name)
        return str(value)


def read(arguments: Mapping[str, str], offered: Offered) -> Wishes:
    """Read the parameters of an address; whatever is there, the page can be shown."""
    typed = {name: without_unshowable(arguments.get(name, "").strip())[:80] for name in FIELDS}
    choose = SchoolForm(choosing.of(offered.schools), typed["school"], empty=_("All schools"))
    school, area = choose.school.chosen or _school(typed["school"]), _area(typed["focus"], offered)
    values: dict[str, Any] = {
        "from_day": _day(typed["from"]), "until_day": _day(typed["until"]), "party": _party(typed["party"]),
        "borough": _borough(typed["borough"], offered), "tier": tiers.find(typed["tier"]),
        "school": school.slug if school else None, "focus": area.slug if area else None,
    }  # fmt: skip
    wrong = {name: _sentence(name, typed[name]) for name, field in FIELDS.items() if typed[name] and values[field] is None}
    if "school" in wrong and choose.is_typed and not choose.validate():
        wrong["school"] = choose.school.errors[0]
    if not wrong and values["from_day"] and values["until_day"] and values["until_day"] < values["from_day"]:
        wrong["until"], values["until_day"] = str(_("This is before the first day. Choose a later one.")), None
    return Wishes(
        Filters(**{field: value for field, value in values.items() if value}),
        typed,
        wrong,
        Place.read(arguments.get(AFTER, "")[:80]),
        school,
        area,
        choose,
    )


def _sentence(name: str, typed: str) -> str:
    """What is said at a field that cannot be read."""
    if name in ("from", "until"):
        return str(_("There is no day %(typed)s. Write it like 2026-12-02.", typed=typed[:30]))
    if name == "party":
        return str(_("Write a whole number from 1 to %(most)s.", most=LARGEST_PARTY))
    return str(_("We know no “%(typed)s”. Choose one of the list.", typed=typed))


def clean_url(arguments: Mapping[str, str]) -> str | None:
    """The same address without its empty parts, or None when it has none: a form sent by GET names its empty fields too."""
    parts = {name: arguments[name] for name in (*FIELDS, AFTER) if name in arguments}
    kept = {name: typed for name, typed in parts.items() if typed.strip()}
    return url_for("home.index", **dict[str, Any](kept)) if kept != parts else None


def day_words(day: date, today: date) -> str:
    """A day in few words that stay on one line; the year only where it is another one.

    >>> day_words(date(2026, 12, 1), date(2026, 11, 2)), day_words(date(2027, 1, 5), date(2026, 11, 2))
    ('December\\xa01', 'January\\xa05, 2027')
    """
    return f"{day:%B}\N{NO-BREAK SPACE}{day.day}" + (f", {day.year}" if day.year != today.year else "")


def result(total: int, filters: Filters, today: date) -> str:
    """How many visits fit, in a sentence."""
    when = _when(filters, today)
    if total > MOST_COUNTED:
        return str(_("More than %(most)s visits%(when)s fit.", most=MOST_COUNTED, when=when))
    if filters.party:
        return str(
            ngettext("%(num)d visit%(when)s takes a party of %(size)s.", "%(num)d visits%(when)s take a party of %(size)s.",
                     total, when=when, size=filters.party)
        )  # fmt: skip
    return str(ngettext("%(num)d visit%(when)s is what you look for.", "%(num)d visits%(when)s are what you look for.", total, when=when))


def _when(filters: Filters, today: date) -> str:
    first = day_words(filters.from_day, today) if filters.from_day else ""
    last = day_words(filters.until_day, today) if filters.until_day else ""
    if first and last:
        return str(_(" from %(first)s to %(last)s", first=first, last=last))
    if first:
        return str(_(" from %(first)s", first=first))
    return str(_(" until %(last)s", last=last)) if last else ""


def _day(typed: str) -> date | None:
    try:
        day = datetime.strptime(typed, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def _party(typed: str) -> int | None:
    right = typed.isascii() and typed.isdigit() and len(typed) <= 3
    return int(typed) if right and 1 <= int(typed) <= LARGEST_PARTY else None


def _borough(typed: str, offered: Offered) -> str | None:
    return typed if typed in offered.boroughs or (typed and typed in schools.boroughs()) else None


def _school(typed: str) -> School | None:
    return queries.find_school(typed) if typed else None


def _area(typed: str, offered: Offered) -> Area | FocusArea | None:
    there = next((area for area in offered.areas if area.slug == typed), None)
    return there or (queries.find_focus_area(typed) if typed else None)
