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

    attendee: Attendee
    stops: Sequence[TourStop | None]

    @property
    def called(self) -> Sentence:
        """The name, or which guest of whose party."""
        return called(self.attendee)

    @property
    def organization(self) -> str:
        return self.attendee.registration.organization

    @property
    def has_route(self) -> bool:
        return any(self.stops)

    @property
    def order(self) -> tuple[str, int]:
        """From A to Z; who has no name stands at the lead's."""
        return same_name(self.attendee.name or self.attendee.registration.lead_name), self.attendee.id


def called(attendee: Attendee) -> Sentence:
    """How sheets name somebody: people without a name yet count as guests of their lead.

    The number is the place in the party, so it stays with the person when others are named.
    """
    if attendee.name:
        return say("%(name)s", name=attendee.name)
    number = [each.id for each in attendee.registration.attendees].index(attendee.id) + 1
    return say("guest %(number)d of %(lead)s’s party", number=number, lead=attendee.registration.lead_name)


def guest_of(attendee: Attendee) -> Guest:
    """Somebody as the core takes them."""
    return Guest(str(attendee.id), str(attendee.registration_id), attendee.is_student, str(called(attendee)))


class Sheet:
    """A tour with all who come now; four statements, however many there are."""

    def __init__(self, gathering: Gathering, tour: Tour) -> None:
        self.gathering, self.tour = gathering, tour
        self.turns = queries.turns_of(tour, gathering.starts_wall)
        self.walkers = _walkers(tour, queries.people_at(gathering.id))

    @property
    def is_planned(self) -> bool:
        return self.tour.planned_at is not None

    @property
    def numbered_turns(self) -> list[tuple[int, Turn]]:
        return list(enumerate(self.turns, 1))

    @cached_property
    def guests(self) -> list[Guest]:
        return [guest_of(walker.attendee) for walker in self.walkers]

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
    walkers = _walkers(tour, sorted(party.attendees, key=lambda attendee: attendee.id))
    return (queries.turns_of(tour, party.gathering.starts_wall), walkers) if any(walker.has_route for walker in walkers) else None


def _walkers(tour: Tour, attendees: Sequence[Attendee]) -> list[Walker]:
    routes, stops = queries.routes_of(tour), {stop.id: stop for stop in tour.stops}
    return [Walker(each, [stops.get(routes.get(each.id, {}).get(turn.id, 0)) for turn in tour.turns]) for each in attendees]
