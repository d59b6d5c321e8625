"""Versions of a plan beside each other: two compared, a note on one, a copy to change by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduler.core.pairing.compare import Compared, first_difference, side_by_side, sits_elsewhere
from scheduler.core.refusal import Refusal, Sentence, say
from scheduler.core.text import same_name
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.meetups import queries, service
from scheduler.meetups.by_hand.models import PlanMove
from scheduler.meetups.by_hand.service import refuse_of_the_desk
from scheduler.meetups.models import Plan, PlanState, Seating
from scheduler.meetups.results import Result, Seated


@dataclass(frozen=True)
class Elsewhere:
    """Somebody who has one table in one version and another in the other; none: sits out or is away."""

    who: Seated
    here: int | None
    there: int | None


class Comparison:
    """Two versions side by side. The plans come with their seatings loaded."""

    def __init__(self, one: Plan, other: Plan) -> None:
        self.one, self.other = Result(one), Result(other)

    @property
    def rows(self) -> list[Compared]:
        """The counts of both, in the order in which plans are compared."""
        return side_by_side(self.one.metrics, self.other.metrics)

    @property
    def verdict(self) -> Sentence:
        """Which is better, and in what; said only of plans for the same number of people and rounds."""
        a, b = self.one.plan, self.other.plan
        if (a.rounds, a.from_round, len(self.one.seated)) != (b.rounds, b.from_round, len(self.other.seated)):
            return say("These versions are for different people or rounds, so their counts are not the measure of each other.")
        which, what = first_difference(a.metrics, b.metrics)
        if what is None:
            return say("Both are equal in every count.")
        better, lesser = (a, b) if which == 0 else (b, a)
        facts = {"better": better.version, "lesser": lesser.version, "what": what}
        return say("Version %(better)d is better than version %(lesser)d in the first count that differs: %(what)s.", **facts)

    @property
    def elsewhere(self) -> list[tuple[int, list[Elsewhere]]]:
        """Who of those in both has another table, round by round, by name."""
        people = {person.key: person for person in (*self.one.everybody, *self.other.everybody)}
        found = sits_elsewhere(_tables(self.one), _tables(self.other))
        rounds = [(number, [Elsewhere(people[key], here, there) for key, here, there in moves]) for number, moves in found.items()]
        return [(number, sorted(moves, key=lambda one: same_name(one.who.name))) for number, moves in rounds]

    @property
    def only(self) -> tuple[int, int]:
        """How many people are in the first version alone, and in the second alone."""
        one, other = self.one.seated.keys(), self.other.seated.keys()
        return len(one - other), len(other - one)


def _tables(result: Result) -> dict[tuple[int, str], int | None]:
    return {(seating.round, result.seated[seating.attendee_id].key): seating.table for seating in result.plan.seatings}


def tell_note(meetup_id: int, version: int, note: str, *, user_id: int, now: datetime) -> None:
    """Write a note on a version, or take it away; the note is not the plan, so a published version can have another."""
    with transaction():
        service.hold(meetup_id)
        plan = _found(meetup_id, version)
        if plan.note != note:
            plan.note = note
            _log("note written", plan, user_id, now)


def copy_plan(meetup_id: int, version: int, *, user_id: int, now: datetime) -> int:
    """Make a draft that is the same as a version, its moves by hand and locks included; returns the number of the new version."""
    with transaction():
        service.may_register(service.hold(meetup_id)[1], now)
        plan = _found(meetup_id, version)
        refuse_of_the_desk(plan)
        kept = {column.key: getattr(plan, column.key) for column in sa.inspect(Plan).column_attrs if column.key not in _OF_A_COPY}
        copy = Plan(
            **kept, version=queries.next_version(meetup_id), state=PlanState.DRAFT, told=[], copied_from=version, created_by=user_id,
            created_at=now,
        )  # fmt: skip
        db.session.add(copy)
        db.session.flush()
        for rows in (Seating.__table__, PlanMove.__table__):
            _copy_rows(rows, plan.id, copy.id)
        _log("plan copied", copy, user_id, now)
        return copy.version


_OF_A_COPY = ("id", "version", "state", "published_at", "told", "note", "copied_from", "revision", "created_by", "created_at")


def _copy_rows(table: Any, from_plan: int, to_plan: int) -> None:
    names = [column.name for column in table.columns if column.name not in ("id", "plan_id")]
    chosen = sa.select(sa.literal(to_plan), *(table.c[name] for name in names)).where(table.c.plan_id == from_plan).order_by(table.c.id)
    db.session.execute(sa.insert(table).from_select(["plan_id", *names], chosen))


def _found(meetup_id: int, version: int) -> Plan:
    plan = queries.find_bare_plan(meetup_id, version)
    if plan is None:
        raise Refusal(say("There is no version %(version)d of this plan.", version=version))
    return plan


def _log(what: str, plan: Plan, user_id: int, now: datetime) -> None:
    after = {"version": plan.version, "copied_from": plan.copied_from}
    audit.record(what, f"meetup:{plan.meetup_id}", actor=audit.user(user_id), now=now, after=after)


def default_other(there: Sequence[Plan], version: int) -> int:
    """What a version is compared with unless somebody says otherwise: the published one, else the newest other."""
    others = [plan for plan in there if plan.version != version]
    return next((plan.version for plan in others if plan.state == PlanState.PUBLISHED), others[0].version)
