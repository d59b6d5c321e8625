"""Tables of schools and of the network they form."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.foundation.db import Model, db, one_of


class Tier(StrEnum):
    """How close a school is to the network's work."""

    LIVING_LAB = "living_lab"
    INCUBATOR = "incubator"
    ACTIVE_MEMBER = "active_member"
    FRIEND = "friend"
    EXTERNAL = "external"


class Network(Model):
    """The collaborative that this installation serves: one row."""

    __tablename__ = "networks"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    """Of the collaborative itself"""
    site_name: Mapped[str] = mapped_column(sa.String(40))
    """Stands at the head of every page"""
    welcome: Mapped[str] = mapped_column(sa.String(300))
    """The headline of the landing page"""
    introduction: Mapped[str] = mapped_column(sa.Text)
    time_zone: Mapped[str] = mapped_column(sa.String(60))
    contact_email: Mapped[str] = mapped_column(sa.String(254), default="")
    listed_domains: Mapped[str] = mapped_column(sa.Text, default="")
    """Parts of mail addresses behind the @, by spaces: whoever has one need not confirm the address"""
    version: Mapped[int] = mapped_column(default=1)


school_focus_areas = sa.Table(
    "school_focus_areas",
    db.metadata,
    sa.Column("school_id", sa.ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("focus_area_id", sa.ForeignKey("focus_areas.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class FocusArea(Model):
    """What a school is known for and visitors look for: grading practices, inclusion."""

    __tablename__ = "focus_areas"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))


class School(Model):
    __tablename__ = "schools"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200), unique=True)
    short_name: Mapped[str] = mapped_column(sa.String(60))
    tier: Mapped[Tier] = mapped_column(one_of(Tier), index=True)
    borough: Mapped[str] = mapped_column(sa.String(60), index=True)
    about: Mapped[str] = mapped_column(sa.Text, default="")
    """What the school is like, for everybody"""
    address: Mapped[str] = mapped_column(sa.String(300), default="")
    """Empty where none is published: visitors then find it in their confirmation"""
    private_address: Mapped[str] = mapped_column(sa.String(300), default="")
    """Told to confirmed visitors only, where none is published"""
    arrival_notes: Mapped[str] = mapped_column(sa.Text, default="")
    time_zone: Mapped[str] = mapped_column(sa.String(60))
    is_sample: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    focus_areas: Mapped[list[FocusArea]] = relationship(secondary=school_focus_areas, order_by=FocusArea.name)
    contacts: Mapped[list[SchoolContact]] = relationship(back_populates="school", cascade="all, delete-orphan", order_by="SchoolContact.id")


class SchoolContact(Model):
    """A person to write to at a school; not an account."""

    __tablename__ = "school_contacts"

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str] = mapped_column(sa.String(254))
    """Trimmed and lower-cased"""
    is_sample: Mapped[bool] = mapped_column(default=False)

    school: Mapped[School] = relationship(back_populates="contacts")


class Closure(Model):
    """Days on which a school, or the whole network, receives nobody; both ends count."""

    __tablename__ = "closures"
    __table_args__ = (
        sa.CheckConstraint("last_day >= first_day", name="last_day_is_not_before_the_first"),
        sa.UniqueConstraint("school_id", "source_uid"),
        # Of the network's own the school is NULL, and NULLs never clash: they need an index of their own.
        sa.Index(
            "ix_closures_source_uid_of_the_network", "source_uid", unique=True,
            sqlite_where=sa.text("school_id IS NULL"), postgresql_where=sa.text("school_id IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    """None: the whole network"""
    first_day: Mapped[date]
    last_day: Mapped[date] = mapped_column(index=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    source_uid: Mapped[str | None] = mapped_column(sa.String(300))
    """Of the calendar entry it was imported from, with the day where that entry repeats"""
    source_id: Mapped[int | None] = mapped_column(sa.ForeignKey("closure_sources.id", ondelete="SET NULL"), index=True)
    """The calendar at an address that keeps it; None: somebody here does"""
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    school: Mapped[School | None] = relationship()
    source: Mapped[ClosureSource | None] = relationship()


class ClosureSource(Model):
    """A calendar of closed days at an address of the school's own, or of the network's, that is fetched every day."""

    __tablename__ = "closure_sources"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    """None: the whole network"""
    url: Mapped[str] = mapped_column(sa.String(1000))
    """May hold a secret of that calendar: it stands on the page of those who keep these closures, and in no log"""
    fetched_at: Mapped[datetime | None]
    """When it was read last; what it said then still holds"""
    tried_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(sa.String(300), default="")
    """Why it could not be read when it was tried last; empty when it could"""
    created_at: Mapped[datetime]

    school: Mapped[School | None] = relationship()
