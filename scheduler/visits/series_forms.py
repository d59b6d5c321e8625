"""What hosts type about a season: its rule, and what its dates share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time
from itertools import pairwise
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import HiddenField, SelectMultipleField

from scheduler.core import recurrence
from scheduler.core.recurrence import MOST_WEEKS, WEEKDAYS, Rule
from scheduler.core.refusal import Refusal
from scheduler.foundation.forms import Choice, Choices, Clock, Day, Form, HiddenKey, Radio
from scheduler.foundation.templating import translated
from scheduler.schools.models import School
from scheduler.visits import service
from scheduler.visits.forms import VisitForm
from scheduler.visits.models import Visit, VisitSeries
from scheduler.visits.series_queries import rule_of
from scheduler.visits.service import VisitDetails

SLOTS = (("starts", "ends"), ("starts_2", "ends_2"), ("starts_3", "ends_3"), ("starts_4", "ends_4"))
"""Fields of the visits of one day; the first is needed"""


class RuleForm(Form):
    """On which days and at which times, and which of the dates that were shown are wanted."""

    day = Day(_l("First day"))
    until = Day(_l("Last day"))
    weekdays = Choices(_l("On these days"))
    every = Choice(_l("How often"))
    starts = Clock(_l("Begins"))
    ends = Clock(_l("Ends"))
    starts_2 = Clock(_l("Second visit begins"), required=False)
    ends_2 = Clock(_l("Second visit ends"), required=False)
    starts_3 = Clock(_l("Third visit begins"), required=False)
    ends_3 = Clock(_l("Third visit ends"), required=False)
    starts_4 = Clock(_l("Fourth visit begins"), required=False)
    ends_4 = Clock(_l("Fourth visit ends"), required=False)
    publish = Radio(_l("Who sees them"), default="yes")
    chosen = SelectMultipleField(validate_choice=False)
    shown = HiddenField()
    expected = HiddenField()
    version = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.weekdays.choices = [(str(number), translated(name)) for number, name in enumerate(WEEKDAYS)]
        self.every.choices = [(str(n), ngettext("every week", "every %(num)d weeks", n)) for n in range(1, MOST_WEEKS + 1)]
        self.publish.choices = [("yes", _("Everybody: they can be booked at once")), ("no", _("Only you: they are drafts"))]

    def rule(self) -> Rule:
        """The rule that was typed; its fields are right by themselves."""
        weekdays = frozenset(int(number) for number in self.weekdays.data or ())
        slots = tuple(sorted(self._slots().values()))
        return Rule(self.day.data, self.until.data, weekdays, int(self.every.data), slots)

    def left_out(self) -> set[str]:
        """The dates that were shown and are not ticked any more."""
        return set((self.shown.data or "").split()) - set(self.chosen.data or ())

    def check_rule(self) -> bool:
        """Put what is wrong with the rule at its field; True when nothing is."""
        for starts, ends in SLOTS[1:]:
            if (self._fields[starts].data is None) != (self._fields[ends].data is None):
                self.refuse(starts if self._fields[starts].data is None else ends, _("Choose a time."))
        if self.errors:
            return False
        try:
            recurrence.dates(self.rule())
        except Refusal as refusal:
            self.refuse(self._wrong_field(), translated(refusal.sentence))
        return not self.errors

    def _wrong_field(self) -> str:
        """The field that the core's sentence is about: it looks at the days first, then at the times, and counts last."""
        if self.until.data < self.day.data:
            return "until"
        if not self.weekdays.data:
            return "weekdays"
        return self._wrong_slot() or "until"

    def _wrong_slot(self) -> str | None:
        slots = sorted(self._slots().items(), key=lambda slot: slot[1])
        ends_first = (f"ends{number}" for number, (starts, ends) in slots if ends <= starts)
        overlap = (f"starts{later}" for (_one, (_starts, ends)), (later, (starts, _ends)) in pairwise(slots) if starts < ends)
        return next(ends_first, None) or next(overlap, None)

    def _slots(self) -> dict[str, tuple[time, time]]:
        """The times that are given, by the ending of their fields' names."""
        typed = {starts.removeprefix("starts"): (self._fields[starts].data, self._fields[ends].data) for starts, ends in SLOTS}
        return {number: slot for number, slot in typed.items() if None not in slot}

    @staticmethod
    def values_of_rule(series: VisitSeries) -> dict[str, Any]:
        """What the form shows for a series that is there; what was left out stays so."""
        rule = rule_of(series)
        names = [name for pair in SLOTS for name in pair]
        return dict(zip(names, (at for slot in rule.slots for at in slot), strict=False)) | {
            "day": rule.first, "until": rule.until, "weekdays": [str(number) for number in sorted(rule.weekdays)],
            "every": str(rule.every), "shown": " ".join(series.left_out), "version": str(series.version),
        }  # fmt: skip


class SeriesForm(RuleForm, VisitForm):
    """A new season: its rule, and everything that one visit has."""

    key = HiddenKey()

    def check_season(self) -> bool:
        """Put what is wrong at its field, by itself or with the others; True when nothing is."""
        if not self.validate():
            return False
        self.check_rules()
        if self.check_rule():
            first, (starts, ends) = recurrence.dates(self.rule())[0], self.rule().slots[0]
            details = replace(self.details(), starts_wall=datetime.combine(first, starts), ends_wall=datetime.combine(first, ends))
            _check_booking(self.chosen_school, details, self.refuse)
        return not self.errors


class SharedForm(VisitForm):
    """What the dates of a season share; day and times are of one of them and do not count."""

    def check_shared(self, school: School) -> bool:
        """Put what is wrong at its field, by itself or with the others; True when nothing is."""
        if not self.validate():
            return False
        self.check_rules()
        if not self.errors:
            _check_booking(school, self.details(), self.refuse)
        return not self.errors

    @staticmethod
    def values_shared(series: VisitSeries, pattern: Visit) -> dict[str, Any]:
        """What the form shows: what one date of the season has."""
        return VisitForm.values_of(pattern) | {"version": str(series.version)}


def _check_booking(school: School, details: VisitDetails, refuse: Callable[[str, str], None]) -> None:
    """Refuse booking that would end before it opens (rule 2)."""
    try:
        opens_at, closes_at = service.booking_times(school, details)
    except Refusal:
        return  # an hour that does not exist: the list of dates says so
    if opens_at is not None and closes_at <= opens_at:
        refuse("opens_days", _("Booking would end before it opens. Let it open earlier."))
