"""How a visit stands, in one word for lists, filters and badges: derived, never stored."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from scheduler.core.capacity import Seats
from scheduler.registration.models import Gathering, GatheringState


class Standing(StrEnum):
    """From a draft to what is over."""

    DRAFT = "draft"
    OPENS_LATER = "later"
    OPEN = "open"
    FULL = "full"
    PAUSED = "paused"
    CLOSED = "closed"
    OVER = "over"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """What people read."""
        return str(LABELS[self])

    @property
    def kind(self) -> str:
        """The color of its badge."""
        return KINDS.get(self, "plain")


LABELS = {
    Standing.DRAFT: _l("Draft"),
    Standing.OPENS_LATER: _l("Opens later"),
    Standing.OPEN: _l("Open for booking"),
    Standing.FULL: _l("Full"),
    Standing.PAUSED: _l("Booking paused"),
    Standing.CLOSED: _l("Booking ended"),
    Standing.OVER: _l("Over"),
    Standing.CANCELLED: _l("Cancelled"),
}
KINDS = {Standing.DRAFT: "wait", Standing.OPEN: "good", Standing.FULL: "bad", Standing.PAUSED: "wait", Standing.CANCELLED: "bad"}


def standing(gathering: Gathering, seats: Seats, now: datetime) -> Standing:
    """What a host wants to know first: what is certain comes before what may change."""
    facts = (
        (gathering.is_cancelled, Standing.CANCELLED),
        (gathering.is_over(now), Standing.OVER),
        (gathering.state == GatheringState.DRAFT, Standing.DRAFT),
        (gathering.is_closed(now), Standing.CLOSED),
        (gathering.paused, Standing.PAUSED),
        (seats.is_full, Standing.FULL),
        (gathering.opens_later(now), Standing.OPENS_LATER),
    )
    return next((word for is_so, word in facts if is_so), Standing.OPEN)
