"""What hosts type about a question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from scheduler.core import questions
from scheduler.core.questions import YES, Condition, Per, QuestionKind
from scheduler.core.refusal import Refusal
from scheduler.foundation.forms import Check, Choice, Form, LongText, Radio, Text
from scheduler.foundation.templating import translated
from scheduler.registration.models import Question
from scheduler.registration.questions.queries import asked
from scheduler.registration.questions.service import Wording

KIND_LABELS = {
    QuestionKind.TEXT: _l("Text"), QuestionKind.CHOICE: _l("One of several answers"), QuestionKind.CHOICES: _l("Any of several answers"),
    QuestionKind.NUMBER: _l("A number"), QuestionKind.CHECK: _l("A box to tick"),
}  # fmt: skip
PER_LABELS = {Per.PARTY: _l("The lead, once for the party"), Per.ATTENDEE: _l("Each person")}
WITH_OPTIONS = (QuestionKind.CHOICE, QuestionKind.CHOICES)


class Answered(SelectField):
    """An answer to a question, or nothing; whether it makes sense the rules of conditions say, not the list."""

    def pre_validate(self, form: Any) -> None:
        """Anything may be sent: the order may have changed while the form was open."""


class QuestionForm(Form):
    """One question."""

    text = Text(_l("Question"), most=200)
    per = Radio(_l("Who answers"), default=Per.PARTY.value)
    kind = Choice(_l("How it is answered"), default=QuestionKind.TEXT.value)
    options = LongText(_l("Answers to choose from"), most=3000)
    required = Check(_l("I need an answer"))
    at_door = Check(_l("Show the answer at the door"))
    condition = Answered(_l("When it is asked"), default="")

    def __init__(self, listed: Sequence[Question], *, before: Sequence[Question], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind.choices = [(kind.value, label) for kind, label in KIND_LABELS.items()]
        self.per.choices = [(per.value, label) for per, label in PER_LABELS.items()]
        self.conditions = {f"{one.key}:{n}": Condition(one.key, answer) for one in listed for n, answer in enumerate(asked(one).answers)}
        earlier = {one.key: one for one in before}
        offered = [(name, wanted) for name, wanted in self.conditions.items() if wanted.key in earlier]
        words = [(name, condition_words(earlier[wanted.key], wanted.answer)) for name, wanted in offered]
        self.condition.choices = [("", _("always")), *words]

    def validate_options(self, field: LongText) -> None:
        """Answers to choose from, where there is something to choose."""
        self.answers: Sequence[str] = ()
        if self.kind.data not in WITH_OPTIONS:
            return
        try:
            self.answers = questions.read_options(field.data or "")
        except Refusal as refusal:
            self.refuse("options", translated(refusal.sentence))

    def wording(self) -> Wording:
        """What was typed, as the use case wants it."""
        chosen = self.condition.data or ""
        condition = self.conditions.get(chosen) or (Condition(chosen.partition(":")[0], "") if chosen else None)
        kind, per = QuestionKind(self.kind.data), Per(self.per.data)
        return Wording(self.text.data or "", kind, per, self.answers, self.required.data, self.at_door.data, condition)

    @staticmethod
    def values_of(question: Question, listed: Sequence[Question]) -> dict[str, Any]:
        """What the form shows for a question that is there."""
        other = next((one for one in listed if one.key == question.condition_key), None)
        answers = asked(other).answers if other else ()
        known = question.condition_answer in answers
        return {
            "text": question.text, "kind": question.kind.value, "per": question.per.value, "options": "\n".join(question.options),
            "required": question.required, "at_door": question.at_door,
            "condition": f"{question.condition_key}:{answers.index(question.condition_answer)}" if known else "",
        }  # fmt: skip


def condition_words(question: Question, answer: str) -> str:
    """When a question is asked, as hosts read it."""
    if question.kind != QuestionKind.CHECK:
        return str(_("after “%(answer)s” to “%(question)s”", answer=answer, question=question.text))
    ticked = _("when “%(question)s” is ticked", question=question.text)
    return str(ticked if answer == YES else _("when “%(question)s” is not ticked", question=question.text))
