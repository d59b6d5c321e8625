"""What happens to the people of a party: named, swapped, joined by a link; and what they tell their host (rules 12 and 13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from scheduler.core.people import STUDENT, address_key, same_human, student_name
from scheduler.core.refusal import Refusal, Sentence, count, say
from scheduler.core.text import same_name
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.registration import changes, invitees, queries, roster
from scheduler.registration.models import (
    AccessNeeds,
    Answer,
    Attendee,
    AttendeeState,
    BookingKey,
    ChangeKind,
    ConsentAnswer,
    ConsentKind,
    Gathering,
    PartyDetails,
    PriorVisits,
    Registration,
    RegistrationState,
)
from scheduler.registration.people import permissions
from scheduler.registration.questions import answers
from scheduler.schools.models import FocusArea

OPEN_TO_CHANGES = (RegistrationState.CONFIRMED, RegistrationState.PENDING)


@dataclass(frozen=True)
class Named:
    """One person as typed: of students neither the family name nor the address is kept (registration rule 3)."""

    name: str
    role: str = ""
    email: str = ""
    grade_band: str = ""
    """Of students"""

    @property
    def kept(self) -> Named:
        """What may be stored of it."""
        if self.role == STUDENT:
            return Named(student_name(self.name) if self.name else "", STUDENT, "", self.grade_band)
        return Named(self.name, self.role, address_key(self.email))


@dataclass(frozen=True)
class Place:
    """One place of a party as a form showed it, and what was typed there; without a name it is free."""

    public_id: str
    seen: Named
    typed: Named


@dataclass(frozen=True)
class Told:
    """What one person says of themselves beside the name; None: not asked here."""

    needs: Sequence[str] = ()
    note: str = ""
    photo: ConsentAnswer | None = None
    given: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class PartyTold:
    """What a lead tells the host about the whole party; all of it optional."""

    phone: str = ""
    arrival: str = ""
    prior_visits: PriorVisits | None = None
    focus_area_ids: Sequence[int] = ()
    given: Mapping[str, Sequence[str]] = field(default_factory=dict)


class NoPlaceLeft(Refusal):
    """Everybody of the party has a name already."""

    def __init__(self, party_size: int, lead: str) -> None:
        names = count(party_size, "The one place of this party has a name.", "All %(n)d places of this party have names.")
        super().__init__(say("%(names)s Ask %(lead)s to make the party larger, or to give you a place.", names=names, lead=lead))


def name_people(registration_id: int, places: Sequence[Place], *, actor: str, now: datetime) -> int:
    """The lead says who comes; returns how many places changed. A place that was not touched stays as it is by now.

    Whoever joined meanwhile keeps the place: a name typed into it goes to another free one, and is refused when there is none.
    """
    with transaction():
        registration, gathering = lock_party(registration_id, now)
        touched = [place for place in places if place.typed.kept != place.seen.kept]
        for place in touched:
            attendee = _place_for(place, registration)
            if attendee is not None:
                refuse_early_student(place.typed.role if place.typed.name else "", registration)
                _put(attendee, place.typed.kept, registration, actor=actor, now=now)
        refuse_doubles(registration)
        invitees.keep(registration, gathering, now=now)
        _log("people named", registration, gathering, actor, now, len(touched))
        return len(touched)


def refuse_early_student(role: str, registration: Registration) -> None:
    """Students are named by whoever has a confirmed booking (registration rule 3)."""
    if role == STUDENT and not registration.is_confirmed:
        raise Refusal(say("Students can be named once it is certain that you come: after the yes to your party. Leave their places free."))


def _place_for(place: Place, registration: Registration) -> Attendee | None:
    """Where a typed name goes; None when there is nothing left to do."""
    attendee = next((attendee for attendee in registration.attendees if attendee.public_id == place.public_id), None)
    if attendee is not None and named_as(attendee) == place.seen.kept:
        return attendee
    if not place.typed.name:
        return None  # the place was freed, or given to somebody else, while the form was open
    if place.seen.name and attendee is not None and attendee.person is not None:
        raise Refusal(say("This place is %(name)s’s by now. Load the page again to see who comes.", name=attendee.name))
    return _free_place(registration)


def _free_place(registration: Registration) -> Attendee:
    free = [attendee for attendee in registration.attendees if attendee.person is None]
    if not free:
        raise NoPlaceLeft(registration.party_size, registration.lead_name)
    return free[0]


def named_as(attendee: Attendee) -> Named:
    """Who has a place now, as a form shows it."""
    return Named(attendee.name, attendee.role, attendee.email, attendee.grade_band)


def join(registration_id: int, typed: Named, told: Told, *, place: str, key: str, link_round: int, now: datetime) -> str:
    """A colleague takes a free place by the lead's link; returns the attendee's public id.

    `place` names the attendee who joined on this phone before: they are changed, not doubled, and so is the one whom the same
    form made a moment ago. Refuses when the link is dead, nobody comes, it has begun, or every place has a name.
    """
    with transaction():
        registration, gathering = lock_party(registration_id, now, joins=True)
        if registration.join_round != link_round:
            raise Refusal(dead_link(registration))
        attendee = _joined_before(registration, place, key) or _free_place(registration)
        _put(attendee, typed.kept, registration, actor="link", now=now)
        refuse_doubles(registration)
        _tell(attendee, told, registration, actor="link", by=attendee, now=now)
        _keep_key(key, registration, attendee, now)
        invitees.keep(registration, gathering, now=now)
        _log("joined by the link", registration, gathering, "link", now, 1)
        return attendee.public_id


def dead_link(registration: Registration) -> Sentence:
    """Said of a link that was replaced."""
    return say("This link no longer works: %(lead)s has made a new one. Ask for it.", lead=registration.lead_name)


def _joined_before(registration: Registration, place: str, key: str) -> Attendee | None:
    earlier = queries.find_key(key)
    attendee_id = earlier.attendee_id if earlier else None
    named = (attendee for attendee in registration.attendees if attendee.person is not None)
    return next((attendee for attendee in named if attendee.public_id == place or attendee.id == attendee_id), None)


def _keep_key(key: str, registration: Registration, attendee: Attendee, now: datetime) -> None:
    """Remember for a day whom a form made."""
    db.session.merge(
        BookingKey(
            key=key, fingerprint=f"join:{registration.id}", outcome="joined", registration_id=registration.id, attendee_id=attendee.id,
            created_at=now,
        )
    )  # fmt: skip


def describe(registration_id: int, place: str, told: Told, *, actor: str, now: datetime) -> None:
    """The lead tells the host about one person of the party."""
    with transaction():
        registration, gathering = lock_party(registration_id, now)
        attendee = next((attendee for attendee in registration.attendees if attendee.public_id == place and attendee.person), None)
        if attendee is None:
            raise Refusal(say("This person does not come any more, so there is nothing to tell about them."))
        _tell(attendee, told, registration, actor=actor, by=_lead(registration), now=now)
        _log("told about a person", registration, gathering, actor, now, 1)


def tell_host(registration_id: int, told: PartyTold, *, actor: str, now: datetime) -> None:
    """The lead tells the host more about the party."""
    with transaction():
        registration, gathering = lock_party(registration_id, now)
        details = db.session.get(PartyDetails, registration.id) or PartyDetails(registration_id=registration.id)
        details.phone, details.arrival, details.prior_visits = told.phone, told.arrival, told.prior_visits
        chosen = sa.select(FocusArea).where(FocusArea.id.in_(told.focus_area_ids))
        details.focus_areas, details.changed_at = list(db.session.scalars(chosen)), now
        db.session.add(details)
        answers.write(registration, None, told.given, now=now)
        _log("host told more", registration, gathering, actor, now, 1)


def new_join_link(registration_id: int, *, actor: str, now: datetime) -> None:
    """The lead makes a new link for colleagues; the old one is dead at once. Whoever joined stays."""
    with transaction():
        registration, gathering = lock_party(registration_id, now)
        registration.join_round += 1
        _log("join link replaced", registration, gathering, actor, now, 1)


def lock_party(registration_id: int, now: datetime, *, joins: bool = False) -> tuple[Registration, Gathering]:
    """A party whose people may change, with all that it reaches held: who grows, shrinks or moves it waits."""
    held = queries.lock_reach(lambda: queries.reach_of(Registration.id == registration_id))
    registration = db.session.get_one(Registration, registration_id, populate_existing=True)
    gathering = held[registration.gathering_id]
    refuse_closed(registration, gathering, joins=joins, now=now)
    return registration, gathering


def refuse_closed(registration: Registration, gathering: Gathering, *, joins: bool = False, now: datetime) -> None:
    """Refuse a change of the people once nobody comes, or before it is known that they do, or when it has begun."""
    if gathering.is_cancelled:
        raise Refusal(say("This was cancelled, so nobody needs a place. Another date may have seats."))
    if gathering.has_started(now):
        raise Refusal(say("This has begun, so the list of who comes is closed. People at the door can still add somebody."))
    if not registration.holds_seats:
        raise Refusal(say("This booking has ended, so its places are gone. Book again to come."))
    if registration.state not in OPEN_TO_CHANGES:
        raise Refusal(say("These seats are held until the lead confirms the e-mail address. Names can follow after that."))
    if joins and not registration.is_confirmed:
        raise Refusal(say("The school has not said yes to this party so far. The link works as soon as it has."))


def _lead(registration: Registration) -> Attendee | None:
    return next((attendee for attendee in registration.attendees if attendee.is_lead), None)


def _put(attendee: Attendee, named: Named, registration: Registration, *, actor: str, now: datetime) -> None:
    """Give a place to somebody, spell a name better, or free the place. Whoever goes leaves neither needs nor answers behind."""
    old, before = attendee.person, named_as(attendee)
    is_same = old is not None and same_human(old.name, old.email or "", named.name, named.email)
    if old is not None and not is_same:
        _leave(attendee, actor=actor, now=now)
    email = registration.lead_email if is_same and _is_lead_themself(attendee, registration) else named.email
    if attendee.is_lead and is_same and old is not None and old.name == registration.lead_name:
        registration.lead_name = named.name
    attendee.role, attendee.grade_band = (named.role, named.grade_band) if named.name else ("", "")
    if old is None or (old.name, old.email or "") != (named.name, email):
        school_id, is_sample = registration.school_id, registration.is_sample
        attendee.person = changes.person_of(named.name, email or None, school_id, is_sample, now=now) if named.name else None
        db.session.flush()
        changes.forget_unless_comes(old)
    if named_as(attendee) != before:
        roster.note(registration, attendee, _kind_of_change(before, named, is_same=is_same), actor=actor, now=now)


def _kind_of_change(before: Named, after: Named, *, is_same: bool) -> ChangeKind:
    if not before.name:
        return ChangeKind.NAMED
    if not after.name:
        return ChangeKind.FREED
    return ChangeKind.CORRECTED if is_same else ChangeKind.REPLACED


def _is_lead_themself(attendee: Attendee, registration: Registration) -> bool:
    """Whether the lead comes in person, and mail about the booking goes there."""
    return attendee.is_lead and attendee.email == registration.lead_email


def _leave(attendee: Attendee, *, actor: str, now: datetime) -> None:
    """Somebody does not come: the phone with which they joined no longer opens the place, what they told and answered goes,
    and what they permitted no longer counts."""
    if attendee.state == AttendeeState.ARRIVED:
        raise Refusal(say("%(name)s is checked in already, so nobody else can have the place.", name=attendee.name))
    attendee.public_id = new_public_id()
    for table in (AccessNeeds, Answer):
        db.session.execute(sa.delete(table).where(table.attendee_id == attendee.id))
    permissions.begin_anew(attendee, actor=actor, now=now)
    db.session.flush()


def refuse_doubles(registration: Registration) -> None:
    """Two people of a party with one name, or one address, could not be told apart at the door."""
    names: set[str] = set()
    addresses: set[str] = set()
    for attendee in registration.attendees:
        if attendee.person is None:
            continue
        if same_name(attendee.name) in names:
            raise Refusal(say("“%(name)s” is on the list already. If there are two, write what tells them apart.", name=attendee.name))
        if attendee.email and attendee.email in addresses:
            raise Refusal(say("Two people have the address %(address)s. Each needs their own, or none.", address=attendee.email))
        names.add(same_name(attendee.name))
        addresses.add(attendee.email)


def _tell(attendee: Attendee, told: Told, registration: Registration, *, actor: str, by: Attendee | None, now: datetime) -> None:
    """Write down what one person needs, permits and answers."""
    stored = db.session.get(AccessNeeds, attendee.id)
    if told.needs or told.note:
        stored = stored or AccessNeeds(attendee_id=attendee.id)
        stored.needs, stored.note, stored.changed_at = list(told.needs), told.note, now
        db.session.add(stored)
    elif stored is not None:
        db.session.delete(stored)
    if told.photo is not None:
        permissions.add(attendee, ConsentKind.PHOTO, told.photo, actor=actor, by=by, now=now)
    answers.write(registration, attendee.id, told.given, now=now)


def _log(what: str, registration: Registration, gathering: Gathering, actor: str, now: datetime, places: int) -> None:
    """Who did it and to how many places; no names."""
    about = f"registration:{registration.id}"
    audit.record(what, about, actor=actor, now=now, school_id=gathering.school_id, after={"places": places})
