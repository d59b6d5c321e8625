"""Where mail about a booking goes: a new address is confirmed at the new one and announced to the old (registration rule 5)."""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduler.core import times
from scheduler.core.booking import MOST_AHEAD, too_many_ahead
from scheduler.core.people import address_key
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.registration import changes, invitees, mail, queries
from scheduler.registration.models import Attendee, GatheringKind, Registration
from scheduler.registration.people.service import lock_party

MAILS_AN_HOUR = 5
"""To one address, whoever asks for them"""


def ask_new_address(registration_id: int, email: str, *, actor: str, now: datetime) -> None:
    """Write to the new address; nothing changes before the button behind that mail's link is pressed.

    Whether an address has seats here already is told by mail only: every address gets the same answer.
    """
    with transaction():
        registration, gathering = lock_party(registration_id, now)
        email = address_key(email)
        if email == registration.lead_email:
            raise Refusal(say("Mail about this booking goes to %(address)s already.", address=email))
        if outbox.recently_to(email, mail.ADDRESS, since=now - timedelta(hours=1)) >= MAILS_AN_HOUR:
            return
        outbox.add(mail.address(registration, gathering, email), now=now)
        audit.record("new address asked for", f"registration:{registration.id}", actor=actor, now=now, school_id=gathering.school_id)


def use_new_address(registration_id: int, email: str, link_round: int, *, now: datetime) -> int:
    """From now on mail goes to the new address, with a new link; the old links are dead and the old address is told.

    Returns the round of the new links. Refuses when the address has another booking here, or as many ahead as one may have.
    """
    with transaction():
        registration, gathering = lock_party(registration_id, now)
        if registration.link_round != link_round:
            raise Refusal(say("This link was used before, or replaced by a newer one. Open the newest mail about the booking."))
        if queries.party_of_address(gathering.id, email) is not None:
            raise Refusal(say("This address has another booking here. Make that party larger, or cancel one of the two."))
        if gathering.kind == GatheringKind.VISIT and queries.bookings_ahead(email, now=now) >= MOST_AHEAD:
            raise Refusal(too_many_ahead())
        stays = _comes_too(registration)
        invitees.take_over(registration, gathering, email, stays=stays, now=now)  # one entry ends, another begins (calendars M10)
        outbox.add(mail.address_changed(registration, gathering, stays=stays), now=now)
        _write(registration, email, now)
        outbox.add(mail.confirmed(registration, gathering) if registration.is_confirmed else mail.asked(registration, gathering), now=now)
        audit.record("address changed", f"registration:{registration.id}", actor="link", now=now, school_id=gathering.school_id)
        return registration.link_round


def _comes_too(registration: Registration) -> bool:
    """Whether the lead's address is also that of somebody else of the party: the lead gave the own place away and took another."""
    return any(attendee.email == registration.lead_email and not attendee.is_lead for attendee in registration.attendees)


def _write(registration: Registration, email: str, now: datetime) -> None:
    lead = next((attendee for attendee in registration.attendees if attendee.is_lead), None)
    if lead is not None and lead.email == registration.lead_email:
        _move_person(lead, registration, email, now)
    for entry in queries.waits_elsewhere(registration.id):
        entry.lead_email, entry.changed_at = email, now
        entry.link_round += 1
    registration.lead_email, registration.verified_at = email, now
    registration.link_round += 1
    registration.changed_at = times.moved_on(registration.changed_at, now)
    db.session.flush()


def _move_person(lead: Attendee, registration: Registration, email: str, now: datetime) -> None:
    """The lead is the person of that address from now on; nobody is kept who comes nowhere."""
    old = lead.person
    lead.person = changes.person_of(lead.name, email, registration.school_id, registration.is_sample, now=now)
    db.session.flush()
    changes.forget_unless_comes(old)
