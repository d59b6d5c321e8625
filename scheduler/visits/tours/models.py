"""Tables of tours: rooms, turns, and who is where."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scheduler.foundation.db import Model


class Tour(Model):
    """The tour of one visit; a visit without one has no row."""

    __tablename__ = "tours"

    visit_id: Mapped[int] = mapped_column(sa.ForeignKey("visits.id", ondelete="CASCADE"), primary_key=True)
    seed: Mapped[int] = mapped_column(default=0)
    """Of the routes that are there: so many times they were planned"""
    planned_at: Mapped[datetime | None]
    """None: nobody has a route"""
    people: Mapped[int] = mapped_column(default=0)
    """So many had a route when it was planned: who has left since is the difference"""
    version: Mapped[int] = mapped_column(default=1)
    """Raised by every change of rooms or turns, so that two people who edit at once notice"""
    changed_at: Mapped[datetime]

    stops: Mapped[list[TourStop]] = relationship(cascade="all, delete-orphan", passive_deletes=True, order_by="TourStop.place")
    turns: Mapped[list[TourTurn]] = relationship(cascade="all, delete-orphan", passive_deletes=True, order_by="TourTurn.starts_after")


class TourStop(Model):
    """A room to see."""

    __tablename__ = "tour_stops"
    __table_args__ = (
        sa.CheckConstraint("most_adults >= 1", name="somebody_may_come_in"),
        sa.UniqueConstraint("visit_id", "place", name="uq_tour_stops_visit_id_place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(sa.ForeignKey("tours.visit_id", ondelete="CASCADE"))
    place: Mapped[int]
    """In the host's order"""
    name: Mapped[str] = mapped_column(sa.String(80))
    about: Mapped[str] = mapped_column(sa.String(300), default="")
    """What there is to see"""
    most_adults: Mapped[int] = mapped_column(default=2)


class TourTurn(Model):
    """A time during which nobody changes rooms, counted from the start of the visit: it moves along when the visit does."""

    __tablename__ = "tour_turns"
    __table_args__ = (
        sa.CheckConstraint("minutes >= 1", name="turn_takes_time"),
        sa.UniqueConstraint("visit_id", "starts_after", name="uq_tour_turns_visit_id_starts_after"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(sa.ForeignKey("tours.visit_id", ondelete="CASCADE"))
    starts_after: Mapped[int]
    """Minutes after the visit begins"""
    minutes: Mapped[int]


class TourRoute(Model):
    """In which room one person is in one turn. It stays with the place in the party: who comes instead takes it over."""

    __tablename__ = "tour_routes"
    __table_args__ = (sa.UniqueConstraint("attendee_id", "stop_id", name="uq_tour_routes_attendee_id_stop_id"),)

    attendee_id: Mapped[int] = mapped_column(sa.ForeignKey("attendees.id", ondelete="CASCADE"), primary_key=True)
    turn_id: Mapped[int] = mapped_column(sa.ForeignKey("tour_turns.id", ondelete="CASCADE"), primary_key=True, index=True)
    stop_id: Mapped[int] = mapped_column(sa.ForeignKey("tour_stops.id", ondelete="CASCADE"), index=True)
