"""What an organizer chooses for the screens of a meetup."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from scheduler.foundation.forms import Check, Form, Radio
from scheduler.meetups.live.screens.models import MeetupScreen, SortedBy
from scheduler.meetups.live.screens.service import Chosen

ORDERS = [(SortedBy.NAME.value, _l("By name, with the table beside it")), (SortedBy.TABLE.value, _l("By table, with the names under it"))]


class ScreensForm(Form):
    """How the big screen says who sits where, and what screens and phones say of people."""

    sorted_by = Radio(_l("Who sits where"))
    first_names = Check(_l("Call students by their first name"))
    numbers_only = Check(_l("Show table numbers only, and no names"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sorted_by.choices = ORDERS

    @classmethod
    def of(cls, screen: MeetupScreen) -> ScreensForm:
        """Filled in with what holds now."""
        chosen = {"sorted_by": screen.sorted_by.value, "first_names": screen.first_names, "numbers_only": screen.numbers_only}
        return cls(formdata=None, data=chosen)

    def chosen(self) -> Chosen:
        """What was chosen."""
        return Chosen(SortedBy(self.sorted_by.data), bool(self.first_names.data), bool(self.numbers_only.data))
