"""When a private address was last fetched.

Not in the database: GET writes nothing there, and programs fetch every few minutes. It is a note beside it, as a line in an
access log would be: an empty file for each address, whose time of change is the last fetch. That takes no lock, cannot fail
a fetch, outlives a restart and is shared by all processes of a machine. The price: of several machines each knows its own.
"""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path

from flask import current_app

from scheduler.calendars.models import FeedAddress


def note(address: FeedAddress, *, now: datetime) -> None:
    """Somebody fetched it. A folder that cannot be written is no reason to answer less."""
    with contextlib.suppress(OSError):
        path = _path(address.public_id)
        path.parent.mkdir(exist_ok=True)
        path.touch()
        os.utime(path, (now.timestamp(), now.timestamp()))


def last(address: FeedAddress) -> datetime | None:
    """When it was fetched last, or None."""
    try:
        return datetime.fromtimestamp(_path(address.public_id).stat().st_mtime, UTC)
    except OSError:
        return None


def forget(public_id: str) -> None:
    """The address is replaced, and its note goes with it."""
    with contextlib.suppress(OSError):
        _path(public_id).unlink()


def _path(public_id: str) -> Path:
    return Path(current_app.config["DATA_DIR"]) / "fetched" / public_id
