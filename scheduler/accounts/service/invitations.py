"""Inviting people to sign in: one address, one role, a week; accepting proves the mailbox."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from email_validator import EmailNotValidError, validate_email

from scheduler.accounts import mail, queries
from scheduler.accounts.models import Grant, Invitation, User
from scheduler.accounts.service.sign_in import add_session
from scheduler.core.access import AccessRole, Actor
from scheduler.core.people import address_key
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.feeds import raise_feeds
from scheduler.foundation.tokens import digest, new_token
from scheduler.schools import queries as schools
from scheduler.schools.models import School

INVITATION_LASTS = timedelta(days=7)
MOST_MAILS_AN_HOUR = 5


class NotAnAddress(Refusal):
    def __init__(self, address: str) -> None:
        super().__init__(say("%(address)s is not an e-mail address. It looks like ana@school.org.", address=address))


class HostNeedsASchool(Refusal):
    def __init__(self) -> None:
        super().__init__(say("A host runs the visits of one school. Say which."))


class OnlyHostsHaveASchool(Refusal):
    def __init__(self) -> None:
        super().__init__(say("Only hosts belong to one school. Leave the school out, or invite a host."))


class NoSuchSchool(Refusal):
    def __init__(self, typed: str) -> None:
        super().__init__(say("No school is called %(school)s here. Its name, short name or slug works.", school=typed))


class AlreadyMayDoThis(Refusal):
    def __init__(self, address: str) -> None:
        super().__init__(say("%(address)s has this role already and signs in with a mailed link.", address=address))


class InvitationIsOver(Refusal):
    def __init__(self) -> None:
        super().__init__(say("This invitation was used or withdrawn, or is older than a week. Ask whoever invited you for a new one."))


class MailedOften(Refusal):
    def __init__(self) -> None:
        super().__init__(say("This address got five invitations within an hour. Wait a while before the next one."))


def invite(address: str, role: AccessRole, school_id: int | None, *, actor: Actor, now: datetime) -> None:
    """Invite somebody to a role; `school_id` for hosts and for them only. An earlier open invitation to the same is replaced."""
    with transaction():
        _invite(address, role, school_id, actor=audit.user(actor.user_id), invited_by=actor.user_id, now=now)


def invite_from_command(address: str, role: AccessRole, school: str | None, *, now: datetime) -> str:
    """The same from the command line, the first step of a real install; the invitation's token. `school` as a person names it."""
    with transaction():
        found = schools.find_school(school) if school else None
        if school and found is None:
            raise NoSuchSchool(school)
        return _invite(address, role, found.id if found else None, actor="command:invite", invited_by=None, now=now)


def _invite(address: str, role: AccessRole, school_id: int | None, *, actor: str, invited_by: int | None, now: datetime) -> str:
    _check(address, role, school_id)
    email = address_key(address)
    user = queries.find_user(email)
    if user and any((grant.role, grant.school_id) == (role, school_id) for grant in user.grants):
        raise AlreadyMayDoThis(email)
    same = (Invitation.email == email, Invitation.role == role, Invitation.school_id.is_not_distinct_from(school_id))
    db.session.execute(sa.update(Invitation).where(*same, queries.is_open(now)).values(withdrawn_at=now))
    invitation = Invitation(email=email, role=role, school_id=school_id, invited_by=invited_by, created_at=now)
    token = _mail(invitation, user.name if user else "", now)
    audit.record("invited", f"invitation:{invitation.id}", actor=actor, now=now, school_id=school_id, after={"role": role.value})
    return token


def _check(address: str, role: AccessRole, school_id: int | None) -> None:
    try:
        validate_email(address.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise NotAnAddress(address) from None
    if role == AccessRole.HOST and school_id is None:
        raise HostNeedsASchool
    if role != AccessRole.HOST and school_id is not None:
        raise OnlyHostsHaveASchool


def _mail(invitation: Invitation, to_name: str, now: datetime) -> str:
    """Give the invitation a new token and a new week, and mail it."""
    if outbox.recently_to(invitation.email, mail.INVITATION, since=now - timedelta(hours=1)) >= MOST_MAILS_AN_HOUR:
        raise MailedOften
    name = new_token()
    token = mail.invitation_token(name)
    invitation.token_hash, invitation.expires_at = digest(token), now + INVITATION_LASTS
    db.session.add(invitation)
    db.session.flush()
    school = db.session.get_one(School, invitation.school_id).name if invitation.school_id else ""
    outbox.add(mail.invitation(invitation, name, school=school, to_name=to_name), now=now)
    return token


def mail_again(invitation_id: int, *, actor: Actor, now: datetime) -> str:
    """Mail an open invitation once more, with a new link and a new week; the address it goes to."""
    with transaction():
        invitation = _lock(invitation_id, now)
        user = queries.find_user(invitation.email)
        _mail(invitation, user.name if user else "", now)
        _record("invitation mailed again", invitation, actor=audit.user(actor.user_id), now=now)
        return invitation.email


def withdraw_invitation(invitation_id: int, *, actor: Actor, now: datetime) -> None:
    """Nobody can accept it any more."""
    with transaction():
        invitation = _lock(invitation_id, now)
        invitation.withdrawn_at = now
        _record("invitation withdrawn", invitation, actor=audit.user(actor.user_id), now=now)


def _lock(invitation_id: int, now: datetime) -> Invitation:
    invitation = db.session.scalar(sa.select(Invitation).where(Invitation.id == invitation_id, queries.is_open(now)).with_for_update())
    if invitation is None:
        raise InvitationIsOver
    return invitation


def accept_invitation(token: str, name: str, *, now: datetime) -> str:
    """Take the role one was invited to, as the owner of the invited mailbox; the token of the session that begins."""
    with transaction():
        invitation = _accept_once(token, now)
        user = queries.find_user(invitation.email) or User(email=invitation.email, created_at=now)
        user.name = name
        db.session.add(user)
        db.session.flush()
        before = _rights(user)
        if not any((grant.role, grant.school_id) == (invitation.role, invitation.school_id) for grant in user.grants):
            user.grants.append(Grant(role=invitation.role, school_id=invitation.school_id))
        raise_feeds([f"user:{user.id}"], now=now)
        _record("invitation accepted", invitation, actor=audit.user(user.id), now=now)
        audit.record(
            "rights changed", f"user:{user.id}", actor=audit.user(user.id), now=now, school_id=invitation.school_id,
            before={"rights": before}, after={"rights": _rights(user)},
        )  # fmt: skip
        return add_session(user.id, now=now)


def _accept_once(token: str, now: datetime) -> Invitation:
    """Only the first gets it. All invitations of the address are held, so that two accepted at once make one user."""
    email = sa.select(Invitation.email).where(Invitation.token_hash == digest(token)).scalar_subquery()
    db.session.execute(sa.select(Invitation.id).where(Invitation.email == email).order_by(Invitation.id).with_for_update())
    invitation = db.session.scalar(sa.select(Invitation).where(Invitation.token_hash == digest(token), queries.is_open(now)))
    if invitation is None:
        raise InvitationIsOver
    invitation.accepted_at = now
    return invitation


def _rights(user: User) -> list[str]:
    return [grant.as_right for grant in user.grants]


def _record(what: str, invitation: Invitation, *, actor: str, now: datetime) -> None:
    audit.record(what, f"invitation:{invitation.id}", actor=actor, now=now, school_id=invitation.school_id)
