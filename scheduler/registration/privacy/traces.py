"""Where somebody stands in what belongs to others: mails to hosts, lists being imported, and an address in any text at all."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from scheduler.core.erasing import without_somebody
from scheduler.foundation import personal
from scheduler.foundation.db import db, like
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.outbox import OutboxMail
from scheduler.registration.models import Consent, Registration, WaitlistEntry
from scheduler.registration.privacy.held import Held


def erase(held: Held, email: str, names: Collection[str], alias: str) -> None:
    """Take somebody out of the rows that are not about them alone, inside the caller's transaction."""
    _erase_from_mails(email, names, alias)
    _erase_from_imports(email, names)
    signed = sa.case((Consent.by_name == "", ""), else_=alias)
    by_them = Consent.by_attendee_id.in_(held.get("attendees", ()))
    db.session.execute(sa.update(Consent).where(by_them).values(by_attendee_id=None, by_name=signed))
    for model in (Registration, WaitlistEntry):  # who comes for nobody may have typed the own name as the organization
        own = sa.and_(model.id.in_(held.get(model.__tablename__, ())), model.organization.in_(names))
        db.session.execute(sa.update(model).where(own).values(organization=alias))
    for line in personal.tables():
        _erase_address(line.table, email, alias)


def _erase_from_mails(email: str, names: Collection[str], alias: str) -> None:
    """Mails to others keep their sense: a host still reads that a party of three does not come."""
    columns = (OutboxMail.facts, OutboxMail.invitation, OutboxMail.error, OutboxMail.to_name)
    for mail in db.session.scalars(sa.select(OutboxMail).where(_mentions(columns, [email, *names]))):
        mail.facts = without_somebody(mail.facts, email, names, alias)
        mail.invitation = without_somebody(mail.invitation, email, names, alias)
        mail.error = without_somebody(mail.error, email, names, alias)
    db.session.flush()


def _erase_from_imports(email: str, names: Collection[str]) -> None:
    """Rows of lists that wait to be confirmed: whoever is erased is not imported."""
    for draft in db.session.scalars(sa.select(ImportDraft).where(_mentions([ImportDraft.rows], [email, *names]))):
        draft.rows = [row for row in draft.rows if without_somebody(row, email, names, "") == row]
    db.session.flush()


def _erase_address(table: sa.Table, email: str, alias: str) -> None:
    """An address is nobody else's, so it goes wherever somebody typed it."""
    columns = [column for column in table.columns if _holds_text(column)]
    if not columns or not isinstance(table.primary_key.columns.values()[0].type, sa.Integer | sa.String):
        return
    keys = list(table.primary_key)
    for row in db.session.execute(sa.select(*keys, *columns).where(_mentions(columns, [email]))).all():
        same = sa.and_(*(key == value for key, value in zip(keys, row[: len(keys)], strict=True)))
        values = dict(zip((column.name for column in columns), row[len(keys) :], strict=True))
        changed = {name: without_somebody(value, email, (), alias) for name, value in values.items()}
        db.session.execute(sa.update(table).where(same).values(**{name: new for name, new in changed.items() if new != values[name]}))


def _holds_text(column: sa.Column[Any]) -> bool:
    if column.primary_key or column.foreign_keys or isinstance(column.type, sa.Enum):
        return False
    return isinstance(column.type, sa.String | sa.JSON)


def _mentions(columns: Sequence[Any], texts: Collection[str]) -> sa.ColumnElement[bool]:
    """Rows in which one of these texts stands, as it is or as JSON writes it."""
    wanted = {like(form.lower()) for text in texts if text for form in (text, json.dumps(text)[1:-1])}
    return sa.or_(*(sa.func.lower(sa.cast(column, sa.Text)).like(pattern, escape="\\") for column in columns for pattern in wanted))
