"""Which version of the plan holds at the desk, from which round on."""

from __future__ import annotations

from datetime import datetime

from scheduler.core.refusal import Refusal, say
from scheduler.foundation.db import db
from scheduler.meetups.live import clocks
from scheduler.meetups.live.models import LiveRun, PlanInForce
from scheduler.meetups.models import Plan


def put(run: LiveRun, plan_id: int, from_round: int, *, before: int | None, user_id: int | None, now: datetime) -> None:
    """From this round on, this plan holds. Inside the caller's transaction."""
    db.session.add(PlanInForce(run_id=run.id, plan_id=plan_id, from_round=from_round, before_id=before, created_by=user_id, created_at=now))
    db.session.flush()


def published(plan: Plan, *, now: datetime) -> None:
    """A version was published: it holds in all rounds, unless the meetup has begun. Then the desk decides. Inside the caller's
    transaction, which holds the gathering."""
    run = clocks.find_run(plan.meetup_id)
    if run is None:
        return
    if run.started_at is not None:
        raise Refusal(say("The meetup has begun, so its plan changes at the desk: plan the rounds to come anew there."))
    put(run, plan.id, 1, before=None, user_id=None, now=now)
    run.version += 1
