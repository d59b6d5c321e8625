"""The mails that hosts get about parties, and organizers about teams."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from scheduler.accounts import queries as accounts
from scheduler.accounts.models import User
from scheduler.core.booking import moment_text
from scheduler.foundation import outbox
from scheduler.foundation.outbox import Mail
from scheduler.foundation.templating import absolute
from scheduler.registration import mail
from scheduler.registration.models import Gathering, GatheringKind, Registration


def send(message: str, registration: Registration | None, gathering: Gathering, *, now: datetime, **more: Any) -> None:
    """Write to everybody who runs the gathering; templates/registration/mail/host_<message>."""
    page = "visits_workspace.manage" if gathering.kind == GatheringKind.VISIT else "meetups.people"
    facts = mail.facts_of(gathering) | {"manage_url": absolute(page, public_id=gathering.public_id), **more}
    if registration is not None:
        facts |= {
            "lead": registration.lead_name, "organization": registration.organization, "people": registration.party_size,
            "purpose": registration.purpose, "reason": more.get("reason", registration.cancel_reason),
            "until": moment_text(registration.expires_at, gathering.zone) if registration.expires_at else "",
        }  # fmt: skip
    about = f"gathering:{gathering.id}"
    for host in staff_of(gathering):
        outbox.add(Mail(f"registration/mail/host_{message}", host.email, host.name, facts, about), now=now)


def staff_of(gathering: Gathering) -> Sequence[User]:
    """Who looks after a gathering: the hosts of its school; of one of the whole network its organizers."""
    if gathering.school_id is not None:
        return accounts.hosts_of(gathering.school_id)
    return accounts.organizers()
