"""Wrong tries, counted for all servers of one database: whoever guesses at a secret has to wait."""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.foundation.db import Model, UTCDateTime, columns, db, transaction
from scheduler.foundation.tokens import derived


class WrongTries(Model):
    """How often one network was wrong at one secret, or did something else that is limited, in its latest span. The next night forgets
    it."""

    __tablename__ = "wrong_tries"

    caller: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    """Made from the secret's name, the network and our key: nobody reads an address out of it"""
    began_at: Mapped[datetime]
    number: Mapped[int]


@dataclass(frozen=True)
class Tries:
    """At most so many wrong tries of one caller in a span; then the caller waits until the span that began with the first is over.

    Who waits is not counted: a caller writes `most` times a span and no more, and who is right writes nothing. This is all that a GET
    ever writes.
    """

    at: str
    most: int
    span: timedelta

    def seconds_to_wait(self, caller: str, now: datetime) -> int:
        """How long this caller waits before the next try; 0: not at all."""
        began_at = db.session.scalar(
            sa.select(WrongTries.began_at).where(WrongTries.caller == self._name(caller), WrongTries.number >= self.most, _RUNS),
            {"after": now - self.span, "before": now + self.span},
        )
        return self._left(began_at, now) if began_at else 0

    def wrong(self, caller: str, now: datetime) -> None:
        """This caller was wrong once more."""
        with transaction():
            self._count(caller, now)

    def one_more(self, caller: str, now: datetime) -> int:
        """Count what is no mistake but may not be done by one caller without end; returns how long it waits once it was too much."""
        with transaction():
            return self.one_more_inside(caller, now)

    def one_more_inside(self, caller: str, now: datetime) -> int:
        """The same inside the transaction of what is counted, as its last deed: others of this caller wait until it ends."""
        number, began_at = self._count(caller, now)
        return self._left(began_at, now) if number > self.most else 0

    def _count(self, caller: str, now: datetime) -> tuple[int, datetime]:
        """One statement, so that those who come at once are all counted."""
        given = {"caller": self._name(caller), "began_at": now, "number": 1, "after": now - self.span, "before": now + self.span}
        number, began_at = columns(_counted(db.engine.dialect.name), **given).one()
        return number, began_at

    def _left(self, began_at: datetime, now: datetime) -> int:
        return min(math.ceil((began_at + self.span - now).total_seconds()), math.ceil(self.span.total_seconds()))

    def _name(self, caller: str) -> str:
        return derived("wrong tries", f"{self.at} {network_of(caller)}")


_AFTER, _BEFORE = (sa.bindparam(name, type_=UTCDateTime()) for name in ("after", "before"))
_RUNS = sa.and_(WrongTries.began_at > _AFTER, WrongTries.began_at < _BEFORE)
"""A row's span is not over. One that begins far ahead was written before the clock was set back, and counts no more"""


@cache
def _counted(dialect: str) -> sqlite.Insert | postgresql.Insert:
    row = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(db.metadata.tables["wrong_tries"])
    counted = {
        "began_at": sa.case((_RUNS, WrongTries.began_at), else_=row.excluded.began_at),
        "number": sa.case((_RUNS, WrongTries.number + 1), else_=1),
    }
    now_there = WrongTries.number, WrongTries.began_at
    return row.on_conflict_do_update(index_elements=["caller"], set_=counted).returning(*now_there)  # type: ignore[return-value]


def network_of(caller: str) -> str:
    """One caller has a whole network of addresses of the newer kind.

    >>> network_of("192.0.2.1"), network_of("2001:db8::1:2"), network_of("")
    ('192.0.2.1', '2001:db8::/64', '')
    """
    if ":" not in caller:
        return caller
    return str(ipaddress.ip_network((caller.partition("%")[0], 64), strict=False))
