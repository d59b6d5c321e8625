"""A gathering's questions as fields of a form, and what was typed into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from flask_babel import gettext as _
from wtforms import Field

from scheduler.core.questions import YES, QuestionKind
from scheduler.foundation.forms import Check, Choice, Choices, Form, Text, Whole
from scheduler.registration.models import Question

MOST = 500
"""Letters of a typed answer"""
F = TypeVar("F", bound=Form)


def with_questions(base: type[F], listed: Sequence[Question], given: Mapping[str, Sequence[str]], **kwargs: Any) -> F:
    """A form with a field for each question, filled with what was answered before. Nothing is needed: what is missing is asked
    for again."""
    fields = {name_of(question): _field(question) for question in listed}
    answered = {name_of(question): _shown(question, given.get(question.key, ())) for question in listed}
    form: F = type(base.__name__, (base,), fields)(data={**kwargs.pop("data", {}), **answered}, **kwargs)
    return form


def name_of(question: Question) -> str:
    """The field's name; the question's place may change while somebody types."""
    return f"question_{question.public_id}"


def given_in(form: Form, listed: Sequence[Question]) -> dict[str, list[str]]:
    """What was answered, by the key of the question; empty where nothing was."""
    return {question.key: _typed(question, form[name_of(question)].data) for question in listed}


def _field(question: Question) -> Field:
    options = [(option, option) for option in question.options]
    if question.kind == QuestionKind.CHOICE:
        return Choice(question.text, choices=lambda: [("", _("no answer")), *options], required=False)
    if question.kind == QuestionKind.CHOICES:
        return Choices(question.text, choices=lambda: options)
    if question.kind == QuestionKind.NUMBER:
        return Whole(question.text, least=0, most=1_000_000, required=False)
    if question.kind == QuestionKind.CHECK:
        return Check(question.text)
    return Text(question.text, most=MOST, required=False)


def _shown(question: Question, given: Sequence[str]) -> Any:
    if question.kind == QuestionKind.CHOICES:
        return list(given)
    if question.kind == QuestionKind.CHECK:
        return bool(given)
    if question.kind == QuestionKind.NUMBER:
        return int(given[0]) if given else None
    return given[0] if given else ""


def _typed(question: Question, data: Any) -> list[str]:
    if question.kind == QuestionKind.CHOICES:
        return [str(option) for option in data or ()]
    if question.kind == QuestionKind.CHECK:
        return [YES] if data else []
    return [str(data)] if data not in ("", None) else []
