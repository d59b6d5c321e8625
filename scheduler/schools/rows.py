"""A list of schools as somebody keeps it: read by its columns, checked row by row, compared with the directory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

from email_validator import EmailNotValidError, validate_email

from scheduler.core.people import address_key
from scheduler.core.refusal import Sentence, say
from scheduler.core.text import is_blank, same_name, unshowable
from scheduler.core.times import is_zone
from scheduler.schools import tiers
from scheduler.schools.models import Tier
from scheduler.schools.service import SchoolDetails

FIELDS: dict[str, tuple[str, ...]] = {
    "name": ("school", "school name", "name of school", "full name", "escuela"),
    "short_name": ("short", "abbreviation", "nickname", "short name"),
    "tier": ("level", "membership", "status", "role in the network"),
    "borough": ("district", "city", "area", "neighborhood"),
    "address": ("street", "street address", "location"),
    "private_address": ("address for confirmed visitors", "hidden address"),
    "arrival_notes": ("arrival", "directions", "notes"),
    "about": ("description", "profile"),
    "time_zone": ("timezone", "zone"),
    "focus_areas": ("focus", "focus area", "topics", "tags", "known for"),
    "contact_name": ("contact", "contact person", "host", "coordinator"),
    "contact_email": ("e-mail", "email", "mail", "contact e-mail"),
}
"""What a column may hold, with the headings that are taken for it"""

MOST = {
    "name": 200, "short_name": 60, "borough": 60, "address": 300, "private_address": 300, "arrival_notes": 2000, "about": 4000,
    "contact_name": 200, "contact_email": 254,
}  # fmt: skip
MOST_AREAS, MOST_AREA_LETTERS = 20, 80
LONG = ("arrival_notes", "about")


def split_areas(typed: str) -> tuple[str, ...]:
    """Focus areas as people write them down, each once.

    >>> split_areas("inclusion; growth mindset, Inclusion")
    ('inclusion', 'growth mindset')
    """
    names = [" ".join(part.split()) for part in re.split(r"[,;\n]", typed)]
    first: dict[str, str] = {}
    for name in filter(None, names):
        first.setdefault(same_name(name), name)
    return tuple(first.values())


@dataclass(frozen=True)
class Known:
    """A school of the directory, for comparing."""

    id: int
    details: SchoolDetails


NOTHING = SchoolDetails("", "", Tier.EXTERNAL, "", "")


@dataclass(frozen=True)
class Row:
    """One line after the check: the school it is about, what it would be, and what is wrong."""

    line: int
    name: str
    school_id: int | None = None
    details: SchoolDetails = NOTHING
    changes: tuple[tuple[str, str, str], ...] = ()
    """(field, before, after) in words"""
    faults: tuple[Sentence, ...] = ()

    @property
    def is_new(self) -> bool:
        return not self.faults and self.school_id is None

    @property
    def is_changed(self) -> bool:
        return not self.faults and self.school_id is not None and bool(self.changes)


@dataclass(frozen=True)
class Checked:
    """A whole list after the check."""

    rows: tuple[Row, ...]

    @property
    def new(self) -> list[Row]:
        return [row for row in self.rows if row.is_new]

    @property
    def changed(self) -> list[Row]:
        return [row for row in self.rows if row.is_changed]

    @property
    def unchanged(self) -> list[Row]:
        return [row for row in self.rows if not (row.faults or row.is_new or row.is_changed)]

    @property
    def faulty(self) -> list[Row]:
        return [row for row in self.rows if row.faults]

    @property
    def expected(self) -> str:
        """What a button over this list promises; sent along, so that a promise that became false is noticed."""
        return f"{len(self.new)} new, {len(self.changed)} changed, {len(self.faulty)} faulty"


def check(lines: Iterable[tuple[int, Sequence[str]]], mapping: Mapping[str, int], known: Iterable[Known], *, zone: str) -> Checked:
    """Compare a list with the directory. A school is known by its name; an empty cell changes nothing."""
    directory = {same_name(school.details.name): school for school in known}
    seen: dict[str, int] = {}
    rows = []
    for line, cells in lines:
        typed = {name: cells[index] for name, index in mapping.items() if cells[index]}
        key = same_name(typed.get("name", ""))
        row = _row(line, typed, directory.get(key), zone)
        if key in seen:
            row = replace(row, faults=(*row.faults, say("Line %(line)d is about the same school.", line=seen[key])))
        elif key:
            seen[key] = line
        rows.append(row)
    return Checked(tuple(rows))


def _row(line: int, typed: Mapping[str, str], known: Known | None, zone: str) -> Row:
    name = typed.get("name", "")
    faults = tuple(_faults(typed))
    if faults:
        return Row(line, name, faults=faults)
    before = known.details if known else SchoolDetails(name, name[:60], Tier.ACTIVE_MEMBER, "", zone)
    details = _details(typed, before)
    if known and (changes := tuple(_changes(before, details))):
        return Row(line, name, known.id, details, changes)
    return Row(line, name, known.id if known else None, details)


def _faults(typed: Mapping[str, str]) -> Iterable[Sentence]:
    if is_blank(typed.get("name", "")):
        yield say("The name of the school is missing.")
    for name, text in typed.items():
        if found := unshowable(text, lines=name in LONG):
            yield say("%(what)s in “%(field)s” cannot be shown here.", what=", ".join(found), field=FIELD_NAMES[name])
        elif len(text) > MOST.get(name, 4000):
            yield say("“%(field)s” has %(length)d letters; up to %(most)d fit.", field=FIELD_NAMES[name], length=len(text), most=MOST[name])
    yield from _wrong_words(typed)


def _wrong_words(typed: Mapping[str, str]) -> Iterable[Sentence]:
    if (tier := typed.get("tier")) and tiers.find(tier) is None:
        yield say("%(tier)s is no tier. Write Living Lab, Incubator, Active Member, Friend or External.", tier=tier[:60])
    if (zone := typed.get("time_zone")) and not _is_zone(zone):
        yield say("%(zone)s is no time zone. Write it like America/New_York.", zone=zone[:60])
    areas = split_areas(typed.get("focus_areas", ""))
    if len(areas) > MOST_AREAS or any(len(area) > MOST_AREA_LETTERS for area in areas):
        yield say("Up to 20 focus areas of up to 80 letters fit.")
    if (address := typed.get("contact_email")) and not _is_address(address):
        yield say("%(address)s is not an e-mail address.", address=address[:100])
    if typed.get("contact_name") and not typed.get("contact_email"):
        yield say("The contact has a name but no e-mail address.")


FIELD_NAMES: dict[str, Sentence] = {
    "name": say("Name"), "short_name": say("Short name"), "tier": say("Tier"), "borough": say("Borough"), "address": say("Address"),
    "private_address": say("Private address"), "arrival_notes": say("Arrival notes"), "about": say("About"),
    "time_zone": say("Time zone"), "focus_areas": say("Focus areas"), "contact_name": say("Contact, name"),
    "contact_email": say("Contact, e-mail"), "contacts": say("Contacts"),
}  # fmt: skip


@lru_cache(maxsize=1000)
def _is_zone(name: str) -> bool:
    return is_zone(name)  # which looks through the machine's zones each time


@lru_cache(maxsize=1000)
def _is_address(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


def _details(typed: Mapping[str, str], before: SchoolDetails) -> SchoolDetails:
    plain: dict[str, Any] = {name: typed[name] for name in _PLAIN if name in typed}
    if "tier" in typed:
        plain["tier"] = tiers.find(typed["tier"])
    if "focus_areas" in typed:
        plain["focus_areas"] = split_areas(typed["focus_areas"])
    if "contact_email" in typed:
        plain["contacts"] = _with_contact(before.contacts, typed.get("contact_name", ""), typed["contact_email"])
    return replace(before, **plain)


_PLAIN = {field.name for field in fields(SchoolDetails)} - {"name", "tier", "focus_areas", "contacts"}


def _with_contact(contacts: tuple[tuple[str, str], ...], name: str, email: str) -> tuple[tuple[str, str], ...]:
    """The contacts with this one among them; one address is one contact."""
    email = address_key(email)
    earlier = next((contact for contact in contacts if contact[1] == email), None)
    if earlier is None:
        return (*contacts, (name or email, email))
    return tuple((name or contact[0], contact[1]) if contact == earlier else contact for contact in contacts)


def _changes(before: SchoolDetails, after: SchoolDetails) -> Iterable[tuple[str, str, str]]:
    for field in fields(SchoolDetails):
        old, new = getattr(before, field.name), getattr(after, field.name)
        same = {same_name(area) for area in old} == {same_name(area) for area in new} if field.name == "focus_areas" else old == new
        if not same:
            yield field.name, in_words(field.name, old), in_words(field.name, new)


def in_words(name: str, value: Any) -> str:
    """A field's value on one line."""
    if name == "contacts":
        return ", ".join(f"{who} <{address}>" for who, address in value)
    if name == "tier":
        return tiers.name(value)
    return ", ".join(value) if isinstance(value, tuple) else str(value)
