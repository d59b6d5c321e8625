"""What organizers type about meetups, teams, lists and plans."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import wtforms
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FileField, FormField, HiddenField

from scheduler.core import teams, times
from scheduler.core.people import address_key
from scheduler.core.refusal import Refusal, count, say
from scheduler.foundation.forms import Choice, Clock, Day, Email, Form, LongText, Radio, Text, Whole
from scheduler.foundation.templating import translated, zone_city
from scheduler.meetups.imports import directory
from scheduler.meetups.models import Format, Meetup
from scheduler.meetups.plans import Settings
from scheduler.meetups.registrants import FIELDS
from scheduler.meetups.service import MOST_PEOPLE, MeetupDetails
from scheduler.meetups.timing import Talks, minutes_of, rounds_that_fit
from scheduler.registration.people.roles import from_choice, role_choices
from scheduler.registration.service import Member
from scheduler.schools import queries as schools

ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles")
FIELD_LABELS = {
    "name": _l("Name"), "first_name": _l("First name"), "last_name": _l("Last name"), "school": _l("School"), "role": _l("Role"),
    "email": _l("E-mail"), "grade": _l("Grade"),
}  # fmt: skip


def format_choices() -> list[tuple[str, Any]]:
    return [
        (Format.TABLES.value, _("Tables of three or more")), (Format.PAIRS.value, _("Pairs")),
        (Format.STATIONS.value, _("Stations: their people stay, the others come by")),
        (Format.LINES.value, _("Two lines: one stays, the other moves along")),
    ]  # fmt: skip


class MeetupForm(Form):
    """One meetup."""

    title = Text(_l("Title"), most=120)
    description = LongText(_l("What is it about?"))
    day = Day(_l("Day"))
    starts = Clock(_l("First round begins"))
    ends = Clock(_l("Ends"))
    time_zone = Choice(_l("Time zone"))
    place = Text(_l("Place"), most=300, required=False)
    capacity = Whole(_l("How many people can come?"), least=2, most=MOST_PEOPLE, default=120)
    team_least = Whole(_l("Fewest people of a team"), least=1, most=12, default=teams.LEAST)
    team_most = Whole(_l("Most people of a team"), least=1, most=12, default=teams.MOST)
    closes_days = Whole(_l("How early does registration end?"), least=0, most=60, default=teams.DAYS)
    rounds = Whole(_l("Rounds"), least=1, most=40, default=6)
    format = Radio(_l("Format"), default=Format.TABLES.value)
    table_size = Whole(_l("People at a table"), least=3, most=12, default=4)
    version = HiddenField()

    def __init__(self, meetup: Meetup | None = None, **kwargs: Any) -> None:
        super().__init__(data=_values_of(meetup) if meetup else {"time_zone": schools.network().time_zone}, **kwargs)
        kept = {schools.network().time_zone} | ({meetup.gathering.time_zone} if meetup else set())
        self.time_zone.choices = [(zone, zone_city(zone)) for zone in dict.fromkeys([*sorted(kept), *ZONES])]
        self.format.choices = format_choices()
        self.meetup = meetup

    def validate_team_least(self, field: Whole) -> None:
        """A team can be as large as it must be."""
        if field.data and self.team_most.data and field.data > self.team_most.data:
            raise wtforms.ValidationError(_("No team has so many people. Choose at most the number of the largest team."))

    def check_times(self, now: datetime) -> bool:
        """Put what is wrong with the times at their fields; True when nothing is."""
        zone = ZoneInfo(self.time_zone.data)
        for name in ("starts", "ends"):
            try:
                times.from_wall(self._wall(name), zone)
            except Refusal as refusal:
                self.refuse(name, translated(refusal.sentence))
        if self.errors:
            return False
        starts_at, ends_at = (times.from_wall(self._wall(name), zone) for name in ("starts", "ends"))
        unmoved = self.meetup is not None and self.meetup.gathering.starts_at == starts_at
        if ends_at <= starts_at:
            self.refuse("ends", _("The end is not after the beginning. Choose a later time."))
        elif starts_at <= now and not unmoved:
            self.refuse("day", _("This would begin in the past. Choose a later day."))
        elif (fit := rounds_that_fit(ends_at - starts_at, self._talks)) < (self.rounds.data or 0):
            self.refuse("rounds", self._too_many(fit))
        return not self.errors

    @property
    def _talks(self) -> Talks:
        return self.meetup.talks if self.meetup else ()

    def _too_many(self, fit: int) -> str:
        asked = count(self.rounds.data or 0, "%(n)d round takes", "%(n)d rounds take")
        minutes = minutes_of(self.rounds.data or 0, self._talks)
        fits = count(fit, "only %(n)d fits", "only %(n)d fit")
        text = "%(asked)s %(minutes)d minutes; %(fits)s before the end. Choose fewer, or let it end later."
        return translated(say(text, asked=asked, minutes=minutes, fits=fits))

    def details(self) -> MeetupDetails:
        """What was typed, as the use case wants it."""
        return MeetupDetails(
            title=self.title.data or "", description=self.description.data or "", starts_wall=self._wall("starts"),
            ends_wall=self._wall("ends"), time_zone=self.time_zone.data, place=self.place.data or "",
            capacity=self.capacity.data or 0, rounds=self.rounds.data or 0, format=Format(self.format.data),
            table_size=self.table_size.data or 0, team_most=self.team_most.data or 0, team_least=self.team_least.data or 0,
            closes_days=self.closes_days.data or 0,
        )  # fmt: skip

    @property
    def seen_version(self) -> int:
        """Which state of the meetup this form was opened on."""
        typed = self.version.data or ""
        return int(typed) if typed.isdecimal() and len(typed) < 9 else 0

    def _wall(self, name: str) -> datetime:
        return datetime.combine(self.day.data, self._fields[name].data)


def _values_of(meetup: Meetup) -> dict[str, Any]:
    gathering = meetup.gathering
    same = {name: getattr(gathering, name) for name in ("title", "description", "time_zone", "place", "capacity", "version")}
    own = {name: getattr(meetup, name) for name in ("rounds", "table_size", "team_most")}
    own |= {"team_least": gathering.party_least, "closes_days": gathering.cutoff_days}
    wall = {"day": gathering.starts_wall.date(), "starts": gathering.starts_wall.time(), "ends": gathering.ends_wall.time()}
    return same | own | wall | {"format": meetup.format.value}


class CancelMeetupForm(Form):
    """Why a meetup does not take place; everybody reads it."""

    reason = Text(_l("Reason"), most=500)


def _member(form: MemberForm | PersonForm) -> Member:
    """What was typed; of students no more than is kept."""
    role, grade_band = from_choice(form.role.data)
    typed = Member(form.name.data or "", role, form.email.data or None, grade_band)
    return typed.kept if typed.is_student else typed


class MemberForm(wtforms.Form):
    """One person of a team."""

    name = Text(_l("Name"), required=False)
    role = Choice(_l("Role"), default="")
    email = Email(_l("E-mail"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = role_choices(students=True)

    def member(self) -> Member:
        """This person, as the use case wants them."""
        return _member(self)

    @property
    def is_empty(self) -> bool:
        return not (self.name.data or self.role.data or self.email.data)


class TeamForm(Form):
    """The people whom a school brings."""

    school = Text(_l("School"), render_kw={"list": "schools", "autocomplete": "off"})
    members = FieldList(FormField(MemberForm), max_entries=12)

    def __init__(self, team_most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        while len(self.members) < team_most:
            self.members.append_entry()
        self.school_id: int | None = None

    def check_team(self) -> bool:
        """Put what is wrong with the team as a whole at its fields; True when nothing is."""
        self._check_school()
        addresses: dict[str, str] = {}
        for entry in self.members:
            if not entry.form.is_empty:
                self._check_member(entry.form, addresses)
        if all(entry.form.is_empty for entry in self.members):
            _put(self.members[0].form.name, _("Write at least one name."))
        return not self.errors and not any(entry.form.errors for entry in self.members)

    def _check_school(self) -> None:
        known = directory()
        if found := known.find(self.school.data or ""):
            self.school_id = found.id
        elif nearest := known.nearest(self.school.data or ""):
            self.refuse("school", _("No school is called that. Did you mean %(nearest)s?", nearest=nearest))
        else:
            self.refuse("school", _("No school of the directory is called that. An administrator can add it there."))

    def _check_member(self, form: MemberForm, addresses: dict[str, str]) -> None:
        if not form.name.data:
            _put(form.name, _("Write the name, or clear this line."))
        email = form.member().email
        if email and addresses.setdefault(address_key(email), form.name.id) != form.name.id:
            _put(form.email, _("This address stands above already. Each person needs their own, or none."))

    def team(self) -> list[Member]:
        return [entry.form.member() for entry in self.members if not entry.form.is_empty]


def _put(field: wtforms.Field, sentence: str) -> None:
    field.errors = [*field.errors, sentence]


class PersonForm(Form):
    """One more person of a team."""

    name = Text(_l("Name"))
    role = Choice(_l("Role"), default="")
    email = Email(_l("E-mail"), required=False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.role.choices = role_choices(students=True)

    def member(self) -> Member:
        return _member(self)


class ImportForm(Form):
    """A file, or cells copied from a spreadsheet."""

    file = FileField(_l("File"), render_kw={"accept": ".csv,.tsv,.txt,.xlsx"})
    pasted = LongText(_l("Or paste cells here"), most=400_000)

    def check_source(self) -> bool:
        """One of the two is needed."""
        if not self.has_file and not self.pasted.data:
            self.refuse("file", _("Choose a file, or paste cells below."))
        return not self.errors

    @property
    def has_file(self) -> bool:
        return bool(getattr(self.file.data, "filename", ""))


class MendForm(wtforms.Form):
    """One row of a list that needs mending; it is checked with the whole list."""

    name = Text(FIELD_LABELS["name"], required=False)
    school = Text(FIELD_LABELS["school"], required=False, render_kw={"list": "schools", "autocomplete": "off"})
    role = Choice(FIELD_LABELS["role"], default="")
    email = Text(FIELD_LABELS["email"], required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = role_choices(students=True)


class ColumnsForm(wtforms.Form):
    """Which column of a list holds what."""

    name = Choice(FIELD_LABELS["name"])
    first_name = Choice(FIELD_LABELS["first_name"])
    last_name = Choice(FIELD_LABELS["last_name"])
    school = Choice(FIELD_LABELS["school"])
    role = Choice(FIELD_LABELS["role"])
    email = Choice(FIELD_LABELS["email"])
    grade = Choice(FIELD_LABELS["grade"])

    def __init__(self, headers: list[str], formdata: Any = None, **kwargs: Any) -> None:
        super().__init__(formdata, prefix="column-", **kwargs)
        choices = [("", _("not in this list")), *((str(n), header or _("(no heading)")) for n, header in enumerate(headers))]
        for field in self:
            field.choices = choices  # type: ignore[attr-defined]

    def mapping(self) -> dict[str, int]:
        return {name: int(self[name].data) for name in FIELDS if (self[name].data or "").isdecimal() and len(self[name].data) < 5}


class SparesForm(Form):
    """How many spare cards are printed."""

    spare_cards = Whole(_l("Spare cards"), least=0, most=200, required=False)


class PlanForm(Form):
    """What an organizer chooses before pressing Plan."""

    rounds = Whole(_l("Rounds"), least=1, most=40)
    format = Radio(_l("Format"))
    table_size = Whole(_l("People at a table"), least=3, most=12)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.format.choices = format_choices()

    def settings(self) -> Settings:
        return Settings(self.rounds.data or 0, Format(self.format.data), self.table_size.data or 0)
