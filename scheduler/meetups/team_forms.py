"""What the lead of a team types: the school, the people, and later one more or one fewer of them."""

from __future__ import annotations

from typing import Any

import wtforms
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField, StringField

from scheduler.core import teams
from scheduler.core.people import STUDENT, address_key
from scheduler.core.refusal import Refusal
from scheduler.core.text import same_name
from scheduler.foundation.forms import Check, Choice, Form, HiddenKey, Text
from scheduler.foundation.templating import translated
from scheduler.meetups.forms import MemberForm, PersonForm
from scheduler.meetups.imports import directory
from scheduler.registration.models import Attendee, Gathering
from scheduler.registration.people.roles import from_choice
from scheduler.registration.service import BookingRequest

MOST_LINES = 40
"""People that one form may send; a team has far fewer, and too many are shown again with the sentence that says so"""


def no_address_of_students(form: MemberForm | PersonForm) -> None:
    """Put the sentence at the field where somebody wrote a student's address."""
    if from_choice(form.role.data)[0] == STUDENT and form.email.data:
        _put(form.email, _("Of students no address is kept. Clear it, or choose another role."))


def _put(field: wtforms.Field, sentence: str) -> None:
    field.errors = [*field.errors, sentence]


class LeadTeamForm(Form):
    """A school's team, registered by whoever leads it: the first person."""

    school = Text(_l("Your school"), render_kw={"list": "schools", "autocomplete": "organization"})
    as_guest = Check(_l("It is not in the list: ask the organizers whether we may come as guests"))
    members = FieldList(FormField(MemberForm), max_entries=MOST_LINES)
    photo_rule = Check(_l("We take no photos of students."), required=_l("Tick this to register: the schools ask it of everybody."))
    key = HiddenKey()
    website = StringField(_l("Leave this empty"))

    def __init__(self, gathering: Gathering, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.gathering = gathering
        while len(self.members) < gathering.party_most:
            self.members.append_entry()
        self.school_id: int | None = None

    def validate_website(self, field: StringField) -> None:
        """A field that people do not see: whoever fills it is a program."""
        if field.data:
            self.refuse("website", _("Leave this field empty."))

    def check(self) -> bool:
        """Put what is wrong at its field; True when nothing is."""
        self.validate()
        if self.school.data and not self.school.errors:
            self._check_school()
        self._check_lead()
        names: set[str] = set()
        addresses: set[str] = set()
        for one in self._written:
            self._check_member(one, names, addresses)
        if not any(one.errors for one in self._written) and self._written:
            self._check_size()
        return not (self.errors or self.form_errors or any(one.errors for one in self._written))

    def _check_school(self) -> None:
        known = directory()
        if found := known.find(self.school.data or ""):
            self.school_id, self.school.data = found.id, found.name
        elif not self.as_guest.data:
            nearest = known.nearest(self.school.data or "")
            said = _("Did you mean %(nearest)s?", nearest=nearest) if nearest else _("Choose one of the list.")
            self.refuse("school", _("No school of the network is called that. %(said)s Otherwise tick below to ask.", said=said))

    def _check_lead(self) -> None:
        lead = self.members[0].form
        if not lead.name.data and not lead.name.errors:
            _put(lead.name, _("Write your name: you lead the team and get the mail."))
        if not lead.email.data and not lead.email.errors:
            _put(lead.email, _("Write your address: the mail that finishes the registration goes there."))
        if from_choice(lead.role.data)[0] == STUDENT:
            _put(lead.role, _("An adult of the school leads the team. Name the student on a line below."))

    def _check_member(self, form: MemberForm, names: set[str], addresses: set[str]) -> None:
        name, email = same_name(form.name.data or ""), address_key(form.email.data or "")
        if not name and not form.name.errors:
            _put(form.name, _("Write the name, or clear this line."))
        if name and name in names:
            _put(form.name, _("This name stands above already. If there are two, write what tells them apart."))
        if email and email in addresses:
            _put(form.email, _("This address stands above already. Each person needs their own, or none."))
        no_address_of_students(form)
        names.add(name)
        addresses.add(email)

    def _check_size(self) -> None:
        try:
            teams.may_be(len(self._written), self.gathering.party_least, self.gathering.party_most)
        except Refusal as refusal:
            self.form_errors.append(translated(refusal.sentence))

    @property
    def _written(self) -> list[MemberForm]:
        lead, *others = (entry.form for entry in self.members)
        return [lead, *(form for form in others if not form.is_empty)]

    @property
    def asks(self) -> bool:
        """Whether the page offers to ask as guests: once a school was typed that nobody knows."""
        return bool(self.as_guest.data or self.school.errors)

    def request(self) -> BookingRequest:
        """What was typed, as the use case wants it."""
        members = tuple(form.member().kept for form in self._written)
        return BookingRequest(
            lead_name=members[0].name, lead_email=members[0].email or "", organization=self.school.data or "", school_id=self.school_id,
            party_size=len(members), members=members,
        )  # fmt: skip


class OneMoreForm(PersonForm):
    """One more person of a lead's team."""

    def validate_email(self, field: wtforms.Field) -> None:
        """None of students."""
        no_address_of_students(self)


class OneFewerForm(Form):
    """Who stays home."""

    who = Choice(_l("Who stays home?"))

    def __init__(self, attendees: list[Attendee], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.who.choices = [(one.public_id, one.name or _("name follows")) for one in attendees if not one.is_lead]


class DeclineForm(Form):
    """Why a school's team cannot come; its lead reads it."""

    reason = Text(_l("Why not?"), most=300)
