"""One deed for several visits: looked at first, then done for all of them or for none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from scheduler.core.refusal import Refusal, Sentence, count, say
from scheduler.foundation.db import db, transaction
from scheduler.registration import queries
from scheduler.registration.models import Gathering, GatheringState
from scheduler.visits import service
from scheduler.visits.models import Visit


class Deed(StrEnum):
    """What can be done to several visits."""

    OPEN = "open"
    PAUSE = "pause"
    CAPACITY = "capacity"
    CANCEL = "cancel"


class Refused(Refusal):
    """Some visits cannot follow, so nothing was done. `why` has a sentence for each, by the visit's id."""

    def __init__(self, why: Mapping[int, Sentence]) -> None:
        super().__init__(
            count(
                len(why), "Nothing was done: %(n)d visit cannot follow. It is left out below, with the reason.",
                "Nothing was done: %(n)d visits cannot follow. They are left out below, with the reasons.",
            )
        )  # fmt: skip
        self.why = why


@dataclass(frozen=True)
class Order:
    """A deed, with what it needs."""

    deed: Deed
    capacity: int = 0
    reason: str = ""


def why_not(deed: Deed, gathering: Gathering, now: datetime) -> Sentence | None:
    """Why a visit cannot follow, as far as one sees without trying; None where it can."""
    if gathering.is_cancelled:
        return say("It is cancelled.")
    if gathering.is_over(now):
        return say("It is over.")
    is_draft = gathering.state == GatheringState.DRAFT
    if deed == Deed.PAUSE and (is_draft or gathering.paused):
        return say("It is a draft, so nobody can book it.") if is_draft else say("Booking is paused already.")
    if deed == Deed.OPEN and gathering.is_closed(now):
        return say("Booking has ended. Let it end later on the visit’s page.")
    if deed == Deed.OPEN and not is_draft and not gathering.paused:
        return say("It takes parties already.")
    return None


def do(order: Order, visit_ids: Sequence[int], *, actor: str, now: datetime) -> int:
    """Open, pause, resize or cancel visits in one transaction, their gatherings held in order of id.

    All of them follow, or nothing is done and Refused says which cannot and why. Drafts that are opened are published.
    Returns how many people lost their seats, for cancelled visits; else how many parties that wait were seated or asked.
    """
    with transaction():
        visits = db.session.scalars(
            sa.select(Visit).where(Visit.id.in_(visit_ids)).options(joinedload(Visit.gathering)).order_by(Visit.gathering_id)
        ).all()
        held = queries.lock_with_reach([visit.gathering_id for visit in visits])
        total, why = 0, {}
        for visit in visits:
            try:
                total += _do(order, visit, held, actor, now)
            except Refusal as refusal:
                why[visit.id] = refusal.sentence
        if why:
            raise Refused(why)
        return total


def _do(order: Order, visit: Visit, held: Mapping[int, Gathering], actor: str, now: datetime) -> int:
    if (refused := why_not(order.deed, visit.gathering, now)) is not None:
        raise Refusal(refused)
    if order.deed == Deed.CANCEL:
        return service.cancel(visit, order.reason, held, actor=actor, now=now)
    if order.deed == Deed.CAPACITY:
        return service.set_capacity(visit, order.capacity, actor=actor, now=now)
    if order.deed == Deed.OPEN and visit.gathering.state == GatheringState.DRAFT:
        service.publish(visit, actor=actor, now=now)
    service.pause(visit, paused=order.deed == Deed.PAUSE, actor=actor, now=now)
    return 0
