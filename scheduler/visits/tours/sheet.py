"""A tour as people read it: who is where, turn by turn, and what no longer fits those who come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from scheduler.core.refusal import Sentence, say
from scheduler.core.text import same_name
from scheduler.core.tours.check import broken
from scheduler.core.tours.routes import escorts
from scheduler.core.tours.rules import Guest, Turn, most_who_fit, of_turn, wrong_turns
from scheduler.registration.models import Attendee, Gathering, Registration
from scheduler.visits.tours import queries
from scheduler.visits.tours.models import Tour, TourStop


@dataclass(frozen=True)
class Walker:
    """One person who comes, and their room in each turn; None: no route."""

    party: Registration
    attendee: Attendee
    number: int
    """The place in the party: it stays with the person when others are named"""
    stops: Sequence[TourStop | None] = ()

    @property
    def called(self) -> Sentence:
        """The name; people without one yet count as guests of their lead."""
        if self.attendee.name:
            return say("%(name)s", name=self.attendee.name)
        return say("guest %(number)d of %(lead)s’s party", number=self.number, lead=self.party.lead_name)

    @property
    def has_route(self) -> bool:
        return any(self.stops)

    @property
    def order(self) -> tuple[str, int]:
        """From A to Z; who has no name stands at the lead's."""
        return same_name(self.attendee.name or self.party.lead_name), self.attendee.id

    @property
    def guest(self) -> Guest:
        """The same person as the core takes them."""
        return Guest(str(self.attendee.id), str(self.party.id), self.attendee.is_student, str(self.called))


def walkers_of(parties: Sequence[Registration], tour: Tour | None = None) -> list[Walker]:
    """The people of some parties, each with the rooms of a tour."""
    turns, stops = (tour.turns, {stop.id: stop for stop in tour.stops}) if tour else ((), {})
    routes = queries.routes_of(tour) if tour else {}
    return [
        Walker(party, each, number, [stops.get(routes.get(each.id, {}).get(turn.id, 0)) for turn in turns])
        for party in parties for number, each in enumerate(party.attendees, 1)
    ]  # fmt: skip


class Sheet:
    """A tour with all who come now; the same number of statements however many there are."""

    def __init__(self, gathering: Gathering, tour: Tour) -> None:
        self.gathering, self.tour = gathering, tour
        self.turns = queries.turns_of(tour, gathering.starts_wall)
        self.walkers = walkers_of(queries.parties_at(gathering.id), tour)

    @property
    def is_planned(self) -> bool:
        return self.tour.planned_at is not None

    @property
    def numbered_turns(self) -> list[tuple[int, Turn]]:
        return list(enumerate(self.turns, 1))

    @cached_property
    def guests(self) -> list[Guest]:
        return [walker.guest for walker in self.walkers]

    @property
    def adults(self) -> int:
        return sum(not guest.is_student for guest in self.guests)

    @property
    def students(self) -> int:
        return len(self.guests) - self.adults

    @property
    def fit(self) -> int:
        """How many adults these rooms and turns take."""
        return most_who_fit(queries.rooms_of(self.tour.stops), len(self.turns))

    @cached_property
    def led(self) -> dict[str, str]:
        return escorts(self.guests)

    @property
    def alone(self) -> list[Walker]:
        """Students of whose party no adult comes: they get no route."""
        return [walker for walker, guest in zip(self.walkers, self.guests, strict=True) if guest.is_student and guest.id not in self.led]

    @property
    def missing(self) -> list[Walker]:
        """Who has no route and could have one."""
        return [walker for walker in self.walkers if not walker.has_route and walker not in self.alone]

    @property
    def left(self) -> int:
        """How many have a route and do not come any more."""
        return self.tour.people - sum(walker.has_route for walker in self.walkers)

    @cached_property
    def wrong(self) -> list[Sentence]:
        """What the routes break for those who come now, and turns that the visit does not have time for any more."""
        routes = {guest.id: tuple(str(stop.id) for stop in walker.stops if stop) for guest, walker in self._routed()}
        late = [of_turn(place, sentence) for place, sentence in wrong_turns(self.turns, queries.span_of(self.gathering))]
        return [*late, *broken(queries.rooms_of(self.tour.stops), len(self.turns), self.guests, routes)]

    @property
    def still_fits(self) -> bool:
        return not (self.missing or self.left or self.wrong)

    def _routed(self) -> Iterator[tuple[Guest, Walker]]:
        return ((guest, walker) for guest, walker in zip(self.guests, self.walkers, strict=True) if walker.has_route)

    @property
    def by_stop(self) -> list[tuple[TourStop, list[list[Walker]]]]:
        """The people in each room, turn by turn: a sheet for each door."""
        turns = range(len(self.turns))
        return [(stop, [self._inside(stop, turn) for turn in turns]) for stop in self.tour.stops]

    def _inside(self, stop: TourStop, turn: int) -> list[Walker]:
        return [walker for walker in self.by_person if walker.stops[turn] is stop]

    @cached_property
    def by_person(self) -> list[Walker]:
        """Everybody from A to Z."""
        return sorted(self.walkers, key=lambda walker: walker.order)


def routes_of_party(party: Registration) -> tuple[Sequence[Turn], Sequence[Walker]] | None:
    """The turns of a party's visit and where each of its people is; None where nobody of it has a route."""
    tour = queries.find_tour_at(party.gathering_id)
    if tour is None or tour.planned_at is None:
        return None
    walkers = walkers_of([party], tour)
    return (queries.turns_of(tour, party.gathering.starts_wall), walkers) if any(walker.has_route for walker in walkers) else None
