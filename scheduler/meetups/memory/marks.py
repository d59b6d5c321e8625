"""Marks by which somebody is known again at another meetup, without keeping who it is."""

from __future__ import annotations

import base64
import hmac

from flask import current_app

from scheduler.core.people import STUDENT, address_key
from scheduler.core.text import same_name

PURPOSE = "memory mark"


def marks_of(name: str, email: str, school_id: int | None, role: str) -> tuple[str, ...]:
    """The marks of one person: by address where there is one, then by name and school. Students have none (rule 9)."""
    if role == STUDENT:
        return ()
    return tuple(mark for mark in (email_mark(email), name_mark(name, school_id)) if mark)


def email_mark(email: str) -> str:
    return _mark(f"address\n{address_key(email)}") if email else ""


def name_mark(name: str, school_id: int | None) -> str:
    return _mark(f"name\n{same_name(name)}\n{school_id}") if name and school_id is not None else ""


def _mark(what: str) -> str:
    """32 letters that only this installation's secret gives (HMAC-SHA256, RFC 2104)."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return base64.urlsafe_b64encode(hmac.digest(secret, f"{PURPOSE}\n{what}".encode(), "sha256")[:24]).decode()
