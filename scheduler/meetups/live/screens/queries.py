"""Reads of screens: what was chosen for them, and whose card a code is."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from scheduler.core.door import OPENS
from scheduler.core.screens import AFTERWARDS
from scheduler.foundation.db import db
from scheduler.foundation.tokens import derived_letters
from scheduler.meetups.live.screens.models import MeetupScreen, SortedBy
from scheduler.meetups.models import Meetup
from scheduler.registration.models import Attendee, Gathering, Registration

CARD = "card"
AHEAD, BEHIND = timedelta(days=60), timedelta(days=7)
"""Codes of meetups within these are known, and the page says when it opens or that it is over"""
MOST_MEETUPS = 20
"""Whose codes a process remembers"""


@dataclass(frozen=True)
class Card:
    """The card of one person at one meetup."""

    meetup: Meetup
    attendee_id: int


def screen_of(meetup_id: int) -> MeetupScreen:
    """What was chosen for the screens of a meetup, or what is usual."""
    found = db.session.scalar(sa.select(MeetupScreen).where(MeetupScreen.meetup_id == meetup_id).execution_options(populate_existing=True))
    usual = MeetupScreen(meetup_id=meetup_id, link_round=0, sorted_by=SortedBy.NAME, first_names=False, numbers_only=False)
    return found or usual


def codes_of(gathering_id: int) -> dict[str, str]:
    """The code on everybody's card, by the attendee's public id. Of two that are alike, which happens once in thousands of meetups,
    the person who came later has another one."""
    codes: dict[str, str] = {}
    for _id, public_id in _people(gathering_id):
        codes[public_id] = _code(public_id, set(codes.values()))
    return codes


def find_card(code: str, now: datetime, *, look_again: bool) -> Card | None:
    """Whose card has this code, among the meetups of these weeks. A process remembers the codes it has made; `look_again` asks the
    database who has come to the list since."""
    meetups = _meetups_around(now)
    for meetup in meetups if look_again else ():
        _remember(meetup.gathering_id)
    found = [Card(meetup, id) for meetup in meetups if (id := _remembered.get(meetup.gathering_id, {}).get(code))]
    return min(found, key=lambda card: abs(card.meetup.gathering.starts_at - now), default=None)


_remembered: OrderedDict[int, dict[str, int]] = OrderedDict()


def _remember(gathering_id: int) -> None:
    codes: dict[str, int] = {}
    for id, public_id in _people(gathering_id):
        codes[_code(public_id, codes.keys())] = id
    _remembered[gathering_id] = codes
    while len(_remembered) > MOST_MEETUPS:
        _remembered.popitem(last=False)


def _code(public_id: str, taken: object) -> str:
    link_round = 0
    while (code := derived_letters(CARD, public_id, link_round)) in taken:  # type: ignore[operator]
        link_round += 1
    return code


def _people(gathering_id: int) -> list[tuple[int, str]]:
    chosen = sa.select(Attendee.id, Attendee.public_id).join(Attendee.registration).where(Registration.gathering_id == gathering_id)
    return [(id, public_id) for id, public_id in db.session.execute(chosen.order_by(Attendee.id))]


def _meetups_around(now: datetime) -> list[Meetup]:
    return list(db.session.scalars(_AROUND, {"before": now + AHEAD + OPENS, "after": now - BEHIND - AFTERWARDS}).all())


# Each phone asks this every few seconds: written once, because to put a statement together takes as long as to ask it.
_AROUND = (
    sa.select(Meetup).join(Meetup.gathering).options(contains_eager(Meetup.gathering))
    .where(Gathering.is_public, Gathering.starts_at < sa.bindparam("before"), Gathering.ends_at > sa.bindparam("after"))
    .order_by(Meetup.id)
)  # fmt: skip
