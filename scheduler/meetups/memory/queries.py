"""Reads of memory: what took place at meetups, here and imported, and whom of those who come it concerns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask import abort

from scheduler.core.memory import Sat, Talker, between_people
from scheduler.core.pairing.plan import Pair
from scheduler.core.refusal import Sentence, count, say
from scheduler.foundation.db import columns, db
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.pages import Page, page_of
from scheduler.meetups.memory import took_place
from scheduler.meetups.memory.marks import marks_of
from scheduler.meetups.memory.models import EarlierMeetup, EarlierSeat
from scheduler.meetups.memory.took_place import Came, TookPlace
from scheduler.meetups.models import Meetup, Remembers
from scheduler.registration.models import Attendee, Person, Registration

IMPORT_KIND = "earlier"


@dataclass(frozen=True)
class Held:
    """A meetup that took place: its day, and who sat together in each round, as far as it was asked for."""

    held_on: date
    title: str
    tables: Sequence[Sat]
    gathering_id: int | None = None
    """None: it was imported"""

    @property
    def conversations(self) -> int:
        return sum(len(table) * (len(table) - 1) // 2 for table in self.tables)


def held_meetups(*, without: int | None = None) -> list[Held]:
    """Every meetup that took place, the last one first; `without` leaves out one gathering. A fixed number of statements."""
    return _held(without, [EarlierSeat.school_id, EarlierSeat.email_mark, EarlierSeat.name_mark], sa.true(), _talker)


def held_with(marks: Collection[str], *, without: int) -> list[Held]:
    """The same; of imported ones the seats of those alone who have one of these marks."""
    theirs = sa.or_(EarlierSeat.email_mark.in_(marks), EarlierSeat.name_mark.in_(marks))
    return _held(without, [EarlierSeat.school_id, EarlierSeat.email_mark, EarlierSeat.name_mark], theirs, _talker)


def held_between(school_ids: Collection[int] | None = None, *, without: int | None = None) -> list[Held]:
    """The same by schools, with nobody's marks; of imported ones the seats of these schools alone, or of all."""
    theirs = sa.true() if school_ids is None else EarlierSeat.school_id.in_(school_ids)
    return _held(without, [EarlierSeat.school_id], theirs, lambda came: Talker(came.school_id))


def _held(
    without: int | None, seat: Sequence[Any], theirs: sa.ColumnElement[bool], talker: Callable[[Came], Talker]
) -> list[Held]:  # fmt: skip
    here = [_as_held(held, talker) for held in took_place.all_of_them(without=without) if held.tables]
    return sorted([*here, *_imported(seat, theirs)], key=lambda held: (held.held_on, held.gathering_id or 0), reverse=True)


def _as_held(held: TookPlace, talker: Callable[[Came], Talker]) -> Held:
    tables = [[talker(came) for came in people] for _, _, people in held.tables]
    return Held(held.evening.starts_wall.date(), held.evening.title, tables, held.evening.gathering_id)


def _talker(came: Came) -> Talker:
    return Talker(came.school_id, marks_of(came.name or "", came.email or "", came.school_id, came.role))


def _imported(seat: Sequence[Any], theirs: sa.ColumnElement[bool]) -> list[Held]:
    tables: defaultdict[int, defaultdict[int, list[Talker]]] = defaultdict(lambda: defaultdict(list))
    chosen = sa.select(EarlierSeat.earlier_meetup_id, EarlierSeat.table, *seat).where(theirs).order_by(EarlierSeat.id)
    for meetup_id, table, school_id, *marks in columns(chosen):
        tables[meetup_id][table].append(Talker(school_id, tuple(filter(None, marks))))
    return [Held(row.held_on, row.title, list(tables[row.id].values())) for row in columns(_IMPORTED)]


_LAST_FIRST = EarlierMeetup.held_on.desc(), EarlierMeetup.id.desc()
_IMPORTED = sa.select(EarlierMeetup.id, EarlierMeetup.held_on, EarlierMeetup.title).order_by(*_LAST_FIRST)


def earlier_meetups() -> Sequence[EarlierMeetup]:
    """Imported meetups, the last one first."""
    return db.session.scalars(sa.select(EarlierMeetup).order_by(*_LAST_FIRST)).all()


