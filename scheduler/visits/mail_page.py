"""The mail of a visit for its hosts: what will go out and when, what went, and sending one of them again (rule 15)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import abort

from scheduler.accounts import queries as accounts
from scheduler.core import reminders, times
from scheduler.core.refusal import Refusal, Sentence, count, say
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import Mail, MailState, OutboxMail
from scheduler.registration import due
from scheduler.registration import mail as mails
from scheduler.registration import queries as registration
from scheduler.registration.models import Gathering, Invitee, Registration, RegistrationState, WaitlistEntry
from scheduler.visits.models import Visit

MOST_SHOWN = 200
MOST_AN_HOUR = 5
"""So often one mail goes to one address (rule 14)"""
AGAIN = {
    RegistrationState.UNVERIFIED: ("verify",),
    RegistrationState.PENDING: ("asked",),
    RegistrationState.CONFIRMED: ("confirmed", "moved_up", "moved", "changed", "resized", "week", "day_before"),
}
"""What can go again to a party that has seats"""
SAID = ("title", "day", "span", "doors", "place", "arrival_notes")
"""What a mail says about the visit; when that has changed it does not go again"""


@dataclass(frozen=True)
class Coming:
    """A mail that will go out by itself, by the clock of the school."""

    wall: datetime
    kind: str
    to: Sentence


@dataclass(frozen=True)
class Went:
    """A mail of the outbox; `may_go_again`: its host can send it once more."""

    mail: OutboxMail
    may_go_again: bool

    @property
    def kind(self) -> str:
        return kind_of(self.mail)


def kind_of(mail: OutboxMail) -> str:
    """The name of a mail's template without its folder."""
    return mail.template.rsplit("/", 1)[-1]


def coming(gathering: Gathering, *, now: datetime) -> list[Coming]:
    """What will go out and to how many, soonest first, as things are now."""
    if not due.has_mails(gathering) or gathering.school_id is None:
        return []
    confirmed = len(registration.live_registrations(gathering.id, RegistrationState.CONFIRMED))
    to_parties = count(confirmed, "%(n)d party", "%(n)d parties")
    to_hosts = _to_hosts(gathering.school_id)
    planned = reminders.plan(gathering.starts_wall, gathering.zone, [*reminders.TO_HOSTS, *(reminders.TO_PARTIES if confirmed else ())])
    listed = [
        Coming(mail.wall, mail.kind.value, to_hosts if mail.kind in reminders.TO_HOSTS else to_parties) for mail in planned if now < mail.at
    ]
    return sorted([*listed, *_question(gathering, to_hosts, now)], key=lambda mail: mail.wall)


def _to_hosts(school_id: int) -> Sentence:
    return count(len(accounts.hosts_of(school_id)), "%(n)d host", "%(n)d hosts")


def _question(gathering: Gathering, to_hosts: Sentence, now: datetime) -> list[Coming]:
    """Whether the visit takes place, where fewer have booked than it needs."""
    if gathering.least_people is None or gathering.least_settled or gathering.least_asked_at:
        return []
    at = due.asked_at(gathering, now)
    return [Coming(times.to_wall(at, gathering.zone), "host_least", to_hosts)] if now < at else []


def went(gathering: Gathering, *, now: datetime) -> list[Went]:
    """The newest mails about a visit, its parties and those who wait for it; newest first."""
    parties = {f"registration:{party.id}": party for party in _parties(gathering.id)}
    chosen = sa.select(OutboxMail).where(_about(gathering.id)).order_by(OutboxMail.id.desc()).limit(MOST_SHOWN)
    return [Went(mail, why_not_again(mail, parties.get(mail.about), gathering, now=now) is None) for mail in db.session.scalars(chosen)]


def _parties(gathering_id: int) -> Sequence[Registration]:
    return db.session.scalars(sa.select(Registration).where(Registration.gathering_id == gathering_id)).all()


