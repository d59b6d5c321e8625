"""The links mailed to a party or handed to its people, and the cookies they are exchanged for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import session

from scheduler.foundation import tokens
from scheduler.foundation.templating import absolute

PARTY, ENTRY, COOKIE = "party", "waitlist entry", "parties"
JOIN, JOINED = "join", "joined"
MOST_REMEMBERED = 20


def remember(public_id: str, link_round: int) -> None:
    """Let this browser open one party's page from now on (signed cookie; the newest twenty)."""
    kept = [(name, known) for name, known in session.get(COOKIE, {}).items() if name != public_id]
    session[COOKIE] = dict([*kept[1 - MOST_REMEMBERED :], (public_id, link_round)])
    session.permanent = True


def is_remembered(public_id: str, link_round: int) -> bool:
    """Whether this browser opened that page by a link that still holds."""
    known: object = session.get(COOKIE, {}).get(public_id)
    return known == link_round


def party_url(link: Mapping[str, Any], page: str = "") -> str:
    """The link of a party's own page, or of another page about it; made when the mail is rendered, never stored."""
    name, link_round = link["name"], link["round"]
    more = {"to": page} if page else {}
    return absolute("registration.open_link", public_id=name, token=tokens.derived(PARTY, name, link_round), **more)


def entry_url(link: Mapping[str, Any]) -> str:
    """The same for a waitlist entry."""
    name, link_round = link["name"], link["round"]
    return absolute("registration.open_entry", public_id=name, token=tokens.derived(ENTRY, name, link_round))


def join_url(public_id: str, link_round: int) -> str:
    """The link by which colleagues take the free places of a party."""
    return absolute("registration_people.open_join", public_id=public_id, token=tokens.derived(JOIN, public_id, link_round))


def remember_joined(public_id: str, link_round: int, attendee: str = "") -> None:
    """Let this browser open the page by which one joins, and know who joined on it (signed cookie; the newest twenty)."""
    kept = [(name, known) for name, known in session.get(JOINED, {}).items() if name != public_id]
    session[JOINED] = dict([*kept[1 - MOST_REMEMBERED :], (public_id, [link_round, attendee])])
    session.permanent = True


def joined(public_id: str) -> tuple[int, str] | None:
    """By which round of the link this browser came, and the attendee who joined on it ("" nobody so far)."""
    known = session.get(JOINED, {}).get(public_id)
    return (known[0], known[1]) if known else None
