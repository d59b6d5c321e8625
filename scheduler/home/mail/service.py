"""What staff do with mail that did not arrive, to a corrected address where the old one was wrong; and with mail that is held."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from scheduler.accounts.mail import INVITATION, NO_ACCOUNT, SIGN_IN
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.moments import MAIL_HELD, Moment
from scheduler.foundation.outbox import MailState, OutboxMail
from scheduler.home.mail import queries
from scheduler.registration.mail import ADDRESS
from scheduler.visits.watches.mail import ASKED

PROOFS = frozenset({SIGN_IN, NO_ACCOUNT, INVITATION, ADDRESS, ASKED, "registration/mail/verify"})
"""Mails whose links show that an address is its owner's: at another address they would show what is not so (trust P9)"""


def resend(mail_id: int, address: str, *, actor: str, now: datetime) -> None:
    """Put a mail that did not arrive back into the outbox, as a new mail to the address as it is now.

    Only this mail is corrected: where mail about a booking goes is changed by its lead, who alone can show that the address is theirs.
    """
    with transaction():
        mail = db.session.get_one(OutboxMail, mail_id, populate_existing=True, with_for_update=True)
        if mail.state != MailState.DEAD:
            raise Refusal(say("This mail is on its way or was delivered already, so it does not go again."))
        if queries.is_overtaken(mail):
            raise Refusal(say("A later mail about this booking says how it is now, so this one does not go again."))
        changed = mail.to_address != address
        if changed and mail.template in PROOFS:
            raise Refusal(
                say("This mail shows that the address is its owner’s, so it goes to no other. Let the person ask anew with the right one.")
            )
        mail.to_address, mail.message_id = address, outbox.new_message_id()
        mail.state, mail.attempts, mail.send_at = MailState.WAITING, 0, now
        mail.error, mail.bounced_at, mail.sent_at, mail.lease_until = "", None, None, None
        audit.record("mail sent again", f"mail:{mail.id}", actor=actor, now=now, after={"changed": ["to_address"] if changed else []})


class MailIsNotHeld(Refusal):
    def __init__(self) -> None:
        super().__init__(say("No mail is held: what is due goes by itself."))


def release(*, with_old: bool, actor: str, now: datetime) -> int:
    """Let mail go again after a restore; returns how many old mails stay here.

    Old is what waited when the backup was made: the installation that it was made of has sent it meanwhile, or not. Unless it
    shall go as well, it counts as not delivered, where staff see it and can send each again.
    """
    with transaction():
        held = db.session.get(Moment, MAIL_HELD, populate_existing=True, with_for_update=True)
        if held is None:
            raise MailIsNotHeld
        stays = 0 if with_old else _keep_here(written_until=held.at)
        db.session.delete(held)
        audit.record("mail released", "network:1", actor=actor, now=now, before={"held_since": held.at.isoformat()}, after={"stays": stays})
    return stays


def _keep_here(*, written_until: datetime) -> int:
    old = sa.update(OutboxMail).where(OutboxMail.state == MailState.WAITING, OutboxMail.created_at <= written_until)
    why = "Not sent: it was written before this copy was restored."
    return len(db.session.scalars(old.values(state=MailState.DEAD, error=why, lease_until=None).returning(OutboxMail.id)).all())
