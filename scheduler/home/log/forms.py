"""What the log is narrowed by; a plain GET, so that the address can be shared among administrators: it holds numbers only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from scheduler.core import times
from scheduler.foundation.forms import Choice, Day, Form, Text
from scheduler.home.log.queries import Narrowed

KINDS = {
    "link": _l("A mailed link"), "job": _l("The service by itself"), "greeter": _l("A greeter"), "command": _l("The command line"),
}  # fmt: skip


class NarrowForm(Form):
    """Who, what, which thing, and between which days."""

    class Meta:
        csrf = False  # it changes nothing

    who = Choice(_l("Who"), required=False)
    what = Choice(_l("What"), required=False)
    thing = Text(_l("Which thing"), most=60, required=False, render_kw={"placeholder": "visit:12"})
    since = Day(_l("From"), required=False)
    until = Day(_l("Until"), required=False)

    def __init__(self, args: Any, names: Mapping[str, str], deeds: Sequence[str]) -> None:
        super().__init__(args)
        self.who.choices = [("", _("Everybody")), *((kind, str(label)) for kind, label in KINDS.items()), *names.items()]
        self.what.choices = [("", _("Everything")), *((deed, deed) for deed in deeds)]

    def narrowed(self, zone: ZoneInfo) -> Narrowed:
        """The days as they begin and end on the wall."""
        since, until = self.since.data, self.until.data
        return Narrowed(
            self.who.data or "", self.what.data or "", self.thing.data or "",
            times.settle(datetime.combine(since, time()), zone) if since else None,
            times.settle(datetime.combine(until + timedelta(days=1), time()), zone) if until else None,
        )  # fmt: skip
