"""What is typed at the door and about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from scheduler.core.refusal import Refusal
from scheduler.core.times import from_wall, to_wall
from scheduler.foundation.forms import Check, Clock, Day, Email, Form, HiddenKey, Text, Whole
from scheduler.foundation.templating import translated
from scheduler.registration.door.queries import ends_by_default
from scheduler.registration.door.service import WalkIn
from scheduler.registration.models import Gathering
from scheduler.schools import queries as schools

LARGEST_WALK_IN = 30


class LinkForm(Form):
    """Who greets, and until when."""

    name = Text(_l("Who greets?"), most=100)
    day = Day(_l("Works until"))
    time = Clock(_l("At"))

    @classmethod
    def of(cls, gathering: Gathering) -> LinkForm:
        """Until two hours after the end, unless somebody says otherwise."""
        ends = to_wall(ends_by_default(gathering), gathering.zone)
        return cls(formdata=None, data={"day": ends.date(), "time": ends.time()})

    def ends_at(self, gathering: Gathering) -> datetime | None:
        """The instant that was typed; None, with the sentence at the field, where the clocks skip or repeat it."""
        try:
            return from_wall(datetime.combine(self.day.data, self.time.data), gathering.zone)
        except Refusal as refusal:
            self.refuse("time", translated(refusal.sentence))
            return None


class WalkInForm(Form):
    """A party without a booking."""

    name = Text(_l("Name"), render_kw={"autocomplete": "off"})
    organization = Text(_l("School or organization"), render_kw={"list": "schools", "autocomplete": "off"})
    party_size = Whole(_l("How many are they?"), least=1, most=LARGEST_WALK_IN, default=1, render_kw={"inputmode": "numeric"})
    email = Email(_l("E-mail"), required=False, render_kw={"autocomplete": "off"})
    reason = Text(_l("Why beyond the seats?"), most=300, required=False)
    told = Check(_l("They were told: no photos of students."), required=_l("Tell them, then tick this."))
    key = HiddenKey()

    def wish(self) -> WalkIn:
        """What was typed, as the use case wants it; a school of the directory is known by any of its names."""
        school = schools.find_school(self.organization.data or "")
        return WalkIn(
            name=self.name.data or "", organization=school.name if school else self.organization.data or "",
            school_id=school.id if school else None, party_size=self.party_size.data or 1, email=self.email.data or "",
            reason=self.reason.data or "",
        )  # fmt: skip

    def sentences(self) -> list[str]:
        """What is wrong, field by field, for a page that sent it by itself."""
        return [
            str(_("%(field)s: %(error)s", field=field.label.text, error=error)) for field in self for error in _flat(field.errors)
        ]  # fmt: skip


def _flat(errors: Any) -> list[str]:
    return [str(error) for error in errors]
