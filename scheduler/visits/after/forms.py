"""What people write after a visit, and what hosts choose for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from scheduler.foundation.forms import Check, Choices, Form, LongText, Radio, Text
from scheduler.schools.resources.models import Resource
from scheduler.visits.after.models import Debrief, Tried, TriedAnswer
from scheduler.visits.after.service import DebriefDetails

VALUES = {
    4: _l("It changes what I do"),
    3: _l("I take something home"),
    2: _l("Good to have seen"),
    1: _l("Not much for me"),
}
ANSWERS = {TriedAnswer.YES: _l("Yes"), TriedAnswer.NOT_YET: _l("Not yet"), TriedAnswer.NO: _l("No")}


class DebriefForm(Form):
    """One minute on a phone: one choice, and up to three texts."""

    value = Radio(_l("What was the visit worth to you?"), choices=lambda: [(str(value), label) for value, label in VALUES.items()])
    noticed = LongText(_l("I noticed"), most=1500)
    wonders = LongText(_l("I wonder"), most=1500)
    will_try = LongText(_l("I will try"), most=1500)
    is_shared = Check(_l("My host may read what I wrote, with my name"))

    @staticmethod
    def values_of(written: Debrief | None) -> dict[str, Any] | None:
        """What somebody wrote before."""
        names = ("noticed", "wonders", "will_try", "is_shared")
        return {"value": str(written.value)} | {name: getattr(written, name) for name in names} if written else None

    def details(self) -> DebriefDetails:
        """What was typed, as the use case wants it."""
        texts = {name: self[name].data or "" for name in ("noticed", "wonders", "will_try")}
        return DebriefDetails(int(self.value.data), **texts, is_shared=bool(self.is_shared.data))


class TriedForm(Form):
    """Yes, not yet or no; and a line, if one likes."""

    answer = Radio(
        _l("Did something of it reach your own classrooms?"), choices=lambda: [(each.value, label) for each, label in ANSWERS.items()]
    )
    line = Text(_l("What, and how did it go?"), most=300, required=False)
    is_shared = Check(_l("My host may read this line, with my name"))

    @staticmethod
    def values_of(said: Tried | None) -> dict[str, Any] | None:
        """What somebody answered before."""
        return {"answer": said.answer.value, "line": said.line, "is_shared": said.is_shared} if said else None


class PackForm(Form):
    """Which of a school's resources belong to one visit."""

    resources = Choices(_l("Belongs to this visit"))

    def __init__(self, shared: Sequence[Resource], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.resources.choices = [(resource.public_id, resource.title) for resource in shared]
        self.ids = {resource.public_id: resource.id for resource in shared}

    @property
    def chosen(self) -> list[int]:
        return [self.ids[public_id] for public_id in self.resources.data or ()]
