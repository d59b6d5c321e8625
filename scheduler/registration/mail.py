"""The mails that parties get, as facts; their words stand in templates/registration/mail/."""

from __future__ import annotations

from typing import Any

from scheduler.core import times
from scheduler.core.capacity import Seats, people
from scheduler.core.refusal import Sentence, count, say
from scheduler.foundation import ical
from scheduler.foundation.outbox import Mail
from scheduler.foundation.templating import absolute, zone_city
from scheduler.registration.models import Gathering, Registration, WaitlistEntry


def facts_of(gathering: Gathering) -> dict[str, Any]:
    """When and where, as every mail says it; the private place is for confirmed parties."""
    return {
        "title": gathering.title,
        "kind": gathering.kind.value,
        "day": times.day_text(gathering.starts_wall),
        "span": times.span_text(gathering.starts_wall, gathering.ends_wall),
        "doors": times.clock_text(gathering.doors_wall),
        "zone": zone_city(gathering.time_zone),
        "school": gathering.school.name if gathering.school else "",
        "place": gathering.private_place or gathering.place,
        "arrival_notes": gathering.arrival_notes,
        "page_url": absolute(gathering.page, public_id=gathering.public_id),
        "home_url": absolute("home.index"),
    }


def entry_of(registration: Registration, gathering: Gathering) -> ical.Entry:
    """The calendar entry of one party: its own UID, times in UTC, the wall time in words (calendars.md F08)."""
    facts = facts_of(gathering)
    lines = [
        f"{facts['day']}, {facts['span']} ({facts['zone']} time)",
        str(say("Doors open at %(time)s.", time=facts["doors"])),
        str(say("Your party: %(people)s.", people=people(registration.party_size))),
        gathering.arrival_notes,
    ]
    return ical.Entry(
        uid=registration.uid, sequence=registration.sequence, created_at=registration.created_at,
        changed_at=max(registration.changed_at, gathering.changed_at),
        starts_at=gathering.starts_at, ends_at=gathering.ends_at,
        title=f"{gathering.title} · {gathering.school.short_name}" if gathering.school else gathering.title,
        description="\n".join(line for line in lines if line), location=facts["place"], url=facts["page_url"],
        cancelled=registration.is_cancelled,
    )  # fmt: skip


def _to_lead(registration: Registration, gathering: Gathering, message: str, *, method: str | None = None, **more: Any) -> Mail:
    facts = facts_of(gathering) | {
        "people": registration.party_size,
        "reason": registration.cancel_reason,
        "link": {"name": registration.public_id, "round": registration.link_round},
        **more,
    }
    entry = {"method": method, "entry": ical.entry_to_json(entry_of(registration, gathering))} if method else None
    return Mail(
        f"registration/mail/{message}", registration.lead_email, registration.lead_name, facts,
        f"registration:{registration.id}", reply_to=_host_address(gathering), invitation=entry, chain=registration.uid,
    )  # fmt: skip


def _host_address(gathering: Gathering) -> str | None:
    return gathering.school.contacts[0].email if gathering.school and gathering.school.contacts else None


def confirmed(registration: Registration, gathering: Gathering) -> Mail:
    """You are booked."""
    return _to_lead(registration, gathering, "confirmed", method="REQUEST")


def moved_up(registration: Registration, gathering: Gathering) -> Mail:
    """Seats came free, and they are yours."""
    return _to_lead(registration, gathering, "moved_up", method="REQUEST")


def shrunk(registration: Registration, gathering: Gathering) -> Mail:
    """Your party is smaller now."""
    return _to_lead(registration, gathering, "shrunk")


def changed(registration: Registration, gathering: Gathering) -> Mail:
    """Time or place changed."""
    return _to_lead(registration, gathering, "changed", method="REQUEST")


def cancelled(registration: Registration, gathering: Gathering) -> Mail:
    """One party's booking is cancelled."""
    return _to_lead(registration, gathering, "cancelled", method="CANCEL", by=registration.cancelled_by)


def cancelled_by_host(registration: Registration, gathering: Gathering) -> Mail:
    """The gathering itself is cancelled."""
    return _to_lead(registration, gathering, "cancelled_by_host", method="CANCEL")


def team_registered(registration: Registration, gathering: Gathering) -> Mail:
    """Your team is expected at the meetup."""
    return _to_lead(registration, gathering, "team_registered", method="REQUEST")


def _to_waiting(entry: WaitlistEntry, gathering: Gathering, message: str) -> Mail:
    facts = facts_of(gathering) | {
        "people": entry.party_size,
        "reason": gathering.cancel_reason,
        "link": {"name": entry.public_id, "round": entry.link_round},
    }
    about, reply_to = f"waitlist_entry:{entry.id}", _host_address(gathering)
    return Mail(f"registration/mail/{message}", entry.lead_email, entry.lead_name, facts, about, reply_to=reply_to)


def waitlisted(entry: WaitlistEntry, gathering: Gathering) -> Mail:
    """You are on the waitlist."""
    return _to_waiting(entry, gathering, "waitlisted")


def waitlist_closed(entry: WaitlistEntry, gathering: Gathering) -> Mail:
    """What you waited for was cancelled."""
    return _to_waiting(entry, gathering, "waitlist_closed")


def no_longer_fits(seats: Seats, party_size: int, *, somebody_waits: bool) -> Sentence:
    """Said on the page when a party does not fit: what is left, and that it can wait."""
    if seats.left and somebody_waits:
        return say("The free seats belong to people who wait already. Your party can wait too: it moves up when seats come free.")
    if seats.left == 0:
        return say("No seat is left. Your party can wait: it moves up when seats come free.")
    left = count(seats.left, "%(n)d seat is left", "%(n)d seats are left")
    return say("%(left)s, and your party has %(people)s. A smaller party fits, or yours can wait.", left=left, people=people(party_size))
