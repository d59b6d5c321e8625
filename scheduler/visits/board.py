"""All that the page of a visit shows its hosts: who asks, who comes, who waits, and what is done with the seats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from scheduler.core.capacity import Seats
from scheduler.foundation.db import db
from scheduler.registration import queries as registration
from scheduler.registration.models import (
    EntryState,
    Gathering,
    MoveRequest,
    Registration,
    RegistrationState,
    ReservedSeats,
    WaitlistEntry,
)
from scheduler.visits.models import Visit
from scheduler.visits.needs import is_too_small
from scheduler.visits.standing import Standing, standing


@dataclass(frozen=True)
class Board:
    """One visit at one moment."""

    visit: Visit
    now: datetime
    seats: Seats
    asking: Sequence[Registration]
    """From outside the network, soonest to run out first"""
    moves: Sequence[MoveRequest]
    """From another date, for the host to decide"""
    parties: Sequence[Registration]
    unverified: Sequence[Registration]
    line: Sequence[WaitlistEntry]
    """Who asked here, and for whom this day would do as well, in the order of the line"""

    too_small: bool
    """Fewer people come than it needs, and the host is asked whether it takes place (rule 9)"""

    @property
    def gathering(self) -> Gathering:
        return self.visit.gathering

    @property
    def may_stay_open(self) -> bool:
        """Whether booking could end later than it does, one school day before."""
        return self.gathering.cutoff_days > 1

    @property
    def standing(self) -> Standing:
        return standing(self.gathering, self.seats, self.now)

    @property
    def is_coming(self) -> bool:
        """Something can still be done about it."""
        return self.standing not in (Standing.CANCELLED, Standing.OVER)

    @property
    def has_begun(self) -> bool:
        return self.gathering.has_started(self.now)

    @property
    def coming(self) -> int:
        return sum(party.party_size for party in self.parties)

    @property
    def undecided(self) -> int:
        """People whose seats wait for the host."""
        return sum(party.party_size for party in self.asking) + sum(move.registration.party_size for move in self.moves)

    @property
    def unsure(self) -> int:
        """People whose lead has not confirmed the address."""
        return sum(party.party_size for party in self.unverified)

    @property
    def offered(self) -> int:
        """Seats held for those who were asked whether they still come: all that is taken and is nobody else's."""
        return self.seats.taken - self.coming - self.undecided - self.unsure

    @property
    def free(self) -> int:
        return max(0, self.seats.capacity - self.seats.taken)

    @property
    def kept(self) -> list[tuple[ReservedSeats, int]]:
        """Reserved seats that are not released, each with how many of them nobody has."""
        unused = [(pool, pool.seats - self.seats.taken_by.get(pool.tier.value, 0)) for pool in self.gathering.reserved if not pool.released]
        return [(pool, seats) for pool, seats in unused if seats > 0]

    @property
    def kept_seats(self) -> int:
        return min(self.free, sum(seats for _, seats in self.kept))

    @property
    def over(self) -> int:
        """People for whom there are no seats any more, since the host took some away."""
        return max(0, self.seats.taken - self.seats.capacity)

    def may_seat(self, entry: WaitlistEntry) -> bool:
        """After the cutoff nobody is asked any more: the host seats whoever fits (rule 11)."""
        late = self.standing == Standing.CLOSED and not self.has_begun
        return late and entry.state == EntryState.WAITING and self.seats_for(entry) >= entry.smallest

    def seats_for(self, entry: WaitlistEntry) -> int:
        """With how many of its people a party from the line would be seated now."""
        return min(entry.party_size, self.seats.left_for(entry.tier))


def board_of(visit: Visit, *, now: datetime) -> Board:
    """The board of a visit; the same number of statements however many people there are."""
    gathering, parties = visit.gathering, registration.roster_of(visit.gathering_id)
    return Board(
        visit=visit, now=now, seats=registration.seats_of(gathering), asking=registration.pending_of(gathering.id),
        moves=registration.moves_to(gathering.id), parties=parties,
        unverified=registration.live_registrations(gathering.id, RegistrationState.UNVERIFIED), line=line_of(visit),
        too_small=is_too_small(visit, sum(party.party_size for party in parties), now=now),
    )  # fmt: skip


def line_of(visit: Visit) -> Sequence[WaitlistEntry]:
    """Who waits or was asked: at this visit, or at any visit of its school on this day."""
    day = visit.gathering.starts_wall.date()
    window = sa.and_(WaitlistEntry.window_school_id == visit.school_id, WaitlistEntry.window_first <= day, WaitlistEntry.window_last >= day)
    meant = sa.or_(WaitlistEntry.gathering_id == visit.gathering_id, window)
    chosen = sa.select(WaitlistEntry).where(meant, WaitlistEntry.state.in_([EntryState.WAITING, EntryState.OFFERED]))
    shown = (selectinload(WaitlistEntry.offers), joinedload(WaitlistEntry.gathering))
    return db.session.scalars(chosen.options(*shown).order_by(WaitlistEntry.priority.desc(), WaitlistEntry.id)).all()
