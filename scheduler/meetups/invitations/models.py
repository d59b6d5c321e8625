"""Tables of invitations: a school's to a meetup, and which of its contacts were written to."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.foundation.db import Model
from scheduler.meetups.models import Meetup
from scheduler.schools.models import School, SchoolContact


class MeetupInvitation(Model):
    """A school that was invited to a meetup, and that it cannot come where its contact said so. That it comes is told by its team alone."""

    __tablename__ = "meetup_invitations"
    __table_args__ = (sa.UniqueConstraint("meetup_id", "school_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meetup_id: Mapped[int] = mapped_column(sa.ForeignKey("meetups.id", ondelete="CASCADE"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    invited_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    """The last time"""
    declined_at: Mapped[datetime | None]
    declined_by: Mapped[int | None] = mapped_column(sa.ForeignKey("school_contacts.id", ondelete="SET NULL"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    """Why it cannot come, as its contact wrote it"""

    meetup: Mapped[Meetup] = relationship()
    school: Mapped[School] = relationship()


class InvitedContact(Model):
    """A contact who was written to about a meetup. Whoever is no longer a contact has no link any more."""

    __tablename__ = "invited_contacts"
    __table_args__ = (sa.UniqueConstraint("invitation_id", "contact_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    """The link itself is derived, never stored (foundation/tokens.py)"""
    invitation_id: Mapped[int] = mapped_column(sa.ForeignKey("meetup_invitations.id", ondelete="CASCADE"))
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("school_contacts.id", ondelete="CASCADE"), index=True)
    written_at: Mapped[datetime]
    """The last time"""

    invitation: Mapped[MeetupInvitation] = relationship()
    contact: Mapped[SchoolContact] = relationship()
