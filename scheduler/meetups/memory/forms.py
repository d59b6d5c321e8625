"""What organizers type about memory: how much of it counts, and a list of a meetup from before."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from scheduler.foundation.forms import Day, Form, Radio, Text
from scheduler.meetups.forms import ImportForm
from scheduler.meetups.models import Remembers

FIELD_LABELS = {
    "round": _l("Round"), "table": _l("Table"), "name": _l("Name"), "school": _l("School"), "role": _l("Role"), "email": _l("E-mail"),
    "a_name": _l("First person"), "a_school": _l("School of the first"), "a_role": _l("Role of the first"),
    "a_email": _l("E-mail of the first"), "b_name": _l("Second person"), "b_school": _l("School of the second"),
    "b_role": _l("Role of the second"), "b_email": _l("E-mail of the second"),
}  # fmt: skip


class RememberForm(Form):
    """How much earlier meetups count."""

    remembers = Radio(_l("Earlier meetups count"), default=Remembers.ALL.value)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.remembers.choices = [
            (Remembers.ALL.value, _("All of them")), (Remembers.LAST.value, _("The last one")), (Remembers.NOTHING.value, _("Not at all")),
        ]  # fmt: skip

    def chosen(self) -> Remembers:
        return Remembers(self.remembers.data)


class EarlierForm(ImportForm):
    """A list of a meetup from before this service."""

    title = Text(_l("Which meetup was it?"), most=120)
    held_on = Day(_l("Day"))

    def check_day(self, today: date) -> bool:
        """What did not take place yet cannot be remembered."""
        if self.held_on.data and self.held_on.data > today:
            self.refuse("held_on", _("This day is still to come. Choose the day on which it took place."))
        return not self.errors
