"""What hosts type about a tour: a line a room, a line a turn; empty lines count for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import wtforms
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField, HiddenField

from scheduler.core.tours.rules import DEFAULT_MOST, LARGEST_LIMIT, MOST_ROOMS, MOST_TURNS, Turn, usual_turns, wrong_rooms, wrong_turns
from scheduler.foundation.forms import Clock, Form, Text, Whole
from scheduler.foundation.templating import translated
from scheduler.visits.tours.models import TourStop
from scheduler.visits.tours.service import StopDetails

FIRST_LINES = 4
"""Rooms that an empty form has lines for"""


class StopForm(wtforms.Form):
    """One room."""

    name = Text(_l("Room"), most=80, required=False)
    about = Text(_l("What there is to see"), most=300, required=False)
    most_adults = Whole(_l("Most adults"), least=1, most=LARGEST_LIMIT, default=DEFAULT_MOST)

    @property
    def is_empty(self) -> bool:
        return not (self.name.data or self.about.data)

    def details(self) -> StopDetails:
        return StopDetails(self.name.data or "", self.about.data or "", self.most_adults.data or DEFAULT_MOST)


class TurnForm(wtforms.Form):
    """One turn."""

    starts = Clock(_l("Begins"), required=False)
    ends = Clock(_l("Ends"), required=False)

    @property
    def is_empty(self) -> bool:
        return not (self.starts.typed or self.ends.typed or self.starts.data or self.ends.data)

    def turn(self, day: date) -> Turn:
        """What was typed, once both times are right."""
        assert isinstance(self.starts.data, time)
        assert isinstance(self.ends.data, time)
        return Turn(datetime.combine(day, self.starts.data), datetime.combine(day, self.ends.data))


class TourForm(Form):
    """The rooms and turns of a visit."""

    stops = FieldList(FormField(StopForm), max_entries=MOST_ROOMS)
    turns = FieldList(FormField(TurnForm), max_entries=MOST_TURNS)
    version = HiddenField(default="0")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.number()

    @classmethod
    def of(cls, stops: Sequence[TourStop], turns: Sequence[Turn], visit: Turn, *, version: int) -> TourForm:
        """The form with what is there; what a host has not thought of yet is suggested."""
        rooms = [{"name": stop.name, "about": stop.about, "most_adults": stop.most_adults} for stop in stops]
        times = [{"starts": turn.starts.time(), "ends": turn.ends.time()} for turn in turns or usual_turns(visit)]
        blank = [{"most_adults": DEFAULT_MOST}] * max(0, FIRST_LINES - len(rooms))
        return cls(formdata=None, data={"stops": rooms + blank, "turns": times, "version": str(version)})

    def one_more(self, what: str) -> None:
        """One more empty line, where there may be more; whatever was typed stays."""
        lines = self.stops if what == "room" else self.turns
        if len(lines) < (lines.max_entries or 0):
            lines.append_entry()
        self.number()

    def number(self) -> None:
        """Let labels say which line they belong to: the summary on top names fields by them."""
        for number, stop in enumerate(self.stops, 1):
            stop.form.name.label.text = _("Room %(n)s", n=number)
        for number, turn in enumerate(self.turns, 1):
            turn.form.starts.label.text, turn.form.ends.label.text = _("Turn %(n)s begins", n=number), _("Turn %(n)s ends", n=number)

    def check(self, visit: Turn) -> bool:
        """Put what is wrong at its field, by itself or with the others; True when nothing is."""
        right = bool(self.validate())
        return self._check_stops() and self._check_turns(visit) and right

    def _check_stops(self) -> bool:
        rooms = self._rooms
        wrong = [(room.name, _("Name the room, or clear what there is to see.")) for room in rooms if not room.name.data]
        names = [room for room in rooms if room.name.data]
        wrong += [(names[place].name, translated(said)) for place, said in wrong_rooms([room.name.data or "" for room in names])]
        if not rooms and self.stops.entries:
            wrong = [(self.stops[0].form.name, _("Name at least one room."))]
        return _refuse(wrong)

    def _check_turns(self, visit: Turn) -> bool:
        lines = self._turn_lines
        missing = [(field, field.wrong()) for line in lines for field in (line.starts, line.ends) if not (field.data or field.errors)]
        if not lines and self.turns.entries:
            missing = [(self.turns[0].form.starts, _("Say when at least one turn begins and ends."))]
        if missing or any(line.errors for line in lines):
            return _refuse(missing)
        turns = [line.turn(visit.starts.date()) for line in lines]
        return _refuse([(lines[place].starts, translated(said)) for place, said in wrong_turns(turns, visit)])

    def rooms(self) -> list[StopDetails]:
        return [room.details() for room in self._rooms]

    def times(self, visit: Turn) -> list[Turn]:
        return [line.turn(visit.starts.date()) for line in self._turn_lines]

    @property
    def _rooms(self) -> list[StopForm]:
        return [line.form for line in self.stops if not line.form.is_empty]

    @property
    def _turn_lines(self) -> list[TurnForm]:
        return [line.form for line in self.turns if not line.form.is_empty]


def _refuse(wrong: Sequence[tuple[Any, str]]) -> bool:
    for field, sentence in wrong:
        field.errors = [*field.errors, sentence]
    return not wrong
