"""What hosts type about a visit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from scheduler.core import times
from scheduler.core.refusal import Refusal
from scheduler.foundation.forms import Check, Choice, Choices, Clock, Day, Form, LongText, Text, Whole
from scheduler.foundation.templating import translated
from scheduler.schools.models import FocusArea, School
from scheduler.visits.models import Visit
from scheduler.visits.service import VisitDetails


class VisitForm(Form):
    """One visit."""

    school = Choice(_l("School"))
    title = Text(_l("Title"), most=120)
    description = LongText(_l("What will visitors see?"))
    day = Day(_l("Day"))
    starts = Clock(_l("Begins"))
    ends = Clock(_l("Ends"))
    doors_minutes = Whole(_l("Doors open, minutes before"), least=0, most=120, default=15)
    capacity = Whole(_l("How many people can come?"), least=1, most=500, default=12)
    party_most = Whole(_l("Largest party"), least=1, most=50, default=6)
    waitlist_open = Check(_l("Keep a waitlist when it is full"), default=True)
    place = Text(_l("Address everybody sees"), most=300, required=False)
    private_place = Text(_l("Address only confirmed visitors see"), most=300, required=False)
    arrival_notes = LongText(_l("Arrival notes"), most=2000)
    focus_areas = Choices(_l("Focus areas"))
    version = HiddenField()

    def __init__(self, schools: Sequence[School], areas: Sequence[FocusArea], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.schools = {school.slug: school for school in schools}
        self.school.choices = [(school.slug, school.name) for school in schools]
        self.focus_areas.choices = [(area.slug, area.name) for area in areas]
        self.areas = {area.slug: area.id for area in areas}

    @property
    def chosen_school(self) -> School:
        return self.schools[self.school.data]

    def check_times(self, now: datetime) -> bool:
        """Put what is wrong with the times at their fields; True when nothing is."""
        zone = ZoneInfo(self.chosen_school.time_zone)
        for name in ("starts", "ends"):
            try:
                times.from_wall(self._wall(name), zone)
            except Refusal as refusal:
                self.refuse(name, translated(refusal.sentence))
        if self.errors:
            return False
        if self._wall("ends") <= self._wall("starts"):
            self.refuse("ends", _("The end is not after the beginning. Choose a later time."))
        elif times.from_wall(self._wall("starts"), zone) <= now:
            self.refuse("day", _("This would begin in the past. Choose a later day."))
        return not self.errors

    def details(self) -> VisitDetails:
        """What was typed, as the use case wants it."""
        return VisitDetails(
            title=self.title.data or "", description=self.description.data or "",
            starts_wall=self._wall("starts"), ends_wall=self._wall("ends"),
            doors_minutes=self.doors_minutes.data or 0, capacity=self.capacity.data or 0, party_most=self.party_most.data or 0,
            waitlist_open=self.waitlist_open.data, place=self.place.data or "", private_place=self.private_place.data or "",
            arrival_notes=self.arrival_notes.data or "", focus_area_ids=[self.areas[slug] for slug in self.focus_areas.data or ()],
        )  # fmt: skip

    def _wall(self, name: str) -> datetime:
        return datetime.combine(self.day.data, self._fields[name].data)

    @staticmethod
    def values_of(visit: Visit) -> dict[str, Any]:
        """What the form shows for a visit that is there."""
        gathering = visit.gathering
        same = (
            "title",
            "description",
            "doors_minutes",
            "capacity",
            "party_most",
            "waitlist_open",
            "place",
            "private_place",
            "arrival_notes",
        )
        return {name: getattr(gathering, name) for name in (*same, "version")} | {
            "school": visit.school.slug,
            "day": gathering.starts_wall.date(),
            "starts": gathering.starts_wall.time(),
            "ends": gathering.ends_wall.time(),
            "focus_areas": [area.slug for area in visit.focus_areas],
        }

    @staticmethod
    def values_for(school: School) -> dict[str, Any]:
        """What the form shows for a new visit at a school."""
        return {
            "school": school.slug,
            "place": school.address,
            "private_place": school.private_address,
            "arrival_notes": school.arrival_notes,
            "focus_areas": [area.slug for area in school.focus_areas],
        }


class CapacityForm(Form):
    """More or fewer seats."""

    capacity = Whole(_l("How many people can come?"), least=1, most=500)


class CancelVisitForm(Form):
    """Why a visit does not take place; everybody who booked reads it."""

    reason = Text(_l("Reason"), most=500)
