"""The desk as a use case holds it: nobody else acts on it until the transaction ends, and all that is done is written down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from scheduler.core.live_tables import Floor, breaks
from scheduler.core.pairing.problem import Problem
from scheduler.core.refusal import Refusal, Sentence, say
from scheduler.foundation import audit
from scheduler.foundation.db import db
from scheduler.meetups import plans, service
from scheduler.meetups import queries as meetups
from scheduler.meetups.live import clocks, force, queries
from scheduler.meetups.live.models import LiveDeed, LiveLogLine, LiveRun
from scheduler.meetups.live.queries import LiveState
from scheduler.meetups.models import Meetup, PlanState
from scheduler.registration.models import Attendee, Gathering, GatheringState


@dataclass(frozen=True)
class Desk:
    """A meetup whose desk is held, with all that is known of it at this instant."""

    meetup: Meetup
    gathering: Gathering
    row: LiveRun
    state: LiveState
    user_id: int
    now: datetime

    def write(self, deed: LiveDeed, **about: int | None) -> None:
        """A line in the desk's own log: round, attendee_id, table, people; numbers only."""
        db.session.add(LiveLogLine(run_id=self.row.id, at=self.now, by=self.user_id, deed=deed, **about))

    def done(self, what: str, **facts: object) -> None:
        """Something was done: whoever looks at the desk is shown it, and the audit log has it."""
        self.row.version += 1
        about = f"meetup:{self.meetup.id}"
        audit.record(f"live: {what}", about, actor=audit.user(self.user_id), now=self.now, after={"version": self.row.version, **facts})

    def person(self, attendee_id: int) -> Attendee:
        """Somebody on the list of this meetup."""
        found = self.state.people.get(attendee_id)
        if found is None or not found.registration.is_confirmed:
            raise Refusal(say("This person is not on the list of the meetup any more. Add them at the door as a walk-in."))
        return found

    @cached_property
    def problem(self) -> Problem:
        """The people on the list and the wishes as they are now: the rules of every table."""
        there = [attendee for attendee in self.state.people.values() if attendee.registration.is_confirmed]
        asked = plans.asked_of(self.meetup, there, replace(plans.settings_of(self.meetup), rounds=self.state.rounds))
        return asked.problem

    def floor(self, number: int) -> Floor:
        """One round with its rules; people by their public ids."""
        return floor_of(self.state, self.problem, number)

    def refuse_broken(self, rounds: Iterable[int], sentence: Sentence) -> None:
        """Refuse what was just written if a rule that held in one of these rounds does not any more."""
        after = queries.state_of(self.meetup, self.now)
        if any(breaks(self.floor(number), floor_of(after, self.problem, number)) for number in rounds):
            raise Refusal(sentence)


def floor_of(state: LiveState, problem: Problem, number: int) -> Floor:
    """One round as it is now, by public ids."""
    return Floor(problem, number, {state.people[id].public_id: table for id, table in state.seats[number].items()})


def hold(meetup_id: int, *, user_id: int, now: datetime) -> Desk:
    """Hold the desk of a meetup until the transaction ends; the first time, with the published plan."""
    meetup, gathering = service.hold(meetup_id)
    if gathering.state != GatheringState.PUBLISHED:
        raise Refusal(say("This meetup is not published, or was cancelled, so it has no desk."))
    row = clocks.find_run(meetup_id) or _opened(meetup, user_id, now)
    return Desk(meetup, gathering, row, queries.state_of(meetup, now), user_id, now)


def _opened(meetup: Meetup, user_id: int, now: datetime) -> LiveRun:
    plan = next((plan for plan in meetups.plans_of(meetup.id) if plan.state == PlanState.PUBLISHED), None)
    if plan is None:
        raise Refusal(say("No plan of this meetup is published yet. Publish one first: people need tables to go to."))
    row = LiveRun(meetup_id=meetup.id, version=0, frozen=0, lengths=[])
    db.session.add(row)
    db.session.flush()
    force.put(row, plan.id, 1, before=None, user_id=user_id, now=now)
    return row
