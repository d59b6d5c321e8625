"""What hosts do with their questions: ask, change, reorder, remove, and use them for other visits (rule 13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from scheduler.core import questions
from scheduler.core.questions import Condition, Per, QuestionKind
from scheduler.core.refusal import Refusal, Sentence, count, say
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.registration import queries as registrations
from scheduler.registration.models import Answer, Gathering, GatheringState, Question
from scheduler.registration.questions import queries


@dataclass(frozen=True)
class Wording:
    """One question as its host typed it."""

    text: str
    kind: QuestionKind
    per: Per = Per.PARTY
    options: Sequence[str] = ()
    required: bool = False
    at_door: bool = False
    condition: Condition | None = None


def ask(gathering_id: int, wording: Wording, *, actor: str, now: datetime) -> str:
    """Ask one more question; returns its public id. Refuses a condition that could never be decided."""
    with transaction():
        gathering = _lock(gathering_id, now)
        listed = list(queries.questions_of(gathering_id))
        name = new_public_id()
        question = Question(public_id=name, key=name, gathering_id=gathering_id, position=_after(listed), created_at=now)
        _write(question, wording)
        questions.check([queries.asked(one) for one in (*listed, question)])
        db.session.add(question)
        _log("question asked", gathering, actor, now)
        return name


def change(gathering_id: int, public_id: str, wording: Wording, *, actor: str, now: datetime) -> None:
    """Change a question. One that has answers keeps its kind, and whatever somebody chose stays one of its answers."""
    with transaction():
        gathering = _lock(gathering_id, now)
        listed = queries.questions_of(gathering_id)
        question = _find(listed, public_id)
        _refuse_orphans(question, wording)
        _write(question, wording)
        questions.check([queries.asked(one) for one in listed])
        _log("question changed", gathering, actor, now)


def _refuse_orphans(question: Question, wording: Wording) -> None:
    """Refuse what would make answers that were given mean nothing."""
    given = db.session.scalars(sa.select(Answer.given).where(Answer.question_id == question.id)).all()
    if given and (question.kind, question.per) != (wording.kind, wording.per):
        answers = count(len(given), "has %(n)d answer", "has %(n)d answers")
        text = "“%(question)s” %(answers)s, so it keeps its kind. Remove it and ask another one."
        raise Refusal(say(text, question=question.text, answers=answers))
    for option in question.options:
        chosen = sum(option in texts for texts in given)
        if chosen and option not in wording.options:
            people = count(chosen, "was chosen %(n)d time", "was chosen %(n)d times")
            raise Refusal(say("“%(option)s” %(people)s, so it stays one of the answers.", option=option, people=people))


def move(gathering_id: int, public_id: str, *, up: bool, actor: str, now: datetime) -> None:
    """Let a question change places with its neighbor. Refuses an order in which a condition could not be decided."""
    with transaction():
        gathering = _lock(gathering_id, now)
        listed = list(queries.questions_of(gathering_id))
        place = listed.index(_find(listed, public_id))
        other = place - 1 if up else place + 1
        if not 0 <= other < len(listed):
            return
        listed[place], listed[other] = listed[other], listed[place]
        questions.check([queries.asked(one) for one in listed])
        for position, question in enumerate(listed):
            question.position = position
        _log("questions reordered", gathering, actor, now)


def remove(gathering_id: int, public_id: str, *, answers: int, actor: str, now: datetime) -> None:
    """Remove a question with the answers that the host was told it has; more than that are asked about again."""
    with transaction():
        gathering = _lock(gathering_id, now)
        listed = queries.questions_of(gathering_id)
        question = next((one for one in listed if one.public_id == public_id), None)
        if question is None:
            return
        there = queries.answered_by(question.id)
        if there > answers:
            raise Refusal(_has_answers(question, there))
        questions.check([queries.asked(one) for one in listed if one is not question])
        db.session.delete(question)
        _log("question removed", gathering, actor, now)


def _has_answers(question: Question, number: int) -> Sentence:
    answers = count(number, "has %(n)d answer, which goes with it", "has %(n)d answers, which go with it")
    return say("“%(question)s” %(answers)s.", question=question.text, answers=answers)


def use_for_others(gathering_id: int, *, actor: str, now: datetime) -> tuple[int, int]:
    """Ask the same at every coming visit of the school that asks nothing yet; returns how many now do, and how many keep their own."""
    with transaction():
        here = db.session.get_one(Gathering, gathering_id)
        held = registrations.lock_gatherings([gathering_id, *_coming(here, now)])
        listed = queries.questions_by(list(held))
        others = [other for other in held if other != gathering_id]
        bare = [other for other in others if not listed[other]]
        for other in bare:
            db.session.add_all(_copy(question, other, now) for question in listed[gathering_id])
            _log("questions copied", held[other], actor, now)
        return len(bare), len(others) - len(bare)


def _coming(here: Gathering, now: datetime) -> Sequence[int]:
    alike = sa.and_(Gathering.school_id == here.school_id, Gathering.kind == here.kind, Gathering.id != here.id)
    coming = sa.and_(Gathering.starts_at > now, Gathering.state != GatheringState.CANCELLED)
    return db.session.scalars(sa.select(Gathering.id).where(alike, coming)).all() if here.school_id else []


def _copy(question: Question, gathering_id: int, now: datetime) -> Question:
    """The same question at another gathering, under the same key."""
    return Question(
        public_id=new_public_id(), key=question.key, gathering_id=gathering_id, position=question.position, text=question.text,
        kind=question.kind, per=question.per, options=list(question.options), required=question.required, at_door=question.at_door,
        condition_key=question.condition_key, condition_answer=question.condition_answer, created_at=now,
    )  # fmt: skip


def _lock(gathering_id: int, now: datetime) -> Gathering:
    gathering = registrations.lock_gathering(gathering_id)
    if gathering.is_cancelled or gathering.is_over(now):
        raise Refusal(say("This is over or was cancelled, so nothing more is asked."))
    return gathering


def _find(listed: Sequence[Question], public_id: str) -> Question:
    question = next((question for question in listed if question.public_id == public_id), None)
    if question is None:
        raise Refusal(say("This question was removed meanwhile. Load the page again."))
    return question


def _after(listed: Sequence[Question]) -> int:
    return max((question.position for question in listed), default=-1) + 1


def _write(question: Question, wording: Wording) -> None:
    question.text, question.kind, question.per = wording.text, wording.kind, wording.per
    question.options, question.required, question.at_door = list(wording.options), wording.required, wording.at_door
    question.condition_key = wording.condition.key if wording.condition else ""
    question.condition_answer = wording.condition.answer if wording.condition else ""


def _log(what: str, gathering: Gathering, actor: str, now: datetime) -> None:
    audit.record(what, f"gathering:{gathering.id}", actor=actor, now=now, school_id=gathering.school_id)
