"""A host's own questions: which of them a party sees, what is still missing, and which orders and conditions make sense (rule 13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scheduler.core.refusal import Refusal, Sentence, say
from scheduler.core.text import same_name, tidy

MOST_QUESTIONS = 20
"""At one gathering: more than that nobody answers"""
MOST_OPTIONS, OPTION_LENGTH = 20, 100
YES, NO = "yes", "no"
"""The answers of a tick"""


class QuestionKind(StrEnum):
    """How a question is answered."""

    TEXT = "text"
    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"
    CHECK = "check"


class Per(StrEnum):
    """Who answers."""

    PARTY = "party"
    """The lead, once for all"""
    ATTENDEE = "attendee"
    """Each person"""


@dataclass(frozen=True)
class Condition:
    """A question is shown only when the one of this key was answered so."""

    key: str
    answer: str


@dataclass(frozen=True)
class Asked:
    """One question as the rules see it; `options` of choices only."""

    key: str
    text: str
    kind: QuestionKind = QuestionKind.TEXT
    per: Per = Per.PARTY
    options: tuple[str, ...] = ()
    required: bool = False
    condition: Condition | None = None

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers that a condition can name; none where they are typed.

        >>> Asked("a", "Lunch?", QuestionKind.CHECK).answers, Asked("b", "Your bus?").answers
        (('yes', 'no'), ())
        """
        return (YES, NO) if self.kind == QuestionKind.CHECK else self.options


Answers = Mapping[str, Sequence[str]]
"""What was answered, by the key of the question; a tick that is set is `[YES]`"""


def check(questions: Sequence[Asked]) -> None:
    """Refuse a list in which a condition could never be decided in the order of the list.

    >>> lunch = Asked("a", "Lunch?", QuestionKind.CHECK)
    >>> check([lunch, Asked("b", "Which one?", condition=Condition("a", YES))])
    >>> check([Asked("b", "Which one?", condition=Condition("b", YES))])
    Traceback (most recent call last):
    ...
    scheduler.core.refusal.Refusal: “Which one?” cannot wait for its own answer. Choose an earlier question, or show it always.
    """
    if len(questions) > MOST_QUESTIONS:
        raise Refusal(say("Up to %(most)s questions fit. Remove one first.", most=MOST_QUESTIONS))
    place = {question.key: n for n, question in enumerate(questions)}
    for n, question in enumerate(questions):
        if question.condition is not None and (wrong := _wrong(question, n, questions, place)) is not None:
            raise Refusal(wrong)


def _wrong(question: Asked, n: int, questions: Sequence[Asked], place: Mapping[str, int]) -> Sentence | None:
    """Why a condition makes no sense, or None."""
    assert question.condition is not None
    wanted = question.condition
    if wanted.key == question.key:
        return say("“%(question)s” cannot wait for its own answer. Choose an earlier question, or show it always.", question=question.text)
    if wanted.key not in place:
        return say("“%(question)s” waits for a question that is not there. Choose another one, or show it always.", question=question.text)
    other = questions[place[wanted.key]]
    facts = {"question": question.text, "other": other.text, "answer": wanted.answer}
    if place[wanted.key] > n:
        if _leads_back(question, other, questions, place):
            return say("“%(question)s” and “%(other)s” wait for each other. Show one of them always.", **facts)
        return say("“%(question)s” waits for an answer to “%(other)s”, which comes later. It has to come earlier.", **facts)
    if other.per == Per.ATTENDEE and question.per == Per.PARTY:
        return say(
            "“%(question)s” is asked once, and “%(other)s” of each person: whose answer would count? Ask both of each person.", **facts
        )
    if not other.answers:
        return say("The answers to “%(other)s” are typed, so “%(question)s” cannot wait for one of them.", **facts)
    if wanted.answer not in other.answers:
        return say("“%(question)s” is shown after the answer “%(answer)s” to “%(other)s”, which is not one of its answers.", **facts)
    return None


def _leads_back(question: Asked, other: Asked, questions: Sequence[Asked], place: Mapping[str, int]) -> bool:
    """Whether the conditions from `other` on come back to `question`: each has one at most, so there is one way to walk."""
    seen: set[str] = set()
    while other.condition is not None and other.key not in seen and other.condition.key in place:
        seen.add(other.key)
        if other.condition.key == question.key:
            return True
        other = questions[place[other.condition.key]]
    return False


def shown(questions: Sequence[Asked], answers: Answers) -> list[Asked]:
    """The questions that are asked once these answers are given, in their order.

    >>> lunch, which = Asked("a", "Lunch?", QuestionKind.CHECK), Asked("b", "Which one?", condition=Condition("a", YES))
    >>> [question.text for question in shown([lunch, which], {})], [question.text for question in shown([lunch, which], {"a": ["yes"]})]
    (['Lunch?'], ['Lunch?', 'Which one?'])
    """
    seen: dict[str, Asked] = {}
    for question in questions:
        wanted = question.condition
        if wanted is None or (wanted.key in seen and wanted.answer in _given(seen[wanted.key], answers)):
            seen[question.key] = question
    return list(seen.values())


def _given(question: Asked, answers: Answers) -> Sequence[str]:
    """The answers that stand; a tick that was not set is a no."""
    given = answers.get(question.key, ())
    return given or ((NO,) if question.kind == QuestionKind.CHECK else ())


def missing(questions: Sequence[Asked], answers: Answers) -> list[Asked]:
    """Required questions that are asked and have no answer yet.

    >>> [question.text for question in missing([Asked("a", "Your bus?", required=True)], {"a": []})]
    ['Your bus?']
    """
    return [question for question in shown(questions, answers) if question.required and not answers.get(question.key)]


def read_options(typed: str) -> tuple[str, ...]:
    r"""The answers to choose from, a line each.

    >>> read_options("Vegan\n\n No  meat ")
    ('Vegan', 'No meat')
    >>> read_options("Vegan\nvegan")
    Traceback (most recent call last):
    ...
    scheduler.core.refusal.Refusal: “vegan” stands there twice. Each answer is needed once.
    """
    options = [" ".join(line.split()) for line in tidy(typed).split("\n") if line.strip()]
    known: set[str] = set()
    for option in options:
        if same_name(option) in known:
            raise Refusal(say("“%(option)s” stands there twice. Each answer is needed once.", option=option))
        if len(option) > OPTION_LENGTH:
            raise Refusal(say("“%(option)s…” is too long. Up to %(most)s letters fit.", option=option[:30], most=OPTION_LENGTH))
        known.add(same_name(option))
    if not 2 <= len(options) <= MOST_OPTIONS:
        raise Refusal(say("Write from 2 to %(most)s answers, one on each line.", most=MOST_OPTIONS))
    return tuple(options)
