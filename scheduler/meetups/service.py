"""What organizers do with a meetup and its teams: plan it, publish, change, cancel; register and remove people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.core import teams
from scheduler.core.capacity import people
from scheduler.core.people import address_key
from scheduler.core.refusal import Refusal, count, say
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.meetups import queries
from scheduler.meetups.models import Format, Meetup
from scheduler.registration import changes, invitees, roster
from scheduler.registration import mail as party_mail
from scheduler.registration import queries as registration
from scheduler.registration import service as parties
from scheduler.registration.models import (
    Attendee,
    ChangeKind,
    Gathering,
    GatheringKind,
    GatheringState,
    Registration,
    RegistrationState,
)
from scheduler.registration.service import Member, Team
from scheduler.schools.models import School

MOST_PEOPLE = 2000


@dataclass(frozen=True)
class MeetupDetails:
    """What an organizer types about a meetup; times are by the clock on the wall of its zone."""

    title: str
    description: str
    starts_wall: datetime
    ends_wall: datetime
    time_zone: str
    place: str
    capacity: int
    rounds: int
    format: Format
    table_size: int
    team_most: int
    team_least: int = teams.LEAST
    closes_days: int = teams.DAYS
    """Teams register until the end of the day so many days before; 0: until it begins"""


def create_meetup(details: MeetupDetails, *, publish: bool, actor: str, now: datetime, is_sample: bool = False) -> str:
    """Plan a meetup, as a draft or for everybody to see at once; returns its public id."""
    with transaction():
        gathering = Gathering(
            public_id=new_public_id(), uid=changes.new_uid(), kind=GatheringKind.MEETUP, state=GatheringState.DRAFT,
            waitlist_open=False, needs_approval=True, doors_minutes=15,
            is_sample=is_sample, created_at=now, changed_at=now, version=1, sequence=0,
        )  # fmt: skip
        meetup = Meetup(gathering=gathering)
        _write(meetup, details)
        if gathering.starts_at <= now:
            raise Refusal(say("The meetup would begin in the past. Choose a later day or time."))
        db.session.add(meetup)
        db.session.flush()
        _log("meetup planned", meetup, actor, now, after=_logged(meetup))
        if publish:
            _publish(meetup, actor, now)
        return gathering.public_id


def edit_meetup(meetup_id: int, details: MeetupDetails, *, version: int, actor: str, now: datetime) -> int:
    """Change a meetup. A new time or place is mailed to the lead of every team. Returns how many were told."""
    with transaction():
        meetup, gathering = hold(meetup_id)
        changes.refuse_stale(gathering, version)
        _refuse_ended(gathering, now)
        before, announced, began_at = _logged(meetup), changes.announced_facts(gathering), gathering.starts_at
        _write(meetup, details)
        if not (db.session.is_modified(gathering) or db.session.is_modified(meetup)):
            return 0
        if gathering.starts_at <= now and gathering.starts_at != began_at:
            raise Refusal(say("The meetup would begin in the past. Choose a later day or time."))
        _refuse_too_small(gathering)
        changes.touch(gathering, now=now)
        told = 0
        if gathering.state == GatheringState.PUBLISHED and announced != changes.announced_facts(gathering):
            told = changes.announce(gathering, now=now)
        _log("meetup changed", meetup, actor, now, before=before, after=_logged(meetup))
        return told


def publish_meetup(meetup_id: int, *, actor: str, now: datetime) -> None:
    """Show a draft to everybody; publishing twice is publishing once."""
    with transaction():
        meetup, gathering = hold(meetup_id)
        _refuse_ended(gathering, now)
        if gathering.state == GatheringState.DRAFT:
            _publish(meetup, actor, now)


def choose_spares(meetup_id: int, spare_cards: int | None, *, actor: str, now: datetime) -> None:
    """Choose how many spare cards are printed; None: the usual number (rule 10)."""
    with transaction():
        meetup = hold(meetup_id)[0]
        before, meetup.spare_cards = meetup.spare_cards, spare_cards
        if before != spare_cards:
            _log("spare cards chosen", meetup, actor, now, before={"spare_cards": before}, after={"spare_cards": spare_cards})


def cancel_meetup(meetup_id: int, reason: str, *, actor: str, now: datetime) -> int:
    """Cancel a meetup for good; the lead of every team is mailed the reason. Returns how many people were expected."""
    with transaction():
        meetup, gathering = hold(meetup_id)
        if gathering.is_over(now):
            raise Refusal(say("This meetup is over, so it cannot be cancelled any more."))
        before = gathering.state.value
        expected = changes.cancel_gathering(gathering, reason, now=now)
        _log("meetup cancelled", meetup, actor, now, before={"state": before}, after={"state": "cancelled", "people": expected})
        return expected


def register_team(meetup_id: int, school_id: int, members: Sequence[Member], *, actor: str, now: datetime) -> str:
    """Register the people whom a school brings; returns the team's public id. The first with an address becomes the lead."""
    with transaction():
        gathering = hold(meetup_id)[1]
        may_register(gathering, now)
        school = db.session.get_one(School, school_id)
        if queries.team_of_school(gathering.id, school_id) is not None:
            raise Refusal(say("%(school)s has a team here already. Open it and add people there.", school=school.name))
        refuse_overfull(gathering, len(members))
        _refuse_known(gathering, members)
        return db.session.get_one(Registration, new_team(gathering, school, members, actor=actor, now=now)).public_id


