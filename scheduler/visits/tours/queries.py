"""Reads of tours: rooms and turns, and who of those who come is where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from scheduler.core.tours.rules import Room, Turn
from scheduler.foundation.db import db
from scheduler.registration.at_once import GATHERING
from scheduler.registration.models import Attendee, Gathering, Registration, RegistrationState
from scheduler.visits.models import Visit
from scheduler.visits.tours.models import Tour, TourRoute, TourStop

IS_PLANNED = sa.select(Tour.visit_id).join(Visit, Visit.id == Tour.visit_id).where(Visit.gathering_id == GATHERING).exists()
"""Whether a visit has a tour: asked together with all else about a party"""

Routes = dict[int, dict[int, int]]
"""By attendee and turn: the stop"""


def find_tour(visit_id: int) -> Tour | None:
    """The tour of a visit, with its rooms and turns."""
    chosen = sa.select(Tour).where(Tour.visit_id == visit_id).options(selectinload(Tour.stops), selectinload(Tour.turns))
    return db.session.scalar(chosen.execution_options(populate_existing=True))


def find_tour_at(gathering_id: int) -> Tour | None:
    """The tour of the visit at a gathering."""
    chosen = sa.select(Tour).join(Visit, Visit.id == Tour.visit_id).where(Visit.gathering_id == gathering_id)
    return db.session.scalar(chosen.options(selectinload(Tour.stops), selectinload(Tour.turns)))


def latest_of_school(school_id: int) -> Tour | None:
    """The tour that a school changed last: what the form of another visit begins with."""
    chosen = sa.select(Tour).join(Visit, Visit.id == Tour.visit_id).where(Visit.school_id == school_id)
    newest = chosen.order_by(Tour.changed_at.desc(), Tour.visit_id.desc()).limit(1)
    return db.session.scalar(newest.options(selectinload(Tour.stops), selectinload(Tour.turns)))


def parties_at(gathering_id: int) -> Sequence[Registration]:
    """The confirmed parties with their people, in the order of their leads' names, as on the roster."""
    chosen = sa.select(Registration).order_by(sa.func.lower(Registration.lead_name), Registration.id)
    here = chosen.where(Registration.gathering_id == gathering_id, Registration.state == RegistrationState.CONFIRMED)
    people = selectinload(Registration.attendees).joinedload(Attendee.person)
    return db.session.scalars(here.options(people).execution_options(populate_existing=True)).all()


def routes_of(tour: Tour) -> Routes:
    """All that was planned, also of those who do not come any more."""
    found: Routes = defaultdict(dict)
    columns = sa.select(TourRoute.attendee_id, TourRoute.turn_id, TourRoute.stop_id)
    for attendee_id, turn_id, stop_id in db.session.execute(columns.where(TourRoute.stop_id.in_([stop.id for stop in tour.stops]))):
        found[attendee_id][turn_id] = stop_id
    return dict(found)


def rooms_of(stops: Sequence[TourStop]) -> list[Room]:
    """The rooms as the core takes them."""
    return [Room(str(stop.id), stop.name, stop.most_adults) for stop in stops]


def turns_of(tour: Tour, starts: datetime) -> list[Turn]:
    """The turns by the clock on the wall, of a visit that begins then."""
    begins = ((turn, starts + timedelta(minutes=turn.starts_after)) for turn in tour.turns)
    return [Turn(start, start + timedelta(minutes=turn.minutes)) for turn, start in begins]


def span_of(gathering: Gathering) -> Turn:
    """From when to when turns may lie."""
    return Turn(gathering.starts_wall, gathering.ends_wall)
