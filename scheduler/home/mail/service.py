"""What staff do with mail that did not arrive: send it again, to a corrected address where the old one was wrong."""

from __future__ import annotations

from datetime import datetime

from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import MailState, OutboxMail
from scheduler.home.mail import queries


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
        mail.to_address, mail.message_id = address, outbox.new_message_id()
        mail.state, mail.attempts, mail.send_at = MailState.WAITING, 0, now
        mail.error, mail.bounced_at, mail.sent_at, mail.lease_until = "", None, None, None
        audit.record("mail sent again", f"mail:{mail.id}", actor=actor, now=now, after={"changed": ["to_address"] if changed else []})
