"""Saying no, and saying anything: a sentence that carries its facts and is put into the reader's language later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Gettext = Callable[[str], str]
Ngettext = Callable[[str, str, int], str]


def _same(text: str) -> str:
    return text


def _english(one: str, many: str, n: int) -> str:
    return one if n == 1 else many


@dataclass(frozen=True)
class Sentence:
    """A text for a person, kept apart from its facts so that it can be translated; a fact may be a Sentence itself.

    >>> str(say("%(left)s, and your party has %(people)s.",
    ...     left=count(1, "%(n)d seat is left", "%(n)d seats are left"), people=count(2, "%(n)d person", "%(n)d people")))
    '1 seat is left, and your party has 2 people.'
    """

    text: str
    plural: str | None = None
    n: int = 1
    facts: Mapping[str, object] = field(default_factory=dict)

    def put(self, gettext: Gettext, ngettext: Ngettext) -> str:
        """The sentence in the language of the two translating functions, facts filled in."""
        pattern = gettext(self.text) if self.plural is None else ngettext(self.text, self.plural, self.n)
        facts = {name: fact.put(gettext, ngettext) if isinstance(fact, Sentence) else fact for name, fact in self.facts.items()}
        return pattern % facts if facts else pattern

    def __str__(self) -> str:
        return self.put(_same, _english)


def say(text: str, **facts: object) -> Sentence:
    """One sentence; `%(name)s` stands for the fact of that name.

    >>> str(say("The visit starts at %(time)s.", time="9:00 am"))
    'The visit starts at 9:00 am.'
    """
    return Sentence(text, facts=facts)


def count(n: int, one: str, many: str, **facts: object) -> Sentence:
    """A number of things; `%(n)d` stands for the number.

    >>> str(count(3, "%(n)d seat", "%(n)d seats"))
    '3 seats'
    """
    return Sentence(one, many, n, {**facts, "n": n})


class Refusal(Exception):
    """A rule said no. Its sentence is for the person: what happened, and what would work.

    >>> str(Refusal(say("This visit was cancelled.")))
    'This visit was cancelled.'
    """

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)
