"""Which rows are about somebody: those with the address, and whatever the inventory says belongs to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from scheduler.core.people import same_human
from scheduler.core.text import same_name
from scheduler.foundation import personal
from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from scheduler.foundation.personal import Classified
from scheduler.registration.models import Attendee, DataLink, Invitee, Merge, Person, Registration

Held = dict[str, set[int]]
"""Primary keys by table"""


def held_under(email: str) -> Held:
    """Everything that is held under an address, in every room's tables; also under another, where staff said that it is one person."""
    found: Held = {}
    known, new = set[str](), {email}
    while new:
        known |= new
        for line in personal.tables():
            if line.by_address:
                _add(found, line.table.name, _keys(line, line.table.c[line.by_address].in_(new)))
        _add(found, "people", _merged_with(found.get("people", set())))
        new = _addresses_of(found.get("people", set())) - known
    _add(found, "registrations", _led_by(found.get("people", set())))
    _add(found, "people", _leads_without_address(found.get("registrations", set())))
    _add(found, "invitees", _had_before(found.get("registrations", set())))
    _add(found, "outbox_mails", _mails_about(found))
    return belonging_to(found)


def belonging_to(start: Held) -> Held:
    """Some rows and all that belong to them, by the foreign keys that lead to their owner."""
    found = {name: set(keys) for name, keys in start.items()}
    lines = [line for line in personal.tables() if line.of]
    before = -1
    while before < (before := sum(map(len, found.values()))):
        for line in lines:
            _add(found, line.table.name, _owned(line, found))
    return found


def but_the_asking(held: Held) -> Held:
    """The same without the link by which somebody looks at it, and its mail: whoever asks is not known by that."""
    about = OutboxMail.about.startswith(f"{DataLink.__tablename__[:-1]}:")
    asked = db.session.scalars(sa.select(OutboxMail.id).where(about, OutboxMail.id.in_(held.get(OutboxMail.__tablename__, ()))))
    left = held | {DataLink.__tablename__: set(), OutboxMail.__tablename__: held.get(OutboxMail.__tablename__, set()) - set(asked)}
    return {name: keys for name, keys in left.items() if keys}


def names_in(held: Held) -> set[str]:
    """The names that stand in those rows."""
    found: set[str] = set()
    for line in personal.tables():
        if line.named and (keys := held.get(line.table.name)):
            found |= set(db.session.scalars(sa.select(line.table.c[line.named]).where(line.key.in_(keys))))
    return found - {""}


def _add(found: Held, name: str, keys: Iterable[int]) -> None:
    if more := set(keys):
        found[name] = found.get(name, set()) | more


def _keys(line: Classified, condition: sa.ColumnElement[bool]) -> list[int]:
    return list(db.session.scalars(sa.select(line.key).where(condition)))


def _owned(line: Classified, found: Held) -> set[int]:
    """Rows of a table whose owner is found: the first of its foreign keys that is set says who that is."""
    keys: set[int] = set()
    unset: list[sa.ColumnElement[bool]] = []
    for name in line.of:
        column = line.table.c[name]
        owner = next(iter(column.foreign_keys)).column.table.name
        if owner in found:
            keys |= set(_keys(line, sa.and_(column.in_(found[owner]), *unset)))
        unset.append(column.is_(None))
    return keys


def _addresses_of(people: set[int]) -> set[str]:
    return set(db.session.scalars(sa.select(Person.email).where(Person.id.in_(people), Person.email.is_not(None), Person.email != "")))


def _led_by(people: set[int]) -> list[int]:
    """Bookings that these people made under their name and another address."""
    return [registration_id for _, registration_id, name, typed in _leads(Person.id.in_(people)) if same_name(name) == same_name(typed)]


def _leads_without_address(registrations: set[int]) -> list[int]:
    """The leads of these bookings, where they stand in the list without an address.

    Whoever has one is not found by a booking alone: anybody may write somebody's address into a place of a booking of their own, and
    would then read and erase what is held about them.
    """
    theirs = sa.and_(Registration.id.in_(registrations), sa.or_(Person.email.is_(None), Person.email == ""))
    return [person_id for person_id, _, name, typed in _leads(theirs) if same_human(name, "", typed, "")]


def _leads(condition: sa.ColumnElement[bool]) -> Sequence[sa.Row[int, int, str, str]]:
    columns = sa.select(Person.id, Registration.id, Person.name, Registration.lead_name).join(Attendee, Attendee.person_id == Person.id)
    return db.session.execute(columns.join(Attendee.registration).where(Attendee.is_lead, condition).order_by(Attendee.id)).all()


def _had_before(registrations: set[int]) -> list[int]:
    """The addresses at which the leads of these bookings had their entries before they changed them; not those of other leads."""
    columns = sa.select(Invitee.id, Invitee.name, Registration.lead_name).join(Registration, Registration.id == Invitee.registration_id)
    rows = db.session.execute(columns.where(Registration.id.in_(registrations), Invitee.led))
    return [key for key, name, lead in rows if same_name(name) == same_name(lead)]


def _mails_about(found: Held) -> list[int]:
    """Mails about these bookings and waits, whichever address they went to."""
    names = {"registrations": "registration", "waitlist_entries": "waitlist_entry"}
    about = [f"{name}:{key}" for table, name in names.items() for key in found.get(table, ())]
    return list(db.session.scalars(sa.select(OutboxMail.id).where(OutboxMail.about.in_(about))))


def _merged_with(people: set[int]) -> list[int]:
    """Entries of the same people that staff made one, while that can be undone."""
    either = sa.or_(Merge.person_id.in_(people), Merge.gone_person_id.in_(people))
    return [key for pair in db.session.execute(sa.select(Merge.person_id, Merge.gone_person_id).where(either)) for key in pair]
