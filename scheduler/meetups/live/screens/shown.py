"""What screens and phones show of a meetup, made once for each change and kept by the process until the next."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from scheduler.core import screens
from scheduler.core.screens import Leg
from scheduler.core.text import folded
from scheduler.meetups.live import clocks
from scheduler.meetups.live import queries as live
from scheduler.meetups.live.screens.models import MeetupScreen, SortedBy
from scheduler.meetups.models import Meetup
from scheduler.meetups.results import RoundPlan, Seated
from scheduler.registration.wording import ROLE_LABELS

MOST_KEPT = 20


@dataclass(frozen=True)
class Label:
    """How one person is called in the room: by a name and what stands beside it, or, as a student, by that alone."""

    name: str
    about: str


@dataclass(frozen=True)
class Place:
    """A table with the people at it; `known_as` in full for the hall, `called` for those who sit there."""

    number: int
    known_as: Sequence[Label]
    called: Mapping[int, Label]
    """By attendee"""

    @property
    def people(self) -> int:
        return len(self.called)


@dataclass(frozen=True)
class Round:
    """A round whose tables people may know."""

    number: int
    prompt: str
    places: Mapping[int, Place]
    by_name: Sequence[tuple[Label, str]]
    """From A to Z, with the table; of students that are called alike, all their tables"""
    table_of: Mapping[int, int | None]
    """By attendee; None: sits this one out"""


@dataclass(frozen=True)
class Shown:
    """Where a meetup stands, as everybody in the room may see it. Rounds that are not frozen are not in it, nor those that are over
    but for the last one: a clock that is a second late still shows it."""

    mark: str
    title: str
    legs: Sequence[Leg]
    rounds: Mapping[int, Round]
    sorted_by: SortedBy
    names_nobody: bool


def mark_of(meetup: Meetup, screen: MeetupScreen, now: datetime) -> str:
    """Another one whenever something changed that a screen or phone shows."""
    chosen = f"{screen.sorted_by.value}{screen.first_names:d}{screen.numbers_only:d}"
    return hashlib.sha256(f"{meetup.gathering.public_id} {clocks.etag_of(meetup, now)} {chosen}".encode()).hexdigest()[:20]


def shown_of(meetup: Meetup, screen: MeetupScreen, mark: str, now: datetime) -> Shown:
    """What is shown at an instant, by its mark. Whoever asks while it is made waits for it, rather than making it once more."""
    with _turn:
        if mark not in _kept:
            _kept[mark] = _made(meetup, screen, now, mark)
        _kept.move_to_end(mark)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
        return _kept[mark]


_turn = threading.Lock()
_kept: OrderedDict[str, Shown] = OrderedDict()


def _made(meetup: Meetup, screen: MeetupScreen, now: datetime, mark: str) -> Shown:
    state = live.state_of(meetup, now)
    numbers = range(max(1, state.first_open - 1), state.clock.frozen + 1)
    rounds = {number: _round(state.round(number), screen) for number in numbers}
    return Shown(mark, meetup.gathering.title, screens.legs(state.run), rounds, screen.sorted_by, screen.numbers_only)


def _round(plan: RoundPlan, screen: MeetupScreen) -> Round:
    roles = {role: str(label) for role, label in ROLE_LABELS.items()}
    in_hall = {seated.attendee.id: label_in_hall(seated, screen) for table in plan.tables for seated in table.people}
    places = {
        table.number: Place(
            table.number,
            [in_hall[seated.attendee.id] for seated in table.people],
            {seated.attendee.id: label_at_table(seated, screen, roles) for seated in table.people},
        )
        for table in plan.tables
    }
    at = {seated.attendee.id: table.number for table in plan.tables for seated in table.people}
    by_name = [] if screen.numbers_only else _from_a_to_z(in_hall, at)
    return Round(plan.number, plan.talk.prompt, places, by_name, {**at, **{seated.attendee.id: None for seated in plan.sits_out}})


def label_in_hall(seated: Seated, screen: MeetupScreen) -> Label:
    """On the big screen: the whole name and the school; a student is "student, MS 442"."""
    return Label(_name(seated, screen, in_full=True), _student(seated) if seated.attendee.is_student else seated.school)


def label_at_table(seated: Seated, screen: MeetupScreen, roles: Mapping[str, str]) -> Label:
    """On a phone: first name, role and school."""
    if seated.attendee.is_student or not seated.role:
        return Label(_name(seated, screen, in_full=False), _student(seated) if seated.attendee.is_student else seated.school)
    return Label(_name(seated, screen, in_full=False), f"{roles[seated.role]}, {seated.school}")


def _student(seated: Seated) -> str:
    return str(_("student, %(school)s", school=seated.school))


def _name(seated: Seated, screen: MeetupScreen, *, in_full: bool) -> str:
    attendee = seated.attendee
    return screens.name_shown(attendee.name, is_student=attendee.is_student, first_names=screen.first_names, in_full=in_full)


def _from_a_to_z(labels: Mapping[int, Label], at: Mapping[int, int]) -> list[tuple[Label, str]]:
    tables: defaultdict[Label, list[int]] = defaultdict(list)
    for attendee_id, label in labels.items():
        tables[label].append(at[attendee_id])
    named = sorted(tables, key=lambda label: (not label.name, folded(label.name), folded(label.about)))
    return [(label, ", ".join(map(str, sorted(tables[label])))) for label in named]
