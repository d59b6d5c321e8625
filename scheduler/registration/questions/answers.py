"""Answers, written inside the caller's transaction with the gathering held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from scheduler.core.questions import Per
from scheduler.foundation.db import db
from scheduler.registration.models import Answer, Question, Registration
from scheduler.registration.questions import queries


def write(registration: Registration, attendee_id: int | None, given: Mapping[str, Sequence[str]], *, now: datetime) -> None:
    """Store what a party, or one person of it, answered, by the key of the question. What is no longer asked is dropped."""
    sheet = queries.sheet_of(registration.gathering_id, registration_id=registration.id)
    per = Per.PARTY if attendee_id is None else Per.ATTENDEE
    others = {} if attendee_id is None else sheet.of_party(registration.id)
    before = sheet.given.get((registration.id, attendee_id), {})
    answers = {**others, **before, **given}
    wanted = {question.id: list(answers[question.key]) for question in sheet.shown(per, answers) if answers.get(question.key)}
    stored = {answer.question_id: answer for answer in db.session.scalars(_stored(registration, attendee_id))}
    for question_id, answer in stored.items():
        if question_id not in wanted:
            db.session.delete(answer)
    for question_id, texts in wanted.items():
        answer = stored.get(question_id) or Answer(
            question_id=question_id, registration_id=registration.id, attendee_id=attendee_id, given=[], changed_at=now
        )
        if answer.given != texts:
            answer.given, answer.changed_at = texts, now
            db.session.add(answer)
    db.session.flush()


def _stored(registration: Registration, attendee_id: int | None) -> sa.Select[Answer]:
    """The answers of a party or a person to what its gathering asks."""
    here = sa.select(Question.id).where(Question.gathering_id == registration.gathering_id)
    of_whom = Answer.attendee_id.is_(None) if attendee_id is None else Answer.attendee_id == attendee_id
    return sa.select(Answer).where(Answer.registration_id == registration.id, of_whom, Answer.question_id.in_(here))


def carry(registration: Registration, new_gathering_id: int) -> None:
    """A party comes on another date: what is asked there as well, in the same words, is answered already; the rest goes."""
    there = {question.key: question for question in queries.questions_of(new_gathering_id)}
    rows = sa.select(Answer, Question).join(Question, Answer.question_id == Question.id).where(Answer.registration_id == registration.id)
    for answer, question in db.session.execute(rows).all():
        same = there.get(question.key)
        if same is None or (same.kind, same.per, same.options) != (question.kind, question.per, question.options):
            db.session.delete(answer)
        else:
            answer.question_id = same.id
    db.session.flush()
