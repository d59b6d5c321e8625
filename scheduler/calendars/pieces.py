"""The events of public feeds as they are written, kept in the process: after a change only what changed is written again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from flask import current_app

from scheduler.calendars import entries, queries
from scheduler.calendars.queries import PublicRow
from scheduler.foundation import ical
from scheduler.foundation.feeds import marks

MOST_KEPT = 20_000
"""Events; about a kilobyte each"""

piece = lru_cache(maxsize=4096)(ical.entry_bytes)
"""The bytes of an event of a private feed, kept under all of its facts: an edit is another key, never another value"""

Key = tuple[object, ...]
_kept: dict[Key, dict[Key, bytes]] = {}
"""Of each database, address and writer"""


def public(rows: Sequence[PublicRow]) -> list[bytes]:
    """The pieces of these gatherings, in their order.

    Each is kept under its UID and when it last changed: any change of an event moves LAST-MODIFIED on (S04), the renaming of
    its school too, and two changes are a second apart. So an edit is another key, never another value. Only what is not kept
    is read whole: reading and writing a thousand rows costs a hundred times what joining their pieces does.
    """
    renamed = {mark.feed: mark.changed_at for mark in marks(kinds=("name",))}
    kept = _kept.setdefault((current_app.config["SQLALCHEMY_DATABASE_URI"], current_app.config["BASE_URL"], ical.WRITER_VERSION), {})
    schools = {school_id: renamed.get(f"name:{school_id}") for school_id in {row.school_id for row in rows}}
    keys = [(*row[3:], schools[row.school_id]) for row in rows]
    found = [kept.get(key) for key in keys]
    missing = {row.id: key for row, key, data in zip(rows, keys, found, strict=True) if data is None}
    fresh = _write(kept, missing, renamed) if missing else {}
    return [data or fresh.get(key, b"") for key, data in zip(keys, found, strict=True)]


def _write(kept: dict[Key, bytes], missing: Mapping[int, Key], renamed: Mapping[str, datetime]) -> dict[Key, bytes]:
    fresh = {missing[found.id]: ical.entry_bytes(entries.public_entry(found, renamed)) for found in queries.gatherings(missing)}
    if len(kept) + len(fresh) > MOST_KEPT:
        kept.clear()
    kept.update(fresh)
    return fresh


def forget() -> None:
    """Keep nothing of what was written so far."""
    _kept.clear()
    piece.cache_clear()
