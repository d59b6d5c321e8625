"""Taking rights away."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from scheduler.accounts import queries
from scheduler.accounts.models import Grant, SignInSession, User
from scheduler.core.access import AccessRole, Actor
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.foundation.feeds import raise_feeds


class LastAdministrator(Refusal):
    def __init__(self) -> None:
        super().__init__(say("This is the last administrator. Invite another one first; somebody must be able to invite people."))


class GrantIsGone(Refusal):
    def __init__(self) -> None:
        super().__init__(say("This role was removed already."))


def revoke_grant(grant_id: int, *, actor: Actor, now: datetime) -> None:
    """Take one role away; who has none left is signed out everywhere. The last administrator stays.

    All administrators' rows are held meanwhile, so that two who remove each other at once leave one.
    """
    with transaction():
        _hold_administrators()
        grant = db.session.scalar(sa.select(Grant).where(Grant.id == grant_id).with_for_update())
        if grant is None:
            raise GrantIsGone
        if grant.role == AccessRole.ADMINISTRATOR and queries.is_last_administrator(grant.user_id):
            raise LastAdministrator
        _remove(grant, actor, now)


def _hold_administrators() -> None:
    db.session.scalars(sa.select(Grant.id).where(Grant.role == AccessRole.ADMINISTRATOR).order_by(Grant.id).with_for_update()).all()


def refuse_last_administrator(user_id: int) -> None:
    """The last administrator cannot be erased either; inside the transaction that would."""
    _hold_administrators()
    if queries.is_last_administrator(user_id):
        raise LastAdministrator


def _remove(grant: Grant, actor: Actor, now: datetime) -> None:
    user = db.session.get_one(User, grant.user_id)
    before = [each.as_right for each in user.grants]
    user.grants.remove(grant)
    raise_feeds([f"user:{user.id}"], now=now)
    if not user.grants:
        db.session.execute(sa.delete(SignInSession).where(SignInSession.user_id == user.id))
    audit.record(
        "rights changed", f"user:{user.id}", actor=audit.user(actor.user_id), now=now, school_id=grant.school_id,
        before={"rights": before}, after={"rights": [each.as_right for each in user.grants]},
    )  # fmt: skip
