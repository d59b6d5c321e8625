"""The mails of invitations, as facts; their words stand in templates/meetups/invitations/mail/. Links are made when a mail is rendered."""

from __future__ import annotations

from typing import Any

from scheduler.core import teams, times
from scheduler.core.booking import moment_text
from scheduler.core.invitations import Deed
from scheduler.foundation import tokens
from scheduler.foundation.outbox import Mail
from scheduler.foundation.templating import absolute, translated, zone_city
from scheduler.meetups.models import Meetup
from scheduler.schools.queries import Addressee, Choice

INVITED = "invited contact"
TEMPLATES = {Deed.INVITE: "meetups/invitations/mail/invited", Deed.REMIND: "meetups/invitations/mail/reminded"}


def answer_url(public_id: str) -> str:
    """The personal link: it leads to the page on which a contact answers for the school."""
    return absolute("meetups.open_invitation", public_id=public_id, token=tokens.derived(INVITED, public_id))


def to_contact(deed: Deed, meetup: Meetup, school: Choice, contact: Addressee, line: str, *, link: str, about: str, reply_to: str) -> Mail:
    """Bring a team, or say that you cannot come. `line` is the organizer's own."""
    facts = facts_of(meetup) | {"school": school.name, "line": line, "link": link, "answers": bool(reply_to)}
    return Mail(TEMPLATES[deed], contact.email, contact.name, facts, about, reply_to=reply_to or None)


def facts_of(meetup: Meetup) -> dict[str, Any]:
    """What the mail says of the meetup."""
    gathering = meetup.gathering
    return {
        "title": gathering.title,
        "day": times.day_text(gathering.starts_wall),
        "span": times.span_text(gathering.starts_wall, gathering.ends_wall),
        "zone": zone_city(gathering.time_zone),
        "place": gathering.place,
        "team": translated(teams.size_text(gathering.party_least, gathering.party_most)),
        "until": moment_text(gathering.closes_at, gathering.zone),
        "page_url": absolute("meetups.show", public_id=gathering.public_id),
    }