def _about(gathering_id: int) -> sa.ColumnElement[bool]:
    """Of mails about this gathering, a party at it, somebody in one, or somebody who asked to wait for it."""
    parties = Registration.gathering_id == gathering_id
    named: list[sa.Select[Any]] = [
        sa.select(sa.literal("registration:").concat(sa.cast(Registration.id, sa.String))).where(parties),
        sa.select(sa.literal("waitlist_entry:").concat(sa.cast(WaitlistEntry.id, sa.String))).where(
            WaitlistEntry.gathering_id == gathering_id
        ),
        sa.select(sa.literal("invitee:").concat(sa.cast(Invitee.id, sa.String))).join(Registration).where(parties),
        sa.select(sa.literal(f"gathering:{gathering_id}")),
    ]
    # One list of names: of four with OR between them PostgreSQL looks at every mail that there is.
    return OutboxMail.about.in_(sa.union_all(*named))


def why_not_again(mail: OutboxMail, party: Registration | None, gathering: Gathering, *, now: datetime) -> Sentence | None:
    """Why a mail cannot be sent once more, or None: only what is still so goes again, and only to a party that has seats."""
    if party is None or kind_of(mail) not in AGAIN.get(party.state, ()):
        return say("Only mails to parties that have seats go again, while what they say is so.")
    if gathering.is_cancelled or gathering.has_started(now):
        return say("This visit has begun or was cancelled, so its mails do not go again.")
    if mail.state == MailState.WAITING:
        return say("This mail is on its way already.")
    if not _still_so(mail.facts, party, gathering):
        return say("This mail says what is no longer so: the visit or the party has changed since. A later mail says how it is now.")
    return None


def _still_so(facts: dict[str, Any], party: Registration, gathering: Gathering) -> bool:
    now_said = mails.facts_of(gathering)
    link = {"name": party.public_id, "round": party.link_round}
    return facts.get("people") == party.party_size and facts.get("link") == link and _same(facts, now_said, SAID)


def _same(one: dict[str, Any], other: dict[str, Any], names: Iterable[str]) -> bool:
    return all(one.get(name) == other[name] for name in names)


def mail_or_404(visit: Visit, mail_id: int) -> OutboxMail:
    """A mail about this visit; one about another is not there."""
    found = db.session.scalar(sa.select(OutboxMail).where(OutboxMail.id == mail_id, _about(visit.gathering_id)))
    if found is None:
        abort(404)
    return found


def send_again(mail_id: int, gathering_id: int, *, actor: str, now: datetime) -> None:
    """Send a party a mail once more, with the same words; at most five an hour to one address."""
    with transaction():
        gathering = registration.lock_gathering(gathering_id)
        sent = db.session.get_one(OutboxMail, mail_id, populate_existing=True)
        party = next((party for party in _parties(gathering_id) if sent.about == f"registration:{party.id}"), None)
        if (refused := why_not_again(sent, party, gathering, now=now)) is not None:
            raise Refusal(refused)
        if outbox.recently_to(sent.to_address, sent.template, since=now - timedelta(hours=1)) >= MOST_AN_HOUR:
            raise Refusal(say("This mail went to this address five times within the hour. Write to the party yourself, or wait an hour."))
        outbox.add(_copy(sent, gathering, now), now=now)
        audit.record("mail sent again", sent.about, actor=actor, now=now, school_id=gathering.school_id)


def _copy(sent: OutboxMail, gathering: Gathering, now: datetime) -> Mail:
    """The same mail; one that says tomorrow says today when that has come."""
    is_today = times.to_wall(now, gathering.zone).date() == gathering.starts_wall.date()
    facts = sent.facts | ({"is_today": is_today} if kind_of(sent) == "day_before" else {})
    return Mail(
        sent.template, sent.to_address, sent.to_name, facts, sent.about, reply_to=sent.reply_to, invitation=sent.invitation,
        chain=sent.chain,
    )  # fmt: skip
