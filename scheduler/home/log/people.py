"""Whose lines the log is narrowed to: up to a hundred people stand in a list; of more a name is typed, and never into an address."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from flask_babel import gettext as _

from scheduler.accounts.models import User
from scheduler.core.near_names import near
from scheduler.core.text import same_name
from scheduler.foundation.boxes import MOST_LISTED, MOST_NEAR, Box
from scheduler.foundation.db import columns

_NUMBERED = re.compile("user:([0-9]{1,9})")


class Person(NamedTuple):
    """Somebody who signs in, or did."""

    id: int
    called: str
    is_one_of_many: bool

    @property
    def slug(self) -> str:
        """The actor's name in the log."""
        return f"user:{self.id}"

    @property
    def name(self) -> str:
        """With the number where there are many, because two of them may be called the same."""
        return f"{self.called} ({self.slug})" if self.is_one_of_many else self.called


@dataclass(frozen=True)
class People:
    """Everybody where a list can hold them; of more nobody, and ways to find them."""

    listed: Sequence[Person]
    is_many: bool

    def find(self, typed: str) -> Person | None:
        """Who is meant by number, alone or behind the name; or by a name that nobody else has, in any case."""
        if numbered := _NUMBERED.search(typed):
            return next((one for one in self.listed if one.slug == typed), None) if not self.is_many else _by_number(int(numbered[1]))
        if not typed or not self.is_many:
            return None
        wanted = same_name(typed)
        found = [one for one in _everybody() if same_name(one.called) == wanted]
        return found[0] if len(found) == 1 else None

    def near(self, typed: str, *, corrected: bool = True) -> list[Person]:
        """Who is called nearly so."""
        every = _everybody()
        return [every[n] for n in near(typed, [(one.called,) for one in every], most=MOST_NEAR, corrected=corrected)]


def everybody() -> People:
    """Who signs in, or did, as far as a list can hold them."""
    found = columns(_SOME).all()
    if len(found) > MOST_LISTED:
        return People([], is_many=True)
    return People(
        sorted((Person(row.id, row.name, False) for row in found), key=lambda one: (same_name(one.called), one.id)), is_many=False
    )


_SOME = sa.select(User.id, User.name).limit(MOST_LISTED + 1)


def _everybody() -> list[Person]:
    return [Person(row.id, row.name, True) for row in columns(sa.select(User.id, User.name).order_by(User.name, User.id))]


def _by_number(number: int) -> Person | None:
    found = columns(sa.select(User.id, User.name).where(User.id == number)).first()
    return Person(found.id, found.name, True) if found else None


class WhoBox(Box):
    """Somebody, or a kind of actor."""

    names = "log.names"
    by_post = True
    among: People

    def missing(self) -> str:
        return str(_("Write a name."))

    def unknown(self, typed: str, close: str) -> str:
        if close:
            return str(_("“%(typed)s” is nobody’s name, or of more than one. Did you mean %(near)s?", typed=typed, near=close))
        return str(_("Nobody here is called “%(typed)s”. The page of people tells how each is called.", typed=typed))
