"""The links that greeters hold, and the cookie they are exchanged for."""

from __future__ import annotations

from flask import session

from scheduler.foundation import tokens
from scheduler.foundation.templating import absolute
from scheduler.registration.models import GreeterLink

GREETER, COOKIE = "greeter", "doors"
MOST_REMEMBERED = 8


def greeter_url(link: GreeterLink) -> str:
    """The address that opens the door page; made whenever it is shown, stored nowhere."""
    return absolute("door.open_link", public_id=link.public_id, token=tokens.derived(GREETER, link.public_id))


def remember(public_id: str) -> None:
    """Let this phone open one door from now on."""
    kept = [name for name in session.get(COOKIE, []) if name != public_id]
    session[COOKIE] = [*kept[1 - MOST_REMEMBERED :], public_id]
    session.permanent = True


def forget(public_id: str) -> None:
    """This phone is finished."""
    session[COOKIE] = [name for name in session.get(COOKIE, []) if name != public_id]


def is_remembered(public_id: str) -> bool:
    """Whether this phone opened that door by its link."""
    return public_id in session.get(COOKIE, [])
