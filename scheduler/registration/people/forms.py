"""What leads and colleagues type about the people of a party."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import wtforms
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField, HiddenField

from scheduler.core.people import ACCESS_NEEDS, STUDENT, address_key
from scheduler.core.text import same_name
from scheduler.foundation.forms import Choice, Choices, Email, Form, HiddenKey, LongText, Radio, Text
from scheduler.registration.models import Attendee, ConsentAnswer, PriorVisits
from scheduler.registration.people.roles import as_choice, from_choice, role_choices
from scheduler.registration.people.service import Named, PartyTold, Place, Told, named_as
from scheduler.registration.wording import NEED_LABELS, PRIOR_LABELS


class PlaceForm(wtforms.Form):
    """One place of a party: who has it, and what the page showed there."""

    place = HiddenField()
    seen_name = HiddenField()
    seen_role = HiddenField()
    seen_email = HiddenField()
    name = Text(_l("Name"), required=False, render_kw={"autocomplete": "off"})
    role = Choice(_l("Role"), default="")
    email = Email(_l("E-mail"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = role_choices(students=True)

    def entry(self) -> Place:
        """What was shown and what was typed."""
        seen = _named(self.seen_name, self.seen_role, self.seen_email)
        typed = _named(self.name, self.role, self.email)
        return Place(self.place.data or "", seen, typed if typed.name else Named("") if seen.name else seen)

    def show(self, attendee: Attendee) -> None:
        """What the page shows from now on, whatever stays typed in the fields."""
        named = named_as(attendee)
        self.place.data = attendee.public_id
        self.seen_name.data, self.seen_email.data = named.name, named.email
        self.seen_role.data = as_choice(named.role, named.grade_band)


def _named(name: wtforms.Field, role: wtforms.Field, email: wtforms.Field) -> Named:
    chosen, grade_band = from_choice(role.data)
    return Named(name.data or "", chosen, email.data or "", grade_band)


class WhoComesForm(Form):
    """Every place of a party."""

    people = FieldList(FormField(PlaceForm), max_entries=500)

    @classmethod
    def of(cls, attendees: Sequence[Attendee]) -> WhoComesForm:
        """The form of a party as it is now."""
        rows = [{"name": one.name, "role": as_choice(one.role, one.grade_band), "email": one.email} for one in attendees]
        form = cls(formdata=None, data={"people": rows})
        for row, attendee in zip(form.people, attendees, strict=True):
            row.form.show(attendee)
        return form

    def check(self) -> bool:
        """Put what is wrong at its field; True when nothing is."""
        right = bool(self.validate())
        names: set[str] = set()
        addresses: set[str] = set()
        for row in self.people:
            right = self._check_row(row.form, names, addresses) and right
        return right

    def _check_row(self, row: PlaceForm, names: set[str], addresses: set[str]) -> bool:
        name, address = same_name(row.name.data or ""), address_key(row.email.data or "")
        if not name and address:
            return _refuse(row.name, _("Write the name as well, or clear the address."))
        if address and from_choice(row.role.data)[0] == STUDENT:
            return _refuse(row.email, _("Of students no address is kept. Clear it, or choose another role."))
        if name and name in names:
            return _refuse(row.name, _("This name stands above already. If there are two, write what tells them apart."))
        if address and address in addresses:
            return _refuse(row.email, _("This address stands above already. Each person needs their own, or none."))
        names.add(name)
        addresses.add(address)
        return not row.errors

    def places(self) -> list[Place]:
        return [row.form.entry() for row in self.people]


def _refuse(field: wtforms.Field, sentence: str) -> bool:
    field.errors = [*field.errors, sentence]
    return False


def yes_or_no() -> list[tuple[str, str]]:
    """Whether somebody may be in pictures."""
    return [(ConsentAnswer.YES.value, _("Yes")), (ConsentAnswer.NO.value, _("No"))]


class AboutForm(Form):
    """What one person needs at the place, and whether they may be in pictures."""

    needs = Choices(_l("What helps you there"))
    note = LongText(_l("In words"), most=500)
    photo = Radio(_l("May you be in pictures?"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.needs.choices = [(need, NEED_LABELS[need]) for need in ACCESS_NEEDS]
        self.photo.choices = yes_or_no()

    def told(self, given: dict[str, list[str]]) -> Told:
        """What was typed, as the use case wants it."""
        photo = ConsentAnswer(self.photo.data) if self.photo.data else None
        return Told(self.needs.data or (), self.note.data or "", photo, given)


class DescribeForm(AboutForm):
    """The same by the lead's hand, who may leave the pictures open."""

    needs = Choices(_l("What helps there"))
    photo = Radio(_l("May they be in pictures?"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.photo.choices = [*yes_or_no(), (ConsentAnswer.UNKNOWN.value, _("They have not said"))]


class JoinForm(AboutForm):
    """A colleague who takes a place."""

    name = Text(_l("Your name"), render_kw={"autocomplete": "name"})
    role = Choice(_l("Your role"), default="")
    email = Email(_l("E-mail"), required=False, render_kw={"autocomplete": "email"})
    key = HiddenKey()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.role.choices = role_choices(students=False)

    def named(self) -> Named:
        return Named(self.name.data or "", self.role.data or "", self.email.data or "")


class FewerForm(Form):
    """Who stays home when a party becomes smaller."""

    home = Choices(_l("Who stays home?"))
    reason = LongText(_l("Anything your host should know?"), most=300)

    def __init__(self, attendees: Sequence[Attendee], number: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.number = number
        self.home.choices = [(one.public_id, one.name) for one in attendees if one.person is not None and not one.is_lead]

    def validate_home(self, field: Choices) -> None:
        """As many as there are seats less."""
        if len(field.data or ()) != self.number:
            raise wtforms.ValidationError(_("Tick %(n)s.", n=self.number))


class TellForm(Form):
    """What a party tells its host; all of it optional."""

    focus_areas = Choices(_l("What interests you most?"))
    prior_visits = Choice(_l("Have you visited before?"), required=False)
    arrival = Text(_l("How and when do you arrive?"), most=200, required=False)
    phone = Text(_l("A phone number for the day"), most=40, required=False, render_kw={"autocomplete": "tel", "inputmode": "tel"})

    def __init__(self, areas: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.focus_areas.choices = [(str(area_id), name) for area_id, name in areas]
        self.prior_visits.choices = [("", _("no answer")), *((prior.value, label) for prior, label in PRIOR_LABELS.items())]

    def validate_phone(self, field: Text) -> None:
        """Something that a host can call."""
        if field.data and sum(letter.isdigit() for letter in field.data) < 5:
            raise wtforms.ValidationError(_("This is no phone number. It looks like +1 212 555 0148."))

    def told(self, given: dict[str, list[str]]) -> PartyTold:
        prior = PriorVisits(self.prior_visits.data) if self.prior_visits.data else None
        areas = [int(area) for area in self.focus_areas.data or ()]
        return PartyTold(self.phone.data or "", self.arrival.data or "", prior, areas, given)


class PermissionForm(Form):
    """What an adult knows of a guardian's permission, signed by name."""

    answer = Radio(_l("Permission of a guardian"))
    signed = Text(_l("Your name"), render_kw={"autocomplete": "name"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.answer.choices = [
            (ConsentAnswer.YES.value, _("It is on file at our school")), (ConsentAnswer.NO.value, _("A guardian has declined")),
            (ConsentAnswer.UNKNOWN.value, _("We do not know yet")),
        ]  # fmt: skip


class AddressForm(Form):
    """Where mail about a booking shall go."""

    email = Email(_l("New e-mail address"), render_kw={"autocomplete": "email"})
