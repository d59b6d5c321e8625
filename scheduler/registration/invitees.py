"""The calendar entry in the mail of everybody of a party who has an address: inside the caller's transaction, with the gathering held.

The lead's entry travels with what is written about the booking (mail.py). Each other person who gave an address gets mails of their
own, in a chain of their own, with the same UID; never the link that opens the booking, nor anything about the others.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduler.core import times
from scheduler.core.invitees import owed
from scheduler.core.people import STUDENT
from scheduler.foundation import ical, outbox
from scheduler.foundation.db import db
from scheduler.foundation.outbox import Mail
from scheduler.registration import mail
from scheduler.registration.models import Attendee, Gathering, Invitee, Person, Registration

INVITED, UPDATED, ENDED = (f"registration/mail/colleague{what}" for what in ("", "_changed", "_cancelled"))
MOST_AN_HOUR = 5
"""So often one address is invited, whoever writes it into a party; the next change of that party invites it then"""


def keep(registration: Registration, gathering: Gathering, *, anew: bool = False, now: datetime) -> None:
    """Invite whoever of a party has no entry yet, and take it out of the calendars of those who do not come any more.

    `anew`: the entry has changed and its sequence is raised, so everybody who has it hears how it is now.
    """
    if registration.is_sample or gathering.is_over(now):
        return
    db.session.flush()
    known, coming = _known(registration), _coming(registration)
    due = owed(coming, [email for email, one in known.items() if not one.ended], anew=anew)
    for email in due.ended:
        _end(known[email], registration, gathering, now)
    for email in due.updated:
        _write(known[email], UPDATED, mail.entry_of(registration, gathering), registration, gathering, now)
    for email in due.invited:
        if outbox.recently_to(email, INVITED, since=now - timedelta(hours=1)) < MOST_AN_HOUR:
            _invite(email, coming[email], known.get(email), registration, gathering, now)


def pass_on(registration: Registration, gathering: Gathering, lead: Attendee, *, now: datetime) -> None:
    """Somebody else of the party leads it from now on, with links of their own. Whoever led it keeps the entry or loses it, as they
    come or not."""
    take_over(registration, gathering, lead.email, stays=True, now=now)
    registration.lead_name, registration.lead_email = lead.name, lead.email
    registration.link_round += 1
    outbox.add(mail.lead_now(registration, gathering), now=now)
    keep(registration, gathering, now=now)


def take_over(registration: Registration, gathering: Gathering, email: str, *, stays: bool, now: datetime) -> None:
    """The entry travels with the booking's mail to another address than the lead's. That has an entry of its own from now on, or had
    one: unless it `stays`, the caller tells it so."""
    if not registration.is_confirmed:
        return
    known, told = _known(registration), mail.entry_of(registration, gathering)
    own, before = known.get(email), registration.lead_email
    registration.sequence = max(registration.sequence, own.sequence if own else 0) + 1
    registration.changed_at = times.moved_on(registration.changed_at, now)
    if own is not None:
        db.session.delete(own)
    if before:
        entry = told if stays else mail.entry_of(registration, gathering)
        one = known.get(before) or Invitee(registration_id=registration.id, email=before, created_at=now)
        one.name, one.sequence, one.stamped_at = registration.lead_name, entry.sequence, entry.changed_at
        one.ended, one.led = not stays, True
        db.session.add(one)
    db.session.flush()


def _known(registration: Registration) -> dict[str, Invitee]:
    chosen = sa.select(Invitee).where(Invitee.registration_id == registration.id).order_by(Invitee.id)
    return {one.email: one for one in db.session.scalars(chosen)}


def _coming(registration: Registration) -> dict[str, str]:
    """The names of those who are invited, by address: nobody while it is not certain that the party comes."""
    if not registration.is_confirmed:
        return {}
    here = sa.and_(Attendee.registration_id == registration.id, Attendee.role != STUDENT, Person.email != registration.lead_email)
    chosen = sa.select(Person.email, Person.name).join(Attendee, Attendee.person_id == Person.id).where(here, Person.email != "")
    return {email or "": name for email, name in db.session.execute(chosen.order_by(Attendee.id))}


def _invite(email: str, name: str, before: Invitee | None, registration: Registration, gathering: Gathering, now: datetime) -> None:
    """Somebody who was taken off and comes after all is told with a higher number than the one that ended the entry."""
    if before is not None and registration.sequence <= before.sequence:
        registration.sequence = before.sequence + 1
        registration.changed_at = times.moved_on(registration.changed_at, now)
    entry = mail.entry_of(registration, gathering)
    one = before or Invitee(
        registration_id=registration.id, email=email, sequence=entry.sequence, stamped_at=entry.changed_at, created_at=now
    )  # fmt: skip
    one.name, one.ended = name, False
    db.session.add(one)
    db.session.flush()
    _write(one, INVITED, entry, registration, gathering, now)


def _end(one: Invitee, registration: Registration, gathering: Gathering, now: datetime) -> None:
    """The entry goes out of one calendar. The booking's own stays as it is, so the number is raised for this person alone."""
    entry = mail.entry_of(registration, gathering)
    sequence, changed_at = max(entry.sequence, one.sequence + 1), max(entry.changed_at, times.moved_on(one.stamped_at, now))
    one.ended = True
    _write(one, ENDED, replace(entry, sequence=sequence, changed_at=changed_at), registration, gathering, now)


def _write(one: Invitee, template: str, entry: ical.Entry, registration: Registration, gathering: Gathering, now: datetime) -> None:
    one.sequence, one.stamped_at = entry.sequence, entry.changed_at
    facts = mail.facts_of(gathering) | {
        "party_comes": registration.is_confirmed, "is_cancelled": gathering.is_cancelled, "reason": gathering.cancel_reason,
    }  # fmt: skip
    invitation = {"method": "CANCEL" if one.ended else "REQUEST", "entry": ical.entry_to_json(entry)}
    about, chain = f"invitee:{one.id}", registration.uid if one.led else f"{registration.uid}/{one.id}"
    outbox.add(Mail(template, one.email, one.name, facts, about, mail.host_address(gathering), invitation, chain), now=now)
