"""What organizers do by hand in a draft version: move somebody, take the last move back, lock and unlock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from scheduler.core.pairing.moves import Move, moved, touched
from scheduler.core.pairing.plan import Plan as EnginePlan
from scheduler.core.pairing.price import Price, price
from scheduler.core.pairing.problem import Problem
from scheduler.core.pairing.room import table_id
from scheduler.core.pairing.score import score
from scheduler.core.refusal import Refusal, Sentence, say
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.meetups import queries as meetups
from scheduler.meetups import service as meetup_service
from scheduler.meetups.by_hand import queries
from scheduler.meetups.by_hand.models import PlanMove
from scheduler.meetups.locks import problem_of
from scheduler.meetups.models import Plan, PlanState, Seating
from scheduler.meetups.wishes.naming import called


@dataclass(frozen=True)
class Wanted:
    """A move as people say it: rounds and tables count from 1; to a table, or changing places with somebody."""

    round: int
    person: str
    table: int | None = None
    other: str | None = None

    @property
    def move(self) -> Move:
        return Move(self.round - 1, self.person, None if self.table is None else table_id(self.table), self.other)


def price_of(plan: Plan, wanted: Wanted) -> Price:
    """What a move would cost, with names; writes nothing."""
    engine_plan = queries.engine_plan(queries.seats_of(plan.id))
    return _priced(problem_of(plan), engine_plan, plan, wanted.move)


def _priced(problem: Problem, engine_plan: EnginePlan, plan: Plan, move: Move) -> Price:
    if gone := _not_there(engine_plan, move):
        return Price((gone,), {}, {}, ())
    return price(_named(problem, touched(engine_plan, move)), engine_plan, move, plan.bounds["share"])


def _not_there(engine_plan: EnginePlan, move: Move) -> Sentence | None:
    """Somebody, or a round, of whom this version knows nothing."""
    round = engine_plan.by_number.get(move.round)
    people = [person for person in (move.person, move.other) if person is not None]
    if round is None or any(person not in round.table_of and person not in round.sits_out for person in people):
        return say("That person has no seat in this round. Choose somebody else, or another round.")
    return None


def _named(problem: Problem, people: Iterable[str]) -> Problem:
    """The problem with the names of those who may be spoken of."""
    names = called(queries.attendees_called(set(people)))
    named = (replace(person, name=names[person.id]) if person.id in names else person for person in problem.participants)
    return replace(problem, participants=tuple(named))


def move(meetup_id: int, version: int, wanted: Wanted, *, revision: int, user_id: int, now: datetime) -> None:
    """Make one move in a draft version; whoever moved is locked in that round. Refuses what breaks a rule, and who comes second."""
    with transaction():
        plan = _hold(meetup_id, version, revision, now)
        problem, engine_plan = problem_of(plan), queries.engine_plan(queries.seats_of(plan.id))
        found = _priced(problem, engine_plan, plan, wanted.move)
        for sentence in found.refused:
            raise Refusal(sentence)
        one, other = _seat(plan, wanted.round, wanted.person), _seat(plan, wanted.round, wanted.other)
        assert one is not None, "whoever has no seat has been refused"
        made = PlanMove(
            plan_id=plan.id, round=wanted.round, attendee_id=one.attendee_id, other_id=other.attendee_id if other else None,
            from_table=one.table, to_table=other.table if other else wanted.table, was_locked=one.locked,
            other_was_locked=bool(other and other.locked), created_by=user_id, created_at=now,
        )  # fmt: skip
        db.session.add(made)
        _put(one, made.to_table, locked=True)
        if other is not None:
            _put(other, made.from_table, locked=True)
        _counted_anew(plan, problem, moved(engine_plan, wanted.move))
        _log("moved by hand", plan, made, user_id, now)


def take_back(meetup_id: int, version: int, *, revision: int, user_id: int, now: datetime) -> None:
    """Take the last move back, its locks too."""
    with transaction():
        plan = _hold(meetup_id, version, revision, now)
        last = next(iter(queries.moves_of(plan.id)), None)
        if last is None:
            raise Refusal(say("No move is left to take back."))
        one, other = _of(plan, last.round, last.attendee_id), _of(plan, last.round, last.other_id)
        if one is None or one.table != last.to_table or (last.other_id and (other is None or other.table != last.from_table)):
            raise Refusal(say("Somebody of the last move is no longer where it brought them. Move people anew instead."))
        _put(one, last.from_table, locked=last.was_locked)
        if other is not None:
            _put(other, last.to_table, locked=last.other_was_locked)
        db.session.flush()
        _counted_anew(plan, problem_of(plan), queries.engine_plan(queries.seats_of(plan.id)))
        _log("move taken back", plan, last, user_id, now)
        db.session.delete(last)


def lock(meetup_id: int, version: int, number: int, person: str, *, locked: bool, user_id: int, now: datetime) -> None:
    """Hold somebody at their table in a round when another version is planned, or no longer; twice is once."""
    with transaction():
        plan = _hold(meetup_id, version, None, now)
        seat = _seat(plan, number, person)
        if seat is None or seat.table is None:
            raise Refusal(say("Whoever sits out has no table to be locked at."))
        if seat.locked != locked:
            seat.locked = locked
            after = {"version": version, "round": number, "attendee": seat.attendee_id, "locked": locked}
            audit.record("seat locked", f"meetup:{meetup_id}", actor=audit.user(user_id), now=now, after=after)


def _hold(meetup_id: int, version: int, revision: int | None, now: datetime) -> Plan:
    """A draft version that nobody else changes until the transaction ends."""
    gathering = meetup_service.hold(meetup_id)[1]
    meetup_service.may_register(gathering, now)
    plan = meetups.find_bare_plan(meetup_id, version)
    if plan is None:
        raise Refusal(say("There is no version %(version)d of this plan.", version=version))
    refuse_of_the_desk(plan)
    if plan.state != PlanState.DRAFT:
        raise Refusal(say("Version %(version)d was published and never changes. Make a copy and move people there.", version=version))
    if revision is not None and plan.revision != revision:
        raise Refusal(say("Somebody else moved people in this version a moment ago. Look at the tables as they are now, then move."))
    return plan


def refuse_of_the_desk(plan: Plan) -> None:
    """Refuse a version of the rounds to come: what holds on the day is changed at the desk alone."""
    if plan.from_round is not None:
        raise Refusal(say("Version %(version)d was made at the desk on the day. People are moved at the desk.", version=plan.version))


def _seat(plan: Plan, number: int, person: str | None) -> Seating | None:
    return None if person is None else queries.seat_of(plan.id, number, person)


def _of(plan: Plan, number: int, attendee_id: int | None) -> Seating | None:
    return None if attendee_id is None else queries.seat_of_attendee(plan.id, number, attendee_id)


def _put(seat: Seating, table: int | None, *, locked: bool) -> None:
    seat.table, seat.locked = table, locked and table is not None


def _counted_anew(plan: Plan, problem: Problem, engine_plan: EnginePlan) -> None:
    plan.metrics = asdict(score(problem, engine_plan))
    plan.revision += 1


def _log(what: str, plan: Plan, made: PlanMove, user_id: int, now: datetime) -> None:
    people = [id for id in (made.attendee_id, made.other_id) if id is not None]
    after = {"version": plan.version, "round": made.round, "attendees": people, "from": made.from_table, "to": made.to_table}
    audit.record(what, f"meetup:{plan.meetup_id}", actor=audit.user(user_id), now=now, after=after)
