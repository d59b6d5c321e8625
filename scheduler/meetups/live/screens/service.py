"""What organizers do with screens: make or replace the address of the big screen, and choose what screens say."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.meetups.live.screens import queries
from scheduler.meetups.live.screens.models import MeetupScreen, SortedBy
from scheduler.meetups.service import hold


@dataclass(frozen=True)
class Chosen:
    """What screens say of people."""

    sorted_by: SortedBy
    first_names: bool
    numbers_only: bool


def make_link(meetup_id: int, *, actor: str, now: datetime) -> int:
    """Make the address of the big screen, or another one: then the one before opens nothing any more. Returns which one it is."""
    with transaction():
        screen = _held(meetup_id)
        screen.link_round += 1
        what = "screen link made" if screen.link_round == 1 else "screen link replaced"
        audit.record(what, f"meetup:{meetup_id}", actor=actor, now=now)
        return screen.link_round


def choose(meetup_id: int, chosen: Chosen, *, actor: str, now: datetime) -> None:
    """Choose what screens and phones say of people (rule 13)."""
    with transaction():
        screen = _held(meetup_id)
        before = Chosen(screen.sorted_by, screen.first_names, screen.numbers_only)
        screen.sorted_by, screen.first_names, screen.numbers_only = chosen.sorted_by, chosen.first_names, chosen.numbers_only
        if before != chosen:
            audit.record("screens chosen", f"meetup:{meetup_id}", actor=actor, now=now, before=asdict(before), after=asdict(chosen))


def _held(meetup_id: int) -> MeetupScreen:
    hold(meetup_id)
    screen = queries.screen_of(meetup_id)
    db.session.add(screen)
    return screen
