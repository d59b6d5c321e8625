"""What organizers do at the live desk: the clock, people and their seats, and the rounds to come."""

from __future__ import annotations

from scheduler.meetups.live.service.clock import add_minute, back, pause, resume, skip, start
from scheduler.meetups.live.service.guests import take_card, welcome
from scheduler.meetups.live.service.people import back_again, leave, mark_away
from scheduler.meetups.live.service.replan import apply, preview, start_preview, stop_preview, take_back
from scheduler.meetups.live.service.seats import merge, move_by_hand, seat_late, undo_change

__all__ = [
    "add_minute", "apply", "back", "back_again", "leave", "mark_away", "merge", "move_by_hand", "pause", "preview", "resume",
    "seat_late", "skip", "start", "start_preview", "stop_preview", "take_back", "take_card", "undo_change", "welcome",
]  # fmt: skip
