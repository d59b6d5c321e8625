"""What organizers type about wishes, the format and the rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import wtforms
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField

from scheduler.core.pairing.problem import MOST_ROUNDS
from scheduler.core.pairing.wishes import Kind, Wish
from scheduler.core.refusal import Refusal
from scheduler.core.text import folded, tidy
from scheduler.foundation.forms import Check, Choice, Form, Radio, Text, Whole
from scheduler.foundation.templating import translated
from scheduler.meetups.forms import format_choices
from scheduler.meetups.models import Format, Meetup
from scheduler.meetups.timing import MOST_MINUTES, TALK_MINUTES, Talk, talk_of
from scheduler.meetups.wishes.naming import Directory
from scheduler.meetups.wishes.service import Chosen
from scheduler.registration.models import Attendee
from scheduler.registration.wording import ROLE_LABELS

MOST_TABLE = 999
MOST_TOPIC = 80


@dataclass(frozen=True)
class Spec:
    """What one kind of wish asks for: how many people, and which further fields."""

    title: Any
    hint: Any
    people: int = 0
    least: int = 1
    fields: tuple[str, ...] = ()


SPECS = {
    Kind.APART: Spec(_l("Keep apart"), _l("They never share a table. Two people or more."), people=6, least=2),
    Kind.TOGETHER: Spec(
        _l("Keep together"), _l("They share a table: in the round you name, or else at least once."), people=2, least=2, fields=("round",)
    ),
    Kind.PIN: Spec(_l("A given table"), _l("In the round you name, or else in every round."), people=1, fields=("table", "round")),
    Kind.AWAY: Spec(_l("Away in rounds"), _l("They have no seat in these rounds."), people=4, fields=("rounds",)),
    Kind.STAYS: Spec(_l("Moves rarely"), _l("They change tables only where the plan cannot do without."), people=4),
    Kind.STEP_FREE: Spec(
        _l("Step-free table"), _l("They sit at step-free tables only. Who said so when registering is counted in already."), people=4
    ),
    Kind.OFFERS: Spec(_l("Can talk about"), _l("Topics that somebody offers."), people=1, fields=("topics",)),
    Kind.ASKS: Spec(_l("Wants to hear about"), _l("Topics that somebody asks for."), people=1, fields=("topics",)),
    Kind.STATION: Spec(
        _l("Station"), _l("A table with a topic. Its people stay there in every round, the others come by."), people=3,
        fields=("table", "topic"),
    ),
    Kind.CLOSED: Spec(_l("Closed table"), _l("In the rounds you name, or else throughout."), fields=("tables", "rounds")),
    Kind.LEVEL: Spec(_l("Which tables are step-free"), _l("As long as you name none, all of them are."), fields=("tables",)),
    Kind.SEATS: Spec(_l("Seats at a table"), _l("How many people fit; the other tables share the rest."), fields=("tables", "seats")),
}  # fmt: skip


class WishForm(Form):
    """One wish, or several of a kind at once. Fields that the kind does not ask for are not there."""

    people = FieldList(Text(_l("Person"), required=False, render_kw={"list": "people", "autocomplete": "off"}))
    table = Whole(_l("Table"), least=1, most=MOST_TABLE)
    tables = Text(_l("Tables"), most=60)
    round = Whole(_l("Round"), least=1, most=MOST_ROUNDS, required=False)
    rounds = Text(_l("Rounds"), most=60)
    seats = Whole(_l("Seats"), least=2, most=99)
    topic = Text(_l("Topic"), most=MOST_TOPIC)
    topics = Text(_l("Topics"), most=300)

    def __init__(self, kind: Kind, most_rounds: int, **kwargs: Any) -> None:
        self.kind, self.spec, self.most_rounds = kind, SPECS[kind], most_rounds
        super().__init__(**kwargs)
        for name in ("table", "tables", "round", "rounds", "seats", "topic", "topics"):
            if name not in self.spec.fields:
                del self[name]
        if kind == Kind.CLOSED:
            self.rounds.required = self.rounds.flags.required = False
        del self.people.entries[self.spec.people :]
        while len(self.people) < self.spec.people:
            self.people.append_entry()
        for number, entry in enumerate(self.people, 1):
            entry.label.text = _("Person") if self.spec.people == 1 else _("Person %(n)s", n=number)

    def read(self, attendees: Sequence[Attendee]) -> list[Wish] | None:
        """The wishes that were typed; None when something is wrong, which then stands at its field."""
        right = self.validate()
        found = self._find(Directory(attendees))
        numbers = {name: self._numbers(name, most) for name, most in (("tables", MOST_TABLE), ("rounds", self.most_rounds))}
        self._check_round()
        if not right or self.errors or any(entry.errors for entry in self.people):
            return None
        return self._wishes([attendee.public_id for attendee in found], numbers["tables"], numbers["rounds"])

    def _find(self, directory: Directory) -> list[Attendee]:
        found: dict[str, Attendee] = {}
        for entry in self.people:
            if entry.data:
                try:
                    attendee = directory.find(entry.data)
                    found[attendee.public_id] = attendee
                except Refusal as refusal:
                    entry.errors = [*entry.errors, translated(refusal.sentence)]
        missing = self.spec.least if self.spec.people else 0
        if len(found) < missing and not any(entry.errors for entry in self.people):
            empty = next((entry for entry in self.people if not entry.data), self.people[-1])
            empty.errors = [_("Pick at least two different people.") if missing > 1 else _("Pick somebody.")]
        return list(found.values())

    def _numbers(self, name: str, most: int) -> list[int | None]:
        if name not in self._fields or not self._fields[name].data:
            return [None]
        found = numbers(self._fields[name].data, most)
        if found is None:
            self.refuse(name, _("Write numbers from 1 to %(most)s, such as 2 or 1, 3-5.", most=most))
        return list(found or [])

    def _check_round(self) -> None:
        if "round" in self._fields and self.round.data and self.round.data > self.most_rounds:
            self.refuse("round", _("There are only %(rounds)s rounds.", rounds=self.most_rounds))

    def _wishes(self, people: list[str], tables: list[int | None], rounds: list[int | None]) -> list[Wish]:
        typed = {name: field.data for name, field in self._fields.items() if name in ("table", "round", "seats", "topic")}
        groups = [tuple(people)] if self.kind in (Kind.APART, Kind.TOGETHER, Kind.STATION) or not people else [(id,) for id in people]
        topics = {folded(topic): topic for part in (self.topics.data or "").split(",") if (topic := tidy(part))} if self.topics else {}
        plain = [
            Wish(self.kind, group, typed.get("round"), typed.get("table"), typed.get("seats"), typed.get("topic", "")) for group in groups
        ]
        if topics:
            return [Wish(self.kind, wish.people, topic=topic[:MOST_TOPIC]) for wish in plain for topic in topics.values()]
        return [
            Wish(self.kind, wish.people, round or wish.round, table or wish.table, wish.seats, wish.topic)
            for wish in plain
            for table in tables
            for round in rounds
        ]


def numbers(typed: str, most: int) -> list[int] | None:
    """Numbers from 1 to `most` out of a list with ranges; None where it is none.

    >>> numbers("2, 4-6", 9), numbers("0", 9), numbers("5-3", 9), numbers("two", 9)
    ([2, 4, 5, 6], None, None, None)
    """
    found: set[int] = set()
    for part in typed.replace("–", "-").split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        last = last if dash else first
        if not all(piece.isascii() and piece.isdecimal() and len(piece) < 5 for piece in (first, last)):
            return None
        if not 1 <= int(first) <= int(last) <= most:
            return None
        found.update(range(int(first), int(last) + 1))
    return sorted(found)


class FormatForm(Form):
    """How the rounds are held."""

    format = Radio(_l("Format"))
    table_size = Whole(_l("People at a table"), least=3, most=12)
    stays = Choice(_l("Who stays in two lines"))
    students_have_company = Check(_l("Students have company"))
    role_mix = Choice(_l("How much does it count that roles mix?"), coerce=int)

    def __init__(self, meetup: Meetup) -> None:
        names = ("table_size", "stays", "students_have_company", "role_mix")
        super().__init__(data={name: getattr(meetup, name) for name in names} | {"format": meetup.format.value})
        self.format.choices = format_choices()
        self.stays.choices = [(role, label) for role, label in ROLE_LABELS.items()]
        self.role_mix.choices = [(0, _("not at all")), (1, _("a little")), (3, _("much"))]

    def chosen(self) -> Chosen:
        return Chosen(
            Format(self.format.data), self.table_size.data or 0, self.stays.data, bool(self.students_have_company.data), self.role_mix.data
        )  # fmt: skip


class RoundForm(wtforms.Form):
    """What one round is about, and how long."""

    prompt = Text(_l("Prompt"), most=200, required=False)
    minutes = Whole(_l("Minutes"), least=1, most=MOST_MINUTES, default=TALK_MINUTES)


class RoundsForm(Form):
    """All rounds of a meetup."""

    rounds = FieldList(FormField(RoundForm), max_entries=MOST_ROUNDS)

    def __init__(self, meetup: Meetup) -> None:
        told = [talk_of(meetup.talks, number) for number in range(1, meetup.rounds + 1)]
        super().__init__(data={"rounds": [{"prompt": talk.prompt, "minutes": talk.minutes} for talk in told]})
        del self.rounds.entries[meetup.rounds :]

    def talks(self) -> list[Talk]:
        return [Talk(entry.form.minutes.data or TALK_MINUTES, entry.form.prompt.data or "") for entry in self.rounds]
