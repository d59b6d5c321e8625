"""Whether this server can do its work now."""

from __future__ import annotations

import os
from collections.abc import Callable

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from scheduler.foundation import upgrading
from scheduler.foundation.db import db


def parts() -> dict[str, bool]:
    """Each part that a server needs, and whether it is there; nothing is written to find out."""
    return {"database": _holds(_database), "form of the database": _holds(upgrading.is_at_head), "folder": _folder()}


def _database() -> bool:
    return db.session.scalar(sa.select(1)) == 1


def _folder() -> bool:
    return os.access(current_app.config["DATA_DIR"], os.W_OK)


def _holds(test: Callable[[], bool]) -> bool:
    try:
        return test()
    except SQLAlchemyError:
        db.session.rollback()
        return False