def page_of_earlier(asked: Mapping[str, str]) -> Page[EarlierMeetup]:
    """A page of imported meetups, the last one first."""
    return page_of(sa.select(EarlierMeetup), [EarlierMeetup.held_on, EarlierMeetup.id], EarlierMeetup.public_id, asked, falling=True)


def page_of_held(asked: Mapping[str, str]) -> Page[Held]:
    """A page of the meetups of this service that took place, the last one first."""
    found = took_place.page(asked)
    return found.of([_as_held(held, lambda came: Talker(came.school_id)) for held in found.rows if held.tables])


def earlier_or_404(public_id: str) -> EarlierMeetup:
    """An imported meetup."""
    found = db.session.scalar(sa.select(EarlierMeetup).where(EarlierMeetup.public_id == public_id))
    if found is None:
        abort(404)
    return found


def find_earlier(fingerprint: str) -> EarlierMeetup | None:
    """The imported meetup that is the same list."""
    return db.session.scalar(sa.select(EarlierMeetup).where(EarlierMeetup.fingerprint == fingerprint))


def draft_or_404(public_id: str) -> ImportDraft:
    """A list of conversations that somebody uploaded."""
    found = db.session.scalar(sa.select(ImportDraft).where(ImportDraft.public_id == public_id, ImportDraft.kind == IMPORT_KIND))
    if found is None:
        abort(404)
    return found


class Recalled:
    """What earlier meetups mean for the people who come to one: how many pairs of them have talked before."""

    def __init__(self, meetup: Meetup, attendees: Sequence[Attendee]) -> None:
        self.remembers = meetup.remembers
        self.here = {mark: attendee.public_id for attendee in attendees for mark in _marks(attendee)}
        self.held = held_with(self.here.keys(), without=meetup.gathering_id)

    @cached_property
    def of_each(self) -> list[Mapping[Pair, int]]:
        """How often two of those who come talked at each meetup that took place, the last one first."""
        return [between_people(held.tables, self.here) for held in self.held]

    def met_before(self, remembers: Remembers) -> dict[Pair, int]:
        """Who talked before, as far as earlier meetups count."""
        counted = {Remembers.NOTHING: 0, Remembers.LAST: 1, Remembers.ALL: len(self.held)}[remembers]
        met: defaultdict[Pair, int] = defaultdict(int)
        for talked in self.of_each[:counted]:
            for people, times in talked.items():
                met[people] += times
        return dict(met)

    @property
    def said(self) -> Sentence:
        """What the chosen setting means, with its numbers."""
        if not self.held:
            return say("No earlier meetup is remembered yet.")
        if self.remembers == Remembers.NOTHING:
            return say("Earlier meetups do not count.")
        if not (met := len(self.met_before(self.remembers))):
            return say("Nobody who comes has talked before with anybody else who comes, as far as is remembered.")
        pairs = count(met, "%(n)d pair of those who come has talked", "%(n)d pairs of those who come have talked")
        if self.remembers == Remembers.LAST:
            return say("%(pairs)s at the last meetup: meeting again is a repeat.", pairs=pairs)
        return say("%(pairs)s at an earlier meetup: meeting again is a repeat.", pairs=pairs)


def names_of(attendee_ids: Collection[int]) -> sa.Select[str, str | None, int | None]:
    """Name, address and school of attendees who have a name."""
    joined = sa.select(Person.name, Person.email, Registration.school_id).join(Attendee, Attendee.person_id == Person.id)
    return joined.join(Attendee.registration).where(Attendee.id.in_(attendee_ids)).distinct()


def _marks(attendee: Attendee) -> tuple[str, ...]:
    return marks_of(attendee.name, attendee.email, attendee.registration.school_id, attendee.role)


def met_before(meetup: Meetup, attendees: Sequence[Attendee]) -> dict[Pair, int]:
    """Who of those who come talked at earlier meetups, as far as this meetup counts them (rule 9)."""
    return {} if meetup.remembers == Remembers.NOTHING else Recalled(meetup, attendees).met_before(meetup.remembers)
