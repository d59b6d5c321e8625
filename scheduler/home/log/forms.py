"""What the log is narrowed by; a plain GET, so that the address can be shared among administrators: it holds numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from scheduler.core import times
from scheduler.foundation.forms import Choice, Day, Form, Text
from scheduler.home.log.people import People, WhoBox
from scheduler.home.log.queries import Narrowed

KINDS = {
    "link": _l("A mailed link"), "job": _l("The service by itself"), "greeter": _l("A greeter"), "command": _l("The command line"),
}  # fmt: skip


class NarrowForm(Form):
    """Who, what, which thing, and between which days."""

    class Meta:
        csrf = False  # it changes nothing

    who = WhoBox(_l("Who"), required=False)
    what = Choice(_l("What"), required=False)
    thing = Text(_l("Which thing"), most=60, required=False, render_kw={"placeholder": "visit:12"})
    since = Day(_l("From"), required=False)
    until = Day(_l("Until"), required=False)

    def __init__(self, args: Any, people: People, deeds: Sequence[str]) -> None:
        super().__init__(args)
        self.who.offer(people, empty=_("Everybody"), more=list(KINDS.items()))
        self.what.choices = [("", _("Everything")), *((deed, deed) for deed in deeds)]

    @property
    def is_typed(self) -> bool:
        """Whether there are too many people for a list: then what is typed is sent by POST."""
        return self.who.among.is_many

    @property
    def address(self) -> dict[str, str]:
        """What stands in the address: nothing that is empty, and no name of a person."""
        typed = {field.name: (field.raw_data or [""])[0] for field in self} | {"who": self.who.data}
        return {name: value for name, value in typed.items() if value}

    def narrowed(self, zone: ZoneInfo) -> Narrowed:
        """The days as they begin and end on the wall."""
        since, until = self.since.data, self.until.data
        return Narrowed(
            self.who.data or "", self.what.data or "", self.thing.data or "",
            times.settle(datetime.combine(since, time()), zone) if since else None,
            times.settle(datetime.combine(until + timedelta(days=1), time()), zone) if until else None,
        )  # fmt: skip
