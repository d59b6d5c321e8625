"""Spare cards at the desk: where the chairs of each are, and which of them somebody sits by already (rounds rule 10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from scheduler.foundation.db import db
from scheduler.meetups import papers
from scheduler.meetups import queries as meetups
from scheduler.meetups.live.models import LiveRun, SeatChange, Why
from scheduler.meetups.models import Meetup
from scheduler.meetups.results import Result


@dataclass(frozen=True)
class Spare:
    """A printed card, with the table of its chair in each round."""

    number: int
    table_of: Mapping[int, int]
    is_taken: bool


def spares_of(meetup: Meetup) -> Sequence[Spare]:
    """The cards as they are printed, of the published plan, whatever was planned at the desk since. A card's chair in the last round
    says whether somebody has taken it: no other card has that chair."""
    version = meetups.published_version(meetup.id)
    if version is None:
        return []
    result = Result(meetups.plan_or_404(meetup, version))
    last, cards = result.plan.rounds, papers.spare_cards(result, meetup.spare_cards)
    routes = {card.number: {stop.round: stop.table for stop in card.stops if stop.table} for card in cards}
    taken = _late_at(meetup.id, last)
    return [Spare(number, tables, tables.get(last) in taken) for number, tables in routes.items()]


def _late_at(meetup_id: int, number: int) -> set[int | None]:
    """The tables to which late arrivals were led in a round, also where a plan made since leads them elsewhere."""
    chosen = sa.select(SeatChange.table).join(LiveRun, SeatChange.run_id == LiveRun.id)
    return set(db.session.scalars(chosen.where(LiveRun.meetup_id == meetup_id, SeatChange.round == number, SeatChange.why == Why.LATE)))
