"""Reads of the people of parties: who has a name, what is missing, what they told their host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import set_committed_value

from scheduler.core.questions import Per
from scheduler.core.school_days import TooFewSchoolDays, school_days_before
from scheduler.foundation.db import db
from scheduler.registration.models import AccessNeeds, Attendee, Consent, Gathering, PartyDetails, Registration
from scheduler.registration.questions.queries import Sheet, sheet_of
from scheduler.schools import closures_queries

NAMES_DAYS = 3
"""School days before the visit until which names are asked for (rule 12)"""
LOOKS_BACK = timedelta(days=120)


@dataclass(frozen=True)
class PeopleBoard:
    """The people of the parties of one gathering, with what they told and answered."""

    sheet: Sheet
    details: dict[int, PartyDetails]
    """By registration"""
    needs: dict[int, AccessNeeds]
    """By attendee"""

    def missing_names(self, registration: Registration) -> int:
        return missing_names(registration)

    def missing_answers(self, registration: Registration) -> int:
        return self.sheet.missing(registration)

    def missing_of(self, attendee: Attendee) -> int:
        """How many answers that the host needs one person has not given."""
        return len(self.sheet.missing_of(Per.ATTENDEE, self.sheet.of_attendee(attendee.registration_id, attendee.id)))


def board_of(gathering_id: int, *, registration_id: int | None = None) -> PeopleBoard:
    """The board of a gathering, or of one party there; five statements, however many people there are."""
    here = Registration.gathering_id == gathering_id if registration_id is None else Registration.id == registration_id
    parties = sa.select(PartyDetails).join(Registration, PartyDetails.registration_id == Registration.id).where(here)
    needs = sa.select(AccessNeeds).join(Attendee, AccessNeeds.attendee_id == Attendee.id).join(Attendee.registration).where(here)
    details = db.session.scalars(parties.options(selectinload(PartyDetails.focus_areas)))
    return PeopleBoard(
        sheet_of(gathering_id, registration_id=registration_id), {one.registration_id: one for one in details},
        {one.attendee_id: one for one in db.session.scalars(needs)},
    )  # fmt: skip


def details_of(registration_id: int) -> PartyDetails | None:
    """What a party told its host."""
    chosen = sa.select(PartyDetails).where(PartyDetails.registration_id == registration_id)
    return db.session.scalar(chosen.options(selectinload(PartyDetails.focus_areas)))


def needs_of(attendee_id: int) -> AccessNeeds | None:
    """What somebody needs at the place."""
    return db.session.get(AccessNeeds, attendee_id)


def missing_names(registration: Registration) -> int:
    """How many people of a party have no name yet."""
    return sum(attendee.person is None for attendee in registration.attendees)


def missing_at(registration: Registration) -> dict[str, int | str]:
    """What a party has not said yet, as its page and its mails say it: names, required answers, and the page that asks for them."""
    sheet = sheet_of(registration.gathering_id, registration_id=registration.id)
    of_party = sheet.missing_of(Per.PARTY, sheet.of_party(registration.id))
    page = "more" if of_party else "people"
    return {"names": missing_names(registration), "answers": sheet.missing(registration), "page": page}


def names_by(gathering: Gathering) -> date | None:
    """The last day on which names are asked for; None where closures leave no school day."""
    day = gathering.starts_wall.date()
    closed = closures_queries.closed_days(gathering.school_id, day - LOOKS_BACK, day) if gathering.school_id else {}
    try:
        return school_days_before(day, NAMES_DAYS, closed)
    except TooFewSchoolDays:
        return None


def named_attendee(registration: Registration, public_id: str) -> Attendee | None:
    """Somebody of a party who has a name."""
    return next((attendee for attendee in registration.attendees if attendee.public_id == public_id and attendee.person), None)


def read_permissions(registration: Registration) -> None:
    """Have at hand what was answered about the students of a party: one statement, however many they are, and none where there is none."""
    students = [attendee for attendee in registration.attendees if attendee.is_student]
    if not students:
        return
    chosen = sa.select(Consent).where(Consent.attendee_id.in_([attendee.id for attendee in students])).order_by(Consent.id)
    said = db.session.scalars(chosen).all()
    for attendee in students:
        set_committed_value(attendee, "consents", [consent for consent in said if consent.attendee_id == attendee.id])


def in_order(registration: Registration) -> Sequence[Attendee]:
    """The places of a party: the lead first, then names, then free ones."""
    return sorted(registration.attendees, key=lambda attendee: (not attendee.is_lead, attendee.person is None, attendee.id))
