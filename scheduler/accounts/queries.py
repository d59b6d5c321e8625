"""Reads of people who sign in, their links and invitations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask import abort

from scheduler.accounts.models import Grant, Invitation, SignInLink, SignInSession, User, actor_of
from scheduler.core.access import AccessRole, Actor
from scheduler.core.people import address_key
from scheduler.foundation.db import db
from scheduler.foundation.pages import Page, page_of
from scheduler.foundation.tokens import digest
from scheduler.schools.models import School


@dataclass(frozen=True)
class Somebody:
    """Who is signed in, as each of their pages needs them."""

    actor: Actor
    name: str
    email: str


_SIGNED_IN = (
    sa.select(User.id, User.name, User.email, Grant.role, Grant.school_id)
    .select_from(SignInSession)
    .join(SignInSession.user)
    .outerjoin(User.grants)
    .where(SignInSession.token_hash == sa.bindparam("token_hash"), SignInSession.expires_at > sa.bindparam("now"))
)


def find_signed_in(token: str, *, now: datetime) -> Somebody | None:
    """Who is signed in with the session that this token opens. Each page of theirs begins with it: as objects it was a tenth of a page."""
    rows = db.session.execute(_SIGNED_IN, {"token_hash": digest(token), "now": now}).all()
    if not rows:
        return None
    return Somebody(actor_of(rows[0].id, [(row.role, row.school_id) for row in rows if row.role]), rows[0].name, rows[0].email)


def find_user(address: str) -> User | None:
    """The user of an e-mail address, with rights or without."""
    return db.session.scalar(sa.select(User).where(User.email == address_key(address)))


def find_somebody_with_rights(address: str) -> sa.Row[int, str] | None:
    """Id and name of whoever may do anything at all with this address; one statement, whether there is somebody or not."""
    return db.session.execute(sa.select(User.id, User.name).where(User.email == address_key(address), User.grants.any())).first()


def find_open_link(token: str, *, now: datetime) -> SignInLink | None:
    """The sign-in link of a token, while it can be used."""
    return db.session.scalar(
        sa.select(SignInLink).where(SignInLink.token_hash == digest(token), SignInLink.used_at.is_(None), SignInLink.expires_at > now)
    )


def is_open(now: datetime) -> sa.ColumnElement[bool]:
    """Of invitations that can be accepted."""
    return sa.and_(Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None), Invitation.expires_at > now)


@dataclass(frozen=True)
class Invited:
    """An invitation as its page and the list show it."""

    invitation: Invitation
    school_name: str
    name: str
    """Of whom it invites, where that address has an account already"""


def find_open_invitation(token: str, *, now: datetime) -> Invited | None:
    """The invitation of a token, while it can be accepted."""
    return next(iter(_invited(Invitation.token_hash == digest(token), is_open(now))), None)


def open_invitations(*, now: datetime) -> Sequence[Invited]:
    """Invitations that wait, newest first."""
    return _invited(is_open(now))


def _invited(*conditions: sa.ColumnElement[bool]) -> Sequence[Invited]:
    rows = db.session.execute(
        sa.select(Invitation, School.name, User.name)
        .outerjoin(School, School.id == Invitation.school_id)
        .outerjoin(User, User.email == Invitation.email)
        .where(*conditions)
        .order_by(Invitation.id.desc())
    )
    return [Invited(invitation, school or "", name or "") for invitation, school, name in rows]


def invitation_or_404(invitation_id: int) -> Invitation:
    """An invitation by its id."""
    return db.session.get(Invitation, invitation_id) or abort(404)


def grant_or_404(grant_id: int) -> Grant:
    """One thing a user may do, by its id."""
    return db.session.get(Grant, grant_id) or abort(404)


def people(asked: Mapping[str, str]) -> Page[User]:
    """A page of everybody who may sign in, by name."""
    return page_of(sa.select(User).where(User.grants.any()), [sa.func.lower(User.name), User.id], User.id, asked)


def organizers() -> Sequence[User]:
    """Who runs the gatherings of the whole network, by name."""
    chosen = sa.select(User).where(User.grants.any(Grant.role == AccessRole.ORGANIZER))
    return db.session.scalars(chosen.order_by(sa.func.lower(User.name), User.id)).all()


def names_of(user_ids: Iterable[int]) -> dict[int, str]:
    """What users are called, by id."""
    return dict(db.session.execute(sa.select(User.id, User.name).where(User.id.in_(user_ids))).all())


def is_last_administrator(user_id: int) -> bool:
    """Whether nobody else can invite people."""
    administrators = db.session.scalars(sa.select(Grant.user_id).where(Grant.role == AccessRole.ADMINISTRATOR)).all()
    return list(administrators) == [user_id]


def school_names(ids: Iterable[int | None]) -> Mapping[int, str]:
    """Short names of schools by id."""
    rows = db.session.execute(sa.select(School.id, School.short_name).where(School.id.in_({each for each in ids if each})))
    return {row.id: row.short_name for row in rows}


def hosts_of(school_id: int) -> Sequence[User]:
    """Who runs the visits of a school."""
    hosts = sa.and_(Grant.school_id == school_id, Grant.role == AccessRole.HOST)
    return db.session.scalars(sa.select(User).where(User.grants.any(hosts)).order_by(User.id)).all()
