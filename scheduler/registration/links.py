"""The links mailed to a party, and the cookie they are exchanged for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import session

from scheduler.foundation import tokens
from scheduler.foundation.templating import absolute

PARTY, ENTRY, COOKIE = "party", "waitlist entry", "parties"
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


def party_url(link: Mapping[str, Any]) -> str:
    """The link of a party's own page; made when the mail is rendered, never stored."""
    name, link_round = link["name"], link["round"]
    return absolute("registration.open_link", public_id=name, token=tokens.derived(PARTY, name, link_round))


def entry_url(link: Mapping[str, Any]) -> str:
    """The same for a waitlist entry."""
    name, link_round = link["name"], link["round"]
    return absolute("registration.open_entry", public_id=name, token=tokens.derived(ENTRY, name, link_round))
