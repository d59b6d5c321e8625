"""What administrators do: keep the schools and the network's settings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.core.people import address_key
from scheduler.core.refusal import Refusal, say
from scheduler.core.text import same_name
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.foundation.feeds import raise_feeds, raise_names
from scheduler.schools.models import FocusArea, Network, School, SchoolContact, Tier
from scheduler.schools.slugs import free_slug, slug_of

MOST_CONTACTS = 12


@dataclass(frozen=True)
class SchoolDetails:
    """All that is typed about a school. Contacts are pairs of name and e-mail address."""

    name: str
    short_name: str
    tier: Tier
    borough: str
    time_zone: str
    about: str = ""
    address: str = ""
    private_address: str = ""
    arrival_notes: str = ""
    focus_areas: tuple[str, ...] = ()
    contacts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class NetworkDetails:
    """The settings of the network."""

    name: str
    site_name: str
    welcome: str
    introduction: str
    time_zone: str
    contact_email: str
    listed_domains: str


class ChangedMeanwhile(Refusal):
    """Somebody else saved first; `stored` is what stands there now where it differs from what was typed."""

    def __init__(self, version: int, stored: dict[str, Any]) -> None:
        super().__init__(
            say("Somebody changed this while you were editing. What is stored now stands below; save again to replace it with yours.")
        )
        self.version, self.stored = version, stored


class NameIsTaken(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(say("There is a school called %(name)s already. Change that one, or give this one another name.", name=name))


def create_school(details: SchoolDetails, *, actor: str, now: datetime) -> str:
    """Add a school to the directory; its slug, which stays the same when it is renamed."""
    with transaction():
        directory = hold_the_directory()
        _refuse_a_taken_name(details.name, except_id=None)
        return add_schools([details], directory, actor=actor, now=now)[0].slug


def edit_school(school_id: int, details: SchoolDetails, *, version: int, actor: str, now: datetime) -> None:
    """Change a school, unless somebody else did since `version`."""
    with transaction():
        directory = hold_the_directory()
        school = db.session.get_one(School, school_id, populate_existing=True)
        if school.version != version:
            raise ChangedMeanwhile(school.version, _differing(details_of(school), details))
        change_school(school, details, directory, actor=actor, now=now)


def edit_network(details: NetworkDetails, *, version: int, actor: str, now: datetime) -> None:
    """Change the network's settings, unless somebody else did since `version`."""
    with transaction():
        hold_the_directory()
        network = db.session.get_one(Network, 1, populate_existing=True)
        stored = network_details_of(network)
        if network.version != version:
            raise ChangedMeanwhile(network.version, _differing(stored, details))
        before, after = _differing(stored, details), _differing(details, stored)
        if not after:
            return
        for name, value in after.items():
            setattr(network, name, value)
        network.version += 1
        raise_feeds(["network"], now=now)
        audit.record("network changed", "network:1", actor=actor, now=now, before=before, after=after)


def add_contact(school_id: int, name: str, email: str, *, actor: str, now: datetime) -> None:
    """One more person to write to at a school; somebody whose address is known there is written anew."""
    with transaction():
        directory = hold_the_directory()
        school = db.session.get_one(School, school_id, populate_existing=True)
        stored = details_of(school)
        others = tuple(contact for contact in stored.contacts if contact[1] != address_key(email))
        if len(others) >= MOST_CONTACTS:
            raise Refusal(say("%(school)s has %(most)d contacts, as many as there can be.", school=school.name, most=MOST_CONTACTS))
        change_school(school, replace(stored, contacts=(*others, (name, address_key(email)))), directory, actor=actor, now=now)


@dataclass(frozen=True)
class Directory:
    """What whoever changes schools must know while it is their turn: the slugs that are taken, and the focus areas by slug."""

    slugs: set[str]
    areas: dict[str, FocusArea]


def hold_the_directory() -> Directory:
    """On PostgreSQL: who changes schools takes turns, so that names and slugs stay unique without an error."""
    db.session.execute(sa.select(Network.id).where(Network.id == 1).with_for_update())
    return Directory(
        set(db.session.scalars(sa.select(School.slug))), {area.slug: area for area in db.session.scalars(sa.select(FocusArea))}
    )