def add_person(team_id: int, member: Member, *, actor: str, now: datetime) -> None:
    """Add one person to a team."""
    with transaction():
        team = db.session.get_one(Registration, team_id)
        gathering = registration.lock_gathering(team.gathering_id)
        db.session.refresh(team)
        may_register(gathering, now)
        _refuse_cancelled(team)
        refuse_overfull(gathering, 1)
        _refuse_known(gathering, [member])
        join_team(team, [member], actor=actor, now=now)


def remove_person(team_id: int, attendee_id: int, *, actor: str, now: datetime) -> bool:
    """Take one person off the list; the last one takes the team along, and then its lead is told. Returns whether the team goes on.

    Plans that seat this person stay as they were made, so the person stays in the records, as a cancelled party of one.
    """
    with transaction():
        team = db.session.get_one(Registration, team_id)
        gathering = registration.lock_gathering(team.gathering_id)
        db.session.refresh(team)
        _refuse_ended(gathering, now)
        _refuse_cancelled(team)
        gone = next((attendee for attendee in team.attendees if attendee.id == attendee_id), None)
        if gone is None:
            return True
        if len(team.attendees) == 1:
            _end_team(team, "", actor, now)
            return False
        part_with(team, gone, actor=actor, now=now)
        return True


def remove_team(team_id: int, reason: str, *, actor: str, now: datetime) -> None:
    """Take a team off the list; its lead is told. Removing twice is removing once."""
    with transaction():
        team = db.session.get_one(Registration, team_id)
        gathering = registration.lock_gathering(team.gathering_id)
        db.session.refresh(team)
        _refuse_ended(gathering, now)
        if not team.is_cancelled:
            _end_team(team, reason, actor, now)


def hold(meetup_id: int) -> tuple[Meetup, Gathering]:
    """A meetup with its gathering locked until the transaction ends."""
    meetup = db.session.get_one(Meetup, meetup_id)
    return meetup, registration.lock_gathering(meetup.gathering_id)


def may_register(gathering: Gathering, now: datetime) -> None:
    """Refuse people for a meetup that takes none, with the reason."""
    _refuse_ended(gathering, now)
    if gathering.state == GatheringState.DRAFT:
        raise Refusal(say("This meetup is a draft. Publish it first: the lead of each team gets a mail that leads to its page."))


def refuse_overfull(gathering: Gathering, more: int) -> None:
    """Refuse more people than there is room for, with what would work."""
    left = registration.seats_of(gathering).left
    if more > left:
        wanted, there = count(more, "%(n)d more person does", "%(n)d more people do"), count(left, "%(n)d seat is", "%(n)d seats are")
        raise Refusal(say("%(wanted)s not fit: %(there)s left. Raise the capacity of the meetup first.", wanted=wanted, there=there))


def new_team(gathering: Gathering, school: School, members: Sequence[Member], *, actor: str, now: datetime) -> int:
    """Register a school's team inside the caller's transaction; returns the registration's id."""
    ordered = sorted(members, key=lambda member: (not member.email, member.role == "student"))
    return parties.add_team(gathering, Team(school.name, school.id, ordered), actor=actor, now=now)


def join_team(team: Registration, members: Sequence[Member], *, actor: str, now: datetime) -> None:
    """Add people to a team inside the caller's transaction."""
    for member in members:
        roster.note(team, parties.add_member(team, member, is_lead=False, now=now), ChangeKind.ADDED, actor=actor, now=now)
    before, team.party_size, team.changed_at = team.party_size, team.party_size + len(members), now
    invitees.keep(team, team.gathering, now=now)
    changes.raise_feeds([f"gathering:{team.gathering_id}"], now=now)
    audit.record(
        "team grew", f"registration:{team.id}", actor=actor, now=now, before={"party_size": before}, after={"party_size": team.party_size}
    )


