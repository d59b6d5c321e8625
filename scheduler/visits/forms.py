"""What hosts type about a visit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from scheduler.core import times
from scheduler.core.booking import moment_text, reserved_refusal
from scheduler.core.refusal import Refusal, Sentence
from scheduler.foundation.forms import Check, Choice, Choices, Clock, Day, Form, LongText, Text, Whole
from scheduler.foundation.templating import large, translated
from scheduler.schools.models import FocusArea, School, Tier
from scheduler.visits import closed_days, service
from scheduler.visits.models import Visit
from scheduler.visits.service import VisitDetails

MEMBERS = (Tier.LIVING_LAB, Tier.INCUBATOR, Tier.ACTIVE_MEMBER, Tier.FRIEND)
"""Tiers for which seats can be kept"""
BOOKING_RULES = ("school_most", "opens_days", "cutoff_days", "cutoff_time", "needs_approval", "strict_line", "least_people")
"""Fields of the section “Who may book, and until when”"""
RESERVED_RULES = (*(f"reserved_{tier.value}" for tier in MEMBERS), "release_days")
"""Fields of the section “Reserved seats”"""


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
    keep_day = Check(_l("Plan it all the same"))
    opens_days = Whole(_l("Opens, days before"), most=365, required=False, default=60)
    cutoff_days = Whole(_l("Ends, school days before"), most=30, default=2)
    cutoff_time = Clock(_l("Ends at"), default=time(15))
    school_most = Whole(_l("People of one school at most"), least=1, most=500, required=False, default=6)
    least_people = Whole(_l("Ask me with fewer people than"), least=1, most=500, required=False)
    needs_approval = Check(_l("I say yes or no to parties from outside the network"), default=True)
    strict_line = Check(_l("On the waitlist, nobody is overtaken"))
    reserved_living_lab = Whole(_l("Living Labs"), most=500, required=False)
    reserved_incubator = Whole(_l("Incubators"), most=500, required=False)
    reserved_active_member = Whole(_l("Active Members"), most=500, required=False)
    reserved_friend = Whole(_l("Friends"), most=500, required=False)
    release_days = Whole(_l("Given free, school days before"), most=60, default=10)
    version = HiddenField()
    closed: Sentence | None = None
    """What closes the day that was typed, once the form is checked"""

    def __init__(self, schools: Sequence[School], areas: Sequence[FocusArea], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.schools = {school.slug: school for school in schools}
        self.school.choices = [(school.slug, school.name) for school in schools]
        self.focus_areas.choices = [(area.slug, large(area.name)) for area in areas]
        self.areas = {area.slug: area.id for area in areas}

    @property
    def chosen_school(self) -> School:
        return self.schools[self.school.data]

    def check(self, now: datetime, *, publish: bool, visit: Visit | None = None) -> bool:
        """Put what is wrong at its field, by itself or with the others, the closed days and the clock; True when nothing is."""
        if not (self.validate() and self.check_times(now)):
            return False
        self.check_rules()
        self.check_day(visit)
        if not self.errors:
            self.check_booking(now, publish=publish)
        return not self.errors

    def check_rules(self) -> None:
        """Refuse rules of booking that do not go together, each at its field (rules 2 and 6)."""
        capacity, party, school, least = (self._fields[name].data for name in ("capacity", "party_most", "school_most", "least_people"))
        if party > capacity:
            self.refuse("party_most", _("There are %(n)s seats. Write %(n)s or fewer.", n=capacity))
        if school is not None and school < party:
            self.refuse("school_most", _("A party can have %(n)s people. Write %(n)s or more, or make the largest party smaller.", n=party))
        elif school is not None and school > capacity:
            self.refuse("school_most", _("There are %(n)s seats. Write %(n)s or fewer, or leave it empty.", n=capacity))
        if least is not None and least > capacity:
            self.refuse("least_people", _("There are %(n)s seats. Write %(n)s or fewer, or leave it empty.", n=capacity))
        if (refused := reserved_refusal(capacity, sum(self._reserved().values()))) is not None:
            first = next(tier for tier in MEMBERS if tier in self._reserved())
            self.refuse(f"reserved_{first.value}", translated(refused))

    def check_day(self, visit: Visit | None) -> None:
        """Refuse a closed day, unless the host ticked just this day (rule 4)."""
        day = self.day.data
        self.closed = closed_days.closed_on(self.chosen_school.id, day, visit=visit)
        self.keep_day.data = self.closed is not None and self.keep_day.raw_data == [day.isoformat()]
        if self.closed is not None and not self.keep_day.data:
            self.refuse("day", translated(self.closed))

    def check_booking(self, now: datetime, *, publish: bool) -> None:
        """Refuse booking that would end before it opens, and to publish what nobody could book any more (rule 2)."""
        school = self.chosen_school
        zone = ZoneInfo(school.time_zone)
        try:
            opens_at, closes_at = service.booking_times(school, self.details())
        except Refusal as refusal:
            return self.refuse("cutoff_days", translated(refusal.sentence))
        ends = moment_text(closes_at, zone)
        if opens_at is not None and closes_at <= opens_at:
            opens = moment_text(opens_at, zone)
            self.refuse(
                "opens_days", _("Booking would end on %(ends)s, before it opens on %(opens)s. Let it open earlier.", ends=ends, opens=opens)
            )
        elif publish and closes_at <= now:
            self.refuse("cutoff_days", _("Booking would have ended on %(ends)s. Let it end later, or choose a later day.", ends=ends))

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

    @property
    def rules(self) -> dict[str, Any]:
        """The rules of booking as they are typed now; of a section with a mistake they mean nothing."""
        plain = {name: self._fields[name].data for name in (*BOOKING_RULES, "release_days")}
        return plain | {"reserved": self._reserved()}

    def wrong_in(self, *names: str) -> bool:
        """Whether something is wrong in one of these fields, so that their section opens."""
        return any(self._fields[name].errors for name in names)

    def _reserved(self) -> dict[Tier, int]:
        typed = {tier: self._fields[f"reserved_{tier.value}"].data for tier in MEMBERS}
        return {tier: seats for tier, seats in typed.items() if seats}

    def details(self) -> VisitDetails:
        """What was typed, as the use case wants it."""
        return VisitDetails(
            title=self.title.data or "", description=self.description.data or "",
            starts_wall=self._wall("starts"), ends_wall=self._wall("ends"),
            doors_minutes=self.doors_minutes.data or 0, capacity=self.capacity.data or 0, party_most=self.party_most.data or 0,
            waitlist_open=self.waitlist_open.data, place=self.place.data or "", private_place=self.private_place.data or "",
            arrival_notes=self.arrival_notes.data or "", focus_area_ids=[self.areas[slug] for slug in self.focus_areas.data or ()],
            keep_day=self.keep_day.data, **self.rules,
        )  # fmt: skip

    def _wall(self, name: str) -> datetime:
        return datetime.combine(self.day.data, self._fields[name].data)

    @staticmethod
    def values_of(visit: Visit) -> dict[str, Any]:
        """What the form shows for a visit that is there."""
        details = service.details_of(visit)
        reserved = {f"reserved_{tier.value}": seats for tier, seats in details.reserved.items()}
        return {name: getattr(details, name) for name in (*service.WRITTEN, "release_days")} | reserved | {
            "school": visit.school.slug, "version": visit.gathering.version, "day": details.starts_wall.date(),
            "starts": details.starts_wall.time(), "ends": details.ends_wall.time(),
            "focus_areas": [area.slug for area in visit.focus_areas],
        }  # fmt: skip

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


class ReasonForm(Form):
    """Why a party cannot come, or cannot come on this date; it reads the reason."""

    reason = Text(_l("Reason"), most=500)


class PartySizeForm(Form):
    """How many people come in a party."""

    party_size = Whole(_l("People"), least=1, most=500)
