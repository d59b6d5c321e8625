"""Organizers' pages of the live desk: the clock, people and their seats, the rounds to come, and what came of it."""

from __future__ import annotations

from scheduler.meetups.live.views import afterwards, clock, coming, desk, guests, people

__all__ = ["afterwards", "clock", "coming", "desk", "guests", "people"]
