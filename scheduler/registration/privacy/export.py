"""My data: everything that is held under an address as JSON, CSV and calendar entries, in one ZIP (registration rule 7).

Of other people there is nothing in it, whoever typed their names: of a party its size.
"""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from scheduler.foundation import ical, personal
from scheduler.foundation.db import db
from scheduler.foundation.personal import Classified
from scheduler.foundation.tables import csv_bytes
from scheduler.registration import mail
from scheduler.registration.models import HOLDING, Gathering, Registration
from scheduler.registration.privacy import clocks
from scheduler.registration.privacy.held import but_the_asking, held_under
from scheduler.schools import queries as schools

Rows = list[dict[str, Any]]
INNER = ("_hash", "_round", "_id")
"""Endings of columns that mean nothing outside: hashes, rounds of links, numbers of rows"""
INNER_NAMES = frozenset({"id", "key", "fingerprint", "nonce", "uid", "version", "sequence", "is_sample"})


def data_of(email: str) -> dict[str, Rows]:
    """The rows that are about an address, by table, as people read them; tables without any are left out."""
    held = but_the_asking(held_under(email))
    return {line.table.name: _rows(line, keys) for line in personal.tables() if (keys := held.get(line.table.name))}


def zipped(email: str, *, now: datetime) -> bytes:
    """The ZIP; some kilobytes, so it is made in memory."""
    data = data_of(email)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _about(now))
        archive.writestr(
            "data.json", json.dumps({"address": email, "made_at": now.isoformat(), "held": data}, indent=2, ensure_ascii=False)
        )
        for name, rows in data.items():
            archive.writestr(f"{name}.csv", _csv(rows))
        archive.writestr("calendar.ics", _calendar(email))
    return out.getvalue()


def _rows(line: Classified, keys: set[int]) -> Rows:
    told = [column for column in line.table.columns if _is_told(line, column)]
    named = {column.name: of for column in line.table.columns if (of := _label_of(column)) is not None}
    columns = [line.key.label("row"), *told, *(line.table.c[name] for name in named)]
    rows = db.session.execute(sa.select(*columns).where(line.key.in_(keys)).order_by(line.key)).mappings().all()
    labels = {name: _labels(of, {row[name] for row in rows}) for name, of in named.items()}
    where = _gatherings(line, keys)
    return [
        {name.removesuffix("_id"): labels[name].get(row[name]) for name in named}
        | where.get(row["row"], {})
        | {column.name: _plain(row[column.name]) for column in told}
        for row in rows
    ]


def _is_told(line: Classified, column: sa.Column[Any]) -> bool:
    if column.primary_key or column.foreign_keys or column.name in line.untold or column.name in INNER_NAMES:
        return False
    return not column.name.endswith(INNER)


def _label_of(column: sa.Column[Any]) -> Classified | None:
    """The table whose rows a column points to, where they have a name that people know; gatherings are named for every table."""
    for key in column.foreign_keys:
        line = personal.of_table(key.column.table.name)
        if line.label and line.table is not clocks.GATHERINGS:
            return line
    return None


def _labels(line: Classified, ids: set[Any]) -> dict[Any, str]:
    return dict(db.session.execute(sa.select(line.key, line.table.c[line.label]).where(line.key.in_(ids - {None}))).all())


def _gatherings(line: Classified, keys: set[int]) -> dict[int, dict[str, Any]]:
    """What the rows belong to, by key."""
    if not clocks.has_gathering(line.table):
        return {}
    chosen = sa.select(line.key, Gathering.title, Gathering.starts_wall).select_from(clocks.with_gathering(line.table))
    return {
        key: {"gathering": title, "starts": _plain(starts)} for key, title, starts in db.session.execute(chosen.where(line.key.in_(keys)))
    }


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def _csv(rows: Rows) -> bytes:
    headers = list(dict.fromkeys(name for row in rows for name in row))
    return csv_bytes(headers, [[_cell(row.get(name)) for name in headers] for row in rows])


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _calendar(email: str) -> bytes:
    """The bookings that hold seats, past ones included."""
    own = sa.and_(Registration.lead_email == email, Registration.state.in_(HOLDING))
    where = joinedload(Registration.gathering).joinedload(Gathering.school)
    parties = db.session.scalars(sa.select(Registration).where(own).options(where).order_by(Registration.id)).all()
    pieces = [ical.entry_bytes(mail.entry_of(party, party.gathering)) for party in parties]
    return ical.feed_bytes(pieces, name=_("My visits"), description="", zone=schools.network().time_zone)


def _about(now: datetime) -> str:
    lines = [
        _("This is everything that %(site)s holds under your address.", site=schools.network().site_name),
        _("data.json has all of it; each .csv file is one part of it, to open in a spreadsheet; calendar.ics holds your visits."),
        _("Of other people there is nothing here: of your party you find how many come, and not who."),
        _("Made on %(day)s.", day=now.date().isoformat()),
    ]
    return "\n".join(lines) + "\n"
