"""The mails that parties get, as facts; their words stand in templates/registration/mail/."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from scheduler.core import times
from scheduler.core.booking import MOST_AHEAD, moment_text
from scheduler.core.capacity import Seats, people
from scheduler.core.refusal import Sentence, count, say
from scheduler.foundation import ical
from scheduler.foundation.outbox import Mail
from scheduler.foundation.templating import absolute, zone_city
from scheduler.registration.models import Gathering, GatheringKind, Offer, Registration, WaitlistEntry
from scheduler.registration.people.queries import missing_at, missing_names

ASKING = ("confirmed", "team_registered", "lead_now", "moved_up", "moved", "week", "day_before")
"""Mails that ask for what a party has not said yet (rules 12 and 15)"""


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


def entry_of(registration: Registration, gathering: Gathering, facts: Mapping[str, Any] | None = None) -> ical.Entry:
    """The calendar entry of one party: its own UID, times in UTC, the wall time in words (calendars.md F08)."""
    facts = facts or facts_of(gathering)
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


def _to_lead(
    registration: Registration, gathering: Gathering, message: str, *, method: str | None = None, asks: bool = True, **more: Any
) -> Mail:
    facts = facts_of(gathering) | {
        "people": registration.party_size,
        "reason": registration.cancel_reason,
        "link": {"name": registration.public_id, "round": registration.link_round},
        "missing": _missing(registration, gathering, asks) if message in ASKING else {},
        **more,
    }
    entry = {"method": method, "entry": ical.entry_to_json(entry_of(registration, gathering, facts))} if method else None
    return Mail(
        f"registration/mail/{message}", registration.lead_email, registration.lead_name, facts,
        f"registration:{registration.id}", reply_to=host_address(gathering), invitation=entry, chain=registration.uid,
    )  # fmt: skip


def _missing(registration: Registration, gathering: Gathering, asks: bool) -> dict[str, int | str]:
    """What a party is asked for: names, and at a visit what the host asks, if it `asks` anything."""
    names = missing_names(registration)
    if gathering.kind == GatheringKind.VISIT:
        return missing_at(registration) if asks else {"names": names, "answers": 0, "page": "people"}
    return {"names": names, "answers": 0, "page": "people"} if names else {}


def host_address(gathering: Gathering) -> str | None:
    """Where answers to a mail go: to whom the school named first."""
    return gathering.school.contacts[0].email if gathering.school and gathering.school.contacts else None


def confirmed(registration: Registration, gathering: Gathering, *, asks: bool = True) -> Mail:
    """You are booked; at a meetup your team is registered."""
    if gathering.kind == GatheringKind.MEETUP:
        return team_registered(registration, gathering)
    return _to_lead(registration, gathering, "confirmed", method="REQUEST", asks=asks)


def moved_up(registration: Registration, gathering: Gathering) -> Mail:
    """Seats came free, and they are yours."""
    return _to_lead(registration, gathering, "moved_up", method="REQUEST")


def resized(registration: Registration, gathering: Gathering) -> Mail:
    """Your party is smaller or larger now."""
    return _to_lead(registration, gathering, "resized")


def changed(registration: Registration, gathering: Gathering) -> Mail:
    """Time or place changed; who is not confirmed has no calendar entry yet."""
    return _to_lead(registration, gathering, "changed", method="REQUEST" if registration.is_confirmed else None)


def verify(registration: Registration, gathering: Gathering) -> Mail:
    """We hold your seats until you confirm your address."""
    return _to_lead(registration, gathering, "verify", until=_until(registration, gathering))


def known(registration: Registration, gathering: Gathering) -> Mail:
    """Somebody asked for seats with an address that has some here already."""
    return _to_lead(registration, gathering, "known")


def asked(registration: Registration, gathering: Gathering) -> Mail:
    """We hold your seats until the host decides."""
    return _to_lead(registration, gathering, "asked", until=_until(registration, gathering))


def declined(registration: Registration, gathering: Gathering) -> Mail:
    """The host cannot take you."""
    return _to_lead(registration, gathering, "declined")


def unconfirmed(registration: Registration, gathering: Gathering) -> Mail:
    """The address was not confirmed in time, and the seats went back."""
    return _to_lead(registration, gathering, "unconfirmed")


def unanswered(registration: Registration, gathering: Gathering) -> Mail:
    """The host did not decide in time, and the seats went back."""
    return _to_lead(registration, gathering, "unanswered")


def moved(registration: Registration, old: Gathering, new: Gathering) -> Mail:
    """You come on another date now."""
    method = "REQUEST" if registration.is_confirmed else None
    return _to_lead(registration, new, "moved", method=method, old_day=times.day_text(old.starts_wall))


def move_asked(registration: Registration, gathering: Gathering, until: str) -> Mail:
    """The host of the other date decides; you keep your seats until then."""
    return _to_lead(registration, gathering, "move_asked", until=until)


def move_declined(registration: Registration, gathering: Gathering, reason: str) -> Mail:
    """You cannot move there; you keep what you have."""
    return _to_lead(registration, gathering, "move_declined", reason=reason)


ToRead = Callable[[Registration, Gathering], list[str]]
_to_read: list[ToRead] = []


def told_a_week_before(titles: ToRead) -> None:
    """Register what gives the titles of what a party may read before it comes: rooms above this one know."""
    if titles not in _to_read:
        _to_read.append(titles)


def week(registration: Registration, gathering: Gathering) -> Mail:
    """The visit is a week away: how to arrive, what there is to read, and that others wait for seats."""
    return _to_lead(registration, gathering, "week", to_read=[title for titles in _to_read for title in titles(registration, gathering)])


def day_before(registration: Registration, gathering: Gathering, *, is_today: bool) -> Mail:
    """The visit is tomorrow; `is_today`: the mail goes so late that it is today."""
    return _to_lead(registration, gathering, "day_before", is_today=is_today, answers=host_address(gathering) is not None)


def tried(registration: Registration, gathering: Gathering) -> Mail:
    """Two months after the visit: did you try it?"""
    lead = next((attendee.public_id for attendee in registration.attendees if attendee.is_lead), "")
    return _to_lead(registration, gathering, "tried", attendee=lead, answers=host_address(gathering) is not None)


def _until(registration: Registration, gathering: Gathering) -> str:
    assert registration.expires_at
    return moment_text(registration.expires_at, gathering.zone)


def cancelled(registration: Registration, gathering: Gathering, *, was_confirmed: bool) -> Mail:
    """One party's booking is cancelled; who was never confirmed has no calendar entry to end."""
    return _to_lead(registration, gathering, "cancelled", method="CANCEL" if was_confirmed else None, by=registration.cancelled_by)


