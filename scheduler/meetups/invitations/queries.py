"""Reads of invitations: where each school of the directory stands with a meetup, and whom a link belongs to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import joinedload

from scheduler.core import times
from scheduler.core.invitations import NEEDS_A_REMINDER, Deed, Known, Standing, is_written_to, why_not
from scheduler.core.refusal import Sentence
from scheduler.foundation.db import db
from scheduler.foundation.outbox import MailState, OutboxMail
from scheduler.meetups.invitations.models import InvitedContact, MeetupInvitation
from scheduler.meetups.models import Meetup
from scheduler.registration.models import Gathering, GatheringState, Registration, RegistrationState
from scheduler.schools import queries as schools
from scheduler.schools.models import SchoolContact, Tier


@dataclass(frozen=True)
class Contact:
    """Somebody to write to at a school, what was written to them about the meetup, and their newest mail where it did not arrive."""

    contact: schools.Addressee
    written: InvitedContact | None
    lost: LostMail | None


@dataclass(frozen=True)
class LostMail:
    """A mail that did not arrive, and why."""

    id: int
    error: str


@dataclass(frozen=True)
class Row:
    """One school of the directory, and where it stands with a meetup."""

    school: schools.Choice
    invitation: MeetupInvitation | None
    contacts: Sequence[Contact]
    people: int
    asking: int
    meetup: Meetup

    @cached_property
    def known(self) -> Known:
        sent = self.invitation
        return Known(
            self.people, self.asking, is_invited=sent is not None, is_reminded=sent is not None and sent.reminded_at is not None,
            has_declined=sent is not None and sent.declined_at is not None, written=[self._last(contact) for contact in self.contacts],
        )  # fmt: skip

    @cached_property
    def standing(self) -> Standing:
        return self.known.standing

    @property
    def tier(self) -> Tier:
        return self.school.tier

    @property
    def borough(self) -> str:
        return self.school.borough

    @property
    def has_contact(self) -> bool:
        return bool(self.contacts)

    @property
    def has_lost(self) -> bool:
        """Mail to some contact came back."""
        return any(contact.lost for contact in self.contacts)

    @cached_property
    def is_reachable(self) -> bool:
        """Whether there is a contact whose mail arrives, as far as is known."""
        return any(contact.lost is None for contact in self.contacts)

    def to_write(self, deed: Deed, today: date) -> list[Contact]:
        """The contacts who are written to; nobody where the school is left out."""
        if self.why_not(deed, today):
            return []
        return [contact for contact in self.contacts if is_written_to(deed, self._last(contact), today)]

    def why_not(self, deed: Deed, today: date) -> Sentence | None:
        return why_not(deed, self.known, today)

    def _last(self, contact: Contact) -> date | None:
        return times.to_wall(contact.written.written_at, self.meetup.gathering.zone).date() if contact.written else None


def rows_of(
    meetup: Meetup, chosen: Sequence[schools.Choice] | None = None, *, lost: Mapping[str, LostMail] | None = None
) -> list[Row]:  # fmt: skip
    """Every school of the directory, by name, or those that are chosen; five statements, however many there are."""
    listed = schools.choices() if chosen is None else chosen
    ids = None if chosen is None else [school.id for school in chosen]
    invitations, written = _sent(meetup.id, ids)
    teams, lost, contacts = _people_of(meetup.gathering_id), lost_mails() if lost is None else lost, schools.addressees(ids)
    return [
        Row(
            school, invitations.get(school.id),
            [Contact(contact, written.get(contact.id), lost.get(contact.email)) for contact in contacts[school.id]],
            teams[RegistrationState.CONFIRMED][school.id], teams[RegistrationState.PENDING][school.id], meetup,
        )
        for school in listed
    ]  # fmt: skip


def _sent(meetup_id: int, school_ids: Collection[int] | None) -> tuple[dict[int, MeetupInvitation], dict[int, InvitedContact]]:
    """Invitations by school, and by contact what was written to them."""
    both = sa.select(MeetupInvitation, InvitedContact).outerjoin(InvitedContact, InvitedContact.invitation_id == MeetupInvitation.id)
    chosen = both.where(MeetupInvitation.meetup_id == meetup_id)
    if school_ids is not None:
        chosen = chosen.where(MeetupInvitation.school_id.in_(school_ids))
    found = db.session.execute(chosen).all()
    return {sent.school_id: sent for sent, _ in found}, {written.contact_id: written for _, written in found if written}


def _people_of(gathering_id: int) -> defaultdict[RegistrationState, Counter[int]]:
    """People of schools' teams by state and school."""
    found: defaultdict[RegistrationState, Counter[int]] = defaultdict(Counter)
    counted = sa.select(Registration.state, Registration.school_id, sa.func.sum(Registration.party_size))
    here = sa.and_(Registration.gathering_id == gathering_id, Registration.school_id.is_not(None))
    for state, school_id, people in db.session.execute(counted.where(here).group_by(Registration.state, Registration.school_id)):
        found[state][school_id or 0] = int(people)
    return found


