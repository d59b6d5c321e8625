"""What staff do with mail that did not arrive: send it again, to a corrected address where the old one was wrong."""

from __future__ import annotations

from datetime import datetime

from scheduler.accounts.mail import INVITATION, NO_ACCOUNT, SIGN_IN
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
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
