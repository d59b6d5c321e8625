"""Reads of the outbox for staff: pages of it, one mail, and what else went to the same person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask import abort

from scheduler.foundation import moments
from scheduler.foundation.db import db, distinct
from scheduler.foundation.outbox import MailState, OutboxMail

PAGE = 50
MOST_HISTORY = 100
MOST_COUNTED = 1_000


@dataclass(frozen=True)
class MailPage:
    """One page of the outbox, newest first; `earlier` leads to the next page."""

    mails: Sequence[OutboxMail]
    earlier: int | None


def mails(*, state: MailState | None = None, template: str = "", before: int | None = None) -> MailPage:
    """The newest mails in a state and of a kind; those that wait are in the order in which they go."""
    chosen = sa.select(OutboxMail).order_by(OutboxMail.id.desc()).limit(PAGE + 1)
    if state is not None:
        chosen = chosen.where(OutboxMail.state == state)
    if template:
        chosen = chosen.where(OutboxMail.template == template)
    if before is not None:
        chosen = chosen.where(OutboxMail.id < before)
    found = db.session.scalars(chosen).all()
    return MailPage(found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None)


def counts() -> dict[MailState, int]:
    """How many mails are in each state, up to one more than are counted."""
    some = [sa.select(OutboxMail.id).where(OutboxMail.state == state).limit(MOST_COUNTED + 1).subquery() for state in MailState]
    numbers = [sa.select(sa.func.count()).select_from(mails).scalar_subquery() for mails in some]
    return dict(zip(MailState, db.session.execute(sa.select(*numbers)).one(), strict=True))


def templates() -> Sequence[str]:
    """The kinds of mail that there are."""
    return distinct(OutboxMail.template)


def mail_or_404(mail_id: int) -> OutboxMail:
    """One mail."""
    return db.session.get(OutboxMail, mail_id) or abort(404)


def newest_to(address: str) -> int | None:
    """The newest mail to an address."""
    return db.session.scalar(sa.select(sa.func.max(OutboxMail.id)).where(sa.func.lower(OutboxMail.to_address) == address.lower()))


def history(mail: OutboxMail) -> Sequence[OutboxMail]:
    """Everything that went, or did not go, to the same address; newest first."""
    same = sa.select(OutboxMail).where(OutboxMail.to_address == mail.to_address)
    return db.session.scalars(same.order_by(OutboxMail.id.desc()).limit(MOST_HISTORY)).all()


def is_overtaken(mail: OutboxMail) -> bool:
    """Whether a later mail about the same calendar entry is there: it says how things are now."""
    later = sa.select(OutboxMail.id).where(OutboxMail.chain == mail.chain, OutboxMail.id > mail.id, OutboxMail.state != MailState.DEAD)
    return mail.chain is not None and db.session.scalar(later.limit(1)) is not None


def oldest_waiting(now: datetime) -> datetime | None:
    """Since when the mail waits that should have gone first; None when nothing is late."""
    late = sa.select(sa.func.min(OutboxMail.created_at)).where(OutboxMail.state == MailState.WAITING, OutboxMail.send_at <= now)
    return db.session.scalar(late)


def held_since() -> datetime | None:
    """Since when mail is held because this is a restored copy; None when it goes."""
    return moments.find(moments.MAIL_HELD)
