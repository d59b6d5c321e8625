"""What organizers and contacts do with invitations: write to schools, and answer (rule 19)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.core.booking import moment_text
from scheduler.core.invitations import Deed
from scheduler.core.refusal import Refusal, say
from scheduler.core.times import to_wall
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.meetups import service as meetups
from scheduler.meetups.invitations import mail, queries
from scheduler.meetups.invitations.models import InvitedContact, MeetupInvitation
from scheduler.meetups.invitations.queries import Contact, Row
from scheduler.meetups.models import Meetup
from scheduler.registration.models import Gathering, GatheringState
from scheduler.schools import queries as schools
from scheduler.schools.models import School


@dataclass(frozen=True)
class Written:
    """How many schools and contacts were written to, and how many schools were left out because they have answered or were written to."""

    schools: int
    contacts: int
    left_out: int


def write_to_schools(meetup_id: int, deed: Deed, school_ids: Collection[int], line: str, *, actor: str, now: datetime) -> Written:
    """Invite or remind schools by their contacts. Done twice, it is done once: whoever was written to is left out the second time."""
    with transaction():
        meetup, gathering = meetups.hold(meetup_id)
        may_write(gathering, now)
        rows, today = queries.rows_of(meetup, schools.choices(School.id.in_(school_ids))), to_wall(now, gathering.zone).date()
        reply_to, reached, contacts = schools.network().contact_email, [], 0
        for row in rows:
            if to_write := row.to_write(deed, today):
                _write(meetup, deed, row, to_write, line, reply_to, now)
                reached.append(row.school.id)
                contacts += len(to_write)
        if reached:
            what = "schools invited" if deed == Deed.INVITE else "schools reminded"
            audit.record(what, f"meetup:{meetup_id}", actor=actor, now=now, after={"schools": reached, "mails": contacts})
        return Written(len(reached), contacts, len(rows) - len(reached))


def _write(meetup: Meetup, deed: Deed, row: Row, to_write: list[Contact], line: str, reply_to: str, now: datetime) -> None:
    invitation = row.invitation or MeetupInvitation(meetup_id=meetup.id, school_id=row.school.id, invited_at=now)
    if deed == Deed.REMIND:
        invitation.reminded_at = now
    db.session.add(invitation)
    for one in to_write:
        written = one.written or InvitedContact(public_id=new_public_id(), invitation=invitation, contact_id=one.contact.id)
        written.written_at = now
        db.session.add(written)
        db.session.flush()
        about = f"invited_contact:{written.id}"
        letter = mail.to_contact(deed, meetup, row.school, one.contact, line, link=written.public_id, about=about, reply_to=reply_to)
        outbox.add(letter, now=now)


def may_write(gathering: Gathering, now: datetime) -> None:
    """Refuse to invite schools to a meetup at which they could not register."""
    if gathering.state == GatheringState.DRAFT:
        raise Refusal(say("This meetup is a draft. Publish it first: the mail leads to its page."))
    meetups.may_register(gathering, now)
    if gathering.is_closed(now):
        when = moment_text(gathering.closes_at, gathering.zone)
        raise Refusal(say("Registration ended on %(when)s, so no school could register. Let it end later first.", when=when))


def decline(invited_id: int, reason: str, *, now: datetime) -> None:
    """A contact says that the school cannot come. Saying it again is saying it once, with the newer reason."""
    with transaction():
        invited = _hold(invited_id, now)
        invitation = invited.invitation
        if any(queries.people_of_school(invitation.meetup.gathering_id, invitation.school_id)):
            raise Refusal(say("Your school’s team is registered. Its lead cancels it by the link in the confirmation."))
        invitation.declined_at, invitation.declined_by, invitation.reason = now, invited.contact_id, reason
        _log("invitation declined", invitation, now, after={"changed": ["declined", "reason"] if reason else ["declined"]})


def take_back(invited_id: int, *, now: datetime) -> None:
    """The school may come after all. Nobody is mailed."""
    with transaction():
        invitation = _hold(invited_id, now).invitation
        if invitation.declined_at is not None:
            invitation.declined_at, invitation.declined_by, invitation.reason = None, None, ""
            _log("invitation open again", invitation, now)


def is_open(gathering: Gathering, now: datetime) -> bool:
    """Whether a school can still answer."""
    return gathering.state == GatheringState.PUBLISHED and not gathering.is_closed(now)


def _hold(invited_id: int, now: datetime) -> InvitedContact:
    """Whoever answers, with the gathering locked. Refuses once registration has ended."""
    invited = db.session.get_one(InvitedContact, invited_id)
    gathering = meetups.hold(invited.invitation.meetup_id)[1]
    db.session.refresh(invited.invitation)
    if not is_open(gathering, now):
        raise Refusal(say("Registration for this meetup has ended, so the answer stays as it is. Write to the organizers."))
    return invited


def _log(what: str, invitation: MeetupInvitation, now: datetime, **facts: Any) -> None:
    audit.record(what, f"meetup_invitation:{invitation.id}", actor="link", now=now, school_id=invitation.school_id, **facts)
