"""What organizers type at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from scheduler.foundation.forms import Check, Choice, Form, HiddenKey, Text, Whole
from scheduler.meetups.live.spares import Spare
from scheduler.registration.door.service import WalkIn
from scheduler.schools import queries as schools


class MoveForm(Form):
    """At which table somebody sits in a round."""

    round = Whole(_l("Round"), least=1, most=40)
    table = Whole(_l("Table"), least=1, most=2000)


class CardForm(Form):
    """Which spare card somebody has taken: the first that nobody has, unless another is chosen."""

    card = Choice(_l("Card"), required=False)

    def __init__(self, spares: Sequence[Spare], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.card.choices = self.free = [
            (str(spare.number), str(_("Spare card %(n)s", n=spare.number))) for spare in spares if not spare.is_taken
        ]

    def number(self) -> int | None:
        """The number on the card; None: no card."""
        return int(self.card.data) if self.card.data else None


class GuestForm(CardForm):
    """Somebody who comes unannounced."""

    name = Text(_l("Name"), render_kw={"autocomplete": "off"})
    organization = Text(_l("School or organization"), render_kw={"list": "schools", "autocomplete": "off"})
    reason = Text(_l("Why beyond the seats?"), most=300, required=False)
    told = Check(_l("They were told: no photos of students."), required=_l("Tell them, then tick this."))
    key = HiddenKey()

    def __init__(self, spares: Sequence[Spare], **kwargs: Any) -> None:
        super().__init__(spares, **kwargs)
        self.card.choices = [*self.free, ("", str(_("No card: the smallest table")))]

    def wish(self) -> WalkIn:
        """What was typed, as the use case wants it; a school of the directory is known by any of its names."""
        typed = self.organization.data or ""
        school = schools.find_school(typed)
        return WalkIn(
            name=self.name.data or "", organization=school.name if school else typed, school_id=school.id if school else None, party_size=1,
            reason=self.reason.data or "",
        )  # fmt: skip
