"""Reads of questions and answers: what a gathering asks, what was answered, and what is still missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask import abort
from flask_babel import gettext as _

from scheduler.core import questions
from scheduler.core.access import Actor
from scheduler.core.questions import Answers, Asked, Condition, Per, QuestionKind
from scheduler.foundation.db import db
from scheduler.registration.models import Answer, Attendee, Gathering, Question, Registration, RegistrationState


def gathering_for_host_or_404(public_id: str, actor: Actor) -> Gathering:
    """A gathering whose parties this person may ask: of a school that they run visits for, or of the whole network."""
    gathering = db.session.scalar(sa.select(Gathering).where(Gathering.public_id == public_id))
    if gathering is None:
        abort(404)
    if not (actor.sees_every_school or (gathering.school_id is not None and actor.may_host(gathering.school_id))):
        abort(404)
    return gathering


def questions_of(gathering_id: int) -> Sequence[Question]:
    """What a gathering asks, in its order."""
    return questions_by([gathering_id])[gathering_id]


def questions_by(gathering_ids: Collection[int]) -> dict[int, list[Question]]:
    """The questions of several gatherings, by id; one statement."""
    chosen = sa.select(Question).where(Question.gathering_id.in_(gathering_ids)).order_by(Question.position, Question.id)
    found: defaultdict[int, list[Question]] = defaultdict(list)
    for question in db.session.scalars(chosen):
        found[question.gathering_id].append(question)
    return {gathering_id: found[gathering_id] for gathering_id in gathering_ids}


def asked(question: Question) -> Asked:
    """A question as the rules see it."""
    condition = Condition(question.condition_key, question.condition_answer) if question.condition_key else None
    return Asked(question.key, question.text, question.kind, question.per, tuple(question.options), question.required, condition)


@dataclass(frozen=True)
class Sheet:
    """The questions of a gathering with all that its parties, or some of them, answered."""

    questions: Sequence[Question]
    given: dict[tuple[int, int | None], dict[str, list[str]]]
    """By registration, and by attendee or None for the party as a whole; then by the key of the question"""

    def of_party(self, registration_id: int) -> Answers:
        """What the lead answered for all."""
        return self.given.get((registration_id, None), {})

    def of_attendee(self, registration_id: int, attendee_id: int) -> Answers:
        """What holds for one person: the party's answers and their own."""
        return {**self.of_party(registration_id), **self.given.get((registration_id, attendee_id), {})}

    def shown(self, per: Per, answers: Answers) -> list[Question]:
        """The questions to a party, or to a person, that are asked once these answers are given."""
        keys = {one.key for one in questions.shown([asked(question) for question in self.questions], answers)}
        return [question for question in self.questions if question.per == per and question.key in keys]

    def missing(self, registration: Registration) -> int:
        """How many required answers are missing, the lead's and those of everybody who has a name."""
        people = [attendee for attendee in registration.attendees if attendee.person is not None]
        of_people = sum(len(self.missing_of(Per.ATTENDEE, self.of_attendee(registration.id, attendee.id))) for attendee in people)
        return len(self.missing_of(Per.PARTY, self.of_party(registration.id))) + of_people

    def missing_of(self, per: Per, answers: Answers) -> list[str]:
        """The texts of the required questions that are asked and not answered."""
        found = questions.missing([asked(question) for question in self.questions], answers)
        return [one.text for one in found if one.per == per]

    def lines(self, registration_id: int, attendee_id: int | None = None, *, at_door: bool = False) -> list[tuple[str, str]]:
        """Questions with their answers, as people read them; of the party, or of one person."""
        per = Per.PARTY if attendee_id is None else Per.ATTENDEE
        answers = self.of_party(registration_id) if attendee_id is None else self.of_attendee(registration_id, attendee_id)
        wanted = [question for question in self.shown(per, answers) if question.at_door or not at_door]
        return [(question.text, in_words(question, answers[question.key])) for question in wanted if answers.get(question.key)]


def in_words(question: Question, given: Sequence[str]) -> str:
    """An answer as people read it.

    >>> in_words(Question(kind=QuestionKind.CHOICES), ["Vegan", "No nuts"])
    'Vegan, No nuts'
    """
    return str(_("yes")) if question.kind == QuestionKind.CHECK else ", ".join(given)


def sheet_of(gathering_id: int, *, registration_id: int | None = None) -> Sheet:
    """The sheet of a gathering, or of one party there; two statements, however many people there are."""
    if not (listed := questions_of(gathering_id)):
        return Sheet(listed, {})
    columns = sa.select(Answer.registration_id, Answer.attendee_id, Question.key, Answer.given).join(
        Question, Answer.question_id == Question.id
    )
    chosen = columns.where(Question.gathering_id == gathering_id)
    if registration_id is not None:
        chosen = chosen.where(Answer.registration_id == registration_id)
    given: defaultdict[tuple[int, int | None], dict[str, list[str]]] = defaultdict(dict)
    for party, attendee, key, values in db.session.execute(chosen):
        given[party, attendee][key] = [str(value) for value in values]
    return Sheet(listed, dict(given))


def door_notes(gathering_id: int) -> dict[int, list[str]]:
    """What those at the door read of each person, by the attendee's id: the answers that the host wants shown there.

    What a party answered as a whole stands at its lead.
    """
    sheet = sheet_of(gathering_id)
    confirmed = sa.and_(Registration.gathering_id == gathering_id, Registration.state == RegistrationState.CONFIRMED)
    columns = sa.select(Attendee.id, Attendee.registration_id, Attendee.is_lead).join(Attendee.registration).where(confirmed)
    notes: dict[int, list[str]] = {}
    for attendee_id, registration_id, is_lead in db.session.execute(columns):
        lines = sheet.lines(registration_id, at_door=True) if is_lead else []
        lines = [*lines, *sheet.lines(registration_id, attendee_id, at_door=True)]
        if lines:
            notes[attendee_id] = [f"{text} {answer}" for text, answer in lines]
    return notes


def answered_by(question_id: int) -> int:
    """How many answers a question has."""
    return int(db.session.scalar(sa.select(sa.func.count(Answer.id)).where(Answer.question_id == question_id)) or 0)
