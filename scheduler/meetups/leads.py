"""What the lead of a team does about its size, until registration ends (registration rules 2 and 5)."""

from __future__ import annotations

from datetime import datetime

from scheduler.core import teams
from scheduler.core.booking import moment_text
from scheduler.core.capacity import place_party
from scheduler.core.refusal import Refusal, say
from scheduler.foundation.db import transaction
from scheduler.meetups import service
from scheduler.registration import queries
from scheduler.registration.models import Gathering, Registration
from scheduler.registration.people import service as people
from scheduler.registration.service import Member


def add_person(team_id: int, member: Member, *, actor: str, now: datetime) -> None:
    """One more comes along. Refuses after the deadline, beyond the largest team or the seats, and somebody who is on the list."""
    with transaction():
        team, gathering = people.lock_party(team_id, now)
        _refuse_late(gathering, now)
        teams.may_be(team.party_size + 1, 1, gathering.party_most)
        people.refuse_early_student(member.role, team)
        place_party(queries.seats_of(gathering), 1, waitlist_open=False)
        service.join_team(team, [member], actor=actor, now=now)
        people.refuse_doubles(team)


def take_off(team_id: int, place: str, *, actor: str, now: datetime) -> None:
    """One person stays home and nobody comes instead. Refuses after the deadline, and below the smallest team."""
    with transaction():
        team, gathering = people.lock_party(team_id, now)
        gone = next((attendee for attendee in team.attendees if attendee.public_id == place and not attendee.is_lead), None)
        if gone is None:
            return
        _refuse_late(gathering, now)
        teams.may_lose_one(team.party_size, gathering.party_least)
        if gone.arrived_at is not None:
            raise Refusal(say("%(name)s is checked in already, so nobody else can have the place.", name=gone.name))
        service.part_with(team, gone, actor=actor, now=now)


def _refuse_late(gathering: Gathering, now: datetime) -> None:
    if gathering.is_closed(now):
        raise Refusal(teams.only_substitutions(moment_text(gathering.closes_at, gathering.zone)))


def can_change_size(team: Registration, gathering: Gathering, now: datetime) -> tuple[bool, bool]:
    """Whether one more, or one fewer, can come by now."""
    open_ = not gathering.is_closed(now) and team.state in people.OPEN_TO_CHANGES and not gathering.is_cancelled
    return open_ and team.party_size < gathering.party_most, open_ and team.party_size > gathering.party_least
