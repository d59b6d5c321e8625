"""What visitors do to hear of new dates: ask, confirm, stop; and the mail of the day."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from scheduler.core.people import address_key
from scheduler.foundation import audit, daily, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.schools import queries as schools
from scheduler.schools.models import Network
from scheduler.visits.watches import mail, queries
from scheduler.visits.watches.models import Watch

MOST_MAILS_AN_HOUR = 5
UNCONFIRMED_LASTS = timedelta(days=7)
SETTLED = timedelta(minutes=1)
"""Dates younger than this wait for the next day: they may be published by a transaction that is not committed yet"""


def ask(email: str, *, school_id: int | None = None, focus_area_id: int | None = None, now: datetime) -> None:
    """Mail a link to an address that wants to hear of new dates; at most five an hour.

    The caller learns nothing: not whether the address is known, nor whether a mail went.
    """
    email = address_key(email)
    with transaction():
        db.session.execute(sa.select(Network.id).with_for_update())  # so that five at once are counted like five in a row
        if outbox.recently_to(email, mail.ASKED, since=now - timedelta(hours=1)) >= MOST_MAILS_AN_HOUR:
            return
        watch = _find(email, school_id, focus_area_id)
        if watch is None:
            watch = Watch(
                public_id=new_public_id(), email=email, school_id=school_id, focus_area_id=focus_area_id, told_until=now, created_at=now
            )
            db.session.add(watch)
            db.session.flush()
            audit.record("watch asked for", f"watch:{watch.id}", actor="link", now=now, school_id=school_id)
        outbox.add(mail.asked(watch), now=now)


def _find(email: str, school_id: int | None, focus_area_id: int | None) -> Watch | None:
    same = (Watch.email == email, Watch.school_id == school_id, Watch.focus_area_id == focus_area_id)
    return db.session.scalar(sa.select(Watch).where(*same))


def confirm(watch_id: int, *, now: datetime) -> None:
    """The owner of the mailbox wants it: dates published from now on are told. Confirming twice is confirming once."""
    with transaction():
        watch = db.session.get(Watch, watch_id, with_for_update=True, populate_existing=True)
        if watch is None or watch.confirmed_at is not None:
            return
        watch.confirmed_at = watch.told_until = now
        audit.record("watch confirmed", f"watch:{watch.id}", actor="link", now=now, school_id=watch.school_id)


def stop(watch_id: int, *, all_of_the_address: bool = False, now: datetime) -> None:
    """No more mails of this watch, or of any watch of its address: nothing of them is kept but the log."""
    with transaction():
        email = db.session.scalar(sa.select(Watch.email).where(Watch.id == watch_id))
        which = Watch.email == email if all_of_the_address else Watch.id == watch_id
        for stopped_id, school_id in db.session.execute(sa.delete(Watch).where(which).returning(Watch.id, Watch.school_id)).all():
            audit.record("watch stopped", f"watch:{stopped_id}", actor="link", now=now, school_id=school_id)


def network_zone() -> ZoneInfo:
    """The clock by which the mail of the day goes."""
    return ZoneInfo(schools.network().time_zone)


@daily.every_day("watches", at=time(16), zone=network_zone)
def tell_of_new_dates(now: datetime) -> int:
    """Mail to each address what was published since its last mail, all in one; returns how many were mailed."""
    until = now - SETTLED
    with transaction():
        db.session.execute(sa.delete(Watch).where(Watch.confirmed_at.is_(None), Watch.created_at < now - UNCONFIRMED_LASTS))
    addresses = queries.addresses_with_news(until, now=now)
    return sum(_tell(email, until, now) for email in addresses)


def _tell(email: str, until: datetime, now: datetime) -> bool:
    with transaction():
        watches = queries.lock_watches_of(email)
        news = queries.news_for(email, until, now=now)
        if not news:  # stopped meanwhile, or told by another worker
            return False
        outbox.add(mail.new_dates(watches, news), now=now)
        for watch in watches:
            watch.told_until = max(watch.told_until, until)
    return True