def lost_mails() -> dict[str, LostMail]:
    """Of addresses of contacts whose newest mail did not arrive: that mail."""
    newest = sa.select(sa.func.max(OutboxMail.id)).where(OutboxMail.to_address.in_(sa.select(SchoolContact.email)))
    chosen = sa.select(OutboxMail.to_address, OutboxMail.id, OutboxMail.error).where(OutboxMail.state == MailState.DEAD)
    rows = db.session.execute(chosen.where(OutboxMail.id.in_(newest.group_by(OutboxMail.to_address))))
    return {address: LostMail(mail_id, error) for address, mail_id, error in rows}


def invited_or_404(public_id: str) -> InvitedContact:
    """A contact who was written to, with school and meetup."""
    way = joinedload(InvitedContact.invitation)
    chosen = sa.select(InvitedContact).where(InvitedContact.public_id == public_id).options(
        way.joinedload(MeetupInvitation.meetup).joinedload(Meetup.gathering), way.joinedload(MeetupInvitation.school),
        joinedload(InvitedContact.contact),
    )  # fmt: skip
    found = db.session.scalar(chosen)
    if found is None:
        abort(404)
    return found


def people_of_school(gathering_id: int, school_id: int) -> tuple[int, int]:
    """How many people of a school's team are registered, and how many ask to come."""
    teams = _people_of(gathering_id)
    return teams[RegistrationState.CONFIRMED][school_id], teams[RegistrationState.PENDING][school_id]


def silent_schools(*, now: datetime) -> list[tuple[Gathering, int]]:
    """Meetups whose registration is open and where a school has not answered for days, and how many have not."""
    theirs = sa.and_(Registration.gathering_id == Gathering.id, Registration.school_id == MeetupInvitation.school_id)
    answered = sa.select(Registration.id).where(theirs, Registration.state.in_([RegistrationState.CONFIRMED, RegistrationState.PENDING]))
    last = sa.func.min(sa.func.coalesce(MeetupInvitation.reminded_at, MeetupInvitation.invited_at))
    counted = sa.select(MeetupInvitation.meetup_id, sa.func.count().label("number"), last.label("last"))
    joined = counted.join(Meetup, Meetup.id == MeetupInvitation.meetup_id).join(Gathering, Gathering.id == Meetup.gathering_id)
    is_open = sa.and_(Gathering.state == GatheringState.PUBLISHED, Gathering.closes_at > now)
    waited_for = joined.where(is_open, MeetupInvitation.declined_at.is_(None), ~answered.exists())
    silent = waited_for.group_by(MeetupInvitation.meetup_id).subquery()
    chosen = sa.select(Gathering, silent.c.number).join(Meetup, Meetup.gathering_id == Gathering.id)
    rows = db.session.execute(chosen.join(silent, silent.c.meetup_id == Meetup.id).where(silent.c.last <= now - NEEDS_A_REMINDER))
    return [(gathering, int(number)) for gathering, number in rows]