def add_schools(listed: Sequence[SchoolDetails], directory: Directory, *, actor: str, now: datetime) -> list[School]:
    """New schools, inside the caller's transaction and turn; the caller knows that their names are free."""
    schools = []
    for details in listed:
        school = School(slug=free_slug(details.short_name, directory.slugs), created_at=now)
        directory.slugs.add(school.slug)
        _write(school, details, directory)
        schools.append(school)
    db.session.add_all(schools)
    db.session.flush()
    for school, details in zip(schools, listed, strict=True):
        audit.record("school added", f"school:{school.id}", actor=actor, now=now, school_id=school.id, after=_for_log(details))
    return schools


def change_school(school: School, details: SchoolDetails, directory: Directory, *, actor: str, now: datetime) -> bool:
    """Write what differs, inside the caller's transaction and turn; False when nothing does."""
    stored = details_of(school)
    before, after = _differing(stored, details), _differing(details, stored)
    if not after:
        return False
    if "name" in after:
        _refuse_a_taken_name(details.name, except_id=school.id)
    _write(school, details, directory)
    school.version += 1
    if {"name", "short_name"} & after.keys():
        raise_names([school.id], now=now)
    elif "borough" in after:
        raise_feeds(["network"], now=now)  # its visits change over to the calendar of another borough
    audit.record(
        "school changed", f"school:{school.id}", actor=actor, now=now, school_id=school.id, before=_loggable(before), after=_loggable(after)
    )
    return True


def details_of(school: School) -> SchoolDetails:
    """A school as somebody would type it."""
    plain = {field.name: getattr(school, field.name) for field in fields(SchoolDetails) if field.name not in ("focus_areas", "contacts")}
    return SchoolDetails(
        **plain, focus_areas=tuple(area.name for area in school.focus_areas),
        contacts=tuple((contact.name, contact.email) for contact in school.contacts),
    )  # fmt: skip


def network_details_of(network: Network) -> NetworkDetails:
    """The network's settings as somebody would type them."""
    return NetworkDetails(**{field.name: getattr(network, field.name) for field in fields(NetworkDetails)})


def _refuse_a_taken_name(name: str, *, except_id: int | None) -> None:
    for school_id, taken in db.session.execute(sa.select(School.id, School.name)):
        if school_id != except_id and same_name(taken) == same_name(name):
            raise NameIsTaken(taken)


def _write(school: School, details: SchoolDetails, directory: Directory) -> None:
    for field in fields(SchoolDetails):
        if field.name not in ("focus_areas", "contacts"):
            setattr(school, field.name, getattr(details, field.name))
    if not _same_areas([area.name for area in school.focus_areas], details.focus_areas):
        school.focus_areas = sorted(_areas(details.focus_areas, directory), key=lambda area: area.name)
    _write_contacts(school, details.contacts)


def _write_contacts(school: School, contacts: Collection[tuple[str, str]]) -> None:
    """Whoever is known by the address stays the same row: what was mailed to them leads there."""
    known = {contact.email: contact for contact in school.contacts}
    kept = []
    for name, email in contacts:
        contact = known[email] if email in known else SchoolContact(email=email)
        contact.name = name
        kept.append(contact)
    school.contacts = kept


def _areas(names: Collection[str], directory: Directory) -> list[FocusArea]:
    """Focus areas by name, new ones made; two spellings with one slug are one area."""
    wanted = {_area_slug(name): name for name in names}
    return [directory.areas.setdefault(slug, FocusArea(slug=slug, name=name)) for slug, name in wanted.items()]


def _area_slug(name: str) -> str:
    return slug_of(name, otherwise=name.casefold()[:80])


def _same_areas(some: Collection[str], others: Collection[str]) -> bool:
    return set(map(_area_slug, some)) == set(map(_area_slug, others))


def _differing(these: Any, others: Any) -> dict[str, Any]:
    """The fields of the first that the second has otherwise; the order of focus areas and of contacts means nothing."""
    names = [field.name for field in fields(these)]
    return {name: getattr(these, name) for name in names if not _same(name, getattr(these, name), getattr(others, name))}


def _same(name: str, one: Any, other: Any) -> bool:
    if name == "focus_areas":
        return _same_areas(one, other)
    return set(one) == set(other) if name == "contacts" else bool(one == other)


def _for_log(details: SchoolDetails) -> dict[str, Any]:
    return _loggable({field.name: getattr(details, field.name) for field in fields(details)})


def _loggable(values: dict[str, Any]) -> dict[str, Any]:
    """Contacts are people: of them the log says only that they changed."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if name != "contacts"} | (
        {"contacts": "changed"} if "contacts" in values else {}
    )