def part_with(team: Registration, gone: Attendee, *, actor: str, now: datetime) -> None:
    """Take one person off a team inside the caller's transaction; plans that seat them stay as they were made."""
    _split_off(team, gone, now)
    roster.note(team, None, ChangeKind.LEFT, actor=actor, now=now)
    audit.record("person removed", f"registration:{team.id}", actor=actor, now=now, after={"party_size": team.party_size})
    changes.raise_feeds([f"gathering:{team.gathering_id}"], now=now)


def leave(team: Registration, gone: Attendee, now: datetime) -> None:
    """Somebody who is erased leaves a team that goes on; inside the caller's transaction, which holds the gathering."""
    if len(team.attendees) > 1:
        _split_off(team, gone, now)
        roster.note(team, None, ChangeKind.LEFT, actor="link", now=now)
        changes.raise_feeds([f"gathering:{team.gathering_id}"], now=now)


def _split_off(team: Registration, gone: Attendee, now: datetime) -> None:
    was_lead = gone.is_lead
    parties.set_apart(team, gone, now=now)
    if was_lead:
        _pass_on_the_lead(team, now)
    else:
        invitees.keep(team, team.gathering, now=now)


def _pass_on_the_lead(team: Registration, now: datetime) -> None:
    lead = min(team.attendees, key=lambda attendee: (not attendee.email, attendee.role == "student", attendee.id))
    for attendee in team.attendees:
        attendee.is_lead = attendee is lead
    invitees.pass_on(team, team.gathering, lead, now=now)


def _end_team(team: Registration, reason: str, actor: str, now: datetime) -> None:
    changes.end(team, RegistrationState.CANCELLED, reason, "host", now=now)
    outbox.add(party_mail.cancelled(team, team.gathering, was_confirmed=True), now=now)
    changes.raise_feeds([f"gathering:{team.gathering_id}"], now=now)
    audit.record("team removed", f"registration:{team.id}", actor=actor, now=now, before={"party_size": team.party_size})


def _refuse_cancelled(team: Registration) -> None:
    if team.is_cancelled:
        raise Refusal(say("This team was removed in the meantime. Register it anew."))


def _refuse_known(gathering: Gathering, members: Sequence[Member]) -> None:
    known = queries.addresses_of(gathering.id)
    for member in members:
        if member.email and address_key(member.email) in known:
            raise Refusal(say("%(address)s is registered for this meetup already.", address=member.email))


def _refuse_ended(gathering: Gathering, now: datetime) -> None:
    if gathering.is_cancelled:
        raise Refusal(say("This meetup was cancelled, so it cannot change any more. Plan a new one."))
    if gathering.is_over(now):
        raise Refusal(say("This meetup is over, so it cannot change any more. Plan a new one."))


def _refuse_too_small(gathering: Gathering) -> None:
    taken = registration.seats_of(gathering).taken
    if gathering.capacity < taken:
        raise Refusal(say("%(people)s are registered already. Choose a capacity of %(taken)d or more.", people=people(taken), taken=taken))


def _write(meetup: Meetup, details: MeetupDetails) -> None:
    gathering = meetup.gathering
    gathering.cutoff_days = details.closes_days
    gathering.party_least, gathering.party_most = details.team_least, details.team_most
    changes.set_times(gathering, details.starts_wall, details.ends_wall, details.time_zone)
    for name in ("title", "description", "place", "capacity"):
        setattr(gathering, name, getattr(details, name))
    for name in ("rounds", "format", "table_size", "team_most"):
        setattr(meetup, name, getattr(details, name))


def _publish(meetup: Meetup, actor: str, now: datetime) -> None:
    meetup.gathering.state = GatheringState.PUBLISHED
    changes.touch(meetup.gathering, now=now)
    _log("meetup published", meetup, actor, now)


def _log(what: str, meetup: Meetup, actor: str, now: datetime, **facts: Any) -> None:
    audit.record(what, f"meetup:{meetup.id}", actor=actor, now=now, **facts)


def _logged(meetup: Meetup) -> dict[str, object]:
    return {
        "starts_wall": meetup.gathering.starts_wall.isoformat(),
        "ends_wall": meetup.gathering.ends_wall.isoformat(),
        "capacity": meetup.gathering.capacity,
        "rounds": meetup.rounds,
        "format": meetup.format.value,
        "table_size": meetup.table_size,
        "team": [meetup.gathering.party_least, meetup.gathering.party_most],
        "closes_days": meetup.gathering.cutoff_days,
    }
