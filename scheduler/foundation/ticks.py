"""What a worker looks for every few seconds: rows whose time has come, each dealt with in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy.exc import OperationalError

from scheduler.foundation.db import db
from scheduler.foundation.errors import trail

Find = Callable[[datetime], Iterable[int]]
Deed = Callable[[int, datetime], object]


@dataclass(frozen=True)
class Tick:
    """One thing to look for: `find` reads the ids of what is due, `deed` deals with one of them."""

    name: str
    find: Find
    deed: Deed


_ticks: dict[str, Tick] = {}


def at_each_look(name: str, *, find: Find) -> Callable[[Deed], Deed]:
    """Register a function that is called with each id that `find` returns, and with the time it is.

    No worker claims anything: several may find the same row, so the function locks it and looks again whether it is still due.
    """

    def register(deed: Deed) -> Deed:
        _ticks[name] = Tick(name, find, deed)
        return deed

    return register


def run_due(*, now: datetime) -> int:
    """Deal with all that is due; returns how many rows were dealt with. What fails is in the log and does not hold up the rest."""
    return sum(_do(tick, found_id, now) for tick in _ticks.values() for found_id in _found(tick, now))


def _found(tick: Tick, now: datetime) -> list[int]:
    try:
        return list(tick.find(now))
    except OperationalError:  # the database is away: the worker waits for it
        raise
    except Exception as error:  # a bug of ours in one search
        current_app.logger.error("tick %s cannot look\n%s", tick.name, trail(error))
        return []
    finally:
        db.session.rollback()


def _do(tick: Tick, found_id: int, now: datetime) -> bool:
    try:
        tick.deed(found_id, now)
    except OperationalError:
        raise
    except Exception as error:  # a bug of ours with one row; it is tried again at the next look
        current_app.logger.error("tick %s failed with %s\n%s", tick.name, found_id, trail(error))
        db.session.rollback()
        return False
    return True
