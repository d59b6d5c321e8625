"""Tables of people who sign in: what they may do, their sessions, the links and invitations mailed to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.core.access import AccessRole, Actor
from scheduler.foundation.db import Model, one_of


class User(Model):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    """Trimmed and lower-cased"""
    name: Mapped[str] = mapped_column(sa.String(200))
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    grants: Mapped[list[Grant]] = relationship(back_populates="user", cascade="all, delete-orphan", lazy="selectin", order_by="Grant.id")

    @property
    def actor(self) -> Actor:
        """This person as the rules of access see them."""
        return actor_of(self.id, [(grant.role, grant.school_id) for grant in self.grants])


def actor_of(user_id: int, rights: Sequence[tuple[AccessRole, int | None]]) -> Actor:
    """A person with these rights, each a role and perhaps a school."""
    hosted = frozenset(school for role, school in rights if role == AccessRole.HOST and school is not None)
    return Actor(user_id, frozenset(role for role, _ in rights), hosted)


class Grant(Model):
    """One thing a user may do: a role, bound to a school for hosts."""

    __tablename__ = "grants"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "role", "school_id"),
        # For a unique constraint no two NULLs are equal: roles without a school need an index of their own.
        sa.Index(
            "uq_grants_user_id_role",
            "user_id",
            "role",
            unique=True,
            sqlite_where=sa.text("school_id IS NULL"),
            postgresql_where=sa.text("school_id IS NULL"),
        ),
        sa.CheckConstraint("(role = 'host') = (school_id IS NOT NULL)", name="hosts_have_a_school"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[AccessRole] = mapped_column(one_of(AccessRole))
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"), index=True)

    user: Mapped[User] = relationship(back_populates="grants")

    @property
    def as_right(self) -> str:
        """As the audit log names it: organizer, or host of school:3."""
        return f"{self.role.value} of school:{self.school_id}" if self.school_id else self.role.value


class Invitation(Model):
    """An open door for one e-mail address, until it is used or a week has passed."""

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    role: Mapped[AccessRole] = mapped_column(one_of(AccessRole))
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    invited_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class SignInLink(Model):
    """A mailed link that opens one session, once; the code in the same mail works in another browser."""

    __tablename__ = "sign_in_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    browser_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    """Of the key that the asking browser holds; empty for links that `scheduler serve` prints in development"""
    wrong_codes: Mapped[int] = mapped_column(default=0)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    """None where nobody signs in with the address that was typed: asking and trying codes is the same work for every address"""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInSession(Model):
    """A browser somebody is signed in with: gone when they sign out, whatever cookies were copied."""

    __tablename__ = "sign_in_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    user: Mapped[User] = relationship()
