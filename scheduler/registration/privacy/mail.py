"""The mails about what we hold, as facts: the link that opens it, and that a party does not come."""

from __future__ import annotations

from datetime import datetime

from scheduler.core import times
from scheduler.foundation import outbox, tokens
from scheduler.foundation.outbox import Mail
from scheduler.foundation.templating import absolute
from scheduler.registration import host_mail, mail
from scheduler.registration.models import DataLink, Gathering, GatheringKind, Registration

PURPOSE = "my data"
ASKED, ERASED = "registration/privacy/mail/link", "registration/mail/host_erased"


def data_url(public_id: str) -> str:
    """The link to what is held under an address; made when the mail is rendered, never stored."""
    return absolute("privacy.open_link", public_id=public_id, token=tokens.derived(PURPOSE, public_id))


def link(made: DataLink) -> Mail:
    """The same mail for every address: whether there is anything stands behind the link."""
    return Mail(ASKED, made.email, "", {"link": made.public_id}, f"data_link:{made.id}")


def tell_hosts(party: Registration, gathering: Gathering, *, now: datetime) -> None:
    """To whoever looks after a gathering: a party does not come. It names the school and the number, and nobody."""
    page = "visits_workspace.manage" if gathering.kind == GatheringKind.VISIT else "meetups.people"
    facts = mail.facts_of(gathering) | {
        "manage_url": absolute(page, public_id=gathering.public_id), "organization": party.organization, "people": party.party_size,
        "day": times.day_text(gathering.starts_wall),
    }  # fmt: skip
    for user in host_mail.staff_of(gathering):
        outbox.add(Mail(ERASED, user.email, user.name, facts, f"gathering:{gathering.id}"), now=now)
