"""Asking what is held under an address: a link by mail, the same work for every address (trust P10)."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduler.core.people import address_key
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.registration.models import DataLink
from scheduler.registration.privacy import mail
from scheduler.schools.models import Network

LINK_LASTS = timedelta(hours=24)
MOST_MAILS_AN_HOUR = 5


def ask(email: str, *, now: datetime) -> None:
    """Mail a link to an address, five an hour at most. Whether anything is held is not even looked at."""
    email = address_key(email)
    with transaction():
        db.session.execute(sa.select(Network.id).with_for_update())  # so that five at once are counted like five in a row
        if outbox.recently_to(email, mail.ASKED, since=now - timedelta(hours=1)) >= MOST_MAILS_AN_HOUR:
            return
        link = DataLink(public_id=new_public_id(), email=email, created_at=now, expires_at=now + LINK_LASTS)
        db.session.add(link)
        db.session.flush()
        outbox.add(mail.link(link), now=now)
        audit.record("data asked for", f"data_link:{link.id}", actor="link", now=now)


def find_link(public_id: str, *, now: datetime) -> DataLink | None:
    """A link that still opens something."""
    return db.session.scalar(sa.select(DataLink).where(DataLink.public_id == public_id, DataLink.expires_at > now))


def is_there(public_id: str) -> bool:
    """Whether a link has a row: erasing takes it along."""
    return db.session.scalar(sa.select(DataLink.id).where(DataLink.public_id == public_id)) is not None
