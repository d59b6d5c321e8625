"""Names and keys of things: public ids stand in addresses, tokens open what they belong to and are kept hashed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from flask import current_app

# No vowels and no look-alikes: nothing rude is spelled, nothing is misread.
_LETTERS = "bcdfghjkmnpqrstvwxz"


def new_public_id() -> str:
    """Ten letters that name a thing in an address (42 bits: names, not secrets)."""
    number, name = secrets.randbelow(len(_LETTERS) ** 10), ""
    for _ in range(10):
        number, letter = divmod(number, len(_LETTERS))
        name += _LETTERS[letter]
    return name


def new_token() -> str:
    """A key of 192 bits, safe in an address."""
    return secrets.token_urlsafe(24)


def digest(token: str) -> str:
    """What we keep of a token (SHA-256); the tokens are random, so nothing slower is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def derived(purpose: str, name: str, link_round: int = 0) -> str:
    """The key (192 bits) that opens one named thing, made from our secret whenever a mail needs it: the database holds
    nothing that opens anything, and raising the round makes all earlier keys useless (HMAC-SHA256, RFC 2104)."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    mac = hmac.digest(secret, f"{purpose}\n{name}\n{link_round}".encode(), "sha256")
    return base64.urlsafe_b64encode(mac[:24]).decode()


def derived_letters(purpose: str, name: str, link_round: int = 0, *, length: int = 8) -> str:
    """A short code that a person can type (8 letters: 34 bits), made like a key and stored nowhere. For what is open for a few hours,
    where wrong codes are counted."""
    number = int.from_bytes(base64.urlsafe_b64decode(derived(purpose, name, link_round)))
    letters = (number // len(_LETTERS) ** place % len(_LETTERS) for place in range(length))
    return "".join(_LETTERS[letter] for letter in letters)


def opens(token: str, purpose: str, name: str, link_round: int = 0) -> bool:
    """Whether a key is the right one, in a time that tells nothing."""
    return hmac.compare_digest(token.encode(), derived(purpose, name, link_round).encode())


def mark(of: str) -> str:
    """Six hexadecimal digits in place of a name, the same for the same person; who does not know our secret cannot guess back."""
    return digest(derived("former visitor", of))[:6]
