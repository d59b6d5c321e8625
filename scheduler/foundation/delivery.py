"""Sends what is due in the outbox over SMTP: at least once, one calendar entry's mails in order, and trouble with one stops no other."""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
from flask import current_app
from jinja2 import TemplateError
from sqlalchemy.orm import aliased

from scheduler.foundation import clock
from scheduler.foundation.claims import LEASE, claim
from scheduler.foundation.db import db, transaction
from scheduler.foundation.moments import MAIL_HELD, Moment
from scheduler.foundation.outbox import GOES_WHILE_HELD, MailState, OutboxMail, build

PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 14, 40, 120, 300, 900, 1500)]
"""How long after each failure the next try waits; 48 hours in all, then a person looks."""
TIMEOUT = 20
"""Seconds that a mail server may keep silent"""
MOST_TIME = LEASE - timedelta(seconds=3 * TIMEOUT)
"""After that a worker begins no other mail of those it took: none is sent by two because the first one's lease ran out"""


@dataclass
class Line:
    """The connection to the mail server while several mails are sent; `is_down`: it is no use trying the next one now."""

    smtp: smtplib.SMTP | None = None
    is_down: bool = False
    nowhere: list[int] = field(default_factory=list)
    """Mails that are ready and go nowhere, because no server is set"""

    def open(self) -> smtplib.SMTP:
        self.smtp = self.smtp or connect(current_app.config["SMTP_URL"])
        return self.smtp

    def drop(self, error: Exception) -> None:
        """Whatever the server thinks now, the next mail begins anew; where the server is away, at a later look."""
        if self.smtp is not None:
            self.smtp.close()
        self.smtp, self.is_down = None, self.is_down or _is_away(error)

    def hang_up(self) -> None:
        if self.smtp is None:
            return
        try:
            self.smtp.quit()
        except (OSError, smtplib.SMTPException):
            self.smtp.close()


def deliver_due(*, limit: int = 50, rest: Callable[[float], object] = lambda seconds: None) -> int:
    """Send what is due; returns how many rows were handled. A mail that fails waits; it never stops the others.

    After each mail comes a `rest`, which is told how long that mail took.
    """
    now = clock.now()
    ids = claim(OutboxMail, _due(now), limit=limit, now=now)
    line = Line()
    for number, mail_id in enumerate(ids):
        if line.is_down or clock.now() - now > MOST_TIME:
            _put_back(ids[number:], line)
            break
        began = time.perf_counter()
        _deliver(mail_id, line)
        db.session.rollback()
        rest(time.perf_counter() - began)
    if line.nowhere:
        _settle(*line.nowhere, state=MailState.SENT if current_app.config["PRODUCTION"] else MailState.KEPT)
    line.hang_up()
    return len(ids)


def _due(now: datetime) -> sa.ColumnElement[bool]:
    earlier = aliased(OutboxMail)
    waits_for_earlier = (
        sa.select(earlier.id)
        .where(earlier.chain == OutboxMail.chain, earlier.id < OutboxMail.id, earlier.state == MailState.WAITING)
        .exists()
    )  # fmt: skip
    return sa.and_(OutboxMail.state == MailState.WAITING, OutboxMail.send_at <= now, ~waits_for_earlier, ~_is_held())


def _is_held() -> sa.ColumnElement[bool]:
    """In a restored copy nothing goes until somebody says so (trust P17), apart from what was asked for here to get in."""
    held = sa.select(Moment.at).where(Moment.name == MAIL_HELD)
    let_in = sa.and_(OutboxMail.template.in_(GOES_WHILE_HELD), OutboxMail.created_at > held.scalar_subquery())
    return sa.and_(held.exists(), ~let_in)


def _deliver(mail_id: int, line: Line) -> None:
    mail = db.session.get_one(OutboxMail, mail_id, populate_existing=True)
    try:
        message = build(mail)
    except (ValueError, TypeError, KeyError, TemplateError) as error:  # this mail cannot be built, ever: staff see it with the reason
        _settle(mail_id, state=MailState.DEAD, error=f"The mail cannot be built: {error}")
        return
    if not current_app.config["SMTP_URL"]:
        line.nowhere.append(mail_id)
        return
    try:
        line.open().send_message(message)
    except (OSError, smtplib.SMTPException, ValueError) as error:  # ValueError: a password that SMTP has no letters for
        line.drop(error)
        _fail(mail_id, mail.attempts, error)
    else:
        _settle(mail_id, state=MailState.SENT)


def connect(url: str) -> smtplib.SMTP:
    """A connection to the mail server of an smtp://, smtps:// or smtp+plain:// address.

    What speaks TLS must show a certificate for its name: left to itself, smtplib would give the password to anybody who answers. It
    would also ask the name service who we are, and wait for it, to greet with a name that says nothing; we greet with ours.
    """
    parts, name = urlsplit(url), urlsplit(current_app.config["BASE_URL"]).hostname
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        trusted = ssl.create_default_context()
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, name, timeout=TIMEOUT, context=trusted)
    else:
        smtp = smtplib.SMTP(host, parts.port or (587 if parts.scheme == "smtp" else 25), name, timeout=TIMEOUT)
    try:
        if parts.scheme == "smtp":
            smtp.starttls(context=ssl.create_default_context())
        if parts.username:
            smtp.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        smtp.close()
        raise
    return smtp


def _is_away(error: Exception) -> bool:
    """No mail would go now: the server cannot be reached, hung up, or says that it closes (421) or lets nobody in."""
    if isinstance(
        error, smtplib.SMTPServerDisconnected | smtplib.SMTPConnectError | smtplib.SMTPAuthenticationError | smtplib.SMTPHeloError
    ):
        return True
    return 421 in _codes(error) if isinstance(error, smtplib.SMTPException) else isinstance(error, OSError)


def _codes(error: Exception) -> list[int]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []


def _is_final(error: Exception) -> bool:
    """The server says that it will never take this mail: its address or its content, not us."""
    about_the_mail = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    return isinstance(error, smtplib.SMTPNotSupportedError) or (about_the_mail and all(code >= 500 for code in _codes(error)))


def words(error: Exception) -> str:
    """What happened, for a person, without the address: that stands in its own column and can be erased there."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {said.decode(errors='replace')}" for code, said in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return f"{error.smtp_code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
    return f"The mail server cannot be reached: {error}" if isinstance(error, OSError) else str(error)


def _fail(mail_id: int, attempts: int, error: Exception) -> None:
    if _is_final(error) or attempts > len(PAUSES):
        _settle(mail_id, state=MailState.DEAD, error=words(error))
    else:
        _settle(mail_id, state=MailState.WAITING, error=words(error), send_at=clock.now() + PAUSES[max(attempts, 1) - 1])


def _put_back(ids: Sequence[int], line: Line) -> None:
    """These were taken and not tried: that counts as no try. While the server is away a minute passes before the next."""
    values: dict[str, Any] = {"lease_until": None, "attempts": OutboxMail.attempts - 1}
    if line.is_down:
        values["send_at"] = clock.now() + PAUSES[0]
    with transaction():
        db.session.execute(sa.update(OutboxMail).where(OutboxMail.id.in_(ids)).values(**values))


def _settle(*mail_ids: int, state: MailState, error: str = "", send_at: datetime | None = None) -> None:
    values: dict[str, Any] = {"state": state, "error": error[:500], "lease_until": None}
    if state == MailState.SENT:
        values["sent_at"] = clock.now()
    if send_at:
        values["send_at"] = send_at
    with transaction():
        db.session.execute(sa.update(OutboxMail).where(OutboxMail.id.in_(mail_ids)).values(**values))
