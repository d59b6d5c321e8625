"""What hosts do with a tour: list rooms and turns, plan everybody's route, take the tour away (visits rule 19)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduler.core.refusal import Refusal, say
from scheduler.core.tours.routes import plan_routes
from scheduler.core.tours.rules import DEFAULT_MOST, Room, Turn, of_turn, refuse_unfit, wrong_rooms, wrong_turns
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.registration import queries as registrations
from scheduler.registration.models import Gathering
from scheduler.visits.models import Visit
from scheduler.visits.tours import queries
from scheduler.visits.tours.models import Tour, TourRoute, TourStop, TourTurn
from scheduler.visits.tours.sheet import walkers_of


@dataclass(frozen=True)
class StopDetails:
    """A room as its host typed it."""

    name: str
    about: str = ""
    most_adults: int = DEFAULT_MOST


def save(visit_id: int, stops: Sequence[StopDetails], turns: Sequence[Turn], *, version: int, actor: str, now: datetime) -> bool:
    """Write the rooms and turns of a visit; `version` 0: it has no tour yet. Names, texts and times can change under routes that
    are planned; other rooms, limits or numbers of turns end them. Returns whether routes ended.

    Refuses what nobody could walk, and rooms that are too small for those who come now.
    """
    with transaction():
        visit, gathering = _lock(visit_id, now)
        tour = queries.find_tour(visit_id)
        if version != (tour.version if tour else 0):
            raise Refusal(say("Somebody else changed the rooms or turns while you were editing. Compare with the page, and save again."))
        turns = sorted(turns)
        _refuse_wrong(stops, turns, gathering)
        refuse_unfit([Room("", stop.name, stop.most_adults) for stop in stops], len(turns), _adults_at(gathering))
        if tour is None:
            tour = Tour(visit_id=visit_id, seed=0, people=0, version=0, changed_at=now)
            db.session.add(tour)
        ended = _write(tour, stops, turns, gathering.starts_wall)
        tour.version, tour.changed_at = tour.version + 1, now
        sizes = {"stops": len(stops), "turns": len(turns), "most_adults": [stop.most_adults for stop in stops]}
        audit.record("tour changed", f"visit:{visit_id}", actor=actor, now=now, school_id=visit.school_id, after=sizes)
        return ended


def plan(visit_id: int, *, seen: int, actor: str, now: datetime) -> int:
    """Give everybody who comes now a route, in place of those that are there; returns how many people have one.

    `seen` is the seed of the routes that the host looked at. The engine works here and not in a job of its own, as it does for the
    rounds of a meetup: these are a few rooms and one visit's people, which take it 20 to 150 ms by a fixed number of steps
    (core/tours/routes.py). So the gathering can be held meanwhile, and nobody books between what was read and what is written.
    """
    with transaction():
        visit, gathering = _lock(visit_id, now)
        tour = queries.find_tour(visit_id)
        if tour is None:
            raise Refusal(say("This visit has no tour stops any more. List its rooms and turns first."))
        if seen != tour.seed:
            raise Refusal(say("Somebody else planned the routes a moment ago. Here they are; plan anew if they do not fit."))
        _refuse_wrong((), queries.turns_of(tour, gathering.starts_wall), gathering)
        people = [walker.guest for walker in walkers_of(queries.parties_at(gathering.id))]
        routes = plan_routes(queries.rooms_of(tour.stops), len(tour.turns), people, seed=tour.seed + 1)
        _end_routes(tour)
        rows = (
            {"attendee_id": int(guest), "turn_id": turn.id, "stop_id": int(stop)}
            for guest, route in routes.items() for turn, stop in zip(tour.turns, route, strict=True)
        )  # fmt: skip
        db.session.execute(sa.insert(TourRoute), list(rows))
        tour.seed, tour.planned_at, tour.people = tour.seed + 1, now, len(routes)
        about = {"people": len(routes), "seed": tour.seed}
        audit.record("tour planned", f"visit:{visit_id}", actor=actor, now=now, school_id=visit.school_id, after=about)
        return len(routes)


def remove(visit_id: int, *, actor: str, now: datetime) -> None:
    """The visit has no tour after all; a second click finds none."""
    with transaction():
        visit, _ = _lock(visit_id, now)
        tour = queries.find_tour(visit_id)
        if tour is not None:
            db.session.delete(tour)
            audit.record("tour removed", f"visit:{visit_id}", actor=actor, now=now, school_id=visit.school_id)


def _lock(visit_id: int, now: datetime) -> tuple[Visit, Gathering]:
    visit = db.session.get_one(Visit, visit_id)
    gathering = registrations.lock_gathering(visit.gathering_id)
    if gathering.is_cancelled or gathering.is_over(now):
        raise Refusal(say("This visit is over or was cancelled, so its tour stays as it is."))
    return visit, gathering


def _refuse_wrong(stops: Sequence[StopDetails], turns: Sequence[Turn], gathering: Gathering) -> None:
    """The same rules that the form puts at its fields; the visit may have changed since."""
    for _, sentence in wrong_rooms([stop.name for stop in stops]):
        raise Refusal(sentence)
    for place, sentence in wrong_turns(turns, queries.span_of(gathering)):
        raise Refusal(of_turn(place, sentence))


def _adults_at(gathering: Gathering) -> int:
    return sum(not walker.attendee.is_student for walker in walkers_of(queries.parties_at(gathering.id)))


def _write(tour: Tour, stops: Sequence[StopDetails], turns: Sequence[Turn], starts: datetime) -> bool:
    """Write what was typed into the rows that are there where nobody's route means anything else by it. Returns whether routes ended."""
    shape = [stop.most_adults for stop in stops], len(turns)
    if shape == ([stop.most_adults for stop in tour.stops], len(tour.turns)):
        for stop, typed in zip(tour.stops, stops, strict=True):
            stop.name, stop.about = typed.name, typed.about
        _retime(tour, list(_offsets(turns, starts)))
        return False
    ended = tour.planned_at is not None
    tour.stops.clear()
    tour.turns.clear()
    db.session.flush()
    tour.stops = [TourStop(place=place, name=stop.name, about=stop.about, most_adults=stop.most_adults) for place, stop in enumerate(stops)]
    tour.turns = [TourTurn(starts_after=after, minutes=minutes) for after, minutes in _offsets(turns, starts)]
    tour.planned_at, tour.people = None, 0
    return ended


def _retime(tour: Tour, offsets: Sequence[tuple[int, int]]) -> None:
    """Other times for the same turns; a time that another turn still has would stand twice for a moment."""
    for place, turn in enumerate(tour.turns):
        turn.starts_after = -1 - place
    db.session.flush()
    for turn, (after, minutes) in zip(tour.turns, offsets, strict=True):
        turn.starts_after, turn.minutes = after, minutes


def _offsets(turns: Sequence[Turn], starts: datetime) -> Iterator[tuple[int, int]]:
    minute = timedelta(minutes=1)
    return (((turn.starts - starts) // minute, (turn.ends - turn.starts) // minute) for turn in turns)


def _end_routes(tour: Tour) -> None:
    """Nobody has a route here any more, those included who come on another date by now."""
    db.session.execute(sa.delete(TourRoute).where(TourRoute.stop_id.in_([stop.id for stop in tour.stops])))
