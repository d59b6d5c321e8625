"""The links mailed to a party or handed to its people, and the cookies they are exchanged for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app, session
from itsdangerous import BadData, URLSafeTimedSerializer

from scheduler.foundation import tokens
from scheduler.foundation.templating import absolute

PARTY, ENTRY, COOKIE = "party", "waitlist entry", "parties"
JOIN, JOINED, ADDRESS = "join", "joined", "new address"
ADDRESS_DAYS = 7
"""So long a new address can be confirmed"""
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


def address_url(link: Mapping[str, Any], email: str) -> str:
    """The link that a new address is confirmed by; it carries the address, and is mailed to nobody else."""
    signed = _signer().dumps([link["name"], link["round"], email])
    return absolute("registration_people.open_address", signed=signed)


def read_address(signed: str) -> tuple[str, int, str] | None:
    """Whose mail shall go to which address, and the round of the links that held then; None when the link is wrong or too old."""
    try:
        name, link_round, email = _signer().loads(signed, max_age=ADDRESS_DAYS * 24 * 60 * 60)
    except BadData:
        return None
    return name, link_round, email


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt=ADDRESS)
