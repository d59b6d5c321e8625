"""What people type about closures, and the lists that they bring."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from scheduler.foundation.forms import Day, Form, LongText, Text, Upload
from scheduler.foundation.templating import translated
from scheduler.schools.closures import Row
from scheduler.schools.closures_lines import MOST_DAYS, MOST_LINES, ClosureDetails, read_lines

TOLD_LINES = 20


class ClosureForm(Form):
    """One closure."""

    first_day = Day(_l("First day"))
    last_day = Day(_l("Last day"), required=False, description=_l("if it is more than one"))
    title = Text(_l("What is it called?"), most=120)

    def check_days(self) -> bool:
        """Put what is wrong with the days at their fields; True when nothing is."""
        first, last = self.first_day.data, self.last_day.data or self.first_day.data
        if last < first:
            self.refuse("last_day", _("This lies before the first day."))
        elif (last - first).days >= MOST_DAYS:
            self.refuse("last_day", _("More than a year would be closed. Look at the years."))
        return not self.errors

    def details(self) -> ClosureDetails:
        """What was typed, as the use case wants it."""
        return ClosureDetails(self.first_day.data, self.last_day.data or self.first_day.data, self.title.data or "")


class SourceForm(Form):
    """A calendar at an address."""

    url = Text(_l("Address of the calendar"), most=1000, render_kw={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"})


class _MaybeUpload(Upload):
    def pre_validate(self, form: Any) -> None:
        """No file is fine: the lines may be typed."""


class BringForm(Form):
    """Several closures: lines, or a calendar."""

    lines = LongText(_l("Closed days"), most=100_000, render_kw={"rows": 8, "spellcheck": "false"})
    file = _MaybeUpload(_l("Calendar file"), render_kw={"accept": ".ics,text/calendar"})

    @property
    def has_file(self) -> bool:
        return bool(getattr(self.file.data, "filename", ""))

    def check_source(self) -> bool:
        """One of the two; True when it is."""
        if self.has_file and self.lines.data:
            self.refuse("file", _("Bring the lines and the file one after the other: empty the lines, or choose no file."))
        elif not self.has_file and not self.lines.data:
            self.refuse("lines", _("Write a line for each closure, or choose a calendar file."))
        return not self.errors

    def rows(self) -> list[Row]:
        """The closures that were typed; what is wrong stands at the field, by line, and then there are none."""
        read, wrong = read_lines(self.lines.data or "")
        if len(read) + len(wrong) > MOST_LINES:
            self.refuse("lines", _("These are more than 1,000 lines. Bring them in two parts."))
            return []
        for line, sentence in wrong[:TOLD_LINES]:
            self.refuse("lines", _("Line %(line)s: %(sentence)s", line=line, sentence=translated(sentence)))
        if more := len(wrong[TOLD_LINES:]):
            self.refuse("lines", ngettext("%(num)d more line cannot be read.", "%(num)d more lines cannot be read.", more))
        return [] if wrong else [Row(line, details.title, details) for line, details in read]
