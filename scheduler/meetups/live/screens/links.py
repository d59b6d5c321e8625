"""The addresses of big screens and of phones, made whenever they are shown and stored nowhere."""

from __future__ import annotations

from scheduler.foundation import tokens
from scheduler.foundation.templating import absolute
from scheduler.meetups.live.screens.models import MeetupScreen
from scheduler.meetups.models import Meetup

SCREEN = "big screen"


def screen_url(meetup: Meetup, screen: MeetupScreen) -> str:
    """The address of the big screen."""
    public_id = meetup.gathering.public_id
    return absolute("screens.big", public_id=public_id, token=tokens.derived(SCREEN, public_id, screen.link_round))


def opens(token: str, meetup: Meetup, screen: MeetupScreen) -> bool:
    """Whether a key is that of the big screen, and not one from before."""
    return screen.link_round > 0 and tokens.opens(token, SCREEN, meetup.gathering.public_id, screen.link_round)


def card_url(code: str) -> str:
    """The address behind the code on a card."""
    return absolute("screens.card", code=code)


def entry_address() -> str:
    """Where a code is typed, as people type it."""
    return absolute("screens.enter").partition("://")[2]
