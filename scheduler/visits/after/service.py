"""What people do after a visit: write what they took from it, say whether they tried it; and what hosts give them to read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from scheduler.core import debrief
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.registration import queries as registration
from scheduler.registration.models import Attendee, AttendeeState, GatheringState
from scheduler.schools.resources.models import Resource
from scheduler.visits.after import mail, queries
from scheduler.visits.after.models import Debrief, DebriefAsk, Tried, TriedAnswer, visit_resources
from scheduler.visits.models import Visit


@dataclass(frozen=True)
class DebriefDetails:
    """What somebody writes about a visit; value from 1 to 4."""

    value: int
    noticed: str = ""
    wonders: str = ""
    will_try: str = ""
    is_shared: bool = False


def ask(gathering_id: int, now: datetime) -> None:
    """Ask everybody who was there and was not asked; of several workers one does."""
    with transaction():
        gathering = registration.lock_gathering(gathering_id)
        if gathering.state != GatheringState.PUBLISHED or not debrief.is_asking(gathering.ends_at, now):
            return
        unasked = queries.unasked(gathering_id)
        pack = queries.pack_of(queries.visit_of(gathering_id), attended=True) if unasked else []
        for attendee in unasked:
            db.session.add(DebriefAsk(attendee_id=attendee.id, asked_at=now))
            outbox.add(mail.asked(attendee, pack), now=now)


def reply(attendee_id: int, details: DebriefDetails, *, now: datetime) -> None:
    """Write what one took from a visit, or change it, until 14 days after (rule 18)."""
    with transaction():
        attendee = _hold(attendee_id, now)
        gathering = attendee.registration.gathering
        if attendee.state != AttendeeState.ARRIVED:
            raise Refusal(say("You are not marked as having been there. Write to your host, who can mend that."))
        if not debrief.may_write(gathering.ends_at, now):
            raise Refusal(say("This could be written and changed for 14 days after the visit, and they are over."))
        written = queries.debrief_of(attendee_id)
        if written is None:
            written = Debrief(attendee_id=attendee_id, gathering_id=gathering.id, created_at=now)
            db.session.add(written)
        for name in ("value", "noticed", "wonders", "will_try", "is_shared"):
            setattr(written, name, getattr(details, name))
        written.changed_at = now
        # about the visit, not the person: the log does not say either who replied
        audit.record("debrief written", f"gathering:{gathering.id}", actor="link", now=now, school_id=gathering.school_id)


def answer_tried(attendee_id: int, answer: TriedAnswer, line: str, *, is_shared: bool, now: datetime) -> None:
    """Say whether something of a visit reached one's own classroom; it can be said again differently."""
    with transaction():
        attendee = _hold(attendee_id, now)
        gathering = attendee.registration.gathering
        said = queries.tried_of(attendee_id)
        if said is None:
            said = Tried(attendee_id=attendee_id, gathering_id=gathering.id, created_at=now)
            db.session.add(said)
        said.answer, said.line, said.is_shared, said.changed_at = answer, line, is_shared, now
        audit.record("tried answered", f"gathering:{gathering.id}", actor="link", now=now, school_id=gathering.school_id)


def _hold(attendee_id: int, now: datetime) -> Attendee:
    """Somebody whose visit is over, held: of a form sent twice the second finds what the first wrote."""
    held = sa.select(Attendee).where(Attendee.id == attendee_id).with_for_update(of=Attendee).execution_options(populate_existing=True)
    attendee = db.session.scalars(held).one()
    gathering = attendee.registration.gathering
    if gathering.state != GatheringState.PUBLISHED or not gathering.is_over(now):
        raise Refusal(say("This visit did not take place yet, so there is nothing to say about it."))
    return attendee


def attach(visit_id: int, resource_ids: Collection[int], *, actor: str, now: datetime) -> None:
    """What of a school's resources belongs to one visit, whatever its focus areas (rule 20)."""
    with transaction():
        visit = db.session.get_one(Visit, visit_id, with_for_update=True, populate_existing=True)
        own = db.session.scalars(
            sa.select(Resource.id).where(Resource.school_id == visit.school_id, Resource.id.in_(resource_ids))
        ).all()  # fmt: skip
        db.session.execute(sa.delete(visit_resources).where(visit_resources.c.visit_id == visit_id))
        if own:
            db.session.execute(sa.insert(visit_resources), [{"visit_id": visit_id, "resource_id": resource_id} for resource_id in own])
        audit.record("visit's resources chosen", f"visit:{visit_id}", actor=actor, now=now, school_id=visit.school_id,
                     after={"resources": sorted(own)})  # fmt: skip
