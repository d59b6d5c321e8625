"""The mail that asks for a debrief, and the links of those who were there."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.foundation import tokens
from scheduler.foundation.outbox import Mail
from scheduler.foundation.templating import absolute
from scheduler.registration import mail
from scheduler.registration.models import Attendee
from scheduler.schools.resources.models import Resource

ATTENDEE, CERTIFICATE = "attendee", "certificate"
"""What the two links of somebody open: all that follows the visit, or the certificate alone"""
MOST_NAMED = 8
"""Resources in one mail; the others are a click away"""


def debrief_url(attendee: str) -> str:
    """The link of somebody's own page after a visit; made when the mail is rendered, never stored."""
    return absolute("after.debrief", public_id=attendee, token=tokens.derived(ATTENDEE, attendee))


def tried_url(attendee: str) -> str:
    """The link of the question two months later."""
    return absolute("after.tried", public_id=attendee, token=tokens.derived(ATTENDEE, attendee))


def asked(attendee: Attendee, pack: Sequence[Resource]) -> Mail:
    """What did you notice? One minute; and what the school shares with those who were there."""
    registration = attendee.registration
    gathering = registration.gathering
    facts = mail.facts_of(gathering) | {
        "attendee": attendee.public_id,
        "shared": [resource.title for resource in pack[:MOST_NAMED]],
        "answers": gathering.school is not None,
    }
    return Mail("visits/after/mail/debrief", attendee.email, attendee.name, facts, f"registration:{registration.id}")
