"""What people do with seats: book, change, move, wait, decide; and teams that come to a meetup."""

from scheduler.registration.service.booking import Booked, BookingRequest, Full, Outcome, Wish, book, verify
from scheduler.registration.service.hosting import decide, decide_move, seat_waiting, settle
from scheduler.registration.service.party import cancel, move, resize
from scheduler.registration.service.teams import Member, Team, add_member, add_team, register_team, set_apart
from scheduler.registration.service.waiting import accept, confirm_without_asking, decline, withdraw

__all__ = [
    "Booked",
    "BookingRequest",
    "Full",
    "Member",
    "Outcome",
    "Team",
    "Wish",
    "accept",
    "add_member",
    "add_team",
    "book",
    "cancel",
    "confirm_without_asking",
    "decide",
    "decide_move",
    "decline",
    "move",
    "register_team",
    "resize",
    "seat_waiting",
    "set_apart",
    "settle",
    "verify",
    "withdraw",
]
