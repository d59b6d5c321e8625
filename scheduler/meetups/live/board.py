"""What the desk shows at one instant: the clock, who is here, who waits, thin tables, what was moved, and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from scheduler.accounts import queries as accounts
from scheduler.core import live_tables
from scheduler.core.live_tables import Floor
from scheduler.core.refusal import Sentence
from scheduler.core.rounds_clock import Phase
from scheduler.core.screens import countdown
from scheduler.core.text import folded
from scheduler.meetups import plans
from scheduler.meetups.live import queries, wording
from scheduler.meetups.live.models import SeatChange
from scheduler.meetups.live.queries import LiveState
from scheduler.meetups.live.wording import Happened, Leg
from scheduler.meetups.results import school_of
from scheduler.registration.models import Attendee, AttendeeState

MOST_FOUND = 12
MOST_LINES = 30


@dataclass(frozen=True)
class Here:
    """How many people are where."""

    here: int
    expected: int
    missing: int
    away: int
    waiting: int


@dataclass(frozen=True)
class Thin:
    """A table with too few people in one round."""

    round: int
    table: int
    people: tuple[Attendee, ...]


@dataclass(frozen=True)
class Seat:
    """Where one person sits in one round; `is_away`: they do not."""

    round: int
    table: int | None
    is_away: bool
    is_known: bool
    """People know the tables of this round"""


class Board:
    """The desk of one meetup, ready to be shown."""

    def __init__(self, state: LiveState) -> None:
        self.state = state
        self.clock, self.meetup = state.clock, state.meetup

    @property
    def has_plan(self) -> bool:
        return bool(self.state.plans)

    @property
    def is_before(self) -> bool:
        return self.clock.phase == Phase.BEFORE

    @property
    def is_over(self) -> bool:
        return self.clock.phase == Phase.FINISHED

    @property
    def stands(self) -> bool:
        return self.clock.phase == Phase.PAUSED

    @property
    def is_moving(self) -> bool:
        return self.clock.under_way == Phase.MOVE

    @property
    def headline(self) -> Sentence:
        return wording.headline(self.clock, self.state.rounds)

    @property
    def left(self) -> str:
        return countdown(self.clock.left)

    @property
    def legs(self) -> list[Leg]:
        return list(wording.legs(self.state.run, self.state.now))

    @cached_property
    def people(self) -> list[Attendee]:
        """Everybody on the list."""
        return [attendee for attendee in self.state.people.values() if attendee.registration.is_confirmed]

    @cached_property
    def away(self) -> list[Attendee]:
        """Who is here or expected, but away from the round under way or the next; who has left, too."""
        number = self.state.first_open
        away = {id for id, round in self.state.away if round == number}
        return [attendee for attendee in self.people if attendee.id in away or attendee.left_at]

    @property
    def counts(self) -> Here:
        arrived = [one for one in self.people if one.state == AttendeeState.ARRIVED and not one.left_at]
        away = {one.id for one in self.away}
        here = sum(1 for one in arrived if one.id not in away)
        return Here(here, len(self.people), len(self.state.missing), len(self.away), len(self.state.waiting))

    @cached_property
    def thin(self) -> list[Thin]:
        """Tables to merge, in the rounds whose tables are known."""
        if not self.state.open_frozen or not self.has_plan:
            return []
        settings = replace(plans.settings_of(self.meetup), rounds=self.state.rounds)
        problem = plans.asked_of(self.meetup, self.people, settings).problem
        by_key = {attendee.public_id: attendee for attendee in self.state.people.values()}
        found = []
        for number in self.state.open_frozen:
            keys = {self.state.people[id].public_id: table for id, table in self.state.seats[number].items()}
            floor = Floor(problem, number, keys)
            found += [Thin(number, table, tuple(by_key[key] for key in floor.tables[table])) for table in live_tables.thin_tables(floor)]
        return found

    @property
    def moved(self) -> Sequence[SeatChange]:
        """What was moved in rounds that are not over, the newest first; without what spare cards say of rounds nobody knows yet."""
        lasting = queries.lasting(self.state)
        return [change for change in reversed(lasting) if change.round >= self.state.first_open]

    @cached_property
    def log(self) -> list[Happened]:
        lines = queries.log_of(self.meetup.id)[:MOST_LINES]
        users = accounts.names_of({line.by for line in lines if line.by})
        return wording.happened(lines, self.state.people, users)

    @property
    def can_plan_anew(self) -> bool:
        return self.has_plan and self.clock.first_free <= self.state.rounds

    def find(self, text: str) -> list[Attendee]:
        """Who on the list may be meant: every word is in the name or school."""
        words = folded(text).split()
        return [one for one in self.people if words and all(word in folded(f"{one.name} {self.school(one)}") for word in words)][
            :MOST_FOUND
        ]

    def school(self, attendee: Attendee) -> str:
        return school_of(attendee.registration)

    def seat(self, attendee: Attendee, number: int) -> Seat:
        """Where somebody sits in a round."""
        is_away = (attendee.id, number) in self.state.away or attendee.id in self.state.kept[number]
        return Seat(number, self.state.seats[number].get(attendee.id), is_away, number <= self.clock.frozen)

    def seats(self, attendee: Attendee) -> list[Seat]:
        """Where somebody sits from now on."""
        return [self.seat(attendee, number) for number in range(max(1, self.state.first_open), self.state.rounds + 1) if self.has_plan]

    def needs_seat(self, attendee: Attendee) -> bool:
        """Whether one tap should seat them: they are not checked in, or have no seat in the first round that is not over."""
        first = self.state.first_open
        seated = not self.has_plan or first > self.state.rounds or attendee.id in self.state.seats[first]
        return attendee.state != AttendeeState.ARRIVED or (not seated and not self.is_away(attendee))

    def may_take_card(self, attendee: Attendee) -> bool:
        """Whether somebody who is on the list came without having been planned for: they may sit by a spare card."""
        return not self.is_away(attendee) and bool(ahead := self.seats(attendee)) and not any(seat.table for seat in ahead)

    def is_away(self, attendee: Attendee) -> bool:
        return any(one.id == attendee.id for one in self.away)
