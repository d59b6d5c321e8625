"""What parties type."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField

from scheduler.core.capacity import people
from scheduler.core.people import address_key
from scheduler.foundation.forms import Check, Choice, Email, Form, HiddenKey, LongText, Text
from scheduler.foundation.templating import translated
from scheduler.registration.service import BookingRequest
from scheduler.schools import queries as schools


class BookingForm(Form):
    """One page, no account: who, from where, how many, what for."""

    lead_name = Text(_l("Your name"), render_kw={"autocomplete": "name"})
    lead_email = Email(_l("E-mail"), render_kw={"autocomplete": "email"})
    organization = Text(_l("School or organization"), render_kw={"list": "schools", "autocomplete": "organization"})
    party_size = Choice(_l("How many are you?"))
    purpose = Text(_l("What would you like to see?"), most=300, required=False)
    photo_rule = Check(_l("We take no photos of students."), required=_l("Tick this to book: the schools ask it of every visitor."))
    key = HiddenKey()
    website = StringField(_l("Leave this empty"))

    def __init__(self, party_most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.party_size.choices = [(str(n), translated(people(n))) for n in range(1, party_most + 1)]

    def validate_website(self, field: StringField) -> None:
        """A field that people do not see: whoever fills it is a program."""
        if field.data:
            self.refuse("website", _("Leave this field empty."))

    def request(self, *, wait_if_full: bool) -> BookingRequest:
        """What was typed, as the use case wants it; a school of the directory is known by any of its names."""
        school = schools.find_school(self.organization.data or "")
        return BookingRequest(
            lead_name=self.lead_name.data or "", lead_email=address_key(self.lead_email.data or ""),
            organization=school.name if school else self.organization.data or "", school_id=school.id if school else None,
            party_size=int(self.party_size.data), purpose=self.purpose.data or "", wait_if_full=wait_if_full,
        )  # fmt: skip


class SizeForm(Form):
    """A smaller party."""

    party_size = Choice(_l("How many are you now?"))

    def __init__(self, current: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.party_size.choices = [(str(n), translated(people(n))) for n in range(current - 1, 0, -1)]


class CancelForm(Form):
    """A party that does not come."""

    reason = LongText(_l("Anything your host should know?"), most=300)
    sure = HiddenField(default="yes")