def cancelled_by_host(registration: Registration, gathering: Gathering, *, was_confirmed: bool) -> Mail:
    """The gathering itself is cancelled."""
    return _to_lead(registration, gathering, "cancelled_by_host", method="CANCEL" if was_confirmed else None)


def team_registered(registration: Registration, gathering: Gathering) -> Mail:
    """Your team is expected at the meetup."""
    return _to_lead(registration, gathering, "team_registered", method="REQUEST")


def lead_now(registration: Registration, gathering: Gathering) -> Mail:
    """Whoever led your team is not on the list any more: you do from now on."""
    return _to_lead(registration, gathering, "lead_now", method="REQUEST" if registration.is_confirmed else None)


ADDRESS = "registration/mail/address"


def address(registration: Registration, gathering: Gathering, email: str) -> Mail:
    """Mail about a booking shall go to this address: is it yours?"""
    return replace(_to_lead(registration, gathering, "address", address=email), to_address=email)


def address_changed(registration: Registration, gathering: Gathering, *, stays: bool) -> Mail:
    """To the old address: mail goes to another one from now on, and so does the calendar entry of a confirmed party.

    `stays`: somebody of the party has that address, and keeps the entry.
    """
    method, answers = "CANCEL" if registration.is_confirmed and not stays else None, host_address(gathering) is not None
    return _to_lead(registration, gathering, "address_changed", method=method, answers=answers, leaves=method is not None)


def too_many(request_name: str, address: str, gathering: Gathering) -> Mail:
    """The address has as many bookings ahead of it as one may have."""
    return Mail(
        "registration/mail/too_many", address, request_name, facts_of(gathering) | {"most": MOST_AHEAD}, f"gathering:{gathering.id}"
    )


def team_there(name: str, address: str, organization: str, gathering: Gathering) -> Mail:
    """A school's team is registered already; who is in it is not said."""
    facts = facts_of(gathering) | {"organization": organization}
    return Mail("registration/mail/team_there", address, name, facts, f"gathering:{gathering.id}")


def _to_waiting(entry: WaitlistEntry, gathering: Gathering, message: str, **more: Any) -> Mail:
    facts = facts_of(gathering) | {
        "people": entry.party_size,
        "reason": gathering.cancel_reason,
        "link": {"name": entry.public_id, "round": entry.link_round},
        **more,
    }
    about, reply_to = f"waitlist_entry:{entry.id}", host_address(gathering)
    return Mail(f"registration/mail/{message}", entry.lead_email, entry.lead_name, facts, about, reply_to=reply_to)


def waitlisted(entry: WaitlistEntry, gathering: Gathering) -> Mail:
    """You are on the waitlist."""
    asks = entry.confirm_until is None
    return _to_waiting(entry, gathering, "waitlisted", asks=asks, moving=entry.moving_id is not None)


def waitlist_closed(entry: WaitlistEntry, gathering: Gathering) -> Mail:
    """What you waited for was cancelled."""
    return _to_waiting(entry, gathering, "waitlist_closed")


def offered(entry: WaitlistEntry, offer: Offer, gathering: Gathering) -> Mail:
    """Seats are held for you until a moment; goes when people are awake."""
    until = moment_text(offer.deadline, gathering.zone)
    mail = _to_waiting(entry, gathering, "offered", people=offer.size, wanted=entry.party_size, until=until)
    return replace(mail, send_at=offer.mail_at)


def offer_over(entry: WaitlistEntry, gathering: Gathering, *, again: bool) -> Mail:
    """An offer has ended; `again`: the party keeps its place in line once more."""
    return _to_waiting(entry, gathering, "offer_over", again=again)


def no_longer_fits(seats: Seats, tier: str, party_size: int, *, somebody_waits: bool) -> Sentence:
    """Said on the page when a party does not fit: what is left, and that it can wait."""
    left = seats.left_for(tier)
    if left and somebody_waits:
        return say("The free seats belong to people who wait already. Your party can wait too: it moves up when seats come free.")
    if left == 0 and not seats.is_full:
        return say("The seats that are left are kept for other schools for now. Your party can wait: it moves up when they are released.")
    if left == 0:
        return say("No seat is left. Your party can wait: it moves up when seats come free.")
    seats_left = count(left, "%(n)d seat is left", "%(n)d seats are left")
    return say(
        "%(left)s, and your party has %(people)s. A smaller party fits, or yours can wait.", left=seats_left, people=people(party_size)
    )
