"""What parties type."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField

from scheduler.core.capacity import people
from scheduler.core.people import address_key
from scheduler.core.times import settle, to_wall
from scheduler.foundation.forms import Check, Choice, Day, Email, Form, HiddenKey, LongText, Text
from scheduler.foundation.templating import translated
from scheduler.registration.models import Gathering, WaitlistEntry
from scheduler.registration.service import BookingRequest, Wish
from scheduler.schools import queries as schools


class Bookable(Protocol):
    """What the form asks of a gathering."""

    @property
    def party_most(self) -> int: ...

    @property
    def zone(self) -> ZoneInfo: ...


class BookingForm(Form):
    """One page, no account: who, from where, how many, what for."""

    lead_name = Text(_l("Your name"), render_kw={"autocomplete": "name"})
    lead_email = Email(_l("E-mail"), render_kw={"autocomplete": "email"})
    organization = Text(_l("School or organization"), render_kw={"list": "schools", "autocomplete": "organization"})
    party_size = Choice(_l("How many are you?"))
    purpose = Text(_l("What would you like to see?"), most=300, required=False)
    photo_rule = Check(_l("We take no photos of students."), required=_l("Tick this to book: the schools ask it of every visitor."))
    smallest = Choice(_l("The fewest who would still come"), required=False)
    other_days = Check(_l("Another visit of this school will do too"))
    first_day = Day(_l("From"), required=False)
    last_day = Day(_l("Until"), required=False)
    sure_until = Day(_l("Take seats without asking me until"), required=False)
    key = HiddenKey()
    website = StringField(_l("Leave this empty"))

    def __init__(self, gathering: Bookable, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.gathering = gathering
        sizes = [(str(n), translated(people(n))) for n in range(1, gathering.party_most + 1)]
        self.party_size.choices = sizes
        self.smallest.choices = [("", _("all of us or nobody")), *sizes[:-1]]

    def validate_website(self, field: StringField) -> None:
        """A field that people do not see: whoever fills it is a program."""
        if field.data:
            self.refuse("website", _("Leave this field empty."))

    def validate_last_day(self, field: Day) -> None:
        """Only a window that has days in it."""
        if not self.other_days.data:
            return
        if self.first_day.data is None or field.data is None:
            self.refuse("last_day", _("Choose the first and the last day that would do."))
        elif field.data < self.first_day.data:
            self.refuse("last_day", _("The last day is before the first. Choose a later one."))

    def _wish(self) -> Wish:
        size = int(self.party_size.data)
        window = (self.first_day.data, self.last_day.data) if self.other_days.data else None
        until = end_of(self.sure_until.data, self.gathering)
        return Wish(smallest=min(int(self.smallest.data or 0) or size, size), window=window, confirm_until=until)

    def request(self, *, wait_if_full: bool) -> BookingRequest:
        """What was typed, as the use case wants it; a school of the directory is known by any of its names."""
        typed = self.organization.data or ""
        school_id, name = schools.find_named(typed) or (None, typed)
        return BookingRequest(
            lead_name=self.lead_name.data or "", lead_email=address_key(self.lead_email.data or ""),
            organization=name, school_id=school_id,
            party_size=int(self.party_size.data), purpose=self.purpose.data or "", wait_if_full=wait_if_full,
            wish=self._wish(),
        )  # fmt: skip


class SizeForm(Form):
    """A smaller or larger party."""

    party_size = Choice(_l("How many are you now?"))
    reason = LongText(_l("Anything your host should know?"), most=300)

    def __init__(self, current: int, most: int, **kwargs: Any) -> None:
        super().__init__(data={"party_size": str(current)}, **kwargs)
        self.party_size.choices = [(str(n), translated(people(n))) for n in range(1, max(current, most) + 1)]


class CancelForm(Form):
    """A party that does not come."""

    reason = LongText(_l("Anything your host should know?"), most=300)
    sure = HiddenField(default="yes")


class SureForm(Form):
    """Until when seats are taken without asking; empty: ask first."""

    until = Day(_l("Take seats without asking me until"), required=False)

    @classmethod
    def of(cls, entry: WaitlistEntry) -> SureForm:
        """What the form shows for an entry."""
        until = to_wall(entry.confirm_until, entry.gathering.zone).date() if entry.confirm_until else None
        return cls(formdata=None, data={"until": until})

    def until_end_of(self, gathering: Gathering) -> datetime | None:
        """The end of the chosen day by the school's clock."""
        return end_of(self.until.data, gathering)


def end_of(day: date | None, gathering: Bookable) -> datetime | None:
    """The last minute of a day where a gathering is."""
    return settle(datetime.combine(day, time(23, 59)), gathering.zone) if day else None
