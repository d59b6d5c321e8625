"""What visitors look for, as it stands in addresses."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Filters:
    """What a visitor looks for; empty fields mean everything. Both days are included and are days by the clock on the school's wall.

    >>> wanted = Filters(borough="Bronx", party=4)
    >>> wanted.active, wanted.without("party")
    (['borough', 'party'], Filters(from_day=None, until_day=None, borough='Bronx', focus='', tier='', school='', party=0))
    """

    from_day: date | None = None
    until_day: date | None = None
    borough: str = ""
    focus: str = ""
    tier: str = ""
    school: str = ""
    party: int = 0
    """People in the party: only visits that would seat all of them now"""

    @property
    def active(self) -> list[str]:
        return [field.name for field in fields(self) if getattr(self, field.name)]

    def without(self, name: str) -> Filters:
        empty: dict[str, Any] = {field.name: field.default for field in fields(self) if field.name == name}
        return replace(self, **empty)


@dataclass(frozen=True)
class Place:
    """Where a page of the list ended. It stands in addresses, so it names the last visit by what never leads to another page's visit.

    >>> Place.read("2026-12-02T09:00:00~bcdfghjkmn")
    Place(starts_wall=datetime.datetime(2026, 12, 2, 9, 0), public_id='bcdfghjkmn')
    >>> Place.read("tomorrow~b") is None
    True
    """

    starts_wall: datetime
    public_id: str

    @staticmethod
    def read(text: str) -> Place | None:
        starts, _, public_id = text.partition("~")
        try:
            wall = datetime.fromisoformat(starts)
        except ValueError:
            return None
        return Place(wall, public_id) if wall.tzinfo is None and public_id.isascii() and public_id.isalpha() else None

    def __str__(self) -> str:
        return f"{self.starts_wall.isoformat()}~{self.public_id}"
